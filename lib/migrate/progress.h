/*
 * migrate/progress - how a long statement gets on, told while it runs
 *
 * Flow       [log] progress_interval (10 s) after a statement was sent, and as often from then on,
 *            a line "migration.progress"; on a terminal a bar instead, drawn anew every second.
 *            What goes to the server as one message counts as one statement. Where the second
 *            connection is not to be had, the line tells how long it has run, and no more.
 */
#ifndef MIGRINIT_MIGRATE_PROGRESS_H
#define MIGRINIT_MIGRATE_PROGRESS_H

#include "conf/config.h"
#include "pg/aside.h"

struct progress {
    const char *name;    /* of the migration */
    int64_t interval_ms; /* 0: nothing is told */
    int64_t begun_ms;    /* of the statement that was looked at last */
    int64_t told_ms;     /* when that was */
    bool is_drawn;
};

void progress_begin(struct progress *progress, const struct config *config, const char *name);

/* When to look at a statement that was sent then; INT64_MAX: never. */
int64_t progress_due_ms(const struct progress *progress, int64_t begun_ms);

/* are_blockers_told: the log has just had them. */
void progress_look(struct progress *progress, struct pg_aside *aside, int64_t begun_ms,
                   bool are_blockers_told);

void progress_end(const struct progress *progress);

#endif
