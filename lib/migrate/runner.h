/*
 * migrate/runner - the run, top to bottom: read the folders, wait, look, lock, apply, record
 *
 * Why here   The story that README tells, in one room. Everything it decides by is a value;
 *            everything it does goes through session, turn and apply.
 */
#ifndef MIGRINIT_MIGRATE_RUNNER_H
#define MIGRINIT_MIGRATE_RUNNER_H

#include <stdbool.h>

#include "base/outcome.h"
#include "migrate/policy.h"
#include "migrate/repair.h"
#include "migrate/session.h"

struct runner_job {
    const struct config *config;
    enum duty duty;
    enum answer answer;
    struct down_request down;
    struct repair repair; /* of DUTY_REPAIR */
    const struct run_hooks *hooks;
};

/*
 * Whether a run with these settings would touch no server and no file, and wait for nobody: its
 * outcome is known beforehand, and no process need be made for it.
 */
bool runner_is_idle(const struct config *config, enum duty duty, enum outcome *outcome);

/* err is filled when the outcome is a failure; the caller logs it. */
enum outcome runner_run(const struct runner_job *job, struct arena *arena, struct error *err);

#endif
