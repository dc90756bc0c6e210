/*
 * formats/goose_script - the lines of a file of goose's: annotations, and which part is sent
 */
#ifndef MIGRINIT_FORMATS_GOOSE_SCRIPT_H
#define MIGRINIT_FORMATS_GOOSE_SCRIPT_H

#include "formats/format.h"

enum goose_part { GOOSE_UP, GOOSE_DOWN };

/*
 * Set up, sent, replaced and is_transactional by the part of source, which loses its carriage
 * returns. Errors: ERR_CONFIG, naming file and line; also where there is no such part
 */
bool goose_script_read(const struct tree *tree, const struct format_options *options,
                       enum goose_part part, struct migration *migration, struct arena *arena,
                       struct error *err) MUST_CHECK;

/* Whether a line is one that goose reads: "-- +goose Up". */
bool goose_is_annotation(struct slice line);

#endif
