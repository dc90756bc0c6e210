/*
 * conf/dsn - a database URL, as the world writes them, taken apart into what libpq understands
 *
 * Why here   libpq rejects `?schema=app&connection_limit=5`, takes an unknown scheme for a database
 *            name, and prints the password in its parse errors; `user:p@ss@host` makes it send the
 * password to DNS. So no URL of a user ever reaches libpq: it gets keywords and values from here.
 * Purity     a function of the texts; who reveals the secret is lib/pg/conn
 * Facts      libpq 15 keywords; parameters of Prisma, node-postgres, lib/pq, pgx, sqlx, SQLAlchemy
 *            (FORMATS: connection strings): either mapped, or on the list of what is safely ignored
 */
#ifndef MIGRINIT_CONF_DSN_H
#define MIGRINIT_CONF_DSN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/secret.h"

enum { DSN_PARAMS_MAX = 40 };

struct dsn_param {
    const char *keyword; /* a libpq keyword other than the password */
    const char *value;
};

struct dsn {
    struct dsn_param params[DSN_PARAMS_MAX]; /* host, port, user, dbname, sslmode, ... */
    size_t param_count;
    struct secret password;
    const char
        *search_path;  /* SET after connecting; NULL for none (from ?schema= or search_path=) */
    const char *table; /* x-migrations-table and the like; NULL for none */
    bool is_pooled;    /* ?pgbouncer=true: the URL says that it leads to a pooler */
    const char *ignored[8]; /* names of parameters that were set aside, for one log line */
    size_t ignored_count;
};

/*
 * A URL (postgres://, postgresql://, postgresql+driver://, jdbc:postgresql://) or a libpq keyword
 * string ("host=db user=app"). Trims blanks and one pair of quotes around it, as env files leave
 * them. A password with '@' '/' ':' '#' '?' '%' or blanks in it that was not percent-encoded is
 * understood where that is unambiguous (user information ends at the last '@' before the path).
 * Errors: ERR_CONFIG, without any part of the text that could be the password.
 */
bool dsn_parse(struct slice text, struct arena *arena, struct dsn *dsn,
               struct error *err) MUST_CHECK;

/* NULL when the parameter is not set. */
const char *dsn_get(const struct dsn *dsn, const char *keyword);
void dsn_set(struct dsn *dsn, const char *keyword, const char *value);

/* "postgresql://app@db:5432/shop": what the log shows. Never the password. */
const char *dsn_display(const struct dsn *dsn, struct arena *arena);

/* Whether the (first) host is a directory of a unix socket. */
bool dsn_is_unix_socket(const struct dsn *dsn);

#endif
