#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/backoff.h"
#include "base/compiler.h"

static const struct backoff_policy *const policies[] = {&backoff_connect, &backoff_refused,
                                                        &backoff_crowded, &backoff_lock};

static void backoff_pause_without_jitter_grows_by_the_factor_to_the_cap(void **state)
{
    (void)state;
    const struct backoff_policy policy = {100, 1000, 2.0, 0.5};
    const int64_t expected[] = {100, 200, 400, 800, 1000, 1000};

    for (unsigned i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(backoff_pause_ms(&policy, i, 0.5), expected[i]);
}

static void backoff_pause_extreme_random_stays_within_the_jitter(void **state)
{
    (void)state;
    const struct backoff_policy policy = {100, 1000, 2.0, 0.5};

    assert_int_equal(backoff_pause_ms(&policy, 0, 0.0), 50);
    assert_in_range(backoff_pause_ms(&policy, 0, 0.999999), 149, 150);
}

static void backoff_pause_any_policy_any_retry_is_positive_and_bounded(void **state)
{
    (void)state;
    for (size_t p = 0; p < COUNT_OF(policies); p++)
        for (unsigned retry = 0; retry < 100; retry++)
            for (double random = 0; random < 1; random += 0.125)
                assert_in_range(backoff_pause_ms(policies[p], retry, random), 1,
                                2 * policies[p]->cap_ms);
}

static void backoff_pause_huge_retry_ends_quickly_at_the_cap(void **state)
{
    (void)state;
    assert_int_equal(backoff_pause_ms(&backoff_lock, UINT32_MAX, 0.5), backoff_lock.cap_ms);
}

static void deadline_after_zero_or_overflow_is_never(void **state)
{
    (void)state;
    assert_int_equal(deadline_after(1000, 500), 1500);
    assert_true(deadline_after(1000, 0) == INT64_MAX);
    assert_true(deadline_after(1000, INT64_MAX) == INT64_MAX);
    assert_true(deadline_after(1000, INT64_MAX - 1000) == INT64_MAX);
}

static void deadline_left_passed_is_zero_and_never_stays_never(void **state)
{
    (void)state;
    assert_int_equal(deadline_left(1500, 1000), 500);
    assert_int_equal(deadline_left(1000, 1000), 0);
    assert_int_equal(deadline_left(500, 1000), 0);
    assert_true(deadline_left(INT64_MAX, 1000) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_pause_without_jitter_grows_by_the_factor_to_the_cap),
        cmocka_unit_test(backoff_pause_extreme_random_stays_within_the_jitter),
        cmocka_unit_test(backoff_pause_any_policy_any_retry_is_positive_and_bounded),
        cmocka_unit_test(backoff_pause_huge_retry_ends_quickly_at_the_cap),
        cmocka_unit_test(deadline_after_zero_or_overflow_is_never),
        cmocka_unit_test(deadline_left_passed_is_zero_and_never_stays_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
