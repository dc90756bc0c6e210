/*
 * migrate/leftover - what a statement that ran without a transaction has left behind half-way
 *
 * Facts      A CREATE INDEX CONCURRENTLY that fails, is cancelled or loses its session leaves an
 *            index with indisvalid = false; REINDEX CONCURRENTLY one more, named *_ccnew (*_ccold
 *            near its end); DROP INDEX CONCURRENTLY the index itself; ALTER TABLE ... DETACH
 *            PARTITION ... CONCURRENTLY a partition with inhdetachpending (PostgreSQL 14). CREATE
 *            INDEX CONCURRENTLY IF NOT EXISTS takes an invalid index for the one it is to make.
 *            All of it measured with PostgreSQL 12, 15 and 18.
 * Not        an index at which another session is just now: that holds ShareUpdateExclusiveLock on
 *            the index (REINDEX, DROP), or on its table with a row in
 *            pg_stat_progress_create_index, whose pid every role sees; nor an index of a partitioned
 *            table (relkind I), which is invalid until each partition has its own. Of a DETACH that
 *            waits no lock shows: sessions of the same role are recognised by their query.
 */
#ifndef MIGRINIT_MIGRATE_LEFTOVER_H
#define MIGRINIT_MIGRATE_LEFTOVER_H

#include "formats/format.h"
#include "pg/exec.h"
#include "sql/concurrent.h"

struct leftover {
    bool is_index; /* else a partition that is half detached */
    long long oid;
    struct sql_name name;
    struct sql_name table; /* of the index; that the partition is of */
    bool is_in_path;       /* the table is found without its schema */
    const char *shown;     /* "public.orders_at", for people */
    const char *remedy;    /* the statement that takes it away, every name quoted */
};

struct leftover_list {
    struct leftover *items;
    size_t count;
};

/* One query; `arena` keeps the answer. server_version as of struct pg_session. Errors: as pg_query */
bool leftover_look(struct pg_conn *conn, const struct pg_limits *limits, struct arena *arena,
                   struct leftover_list *out, struct error *err) MUST_CHECK;

/* What a migration makes, and does not drop itself before. */
struct leftover_aims {
    struct sql_concurrent *items;
    size_t count;
};
struct leftover_aims leftover_aims_of(const struct migration *migration, struct arena *arena);

/* What is in the way of one of them, so that the file must not run; NULL: nothing is. */
const struct leftover *leftover_in_the_way(const struct leftover_list *list,
                                           const struct leftover_aims *aims);

/* What an earlier attempt at one of them has surely left: what is in the way, and *_ccnew. */
bool leftover_is_of(const struct leftover *leftover, const struct leftover_aims *aims);

bool leftover_list_has(const struct leftover_list *list, long long oid);

#endif
