/*
 * entrypoint/health - what PID 1 knows of itself, and what that answers to whoever asks
 *
 * Why here   `migrinit health`, the HTTP endpoints, the metrics and sd_notify must never disagree:
 *            all of them are made from one record, and one table of phase and question.
 * Purity     values in, values out; docs/health.md has the table in words
 */
#ifndef MIGRINIT_ENTRYPOINT_HEALTH_H
#define MIGRINIT_ENTRYPOINT_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "entrypoint/machine.h"
#include "migrate/report.h"

enum health_phase {
    HEALTH_STARTING,
    HEALTH_WAITING,
    HEALTH_LOCKING,
    HEALTH_MIGRATING,
    HEALTH_APP_STARTING, /* the app is there, and does not count as ready yet */
    HEALTH_RUNNING,
    HEALTH_RESTARTING, /* the app has ended, and will be started again */
    HEALTH_STOPPING,
    HEALTH_PHASE_COUNT
};

enum health_question {
    HEALTH_READY,   /* is the app there for others? */
    HEALTH_LIVE,    /* does PID 1 answer at all? */
    HEALTH_STARTUP, /* is it there, or on its way? */
    HEALTH_QUESTION_COUNT
};

/* Kept by the supervisor, told of every change. */
struct health_record {
    enum health_phase phase;
    int64_t since_ms;
    int64_t spent_ms[HEALTH_PHASE_COUNT]; /* before the phase at hand */
    struct report progress;               /* the last one of the preparer */
    unsigned applied_before;              /* by the steps before the one at work */
    unsigned restarts;
};

/* The record in a moment. */
struct health {
    enum health_phase phase;
    int64_t phase_ms; /* since when */
    int64_t wait_ms, migration_ms;
    unsigned done, total; /* of the step at work */
    unsigned applied;     /* of all steps */
    unsigned restarts;
    const char *name; /* of the migration at work; "" for none */
};

enum health_phase health_phase_of(enum machine_state state, enum phase phase, bool is_ready);

bool health_is_good(enum health_phase phase, enum health_question question);

void health_enter(struct health_record *record, enum health_phase phase, int64_t now_ms);
void health_progress(struct health_record *record, const struct report *progress);
struct health health_at(const struct health_record *record, int64_t now_ms);

/* Stable words: "app-starting"; "startup" */
const char *health_phase_name(enum health_phase phase);
const char *health_question_name(enum health_question question);
bool health_question_parse(struct slice word, enum health_question *out);

/*
 * "migrating for 38.2 s, migration 3 of 17: 0014_add_orders", and the same without the time. No
 * line end; gives the length.
 */
size_t health_line(const struct health *health, char *out, size_t out_size);
size_t health_status(const struct health *health, char *out, size_t out_size);

#endif
