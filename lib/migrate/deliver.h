/*
 * migrate/deliver - how the text of a migration goes to the server, and where in its file an error
 * is
 *
 * Why here   In one message where that can be; in pieces, where scripts come around it or data is
 * in it; statement by statement, where it cannot run in a transaction.
 */
#ifndef MIGRINIT_MIGRATE_DELIVER_H
#define MIGRINIT_MIGRATE_DELIVER_H

#include "migrate/history.h"
#include "pg/exec.h"
#include "sql/split.h"

/* In a transaction, with its record and the scripts that come around it. */
bool deliver_transaction(struct session *session, const struct source *source,
                         const struct history *history, const struct migration *migration,
                         const struct pg_limits *limits, size_t *statement_count,
                         struct error *err) MUST_CHECK;

/*
 * One statement after the other, and nothing around them. *statement_count: how many are done,
 * whether or not that is all. history: NULL where no statement is recorded by itself.
 */
bool deliver_statements(struct session *session, const struct source *source,
                        const struct history *history, const struct migration *migration,
                        const struct pg_limits *limits, size_t *statement_count,
                        struct error *err) MUST_CHECK;

/* A record that is not in the migration's own transaction. */
bool deliver_record(struct session *session, const struct source *source,
                    const struct history *history, const struct migration *migration,
                    const struct record_request *request, struct error *err) MUST_CHECK;

/* With its data where it has some. Errors: as pg_run */
bool deliver_statement(struct session *session, const struct sql_statement *statement,
                       const struct pg_limits *limits, struct pg_run *run,
                       struct error *err) MUST_CHECK;

/* A script that is not recorded, in a transaction of its own or in none. */
bool deliver_script(struct session *session, const struct source *source,
                    const struct migration *script, const struct pg_limits *limits,
                    size_t *statement_count, struct error *err) MUST_CHECK;

/* The scripts of this event around a migration, in the transaction that is begun. */
bool deliver_callbacks(struct session *session, const struct source *source,
                       const struct migration *migration, enum callback_event event,
                       const struct pg_limits *limits, struct error *err) MUST_CHECK;

/*
 * What goes ahead of a file that runs statement by statement: the session is put back to what it
 * was made, after what a file may have left behind, and has the limits of the step.
 */
bool deliver_settings(struct session *session, const struct source *source,
                      const struct pg_limits *limits, struct error *err) MUST_CHECK;

#endif
