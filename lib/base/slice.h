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
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})

/* For printf: printf("%.*s", SLICE_ARG(s)). */
#define SLICE_ARG(s) (int)(s).len, (s).ptr

/* ASCII white space: isspace() of the C locale, whatever the locale and the sign of a char. */
static inline bool byte_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * Inline, as they are asked of each line of thousands of files: of a literal the compiler then knows
 * the length.
 */

/* A NULL text gives the empty slice. */
static inline struct slice slice_from(const char *text)
{
    return text ? (struct slice){text, strlen(text)} : SLICE("");
}

/* What lies beyond the end is left out. */
static inline struct slice slice_sub(struct slice s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    /* Nothing is added to the NULL of an empty slice: that would be undefined. */
    return (struct slice){from ? s.ptr + from : s.ptr, to - from};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_equal_text(struct slice a, const char *text)
{
    return slice_equal(a, slice_from(text));
}

static inline bool slice_starts_with(struct slice s, const char *prefix)
{
    size_t len = strlen(prefix);

    return s.len >= len && (len == 0 || memcmp(s.ptr, prefix, len) == 0);
}

static inline bool slice_ends_with(struct slice s, const char *suffix)
{
    size_t len = strlen(suffix);

    return s.len >= len && (len == 0 || memcmp(s.ptr + s.len - len, suffix, len) == 0);
}

/* Byte order, a shorter prefix first: what strcmp() and LC_ALL=C sort(1) do. */
int slice_compare(struct slice a, struct slice b);

/* The index of the first such byte, or s.len. */
size_t slice_find(struct slice s, char byte);

/* Whether every byte of it is one of these; a NUL never is. */
bool slice_has_only(struct slice s, const char *bytes);

/* Without white space at the beginning, or at either end. */
struct slice slice_trim_start(struct slice s);
struct slice slice_trim(struct slice s);

/*
 * Take the next line off *rest, without its LF or CRLF. False when nothing is left;
 * a last line without a line end counts.
 */
bool slice_next_line(struct slice *rest, struct slice *line);

/* Take the next word off *rest; words are separated by white space or commas. */
bool slice_next_word(struct slice *rest, struct slice *word);

#endif
