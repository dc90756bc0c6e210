/*
 * formats/flyway_script - the text of a file of Flyway's: its checksum, its .conf, whether it runs
 * in a transaction
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_SCRIPT_H
#define MIGRINIT_FORMATS_FLYWAY_SCRIPT_H

#include "formats/format.h"

/*
 * Set up, replaced, checksum and is_transactional by source and path, and by the options of the
 * list. Errors: ERR_CONFIG, naming the file
 */
bool flyway_script_read(const struct tree *tree, struct migration *migration, struct arena *arena,
                        struct migration_list *list, struct error *err) MUST_CHECK;

/* A repeatable migration is recorded by what it was with its values, and runs again when they are
 * others. */
void flyway_script_repeats(struct migration *migration, struct arena *arena);

#endif
