#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"
#include "base/outcome.h"

static void outcome_exit_code_is_the_documented_one(void **state)
{
    (void)state;
    const int expected[OUTCOME_COUNT] = {
        [OUTCOME_CURRENT] = 0,       [OUTCOME_MIGRATED] = 0,       [OUTCOME_AHEAD] = 0,
        [OUTCOME_WAITED] = 0,        [OUTCOME_UNCONFIGURED] = 78,  [OUTCOME_NOT_CURRENT] = 1,
        [OUTCOME_FAILED] = 1,        [OUTCOME_UNREACHABLE] = 69,   [OUTCOME_REFUSED] = 77,
        [OUTCOME_LOCK_TIMEOUT] = 75, [OUTCOME_STILL_PENDING] = 75, [OUTCOME_BAD_CONFIG] = 78,
        [OUTCOME_REVERTED] = 0,      [OUTCOME_BAD_USAGE] = 64,     [OUTCOME_INTERRUPTED] = 143,
        [OUTCOME_CRASHED] = 1,
    };

    for (int i = 0; i < OUTCOME_COUNT; i++)
        assert_int_equal(outcome_exit_code((enum outcome)i), expected[i]);
}

static void outcome_parse_every_name_gives_its_outcome(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        enum outcome parsed = OUTCOME_COUNT;

        assert_non_null(outcome_name((enum outcome)i));
        assert_true(outcome_parse(slice_from(outcome_name((enum outcome)i)), &parsed));
        assert_int_equal(parsed, i);
    }
}

static void outcome_parse_unknown_name_is_refused_and_leaves_the_value(void **state)
{
    (void)state;
    enum outcome parsed = OUTCOME_WAITED;

    assert_false(outcome_parse(SLICE(""), &parsed));
    assert_false(outcome_parse(SLICE("curren"), &parsed));
    assert_false(outcome_parse(SLICE("current "), &parsed));
    assert_int_equal(parsed, OUTCOME_WAITED);
}

static void outcome_of_error_never_reads_as_success(void **state)
{
    (void)state;
    for (int code = ERR_NONE; code <= ERR_SYSTEM; code++)
        assert_int_not_equal(outcome_exit_code(outcome_of_error((enum error_code)code)), 0);
}

static void outcome_of_error_known_kinds_keep_their_exit_code(void **state)
{
    (void)state;
    const struct {
        enum error_code error;
        int exit_code;
    } rows[] = {{ERR_USAGE, 64},      {ERR_CONFIG, 78},       {ERR_DB_UNREACHABLE, 69},
                {ERR_DB_REFUSED, 77}, {ERR_LOCK_TIMEOUT, 75}, {ERR_INTERRUPTED, 143},
                {ERR_MIGRATION, 1},   {ERR_NOT_CURRENT, 1}};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(outcome_exit_code(outcome_of_error(rows[i].error)), rows[i].exit_code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcome_exit_code_is_the_documented_one),
        cmocka_unit_test(outcome_parse_every_name_gives_its_outcome),
        cmocka_unit_test(outcome_parse_unknown_name_is_refused_and_leaves_the_value),
        cmocka_unit_test(outcome_of_error_never_reads_as_success),
        cmocka_unit_test(outcome_of_error_known_kinds_keep_their_exit_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
