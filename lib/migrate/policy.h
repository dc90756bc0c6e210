/*
 * migrate/policy - how the preparation ended x what was asked for = start the app, or end with what
 *
 * Purity     one table, values in and values out; tests walk all of it
 */
#ifndef MIGRINIT_MIGRATE_POLICY_H
#define MIGRINIT_MIGRATE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "conf/config.h"

/* What the command line asked for. */
enum duty {
    DUTY_RUN,     /* wait, migrate under the policy, then the app */
    DUTY_MIGRATE, /* wait, migrate, end; AUTO_MIGRATE_FAIL_ON_ERROR does not matter */
    DUTY_WAIT,    /* wait only; the app when a COMMAND is given */
    DUTY_STATUS,  /* say what is applied and pending */
    DUTY_PLAN,    /* say what would be run */
    DUTY_DOWN,    /* undo the last ones; never a part of DUTY_RUN */
    DUTY_VERIFY,  /* say by the exit code whether the schema is current */
    DUTY_REPAIR,  /* resolve, baseline: change the bookkeeping only */
};

/* Of DUTY_DOWN, and of a DUTY_PLAN that is about it. */
struct down_request {
    size_t count;     /* of migrations, the last ones first; 0: not about undoing */
    const char *step; /* NULL: the last one with a folder of its own */
};

/* How an answer is wanted. */
enum answer {
    ANSWER_TEXT,
    ANSWER_JSON, /* of DUTY_STATUS */
    ANSWER_SQL,  /* of DUTY_PLAN: nothing but what would be sent */
    ANSWER_TRY,  /* of DUTY_PLAN: really run it, and roll back */
};

struct policy {
    enum duty duty;
    bool has_command; /* an app to start was given */
    enum auto_migrate auto_migrate;
    bool fail_on_error;
};

struct verdict {
    bool starts_app;
    int exit_code;          /* when it does not */
    bool is_failure;        /* told as a warning or error, not as information */
    const char *sentence;   /* the log line; NULL for none */
    const char *app_status; /* MIGRINIT_STATUS of the app: "ok", "failed", "skipped", "pending" */
};

struct verdict policy_decide(const struct policy *policy, enum outcome outcome);

#endif
