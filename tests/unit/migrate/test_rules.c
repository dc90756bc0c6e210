#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "migrate/rules.h"

static struct plan plan_of(struct plan_entry *entries, size_t count)
{
    return (struct plan){.entries = entries, .count = count};
}

static void assert_refused(struct plan_entry entry, const struct step *step, const char *what)
{
    struct plan plan = plan_of(&entry, 1);
    struct error err;

    assert_false(rules_check(&plan, step, &err));
    assert_int_equal(err.code, ERR_MIGRATION);
    assert_non_null(strstr(err.what, what));
    assert_non_null(strstr(err.hint, "[migrate] "));
    assert_true(rules_check(&plan, &(const struct step){0}, &err));
}

static void strict_refuses_what_is_changed_late_or_missing(void **state)
{
    static const struct step strict = {.is_strict = true};
    static const struct migration file = {.id = "3", .name = "3_c"};

    (void)state;
    assert_refused((struct plan_entry){.state = PLAN_CHANGED, .id = "3", .migration = &file},
                   &strict, "3_c was changed");
    assert_refused(
        (struct plan_entry){.state = PLAN_PENDING, .id = "3", .migration = &file, .is_late = true},
        &strict, "3_c is not applied");
    assert_refused((struct plan_entry){.state = PLAN_UNKNOWN, .id = "3"}, &strict,
                   "3 is applied, and has no file");
}

static void out_of_order_decides_before_strict(void **state)
{
    static const struct migration file = {.id = "3", .name = "3_c", .path = "3_c.sql"};
    struct plan_entry late = {
        .state = PLAN_PENDING, .id = "3", .migration = &file, .is_late = true};
    struct plan plan = plan_of(&late, 1);
    struct step step = {.is_strict = true, .out_of_order = ORDER_APPLY};
    struct error err;

    (void)state;
    assert_true(rules_check(&plan, &step, &err));
    step.out_of_order = ORDER_REFUSE;
    step.is_strict = false;
    assert_false(rules_check(&plan, &step, &err));
    assert_non_null(strstr(err.what, "3_c.sql is older"));
    late.state = PLAN_SKIPPED;
    step = (struct step){.is_strict = true, .out_of_order = ORDER_SKIP};
    assert_true(rules_check(&plan, &step, &err));
}

static void strict_says_how_many_more(void **state)
{
    static const struct step strict = {.is_strict = true};
    struct plan_entry entries[] = {{.state = PLAN_UNKNOWN, .id = "1"},
                                   {.state = PLAN_UNKNOWN, .id = "2"},
                                   {.state = PLAN_UNKNOWN, .id = "9", .is_newer = true}};
    struct plan plan = plan_of(entries, 3);
    struct error err = {0};

    (void)state;
    assert_false(rules_check(&plan, &strict, &err));
    assert_non_null(strstr(err.what, "1 is applied"));
    assert_non_null(strstr(err.detail, "1 more"));
}

static void strict_lets_pending_and_newer_ones_pass(void **state)
{
    static const struct step strict = {.is_strict = true};
    static const struct migration file = {.id = "3", .name = "3_c"};
    struct plan_entry entries[] = {{.state = PLAN_APPLIED, .id = "2", .migration = &file},
                                   {.state = PLAN_PENDING, .id = "3", .migration = &file},
                                   {.state = PLAN_UNKNOWN, .id = "9", .is_newer = true}};
    struct plan plan = plan_of(entries, 3);
    struct error err;

    (void)state;
    assert_true(rules_check(&plan, &strict, &err));
}

static void ahead_refuses_newer_rows_only(void **state)
{
    static const struct step fails = {.ahead = AHEAD_FAIL};
    struct plan_entry missing = {.state = PLAN_UNKNOWN, .id = "1"};
    struct plan plan = plan_of(&missing, 1);
    struct error err;

    (void)state;
    assert_true(rules_check(&plan, &fails, &err));
    assert_refused((struct plan_entry){.state = PLAN_UNKNOWN, .id = "9", .is_newer = true}, &fails,
                   "the database is ahead: 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_refuses_what_is_changed_late_or_missing),
        cmocka_unit_test(out_of_order_decides_before_strict),
        cmocka_unit_test(strict_says_how_many_more),
        cmocka_unit_test(strict_lets_pending_and_newer_ones_pass),
        cmocka_unit_test(ahead_refuses_newer_rows_only),
    };

    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
