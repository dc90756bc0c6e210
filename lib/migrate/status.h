/*
 * migrate/status - the answer of `migrinit status`, for people or as JSON
 *
 * JSON
 * {"steps":[{"step":"","format":"dbmate","dir":"db/migrations","table":"public.schema_migrations",
 *            "applied":2,"pending":1,"changed":0,"failed":0,"unknown":0,"migrations":[{"id":"001","name":"001_users",
 *            "state":"applied","applied_at":"...","duration_ms":null},...]}]}
 *            Of a command step also "command", and "inputs" where it has some:
 *            {"files":12,"state":"current","finished_at":"...","duration_ms":8100}; state is
 * current, changed, or new when it never succeeded. Without a folder that is read, the keys from
 * "format" on are not there. Purity     values in, text out
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

/* history is of a source that has a reader, inputs of one that has inputs. */
void status_add(struct status *status, const struct source *source, const struct history *history,
                const struct inputs_record *inputs);

/* With a line end. */
struct slice status_text(const struct status *status, bool is_json);

#endif
