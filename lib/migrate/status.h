/*
 * migrate/status - the answer of `migrinit status`, for people or as JSON
 *
 * JSON
 * {"steps":[{"step":"","format":"dbmate","dir":"db/migrations","table":"public.schema_migrations",
 *            "applied":2,"pending":1,"changed":0,"failed":0,"unknown":0,"migrations":[{"id":"001","name":"001_users",
 *            "state":"applied","applied_at":"...","duration_ms":null},...],"remarks":["...",...]}]}
 * Purity     values in, text out
 */
#ifndef MIGRINIT_MIGRATE_STATUS_H
#define MIGRINIT_MIGRATE_STATUS_H

#include "base/buf.h"
#include "base/json.h"
#include "migrate/history.h"

struct status {
    struct arena *arena;
    struct buf text;
    struct json *steps; /* an array */
};

void status_init(struct status *status, struct arena *arena);
void status_clear(struct status *status);

void status_add(struct status *status, const struct source *source, const struct history *history);
void status_add_command(struct status *status, const struct source *source);

/* With a line end. */
struct slice status_text(const struct status *status, bool is_json);

#endif
