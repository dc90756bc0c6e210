/*
 * base/text - foreign bytes made safe to print, and names compared for "did you mean"
 */
#ifndef MIGRINIT_BASE_TEXT_H
#define MIGRINIT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/*
 * One printable line of valid UTF-8: line ends and tabs become blanks, control bytes, C1 controls,
 * bidirectional overrides and invalid sequences become '?'. Whatever a server or a file says can
 * then neither move the cursor nor forge a log line. Cut to out_size at a character boundary. Gives
 * the length.
 */
size_t text_sanitize(struct slice text, char *out, size_t out_size);

/* Text that was cut at some byte, without the beginning of a character that the cut has split. */
struct slice text_without_partial(struct slice cut);

/* How many single-character edits make one name of the other (Levenshtein), at most 64 characters.
 */
unsigned text_distance(const char *a, const char *b);

/*
 * The length in bytes of the UTF-8 character at s[0], 1 for an invalid byte, 0 at the end. Counting
 * characters, as the server does for error positions, is a loop over this.
 */
size_t text_character_len(struct slice s);
size_t text_character_count(struct slice s);

/* Where the first byte is that is no UTF-8; text.len: all of it is. */
size_t text_invalid_at(struct slice text);

/* A UTF-8 byte order mark at the beginning. */
bool text_has_mark(struct slice text);
struct slice text_without_mark(struct slice text);

#endif
