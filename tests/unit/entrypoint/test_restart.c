#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "entrypoint/restart.h"

static const double middle = 0.5; /* no jitter either way */

static struct restart_verdict decide(const struct restart_policy *policy,
                                     const struct restart_history *history, int64_t now_ms)
{
    return restart_decide(policy, history, 1, now_ms, middle);
}

static void when_decides_by_the_code(void **unused)
{
    static const struct {
        enum restart_when when;
        int exit_code;
        bool restarts;
    } rows[] = {
        {RESTART_NEVER, 0, false},       {RESTART_NEVER, 1, false},
        {RESTART_ON_FAILURE, 0, false},  {RESTART_ON_FAILURE, 1, true},
        {RESTART_ON_FAILURE, 137, true}, {RESTART_ALWAYS, 0, true},
        {RESTART_ALWAYS, 255, true},
    };
    const struct restart_history none = {0};

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct restart_policy policy = {rows[i].when, 5, 60000};
        struct restart_verdict verdict =
            restart_decide(&policy, &none, rows[i].exit_code, 0, middle);

        assert_int_equal(verdict.restarts, rows[i].restarts);
        assert_false(verdict.is_spent);
    }
}

static void budget_is_spent_within_the_window(void **unused)
{
    const struct restart_policy policy = {RESTART_ON_FAILURE, 3, 60000};
    struct restart_history history = {0};
    int64_t now_ms;

    (void)unused;
    for (now_ms = 1000; now_ms <= 3000; now_ms += 1000) {
        assert_true(decide(&policy, &history, now_ms).restarts);
        restart_record(&history, now_ms);
    }
    assert_false(decide(&policy, &history, 4000).restarts);
    assert_true(decide(&policy, &history, 4000).is_spent);
    assert_true(decide(&policy, &history, 60999).is_spent);
    assert_true(decide(&policy, &history, 61000).restarts);
}

/* An app that was not to be started again anyway has spent nothing. */
static void budget_does_not_matter_after_success(void **unused)
{
    const struct restart_policy policy = {RESTART_ON_FAILURE, 1, 60000};
    struct restart_history history = {0};

    (void)unused;
    restart_record(&history, 1);
    assert_false(restart_decide(&policy, &history, 0, 2, middle).is_spent);
}

static void budget_of_a_window_without_end_is_never_refilled(void **unused)
{
    const struct restart_policy policy = {RESTART_ALWAYS, 1, 0};
    struct restart_history history = {0};

    (void)unused;
    restart_record(&history, 0);
    assert_true(decide(&policy, &history, INT64_MAX / 2).is_spent);
}

static void no_limit_goes_on_for_ever(void **unused)
{
    const struct restart_policy policy = {RESTART_ALWAYS, 0, 60000};
    struct restart_history history = {0};

    (void)unused;
    for (int64_t now_ms = 0; now_ms < 1000; now_ms++) {
        assert_true(decide(&policy, &history, now_ms).restarts);
        restart_record(&history, now_ms);
    }
    assert_int_equal(decide(&policy, &history, 1000).recent, RESTART_LIMIT_MAX);
}

/* The largest limit that the settings allow fits in the ring, also when it has gone round. */
static void largest_limit_holds(void **unused)
{
    const struct restart_policy policy = {RESTART_ALWAYS, RESTART_LIMIT_MAX, 1000};
    struct restart_history history = {0};

    (void)unused;
    for (int64_t i = 0; i < 50; i++)
        restart_record(&history, i);
    for (int64_t i = 0; i < RESTART_LIMIT_MAX; i++) {
        assert_true(decide(&policy, &history, 5000 + i).restarts);
        restart_record(&history, 5000 + i);
    }
    assert_true(decide(&policy, &history, 5999).is_spent);
    assert_true(decide(&policy, &history, 6000).restarts);
}

static void pause_grows_and_shrinks_with_the_recent_ones(void **unused)
{
    const struct restart_policy policy = {RESTART_ALWAYS, 0, 60000};
    struct restart_history history = {0};
    int64_t before = 0;

    (void)unused;
    for (int64_t now_ms = 1; now_ms <= 8; now_ms++) {
        int64_t pause_ms = decide(&policy, &history, now_ms).pause_ms;

        assert_true(pause_ms > before);
        before = pause_ms;
        restart_record(&history, now_ms);
    }
    assert_int_equal(decide(&policy, &history, 100000).pause_ms, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_decides_by_the_code),
        cmocka_unit_test(budget_is_spent_within_the_window),
        cmocka_unit_test(budget_does_not_matter_after_success),
        cmocka_unit_test(budget_of_a_window_without_end_is_never_refilled),
        cmocka_unit_test(no_limit_goes_on_for_ever),
        cmocka_unit_test(largest_limit_holds),
        cmocka_unit_test(pause_grows_and_shrinks_with_the_recent_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
