/*
 * formats/replacement - a text with words of it replaced by values, and the way back to the file
 *
 * Why here   Flyway's placeholders and goose's ENVSUB change what is sent, while an error must be
 *            shown where it is in the file. The file's line is shown, never the value: it may be a
 *            password.
 */
#ifndef MIGRINIT_FORMATS_REPLACEMENT_H
#define MIGRINIT_FORMATS_REPLACEMENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

/* From `to` on, the text is the file's from `from` on; a value is all at one place of the file. */
struct seam {
    size_t to;
    size_t from;
    bool is_value;
};

struct replacement {
    struct buf text;
    struct seam *seams;
    size_t count;
    size_t capacity;
};

struct replacement *replacement_new(struct arena *arena);

/* Append a piece of the file, which stands at `from` there; or what comes in place of one. */
void replacement_keep(struct replacement *replacement, struct slice piece, size_t from);
void replacement_put(struct replacement *replacement, struct slice value, size_t from);

/* Where in the file a place of the text comes from. */
size_t replacement_origin(const struct replacement *replacement, size_t offset);

#endif
