#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "migrate/lock_watch.h"

static void lock_watch_interval_is_a_second_before_the_limit(void **state)
{
    (void)state;
    assert_int_equal(lock_watch_interval_ms(5000), 4000);
    assert_int_equal(lock_watch_interval_ms(2000), 1000);
}

static void lock_watch_interval_of_a_short_limit_is_within_it(void **state)
{
    (void)state;
    assert_int_equal(lock_watch_interval_ms(1999), 1000);
    assert_int_equal(lock_watch_interval_ms(1), 1);
}

static void lock_watch_interval_without_a_limit_is_ten_seconds(void **state)
{
    (void)state;
    assert_int_equal(lock_watch_interval_ms(0), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_watch_interval_is_a_second_before_the_limit),
        cmocka_unit_test(lock_watch_interval_of_a_short_limit_is_within_it),
        cmocka_unit_test(lock_watch_interval_without_a_limit_is_ten_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
