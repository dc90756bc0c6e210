/*
 * migrate/status - the answer of `migrinit status`, for people or as JSON
 *
 * JSON       docs/status.md has its keys; they are stable
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

/*
 * history is of a source that has a reader, inputs of one that has inputs. refusal: what the tool,
 * or a setting of ours, refuses to go on with; NULL for nothing.
 */
void status_add(struct status *status, const struct source *source, const struct history *history,
                const struct inputs_record *inputs, const struct error *refusal);

/* With a line end. */
struct slice status_text(const struct status *status, bool is_json);

#endif
