/*
 * formats/atlas_blank - white space and words as Atlas's scanner sees them
 *
 * Facts      Go's unicode.IsSpace, which trims statements, and \s of its regular expressions
 */
#ifndef MIGRINIT_FORMATS_ATLAS_BLANK_H
#define MIGRINIT_FORMATS_ATLAS_BLANK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Without white space at the start, or at both ends; that of Unicode counts. */
struct slice atlas_trim_start(struct slice text);
struct slice atlas_trim(struct slice text);

/* The blanks at the start, as \s has them: ASCII's, without the vertical tab. */
size_t atlas_blanks_len(struct slice text);

/* Whether a text begins so, in any letter case; what follows may be more of the same word. */
bool atlas_has_word(struct slice text, const char *word);

/* The length of one or two words at the start, each with blanks behind it; 0 where they are not
 * there. The second may be NULL. */
size_t atlas_words_len(struct slice text, const char *first, const char *second);

#endif
