#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "conf/remap.h"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void empty_replaces_nothing(void **unused)
{
    const struct remap remap = {0};

    (void)unused;
    for (int i = -1; i <= REMAP_SIZE; i++)
        assert_int_equal(remap_apply(&remap, i), i);
}

static void signals_every_spelling_is_understood(void **state)
{
    struct slice wrong;
    struct remap remap;

    assert_true(remap_parse_signals(SLICE("TERM:quit, SIGHUP:0 10:12  USR2:SIGRTMIN+3,2:KILL"),
                                    &remap, &wrong));
    assert_int_equal(remap_apply(&remap, SIGTERM), SIGQUIT);
    assert_int_equal(remap_apply(&remap, SIGHUP), 0);
    assert_int_equal(remap_apply(&remap, SIGUSR1), SIGUSR2);
    assert_int_equal(remap_apply(&remap, SIGUSR2), 34 + 3);
    assert_int_equal(remap_apply(&remap, SIGINT), SIGKILL);
    assert_int_equal(remap_apply(&remap, SIGQUIT), SIGQUIT);
    assert_string_equal(remap_write_signals(&remap, *state),
                        "HUP:0 INT:KILL USR1:USR2 USR2:RTMIN+3 TERM:QUIT");
}

static void signals_a_swap_is_no_chain(void **unused)
{
    struct slice wrong;
    struct remap remap;

    (void)unused;
    assert_true(remap_parse_signals(SLICE("1:64 64:1 2:2"), &remap, &wrong));
    assert_int_equal(remap_apply(&remap, 1), 64);
    assert_int_equal(remap_apply(&remap, 64), 1);
    assert_int_equal(remap_apply(&remap, 2), 2);
}

static void signals_bad_pair_is_named(void **unused)
{
    static const char *const cases[][2] = {
        {"TERM", "TERM"},
        {"TERM:", "TERM:"},
        {":TERM", ":TERM"},
        {":", ":"},
        {"TERM:QUIT:INT", "TERM:QUIT:INT"},
        {"HUP:0 word:15", "word:15"},
        {"15:word", "15:word"},
        {"0:15", "0:15"},
        {"65:1", "65:1"},
        {"1:65", "1:65"},
        {"-1:1", "-1:1"},
        {"KILL:TERM", "KILL:TERM"},
        {"19:15", "19:15"},
        {"CHLD:HUP", "CHLD:HUP"},
        {"TERM:INT,15:QUIT", "15:QUIT"},
    };

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice wrong;
        struct remap remap;

        if (remap_parse_signals(slice_from(cases[i][0]), &remap, &wrong))
            fail_msg("accepted \"%s\"", cases[i][0]);
        assert_true(slice_equal_text(wrong, cases[i][1]));
    }
}

static void codes_alone_become_zero(void **state)
{
    struct slice wrong;
    struct remap remap;

    assert_true(remap_parse_codes(SLICE("143 130:1,255:0 0:7"), &remap, &wrong));
    assert_int_equal(remap_apply(&remap, 143), 0);
    assert_int_equal(remap_apply(&remap, 130), 1);
    assert_int_equal(remap_apply(&remap, 255), 0);
    assert_int_equal(remap_apply(&remap, 0), 7);
    assert_int_equal(remap_apply(&remap, 7), 7);
    assert_string_equal(remap_write_codes(&remap, *state), "0:7 130:1 143:0 255:0");
}

static void codes_each_alone_and_all_others(void **state)
{
    for (int code = 0; code < REMAP_SIZE; code++) {
        struct buf others = buf_in(*state);
        struct remap one, rest;
        struct slice wrong;

        for (int other = 0; other < REMAP_SIZE; other++) {
            if (other != code)
                buf_printf(&others, "%d,", other);
        }
        assert_true(remap_parse_codes(slice_from(arena_printf(*state, "%d", code)), &one, &wrong));
        assert_true(remap_parse_codes(buf_slice(&others), &rest, &wrong));
        assert_int_equal(remap_apply(&one, code), 0);
        assert_int_equal(remap_apply(&rest, code), code);
        for (int other = 0; other < REMAP_SIZE; other++) {
            if (other != code)
                assert_int_equal(remap_apply(&rest, other), 0);
        }
    }
}

static void codes_bad_pair_is_named(void **unused)
{
    static const char *const cases[][2] = {
        {"256", "256"},
        {"143:256", "143:256"},
        {"1 -1", "-1"},
        {"143:", "143:"},
        {":0", ":0"},
        {"x", "x"},
        {"143:0,143:1", "143:1"},
        {"99999999999", "99999999999"},
    };

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice wrong;
        struct remap remap;

        if (remap_parse_codes(slice_from(cases[i][0]), &remap, &wrong))
            fail_msg("accepted \"%s\"", cases[i][0]);
        assert_true(slice_equal_text(wrong, cases[i][1]));
    }
}

/* What was there before does not shine through. */
static void parse_begins_anew(void **unused)
{
    struct slice wrong;
    struct remap remap;

    (void)unused;
    assert_true(remap_parse_codes(SLICE("1:2"), &remap, &wrong));
    assert_true(remap_parse_codes(SLICE("3:4"), &remap, &wrong));
    assert_int_equal(remap_apply(&remap, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_replaces_nothing),
        cmocka_unit_test(signals_every_spelling_is_understood),
        cmocka_unit_test(signals_a_swap_is_no_chain),
        cmocka_unit_test(signals_bad_pair_is_named),
        cmocka_unit_test(codes_alone_become_zero),
        cmocka_unit_test(codes_each_alone_and_all_others),
        cmocka_unit_test(codes_bad_pair_is_named),
        cmocka_unit_test(parse_begins_anew),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
