/*
 * sql/concurrent - which index or partition a statement is about that cannot run in a transaction
 *
 * Why here   CREATE INDEX CONCURRENTLY and its like leave something behind when they are stopped
 *            half-way. Whether a file makes the very thing that lies there is a question of names.
 * Knows      CREATE [UNIQUE] INDEX [CONCURRENTLY], REINDEX ... CONCURRENTLY, DROP INDEX, ALTER TABLE
 *            ... DETACH PARTITION ... CONCURRENTLY | FINALIZE; an index that is given no name is
 *            nobody's. U&"" is not understood as a name.
 * Purity     no server; names are as the server keeps them: folded to lower case unless quoted, cut
 *            to 63 bytes
 */
#ifndef MIGRINIT_SQL_CONCURRENT_H
#define MIGRINIT_SQL_CONCURRENT_H

#include "base/arena.h"
#include "sql/quote.h"

enum sql_concurrent_kind {
    SQL_CREATE_INDEX,
    SQL_REINDEX_INDEX,
    SQL_REINDEX_TABLE,
    SQL_REINDEX_MANY, /* of a schema or database */
    SQL_DROP_INDEX,
    SQL_DETACH,
    SQL_DETACH_FINALIZE,
};

struct sql_concurrent {
    enum sql_concurrent_kind kind;
    struct sql_name name;  /* of the index or table; of the partition */
    struct sql_name table; /* that the index is on, or that has the partition */
};

/* Gives how many, `max` at most: DROP INDEX may name several. */
size_t sql_concurrent(struct slice statement, struct arena *arena, struct sql_concurrent *out,
                      size_t max);

#endif
