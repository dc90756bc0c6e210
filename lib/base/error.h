/*
 * base/error - what went wrong, where, and what the operator can do about it
 *
 * Use        Functions that can fail return bool, take `struct error *err` last and are MUST_CHECK.
 *                if (!thing_parse(text, &thing, err))
 *                    return error_wrap(err, "reading %s", path);
 *            An error is made once where it happens (error_set), given context on the way up
 *            (error_wrap) and logged once, at the top. Success never touches err.
 * Owns       nothing: fixed storage, so that it works when memory is gone. Long texts are cut at a
 *            character boundary.
 * Secrets    No text with a password may be put in here; texts of libpq and of the server pass
 *            base/secret's redactor first (pg/conn does that).
 */
#ifndef MIGRINIT_BASE_ERROR_H
#define MIGRINIT_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Kinds of failure; base/outcome has the exit code of each. */
enum error_code {
    ERR_NONE,
    ERR_USAGE,          /* the command line is wrong */
    ERR_CONFIG,         /* a setting, the migration directory or a migration file is wrong */
    ERR_DB_UNREACHABLE, /* the database did not come by the deadline */
    ERR_DB_REFUSED,     /* it refused us for good: credentials, privileges, TLS */
    ERR_DB_MISSING,     /* the server is there, the database is not; bootstrap may create it */
    ERR_LOCK_TIMEOUT,   /* another migrator held the lock until the deadline */
    ERR_NOT_CURRENT,    /* migrations are pending where none may be */
    ERR_MIGRATION,      /* a migration, or a command step, failed */
    ERR_CONNECTION,     /* the connection fell while it was in use */
    ERR_INTERRUPTED,    /* a stop signal came */
    ERR_SYSTEM,         /* a system call failed that should not */
};

/* The line of a file that an error points at, shown under the message with a caret. */
struct error_excerpt {
    char line[160]; /* "" when there is none; printable, cut around the caret if long */
    unsigned line_number;
    unsigned caret_column; /* 1-based, in characters of `line` */
};

struct error {
    enum error_code code;
    int sys_errno;    /* 0 when no system call failed */
    char sqlstate[6]; /* "" when the server did not speak */
    char where[256];  /* outermost first: "dbmate: db/migrations/0003_users.sql:12:8" */
    char what[512];   /* innermost: what failed, no full stop */
    char detail[512]; /* the server's own DETAIL, or "" */
    char hint[512];   /* what can be done, or "" */
    struct error_excerpt excerpt;
};

/* Both return false, so that a failure is one statement: return error_set(err, ...). */
bool error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);
bool error_set_errno(struct error *err, enum error_code code, int sys_errno, const char *format,
                     ...) PRINTF_LIKE(4, 5);

/* Put context before what is in `where` already, joined by ": ". Returns false. */
bool error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Put a file before the "line:column" in it that `where` is; or all of it, where there is none. */
bool error_wrap_file(struct error *err, const char *folder, const char *path);

void error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
void error_detail(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* "where: what (sqlstate)" in one line. Gives the length written, as strlen would. */
size_t error_format(const struct error *err, char *out, size_t out_size);

#endif
