/*
 * conf/dsn - a database URL, as the world writes them, taken apart into what libpq understands
 *
 * Why here   libpq rejects `?schema=app&connection_limit=5`, takes an unknown scheme for a database
 *            name, and prints the password in its parse errors; `user:p@ss@host` makes it send the
 *            password to DNS. So no URL of a user ever reaches libpq: it gets keywords and values
 *            from here.
 * Purity     a function of the texts; who reveals the secret is lib/pg/conn
 * Inside     conf/dsn_parse tells the forms apart: conf/dsn_url reads URLs, conf/dsn_keywords reads
 *            "host=db user=app"; conf/dsn_params knows what each parameter means, conf/dsn_host what
 *            a host is, and conf/dsn is the value that comes of it
 * Settings   lib/pq, pgx, sqlx and asyncpg hand what they do not know to the server, as settings of
 *            the session. A few that people use are taken so; the rest is set aside.
 * Facts      keywords of libpq 15 to 18; parameters of Prisma, node-postgres, lib/pq, pgx, sqlx,
 *            SQLAlchemy, pgJDBC: either mapped, or on the list of what is safely ignored
 */
#ifndef MIGRINIT_CONF_DSN_H
#define MIGRINIT_CONF_DSN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/secret.h"

enum { DSN_PARAMS_MAX = 48, DSN_SETTINGS_MAX = 8, DSN_IGNORED_MAX = 8, DSN_TEXT_MAX = 16 * 1024 };

struct dsn_param {
    const char *keyword; /* a libpq keyword other than the password */
    const char *value;   /* of sslpassword a secret: never print the list */
};

struct dsn {
    struct dsn_param params[DSN_PARAMS_MAX]; /* host, port, user, dbname, sslmode, ... */
    size_t param_count;
    struct secret password;
    /* The value for set_config('search_path', ...), quoted where it must be; NULL for none. From
     * ?schema= (Prisma: one name), search_path= or currentSchema= (lists). */
    const char *search_path;
    const char *schema; /* of ?schema= alone, as it is: the one that its users expect to be made */
    const char *table;  /* x-migrations-table; NULL for none */
    const char *table_schema; /* "schema"."table" with x-migrations-table-quoted; else NULL */
    bool splits_statements;   /* x-multi-statement: each statement of a file by itself */
    struct dsn_param settings[DSN_SETTINGS_MAX]; /* of the session: statement_timeout, ... */
    size_t setting_count;
    bool is_pooled;                       /* ?pgbouncer=true: the URL leads to a pooler */
    const char *ignored[DSN_IGNORED_MAX]; /* names that were set aside, the first few of them */
    size_t ignored_count;
    bool has_unknown; /* something set aside is not on our list: worth a line in the log */
};

/*
 * A URL (postgres://, postgresql://, postgresql+driver://, jdbc:postgresql://) or a libpq keyword
 * string ("host=db user=app"). Blanks, one pair of quotes and a %0A at the end, as env files leave
 * them, are dropped. Several hosts stay libpq's comma lists.
 *
 * A password with '@' ':' '/' '#' '?' '%' or blanks in it that was not percent-encoded is
 * understood where that is unambiguous: user information ends at the last '@' before the path, and
 * where that reading gives no proper URL, at the one '@' behind which a proper one follows. A '%'
 * that begins no escape stands for itself in a password. A schema name of Prisma's is quoted.
 *
 * Errors: ERR_CONFIG, without any part of the text that could be the password.
 */
bool dsn_parse(struct slice text, struct arena *arena, struct dsn *dsn,
               struct error *err) MUST_CHECK;

/* NULL when the parameter is not set. */
const char *dsn_get(const struct dsn *dsn, const char *keyword);

/* Both texts must live as long as the dsn. */
void dsn_set(struct dsn *dsn, const char *keyword, const char *value);

/* "postgresql://app@db:5432/shop": what the log shows. Never the password, never a parameter. */
const char *dsn_display(const struct dsn *dsn, struct arena *arena);

/* Whether the (first) host is a directory of a unix socket. */
bool dsn_is_unix_socket(const struct dsn *dsn);

#endif
