#include "migrate/policy.h"

#include <stddef.h>

static const char *const continuing =
    "Continuing despite migration failure (set AUTO_MIGRATE_FAIL_ON_ERROR=true to exit on error)";
static const char *const exiting =
    "Exiting due to migration failure (AUTO_MIGRATE_FAIL_ON_ERROR=true)";

static const char *const unconfigured =
    "Exiting: no database is configured (set DATABASE_URL, or AUTO_MIGRATE=false to do without)";

/* The columns of the policy table: who decides whether a failure ends the container. */
enum column {
    COLUMN_STRICT,  /* AUTO_MIGRATE=true, FAIL_ON_ERROR=true */
    COLUMN_LENIENT, /* AUTO_MIGRATE=true, FAIL_ON_ERROR=false */
    COLUMN_OFF,     /* AUTO_MIGRATE=false: whatever happened, the app starts */
    COLUMN_GATE,    /* AUTO_MIGRATE=verify or wait: the app starts on a current schema only */
    COLUMN_ASKED,   /* migrate, status and the other verbs: the answer is the exit code */
};

static enum column column_of(const struct policy *policy)
{
    if (policy->duty != DUTY_RUN)
        return COLUMN_ASKED;
    switch (policy->auto_migrate) {
    case AUTO_MIGRATE_FALSE: return COLUMN_OFF;
    case AUTO_MIGRATE_VERIFY:
    case AUTO_MIGRATE_WAIT: return COLUMN_GATE;
    case AUTO_MIGRATE_TRUE: break;
    }
    return policy->fail_on_error ? COLUMN_STRICT : COLUMN_LENIENT;
}

static bool is_good(enum outcome outcome)
{
    return outcome_exit_code(outcome) == 0;
}

static const char *status_word(enum column column, enum outcome outcome)
{
    if (column == COLUMN_OFF || outcome == OUTCOME_UNCONFIGURED || outcome == OUTCOME_WAITED)
        return "skipped";
    if (outcome == OUTCOME_LOCK_TIMEOUT || outcome == OUTCOME_NOT_CURRENT)
        return "pending";
    return is_good(outcome) ? "ok" : "failed";
}

static struct verdict start(enum column column, enum outcome outcome, bool is_failure,
                            const char *sentence)
{
    return (struct verdict){.starts_app = true,
                            .is_failure = is_failure,
                            .sentence = sentence,
                            .app_status = status_word(column, outcome)};
}

static struct verdict end(enum outcome outcome, const char *sentence)
{
    return (struct verdict){.exit_code = outcome_exit_code(outcome),
                            .is_failure = !is_good(outcome),
                            .sentence = sentence};
}

static struct verdict decide_lenient(enum outcome outcome)
{
    if (outcome == OUTCOME_UNCONFIGURED)
        return start(COLUMN_LENIENT, outcome, false,
                     "No database is configured: nothing to wait for, nothing to migrate");
    return start(COLUMN_LENIENT, outcome, true, continuing);
}

static struct verdict decide_off(enum outcome outcome)
{
    bool is_news = !is_good(outcome) && outcome != OUTCOME_UNCONFIGURED;

    return start(COLUMN_OFF, outcome, is_news,
                 is_news ? "Continuing without a database check (AUTO_MIGRATE=false)" : NULL);
}

static struct verdict decide_asked(const struct policy *policy, enum outcome outcome)
{
    if (policy->duty == DUTY_WAIT && policy->has_command && is_good(outcome))
        return start(COLUMN_ASKED, outcome, false, NULL);
    return end(outcome, outcome == OUTCOME_UNCONFIGURED
                            ? "No database is configured: set DATABASE_URL"
                            : NULL);
}

struct verdict policy_decide(const struct policy *policy, enum outcome outcome)
{
    enum column column = column_of(policy);

    /* Being told to stop is no failure of the migration, and no policy starts an app after it. */
    if (outcome == OUTCOME_INTERRUPTED)
        return end(outcome, NULL);
    if (column == COLUMN_ASKED)
        return decide_asked(policy, outcome);
    if (is_good(outcome))
        return start(column, outcome, false, NULL);
    if (outcome == OUTCOME_UNCONFIGURED && column != COLUMN_LENIENT && column != COLUMN_OFF)
        return end(outcome, unconfigured);
    switch (column) {
    case COLUMN_LENIENT: return decide_lenient(outcome);
    case COLUMN_OFF: return decide_off(outcome);
    case COLUMN_GATE: return end(outcome, "Exiting: the schema is not known to be current");
    case COLUMN_STRICT:
    case COLUMN_ASKED: break;
    }
    return end(outcome, exiting);
}
