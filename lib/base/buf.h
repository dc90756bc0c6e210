/*
 * base/buf - growing bytes in an arena, for composing SQL and long texts
 *
 * Use        struct buf b = buf_in(arena); buf_add(&b, SLICE("BEGIN;")); send(buf_slice(&b));
 * Owns       nothing: the bytes are the arena's. A slice taken earlier stays valid while the buffer
 *            grows on, but no longer shows what is added.
 */
#ifndef MIGRINIT_BASE_BUF_H
#define MIGRINIT_BASE_BUF_H

#include "base/arena.h"
#include "base/slice.h"

struct buf {
    struct arena *arena;
    char *bytes; /* terminated, so that buf_text() costs nothing */
    size_t len;
    size_t capacity;
};

struct buf buf_in(struct arena *arena);
void buf_reserve(struct buf *buf, size_t more_bytes);
void buf_add(struct buf *buf, struct slice bytes);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

struct slice buf_slice(const struct buf *buf);
const char *buf_text(const struct buf *buf);

#endif
