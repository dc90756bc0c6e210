/* Runs that need no process, since their outcome is known from the settings alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "migrate/runner.h"

static struct config migrations_off(void)
{
    return (struct config){.auto_migrate = AUTO_MIGRATE_FALSE, .wait.enabled = true};
}

static void expect_idle(const struct config *config, enum duty duty, enum outcome expected)
{
    enum outcome outcome;

    assert_true(runner_is_idle(config, duty, &outcome));
    assert_int_equal(outcome, expected);
}

static void expect_busy(const struct config *config, enum duty duty)
{
    enum outcome outcome;

    assert_false(runner_is_idle(config, duty, &outcome));
}

static void runner_is_idle_without_migrations_and_without_anything_to_wait_for(void **state)
{
    struct config config = migrations_off();

    (void)state;
    expect_idle(&config, DUTY_RUN, OUTCOME_UNCONFIGURED);
    expect_idle(&config, DUTY_WAIT, OUTCOME_UNCONFIGURED);
    config.wait.targets.count = 1;
    expect_busy(&config, DUTY_RUN);
    expect_busy(&config, DUTY_WAIT);
}

static void runner_is_idle_not_with_a_database(void **state)
{
    struct config config = migrations_off();

    (void)state;
    config.database.host = "db";
    expect_busy(&config, DUTY_RUN);
    config.wait.enabled = false;
    expect_idle(&config, DUTY_RUN, OUTCOME_WAITED);
    expect_busy(&config, DUTY_WAIT);
}

static void runner_is_idle_never_where_folders_have_to_be_looked_at(void **state)
{
    struct config config = migrations_off();

    (void)state;
    expect_busy(&config, DUTY_MIGRATE);
    expect_busy(&config, DUTY_STATUS);
    expect_busy(&config, DUTY_PLAN);
    config.auto_migrate = AUTO_MIGRATE_TRUE;
    expect_busy(&config, DUTY_RUN);
    config.auto_migrate = AUTO_MIGRATE_VERIFY;
    expect_busy(&config, DUTY_RUN);
    config.auto_migrate = AUTO_MIGRATE_WAIT;
    expect_busy(&config, DUTY_RUN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runner_is_idle_without_migrations_and_without_anything_to_wait_for),
        cmocka_unit_test(runner_is_idle_not_with_a_database),
        cmocka_unit_test(runner_is_idle_never_where_folders_have_to_be_looked_at),
    };

    return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
