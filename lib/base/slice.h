/*
 * base/slice - borrowed bytes: a pointer and a length, never a terminator
 *
 * Why here   Migration files are read once and looked at in many pieces; a slice is such a piece
 *            without a copy. Whoever holds the bytes (usually an arena) must outlive the slice.
 */
#ifndef MIGRINIT_BASE_SLICE_H
#define MIGRINIT_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
    const char *ptr;
    size_t len;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})

/* For printf: printf("%.*s", SLICE_ARG(s)). */
#define SLICE_ARG(s) (int)(s).len, (s).ptr

/* A NULL text gives the empty slice. */
struct slice slice_from(const char *text);
struct slice slice_sub(struct slice s, size_t from, size_t to);

bool slice_equal(struct slice a, struct slice b);
bool slice_equal_text(struct slice a, const char *text);
bool slice_starts_with(struct slice s, const char *prefix);
bool slice_ends_with(struct slice s, const char *suffix);

/* Byte order, a shorter prefix first: what strcmp() and LC_ALL=C sort(1) do. */
int slice_compare(struct slice a, struct slice b);

/* The index of the first such byte, or s.len. */
size_t slice_find(struct slice s, char byte);

/* Without ASCII white space at either end. */
struct slice slice_trim(struct slice s);

/*
 * Take the next line off *rest, without its LF or CRLF. False when nothing is left;
 * a last line without a line end counts.
 */
bool slice_next_line(struct slice *rest, struct slice *line);

/* Take the next word off *rest; words are separated by ASCII white space or commas. */
bool slice_next_word(struct slice *rest, struct slice *word);

#endif
