#include "base/buf.h"

#include <string.h>

struct buf buf_in(struct arena *arena)
{
    return (struct buf){.arena = arena};
}

void buf_reserve(struct buf *buf, size_t more_bytes)
{
    size_t needed = buf->len + more_bytes + 1;
    char *larger;

    if (needed <= buf->capacity)
        return;
    buf->capacity = needed > buf->capacity * 2 ? needed : buf->capacity * 2;
    larger = arena_alloc(buf->arena, buf->capacity);
    if (buf->len)
        memcpy(larger, buf->bytes, buf->len);
    buf->bytes = larger;
}

void buf_add(struct buf *buf, struct slice bytes)
{
    buf_reserve(buf, bytes.len);
    if (bytes.len)
        memcpy(buf->bytes + buf->len, bytes.ptr, bytes.len);
    buf->len += bytes.len;
    buf->bytes[buf->len] = '\0';
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, slice_from(text));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, (struct slice){&c, 1});
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(buf->arena, format, args);
    va_end(args);
    buf_add_text(buf, text);
}

struct slice buf_slice(const struct buf *buf)
{
    return (struct slice){buf_text(buf), buf->len};
}

const char *buf_text(const struct buf *buf)
{
    return buf->bytes ? buf->bytes : "";
}
