/*
 * formats/goose_script - the lines of a file of goose's: annotations, and which part is sent
 */
#ifndef MIGRINIT_FORMATS_GOOSE_SCRIPT_H
#define MIGRINIT_FORMATS_GOOSE_SCRIPT_H

#include "formats/format.h"

/*
 * Set up, sent, replaced and is_transactional by source, which loses its carriage returns, and by
 * the options of the list. Errors: ERR_CONFIG, naming file and line
 */
bool goose_script_read(const struct tree *tree, const struct migration_list *list,
                       struct migration *migration, struct arena *arena,
                       struct error *err) MUST_CHECK;

/* The first line that is an annotation, for detection. */
bool goose_find_annotation(struct slice source, struct slice *line);

#endif
