/*
 * migrate/outgoing - the files that a run would send, and the places of their statements
 *
 * Why here   Two rooms look through them before anything is sent: migrate/guard for what would be
 *            lost, migrate/preflight for extensions that the server does not have.
 * Purity     values in, values out
 */
#ifndef MIGRINIT_MIGRATE_OUTGOING_H
#define MIGRINIT_MIGRATE_OUTGOING_H

#include "migrate/plan.h"
#include "migrate/source.h"

struct outgoing {
    const struct migration **files; /* pending migrations in order, then scripts of the run */
    size_t count;
    size_t migration_count; /* the first so many are migrations */
};

struct outgoing outgoing_of(const struct source *source, const struct plan *plan,
                            struct arena *arena);

/* The statements of a file as they are sent; none where it cannot be split, which list() refuses.
 */
struct sql_statements outgoing_statements(const struct migration *file, struct arena *arena);

/* "migrations/0002_b.sql:3:1", of a byte of the statement */
const char *outgoing_place(const struct source *source, const struct migration *file,
                           const struct sql_statement *statement, size_t at, struct arena *arena);

/* What the file has where this piece of a statement is sent: a placeholder, and not its value. */
struct slice outgoing_as_written(const struct migration *file,
                                 const struct sql_statement *statement, struct slice piece);

#endif
