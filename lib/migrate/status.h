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

/* refusal: what the tool, or a setting of ours, refuses to go on with; NULL for nothing. */
void status_add(struct status *status, const struct source *source, const struct history *history,
                const struct error *refusal);
void status_add_command(struct status *status, const struct source *source);

/* With a line end. */
struct slice status_text(const struct status *status, bool is_json);

#endif
