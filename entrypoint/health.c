#include "entrypoint/health.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/compiler.h"

static const struct {
    const char *name;
    bool is_good[HEALTH_QUESTION_COUNT];
} phases[HEALTH_PHASE_COUNT] = {
    [HEALTH_STARTING] = {"starting", {[HEALTH_LIVE] = true, [HEALTH_STARTUP] = true}},
    [HEALTH_WAITING] = {"waiting", {[HEALTH_LIVE] = true, [HEALTH_STARTUP] = true}},
    [HEALTH_LOCKING] = {"locking", {[HEALTH_LIVE] = true, [HEALTH_STARTUP] = true}},
    [HEALTH_MIGRATING] = {"migrating", {[HEALTH_LIVE] = true, [HEALTH_STARTUP] = true}},
    [HEALTH_APP_STARTING] = {"app-starting", {[HEALTH_LIVE] = true, [HEALTH_STARTUP] = true}},
    [HEALTH_RUNNING] = {"running",
                        {[HEALTH_LIVE] = true, [HEALTH_STARTUP] = true, [HEALTH_READY] = true}},
    [HEALTH_RESTARTING] = {"restarting", {[HEALTH_LIVE] = true}},
    [HEALTH_STOPPING] = {"stopping", {[HEALTH_LIVE] = true}},
};

static const char *const questions[HEALTH_QUESTION_COUNT] = {
    [HEALTH_READY] = "ready",
    [HEALTH_LIVE] = "live",
    [HEALTH_STARTUP] = "startup",
};

static const enum health_phase of_preparation[PHASE_COUNT] = {
    [PHASE_STARTING] = HEALTH_STARTING,
    [PHASE_WAITING] = HEALTH_WAITING,
    [PHASE_LOCKING] = HEALTH_LOCKING,
    [PHASE_MIGRATING] = HEALTH_MIGRATING,
};

enum health_phase health_phase_of(enum machine_state state, enum phase phase, bool is_ready)
{
    switch (state) {
    case STATE_PREPARING: return of_preparation[phase];
    case STATE_RUNNING: return is_ready ? HEALTH_RUNNING : HEALTH_APP_STARTING;
    case STATE_CLEARING:
    case STATE_PAUSING: return HEALTH_RESTARTING;
    case STATE_STOPPING_PREPARER:
    case STATE_STOPPING_APP:
    case STATE_DRAINING:
    case STATE_STOPPING_LEFTOVERS:
    case STATE_ENDED:
    case STATE_COUNT: break;
    }
    return HEALTH_STOPPING;
}

bool health_is_good(enum health_phase phase, enum health_question question)
{
    return phases[phase].is_good[question];
}

const char *health_phase_name(enum health_phase phase)
{
    return phases[phase].name;
}

const char *health_question_name(enum health_question question)
{
    return questions[question];
}

bool health_question_parse(struct slice word, enum health_question *out)
{
    for (int i = 0; i < HEALTH_QUESTION_COUNT; i++) {
        if (slice_equal_text(word, questions[i])) {
            *out = (enum health_question)i;
            return true;
        }
    }
    return false;
}

/* ---- the record ---- */

void health_enter(struct health_record *record, enum health_phase phase, int64_t now_ms)
{
    if (phase == record->phase)
        return;
    record->spent_ms[record->phase] += now_ms - record->since_ms;
    record->phase = phase;
    record->since_ms = now_ms;
}

/* Each step counts its own migrations, from 0 on. */
void health_progress(struct health_record *record, const struct report *progress)
{
    if (progress->phase == PHASE_MIGRATING && progress->done < record->progress.done)
        record->applied_before += record->progress.done;
    if (progress->phase == PHASE_MIGRATING)
        record->progress = *progress;
    else
        record->progress.phase = progress->phase;
}

static int64_t spent_ms(const struct health_record *record, enum health_phase phase, int64_t now_ms)
{
    return record->spent_ms[phase] + (record->phase == phase ? now_ms - record->since_ms : 0);
}

struct health health_at(const struct health_record *record, int64_t now_ms)
{
    return (struct health){
        .phase = record->phase,
        .phase_ms = now_ms - record->since_ms,
        .wait_ms = spent_ms(record, HEALTH_STARTING, now_ms) +
                   spent_ms(record, HEALTH_WAITING, now_ms) +
                   spent_ms(record, HEALTH_LOCKING, now_ms),
        .migration_ms = spent_ms(record, HEALTH_MIGRATING, now_ms),
        .done = record->progress.done,
        .total = record->progress.total,
        .applied = record->applied_before + record->progress.done,
        .restarts = record->restarts,
        .name = record->progress.name,
    };
}

/* ---- in words ---- */

static size_t bounded(int len, size_t out_size)
{
    if (len < 0)
        return 0;
    return (size_t)len < out_size ? (size_t)len : out_size - 1;
}

static size_t add_migration(const struct health *health, char *out, size_t out_size, size_t len)
{
    if (health->phase != HEALTH_MIGRATING || !health->name[0])
        return len;
    return len + bounded(snprintf(out + len, out_size - len, ", migration %u of %u: %s",
                                  health->done + 1, health->total, health->name),
                         out_size - len);
}

size_t health_line(const struct health *health, char *out, size_t out_size)
{
    size_t len = bounded(snprintf(out, out_size, "%s for %" PRId64 ".%" PRId64 " s",
                                  health_phase_name(health->phase), health->phase_ms / 1000,
                                  health->phase_ms / 100 % 10),
                         out_size);

    return add_migration(health, out, out_size, len);
}

size_t health_status(const struct health *health, char *out, size_t out_size)
{
    size_t len = bounded(snprintf(out, out_size, "%s", health_phase_name(health->phase)), out_size);

    return add_migration(health, out, out_size, len);
}
