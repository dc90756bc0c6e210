/*
 * formats/directive - comment lines that a tool reads: "-- migrate:up transaction:false"
 */
#ifndef MIGRINIT_FORMATS_DIRECTIVE_H
#define MIGRINIT_FORMATS_DIRECTIVE_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * Take the next line with "--" in it off *rest, as slice_next_line() does: every tool's marks are in
 * such a one. Whose a folder is, is asked of every file of it at each start, and this passes over
 * the SQL faster than line by line.
 */
bool directive_next_line(struct slice *rest, struct slice *line);

/*
 * Whether a line is `--`, blanks, then exactly `word` and after it the end or a blank; *rest is
 * what follows. The line must begin with the dashes. Case counts.
 */
bool directive_match(struct slice line, const char *word, struct slice *rest);

/*
 * The same for a directive of our own, "-- migrinit: no-transaction", which means the same without
 * the blank: who wrote it so has not meant a remark.
 */
bool directive_match_own(struct slice line, struct slice *rest);

/*
 * Whether "-- migrinit: drop-invalid" is among the comment lines that a migration's text begins with:
 * a directive of ours, for any tool's files (migrate/aftermath).
 */
bool directive_drops_invalid(struct slice up);

/*
 * The value of a "key:value" word among the blank-separated options, or an empty slice. The last
 * one counts; a word with a second colon is no option.
 */
struct slice directive_option(struct slice options, const char *key);

#endif
