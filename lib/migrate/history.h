/*
 * migrate/history - one look: read the bookkeeping, compare, and give the plan
 */
#ifndef MIGRINIT_MIGRATE_HISTORY_H
#define MIGRINIT_MIGRATE_HISTORY_H

#include "migrate/plan.h"
#include "migrate/session.h"
#include "migrate/source.h"

struct history {
    bool has_table;        /* false: nothing was ever recorded here */
    struct sql_name table; /* with its schema */
    struct applied_list applied;
    struct slice upgrade; /* statements that the table needs first; empty: none */
    struct plan plan;
    bool is_settled; /* of migrate/revisions: the tool has surely nothing to do */
};

/*
 * Where the bookkeeping is: in the schema of the setting, else in the session's current schema.
 * Resolved once in a look: a migration may change the search_path under us. Errors: ERR_CONFIG
 */
bool history_place(const struct session *session, const struct source *source,
                   struct sql_name *table, struct error *err) MUST_CHECK;

/* The statements that create the bookkeeping; whether rows may be in it then. */
struct slice history_create_sql(const struct source *source, struct sql_name table,
                                struct arena *arena);
bool history_begins_with_rows(const struct source *source);

/*
 * One round trip; `arena` keeps the answer. Errors: ERR_CONFIG when the table is another tool's; as
 * pg_query
 */
bool history_read(struct session *session, const struct source *source, struct arena *arena,
                  struct history *out, struct error *err) MUST_CHECK;

/*
 * Before bookkeeping is begun: has another tool kept this database? Asked only where the format was
 * detected and not named, since naming it is the way to go on. Errors: ERR_CONFIG that names the
 * table and the tool
 */
bool history_check_fresh(struct session *session, const struct source *source,
                         const struct history *history, struct arena *arena,
                         struct error *err) MUST_CHECK;

#endif
