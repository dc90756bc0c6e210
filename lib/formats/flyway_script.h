/*
 * formats/flyway_script - the text of a file of Flyway's: its checksum, its .conf, whether it runs
 * in a transaction
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_SCRIPT_H
#define MIGRINIT_FORMATS_FLYWAY_SCRIPT_H

#include "formats/format.h"

/* Set up, checksum and is_transactional by source and path. Errors: ERR_CONFIG, naming the file */
bool flyway_script_read(const struct tree *tree, struct migration *migration, struct arena *arena,
                        struct error *err) MUST_CHECK;

#endif
