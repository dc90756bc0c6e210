/*
 * migrate/duty - what one step's work comes to: migrated, verified, waited for, or told
 *
 * Why here   AUTO_MIGRATE and the verbs choose among a handful of ways to go about the same work.
 *            Each is a short story here.
 */
#ifndef MIGRINIT_MIGRATE_DUTY_H
#define MIGRINIT_MIGRATE_DUTY_H

#include "migrate/preview.h"
#include "migrate/runner.h"
#include "migrate/status.h"
#include "migrate/work.h"

/* What the steps have to say, put together for standard output. */
struct answers {
    struct status status;
    struct preview preview;
};

/* err is filled when the outcome is a failure. */
enum outcome duty_run(const struct runner_job *job, struct work *work, struct answers *answers,
                      struct error *err);

#endif
