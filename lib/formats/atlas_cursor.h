/*
 * formats/atlas_cursor - a place in a file that Atlas's scanner reads, and how it gets past quotes
 * and comments
 */
#ifndef MIGRINIT_FORMATS_ATLAS_CURSOR_H
#define MIGRINIT_FORMATS_ATLAS_CURSOR_H

#include "sql/split.h"

/* What all cursors of one file share. */
struct scan {
    struct arena *arena;
    unsigned char *unended; /* a bit for each byte of the file: no block that begins there ends */
    size_t depth;
    bool is_too_deep;
    size_t cut_comment_at; /* a comment at the end of the file with a delimiter in it */
};

struct cursor {
    struct slice text;
    size_t start; /* of the statement that is read */
    size_t at;    /* the next byte */
    size_t paren_depth;
    size_t paren_at; /* the outermost one */
    struct slice delimiter;
    struct scan *scan;
};

struct slice cursor_rest(const struct cursor *cursor, size_t at);

/* A statement begins at the next byte that is no white space. */
void cursor_skip_spaces(struct cursor *cursor);

/* Behind a quote that was just read. Quotes that are written twice close one and open the next. */
bool cursor_skip_quoted(struct cursor *cursor, struct error *err) MUST_CHECK;

/* Behind the '$' of such a tag. */
void cursor_skip_dollar_quoted(struct cursor *cursor, size_t tag_len);

/* Behind the two bytes that open a comment. One without an end is text like any other. */
void cursor_skip_comment(struct cursor *cursor, const char *end);

/* ERR_CONFIG with "line:column" and the line; false, for `return`. */
bool cursor_fault(const struct cursor *cursor, size_t offset, const char *what, const char *hint,
                  struct error *err);

#endif
