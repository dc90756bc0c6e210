#include "sys/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/log_line.h"

static struct {
    enum log_level level;
    int64_t patience_ms;
    struct line_style style;
    int fd;
    uint64_t dropped_lines;
} state = {
    .level = LOG_INFO, .patience_ms = 1000, .style = {.format = LOG_TEXT}, .fd = STDERR_FILENO};

struct log_field log_str(const char *name, const char *text)
{
    return (struct log_field){.name = name, .text = text ? text : ""};
}

struct log_field log_int(const char *name, int64_t number)
{
    return (struct log_field){.name = name, .number = number};
}

static bool wants_colours(enum log_format format)
{
    const char *refused = getenv("NO_COLOR");

    return format == LOG_TEXT && !(refused && refused[0]) && isatty(STDERR_FILENO);
}

/* Where the cursor can be moved. */
static bool can_draw(enum log_format format)
{
    const char *terminal = getenv("TERM");

    return format == LOG_TEXT && isatty(STDERR_FILENO) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

void log_configure(const struct log_settings *settings)
{
    int saved_errno = errno;

    state.level = settings->level;
    state.patience_ms = settings->patience_ms;
    state.style = (struct line_style){
        .format = settings->format,
        .timestamps = settings->timestamps,
        .has_colours = wants_colours(settings->format),
        .can_draw = can_draw(settings->format),
    };
    if (state.fd != STDERR_FILENO)
        close(state.fd);
    state.fd = fd_of_own_terminal(STDERR_FILENO);
    errno = saved_errno;
}

bool log_enabled(enum log_level level)
{
    return level <= state.level;
}

static bool line_send(const struct line *line, int64_t patience_ms)
{
    return fd_write_all(state.fd, (struct slice){line->bytes, line->len},
                        clock_monotonic_ms() + patience_ms);
}

/* Tell of the lines that were lost as soon as there is room again, before the next one. */
static bool told_of_dropped(void)
{
    const struct log_field fields[] = {log_int("lines", (int64_t)state.dropped_lines), {0}};
    struct line line;
    char message[96];

    snprintf(message, sizeof message, "log lines lost because nobody was reading: %" PRIu64,
             state.dropped_lines);
    line_render(&line, &state.style, LOG_WARN, LOG_INIT, "log.dropped", fields,
                slice_from(message));
    return line_send(&line, 0);
}

/* A reader that has gone to sleep costs the patience once, not once a line. */
static void emit(enum log_level level, enum log_scope scope, const char *event,
                 const struct log_field *fields, struct slice message)
{
    struct line line;

    if (state.dropped_lines && told_of_dropped())
        state.dropped_lines = 0;
    line_render(&line, &state.style, level, scope, event, fields, message);
    if (state.dropped_lines || !line_send(&line, state.patience_ms))
        state.dropped_lines++;
}

static PRINTF_LIKE(5, 0) void emit_formatted(enum log_level level, enum log_scope scope,
                                             const char *event, const struct log_field *fields,
                                             const char *format, va_list args)
{
    int saved_errno = errno;
    char message[LINE_BYTES];
    int len = vsnprintf(message, sizeof message, format, args);

    /* Cut at any byte, but behind what fits in the line: no half of a character is ever shown. */
    emit(level, scope, event, fields, slice_from(len < 0 ? "" : message));
    errno = saved_errno;
}

void log_event(enum log_level level, enum log_scope scope, const char *event,
               const struct log_field *fields, const char *format, ...)
{
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    emit_formatted(level, scope, event, fields, format, args);
    va_end(args);
}

void log_line(enum log_level level, enum log_scope scope, const char *event, const char *format,
              ...)
{
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    emit_formatted(level, scope, event, LOG_NO_FIELDS, format, args);
    va_end(args);
}

/* Under the message, as compilers do: "  12 | SELECT totl" and below it "     |        ^". */
static void log_excerpt(enum log_level level, enum log_scope scope,
                        const struct error_excerpt *excerpt)
{
    char number[16];
    int width = snprintf(number, sizeof number, "%u", excerpt->line_number);

    log_line(level, scope, "", "  %s | %s", number, excerpt->line);
    if (excerpt->caret_column)
        log_line(level, scope, "", "  %*s | %*s", width, "", (int)excerpt->caret_column, "^");
}

static void log_error_text(enum log_level level, enum log_scope scope, const char *summary,
                           const struct error *err)
{
    log_line(level, scope, "", "✗ %s", summary);
    if (err->excerpt.line[0])
        log_excerpt(level, scope, &err->excerpt);
    if (err->detail[0])
        log_line(level, scope, "", "  detail: %s", err->detail);
    if (err->hint[0])
        log_line(level, scope, "", "  hint: %s", err->hint);
}

/* In the order in which a cut line may lose them; what the error does not have is left out. */
static void log_error_json(enum log_level level, enum log_scope scope, const char *event,
                           const char *summary, const struct error *err)
{
    struct log_field fields[8] = {0}, *next = fields;

    if (err->sqlstate[0])
        *next++ = log_str("sqlstate", err->sqlstate);
    if (err->excerpt.line[0]) {
        *next++ = log_int("line", err->excerpt.line_number);
        *next++ = log_str("excerpt", err->excerpt.line);
    }
    if (err->where[0])
        *next++ = log_str("where", err->where);
    *next++ = log_str("error", err->what);
    if (err->hint[0])
        *next++ = log_str("hint", err->hint);
    if (err->detail[0])
        *next++ = log_str("detail", err->detail);
    emit(level, scope, event, fields, slice_from(summary));
}

void log_error(enum log_level level, enum log_scope scope, const char *event,
               const struct error *err)
{
    int saved_errno = errno;
    char summary[sizeof err->where + sizeof err->what + sizeof err->sqlstate + 8];

    if (!log_enabled(level))
        return;
    error_format(err, summary, sizeof summary);
    if (state.style.format == LOG_TEXT)
        log_error_text(level, scope, summary, err);
    else
        log_error_json(level, scope, event, summary, err);
    errno = saved_errno;
}

static struct slice output_text(const char *source, struct slice text, char *out, size_t out_size)
{
    int source_len = snprintf(out, out_size, "%.64s | ", source);
    size_t len = source_len < 0 ? 0 : (size_t)source_len;

    text = slice_sub(text, 0, out_size - len);
    if (text.len)
        memcpy(out + len, text.ptr, text.len);
    return (struct slice){out, len + text.len};
}

void log_output(const char *source, struct slice text)
{
    int saved_errno = errno;
    const struct log_field fields[] = {log_str("source", source), {0}};
    char message[LINE_BYTES];

    if (state.style.format == LOG_TEXT)
        text = output_text(source, text, message, sizeof message);
    emit(LOG_INFO, LOG_MIGRATION, "command.output", fields, text);
    errno = saved_errno;
}

bool log_can_draw(void)
{
    return state.style.can_draw;
}

static unsigned terminal_columns(void)
{
    struct winsize size;

    return ioctl(state.fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* The cursor is left where the next line begins, whichever process writes it. */
void log_draw(enum log_scope scope, int percent, const char *text)
{
    int saved_errno = errno;
    struct line line;

    if (!state.style.can_draw || !log_enabled(LOG_INFO))
        return;
    line_draw(&line, scope, percent, text, terminal_columns());
    line_send(&line, 0);
    errno = saved_errno;
}
