/*
 * pg/target - where the database is, out of what the settings say in several places
 *
 * Why here   A URL, single parts, aliases of the official image and libpq's own PG* variables may
 *            all be there at once. This room lays them over each other. It opens no secret: what
 *            needs one open (pg_target_resolve, pg_target_environment) is in pg/conn.
 * Rules      The first URL of step, migrate_url, url that is set; gaps in it are filled from the
 *            parts ([database] host ..., POSTGRES_*, DB_*), then from PG*. A port of the parts goes
 *            with their host and a password with its user: a URL that names others gets neither.
 *            Where a service is named (PGSERVICE), its file comes before PG*, as in libpq.
 */
#ifndef MIGRINIT_PG_TARGET_H
#define MIGRINIT_PG_TARGET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/secret.h"
#include "conf/config.h"
#include "conf/dsn.h"

/* Where to connect to: settings resolved, nothing opened yet. */
struct pg_target {
    struct dsn dsn;
    struct redactor redactor; /* knows every password of the settings */
    const char *display;      /* "postgresql://app@db:5432/shop" */
    struct secret url;        /* as written, where it says all there is to say; else unset */
};

/*
 * Whether anything says where a database is: a URL, a host, a database's name, or PGHOST,
 * PGHOSTADDR, PGSERVICE, PGDATABASE. A user or a password alone is no place: the variables of the
 * official image are often shared with the app's container.
 */
bool pg_target_is_configured(const struct config *config, const struct step *step);

/* The same server, another database: the maintenance database for CREATE DATABASE. */
struct pg_target pg_target_with_database(const struct pg_target *target, const char *database,
                                         struct arena *arena);

/* The URL that counts, or an unset secret where there are parts only. step may be NULL. */
struct secret pg_target_url(const struct config *config, const struct step *step);

/* Fill the gaps of *dsn; *is_changed when there were any. Errors: ERR_CONFIG no user anywhere. */
bool pg_target_complete(const struct config *config, struct dsn *dsn, struct arena *arena,
                        bool *is_changed, struct error *err) MUST_CHECK;

/* "postgresql://user:password@host:port/database?sslmode=..." with every part percent-encoded. */
const char *pg_target_compose(const struct dsn *dsn, struct slice password, struct arena *arena);

#endif
