/*
 * sys/log_line - one line of the log, composed in place; the inside of sys/log
 *
 * Why here   PID 1 writes the log as well, and allocates nothing: a line is a buffer of the size that
 *            the kernel does not split, and what is too long for it is cut so that it stays a line.
 */
#ifndef MIGRINIT_SYS_LOG_LINE_H
#define MIGRINIT_SYS_LOG_LINE_H

#include "base/slice.h"
#include "sys/log.h"

/* PIPE_BUF on Linux: a write of so many bytes is not split by another process's. */
enum { LINE_BYTES = 4096 };

struct line {
    char bytes[LINE_BYTES];
    size_t len;
    size_t end; /* nothing is added past here */
};

struct line_style {
    enum log_format format;
    bool timestamps;
    bool has_colours;
    bool can_draw; /* what another process has drawn is cleared */
};

/* As text, where nothing but the message counts, or as JSON with everything. */
void line_render(struct line *line, const struct line_style *style, enum log_level level,
                 enum log_scope scope, const char *event, const struct log_field *fields,
                 struct slice message);

/* A bar over a terminal's columns, or, of an empty text, what clears one. */
void line_draw(struct line *line, enum log_scope scope, int percent, const char *text,
               unsigned columns);

#endif
