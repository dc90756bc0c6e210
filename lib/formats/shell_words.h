/*
 * formats/shell_words - what a shell line mentions, word by word
 *
 * Why here   A command step is a shell line, which nobody but the shell can read. But whether the
 *            words "heads" or "downgrade" stand in it is a question of cutting it at blanks, quotes
 *            and operators.
 */
#ifndef MIGRINIT_FORMATS_SHELL_WORDS_H
#define MIGRINIT_FORMATS_SHELL_WORDS_H

#include <stdbool.h>

#include "base/arena.h"

bool shell_words_have(const char *line, const char *word);

/* The word behind `-c`, or of `--config=`; NULL when there is none. */
const char *shell_words_option(const char *line, const char *brief, const char *full,
                               struct arena *arena);

#endif
