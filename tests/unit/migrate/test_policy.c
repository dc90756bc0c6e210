/* The policy table of README.md, every cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "migrate/policy.h"

enum { START = -1 };

/* A row: the outcome, then the end code (or START) per column. */
struct row {
    enum outcome outcome;
    int strict, lenient, off, verify, wait;
};

static const struct row rows[] = {
    {OUTCOME_CURRENT, START, START, START, START, START},
    {OUTCOME_MIGRATED, START, START, START, START, START},
    {OUTCOME_REVERTED, START, START, START, START, START},
    {OUTCOME_AHEAD, START, START, START, START, START},
    {OUTCOME_WAITED, START, START, START, START, START},
    {OUTCOME_UNCONFIGURED, 78, START, START, 78, 78},
    {OUTCOME_NOT_CURRENT, 1, START, START, 1, 1},
    {OUTCOME_FAILED, 1, START, START, 1, 1},
    {OUTCOME_UNREACHABLE, 69, START, START, 69, 69},
    {OUTCOME_REFUSED, 77, START, START, 77, 77},
    {OUTCOME_LOCK_TIMEOUT, 75, START, START, 75, 75},
    {OUTCOME_STILL_PENDING, 75, START, START, 75, 75},
    {OUTCOME_BAD_CONFIG, 78, START, START, 78, 78},
    {OUTCOME_BAD_USAGE, 64, START, START, 64, 64},
    {OUTCOME_INTERRUPTED, 143, 143, 143, 143, 143},
    {OUTCOME_CRASHED, 1, START, START, 1, 1},
};

static void expect(const struct policy *policy, enum outcome outcome, int expected)
{
    struct verdict verdict = policy_decide(policy, outcome);

    if (verdict.starts_app != (expected == START) ||
        (expected != START && verdict.exit_code != expected))
        fail_msg("%s with auto %d, strict %d: starts %d, code %d; expected %d",
                 outcome_name(outcome), (int)policy->auto_migrate, policy->fail_on_error,
                 verdict.starts_app, verdict.exit_code, expected);
}

static void policy_run_every_cell_as_in_the_table(void **state)
{
    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], OUTCOME_COUNT);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct policy policy = {.duty = DUTY_RUN, .has_command = true};

        policy.fail_on_error = true;
        expect(&policy, row->outcome, row->strict);
        policy.fail_on_error = false;
        expect(&policy, row->outcome, row->lenient);
        policy.auto_migrate = AUTO_MIGRATE_FALSE;
        expect(&policy, row->outcome, row->off);
        policy.auto_migrate = AUTO_MIGRATE_VERIFY;
        expect(&policy, row->outcome, row->verify);
        policy.auto_migrate = AUTO_MIGRATE_WAIT;
        expect(&policy, row->outcome, row->wait);
    }
}

static void policy_verbs_always_end_with_the_outcomes_code(void **state)
{
    static const enum duty duties[] = {DUTY_MIGRATE, DUTY_STATUS, DUTY_PLAN, DUTY_VERIFY,
                                       DUTY_REPAIR};

    (void)state;
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
        for (size_t i = 0; i < 2 * sizeof duties / sizeof duties[0]; i++) {
            struct policy policy = {.duty = duties[i / 2], .fail_on_error = i % 2};

            expect(&policy, (enum outcome)outcome, outcome_exit_code((enum outcome)outcome));
        }
}

static void policy_wait_verb_starts_its_command_only_after_success(void **state)
{
    struct policy policy = {.duty = DUTY_WAIT, .has_command = true};

    (void)state;
    expect(&policy, OUTCOME_WAITED, START);
    expect(&policy, OUTCOME_UNREACHABLE, 69);
    policy.has_command = false;
    expect(&policy, OUTCOME_WAITED, 0);
}

static void policy_app_status_tells_how_it_went(void **state)
{
    struct policy policy = {.duty = DUTY_RUN, .has_command = true};

    (void)state;
    assert_string_equal(policy_decide(&policy, OUTCOME_MIGRATED).app_status, "ok");
    assert_string_equal(policy_decide(&policy, OUTCOME_FAILED).app_status, "failed");
    assert_string_equal(policy_decide(&policy, OUTCOME_LOCK_TIMEOUT).app_status, "pending");
    assert_string_equal(policy_decide(&policy, OUTCOME_UNCONFIGURED).app_status, "skipped");
    policy.auto_migrate = AUTO_MIGRATE_FALSE;
    assert_string_equal(policy_decide(&policy, OUTCOME_WAITED).app_status, "skipped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_run_every_cell_as_in_the_table),
        cmocka_unit_test(policy_verbs_always_end_with_the_outcomes_code),
        cmocka_unit_test(policy_wait_verb_starts_its_command_only_after_success),
        cmocka_unit_test(policy_app_status_tells_how_it_went),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
