#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "migrate/again.h"

static struct error error_of(enum error_code code, const char *sqlstate)
{
    struct error err = {.code = code};

    snprintf(err.sqlstate, sizeof err.sqlstate, "%s", sqlstate);
    return err;
}

static void again_why_each_failure_as_it_is(void **state)
{
    (void)state;
    static const struct {
        enum error_code code;
        const char *sqlstate;
        enum again_why why;
    } rows[] = {
        {ERR_MIGRATION, "55P03", AGAIN_BLOCKED}, {ERR_MIGRATION, "40P01", AGAIN_BLOCKED},
        {ERR_MIGRATION, "40001", AGAIN_BLOCKED}, {ERR_MIGRATION, "25006", AGAIN_LOST},
        {ERR_CONNECTION, "57P01", AGAIN_LOST},   {ERR_CONNECTION, "", AGAIN_LOST},
        {ERR_MIGRATION, "42P07", AGAIN_NOT},     {ERR_MIGRATION, "57014", AGAIN_NOT},
        {ERR_MIGRATION, "", AGAIN_NOT},          {ERR_INTERRUPTED, "", AGAIN_NOT},
        {ERR_LOCK_TIMEOUT, "", AGAIN_NOT},       {ERR_DB_UNREACHABLE, "57P03", AGAIN_NOT},
        {ERR_CONFIG, "55P03", AGAIN_NOT},        {ERR_MIGRATION, "53200", AGAIN_SHORT},
        {ERR_MIGRATION, "53100", AGAIN_NOT},     {ERR_MIGRATION, "53400", AGAIN_NOT},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error err = error_of(rows[i].code, rows[i].sqlstate);

        assert_int_equal(again_why(&err, false), rows[i].why);
        assert_int_equal(again_why(&err, true), AGAIN_NOT);
    }
}

static void again_tries_a_shortage_once_more_within_the_budget(void **state)
{
    struct again first = {.begun = 1}, second = {.begun = 2, .was_short = true};
    struct again third = {.begun = 3};

    (void)state;
    assert_int_equal(again_tries(&first, AGAIN_BLOCKED, 5), 5);
    assert_int_equal(again_tries(&first, AGAIN_LOST, 5), 5);
    assert_int_equal(again_tries(&first, AGAIN_NOT, 5), 1);
    assert_int_equal(again_tries(&first, AGAIN_SHORT, 5), 2);
    assert_int_equal(again_tries(&first, AGAIN_SHORT, 1), 1);
    assert_int_equal(again_tries(&second, AGAIN_SHORT, 5), 2);
    assert_int_equal(again_tries(&second, AGAIN_BLOCKED, 5), 5);
    assert_int_equal(again_tries(&third, AGAIN_SHORT, 5), 4);
}

static void again_pause_stays_between_half_a_second_and_thirty(void **state)
{
    (void)state;
    assert_int_equal(again_pause_ms(0, 0.0), 500);
    assert_in_range(again_pause_ms(0, 0.999999), 1499, 1500);
    assert_int_equal(again_pause_ms(10000, 0.0), 500);
    assert_int_equal(again_pause_ms(30000, 0.999999), 30000);
    for (int64_t last_ms = 0; last_ms <= 30000; last_ms += 500)
        for (double random = 0; random < 1; random += 0.125)
            assert_in_range(again_pause_ms(last_ms, random), 500, 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(again_why_each_failure_as_it_is),
        cmocka_unit_test(again_tries_a_shortage_once_more_within_the_budget),
        cmocka_unit_test(again_pause_stays_between_half_a_second_and_thirty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
