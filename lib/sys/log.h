/*
 * sys/log - one event, one line, one write(2) on stderr; text or JSON
 *
 * Use        log_event(LOG_INFO, LOG_MIGRATION, "migration.applied",
 *                      LOG_FIELDS(log_str("id", id), log_int("duration_ms", ms)),
 *                      "✓ %s (%lld ms)", id, ms);
 *            Text:  [Migration] ✓ 0014_add_orders (38 ms)
 *            JSON:  {"time":"...","level":"info","scope":"migration","event":"migration.applied",
 *                    "message":"...","id":"0014_add_orders","duration_ms":38}
 * Safety     Text is made printable (base/text) on its way out, and a line is at most 4096 bytes,
 *            so that lines of two processes never mix in a pipe. Nothing is allocated, and nothing
 *            blocks longer than the patience given: a reader that has gone to sleep costs log
 *            lines, which are counted and told of later, never a deaf PID 1. Hence JSON is rendered
 *            here into a fixed buffer rather than through jansson, which allocates.
 *            errno is left as it was. A reader that is gone raises SIGPIPE: main() ignores it.
 * Secrets    Callers pass no secret; foreign text has gone through a redactor before.
 */
#ifndef MIGRINIT_SYS_LOG_H
#define MIGRINIT_SYS_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Who speaks: "[Migration]" for database and migrations, "[migrinit]" for the init's own. */
enum log_scope { LOG_MIGRATION, LOG_INIT };

enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
    const char *name; /* NULL ends the list */
    const char *text; /* NULL: a number */
    int64_t number;
};

#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {0}})
#define LOG_NO_FIELDS   ((const struct log_field[]){{0}})

struct log_field log_str(const char *name, const char *text);
struct log_field log_int(const char *name, int64_t number);

struct log_settings {
    enum log_format format;
    enum log_level level;
    bool timestamps;     /* text lines begin with the wall time */
    int64_t patience_ms; /* how long a line may wait for its reader; 0 in PID 1 */
};

/* May be called again, e.g. after a fork with other patience. Before the first call: text, info. */
void log_configure(const struct log_settings *settings);
bool log_enabled(enum log_level level);

void log_event(enum log_level level, enum log_scope scope, const char *event,
               const struct log_field *fields, const char *format, ...) PRINTF_LIKE(5, 6);

/* The same without fields. */
void log_line(enum log_level level, enum log_scope scope, const char *event, const char *format,
              ...) PRINTF_LIKE(4, 5);

/*
 * The one place where an error is told: "✗ where: what (sqlstate)", then the excerpt with its
 * caret, the detail and the hint as lines of their own (in JSON: fields of one object).
 */
void log_error(enum log_level level, enum log_scope scope, const char *event,
               const struct error *err);

/*
 * On a terminal: a line that is drawn over by whatever is logged next, and by the next one of its
 * kind, with a bar where the percentage is known (-1: it is not). An empty text takes it away.
 * Elsewhere, and in JSON, nothing: see log_can_draw().
 */
bool log_can_draw(void);
void log_draw(enum log_scope scope, int percent, const char *text);

/* A line of a command's output, prefixed; never filtered by level. `text` is sanitized. */
void log_output(const char *source, struct slice text);

#endif
