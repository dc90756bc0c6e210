#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/slice.h"

static const struct slice null_slice;

static void slice_from_null_is_empty(void **state)
{
    (void)state;
    assert_int_equal(slice_from(NULL).len, 0);
    assert_non_null(slice_from(NULL).ptr);
}

static void slice_sub_any_bounds_stay_inside(void **state)
{
    (void)state;
    struct slice s = SLICE("hello");

    assert_true(slice_equal_text(slice_sub(s, 1, 3), "el"));
    assert_true(slice_equal_text(slice_sub(s, 1, 99), "ello"));
    assert_int_equal(slice_sub(s, 4, 2).len, 0);
    assert_int_equal(slice_sub(s, 99, 100).len, 0);
}

static void slice_functions_null_slice_is_the_empty_one(void **state)
{
    (void)state;
    struct slice rest = null_slice, piece;

    assert_true(slice_equal(null_slice, SLICE("")));
    assert_true(slice_starts_with(null_slice, ""));
    assert_false(slice_starts_with(null_slice, "x"));
    assert_true(slice_ends_with(null_slice, ""));
    assert_int_equal(slice_compare(null_slice, SLICE("")), 0);
    assert_int_equal(slice_find(null_slice, 'x'), 0);
    assert_int_equal(slice_trim(null_slice).len, 0);
    assert_false(slice_next_line(&rest, &piece));
    assert_false(slice_next_word(&rest, &piece));
}

static void slice_starts_and_ends_longer_affix_is_no_match(void **state)
{
    (void)state;
    assert_true(slice_starts_with(SLICE("0001.up.sql"), "0001"));
    assert_true(slice_ends_with(SLICE("0001.up.sql"), ".sql"));
    assert_false(slice_starts_with(SLICE("00"), "0001"));
    assert_false(slice_ends_with(SLICE("ql"), ".sql"));
}

static void slice_compare_is_the_order_of_bytes(void **state)
{
    (void)state;
    const struct slice sorted[] = {SLICE(""),  SLICE("\0"), SLICE("10"), SLICE("2"),
                                   SLICE("B"), SLICE("a"),  SLICE("ab"), SLICE("\xC3\xA9")};

    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        for (size_t j = 0; j < COUNT_OF(sorted); j++) {
            int order = slice_compare(sorted[i], sorted[j]);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

/* Words are compared before bytes: whichever byte differs, and where, must not matter. */
static void slice_compare_long_common_beginnings_every_place_counts(void **state)
{
    (void)state;
    enum { LEN = 40 };
    char a[LEN], b[LEN];

    for (size_t len = 0; len <= LEN; len++)
        for (size_t at = 0; at < len; at++) {
            memset(a, 'x', sizeof a);
            memset(b, 'x', sizeof b);
            b[at] = '\x80'; /* above any ASCII byte, whatever the sign of a char */
            if (at + 1 < len)
                a[at + 1] = '\xFF';
            assert_true(slice_compare((struct slice){a, len}, (struct slice){b, len}) < 0);
            assert_true(slice_compare((struct slice){b, len}, (struct slice){a, len}) > 0);
            assert_true(slice_compare((struct slice){a, at}, (struct slice){a, len}) < 0);
            assert_int_equal(slice_compare((struct slice){a, len}, (struct slice){a, len}), 0);
        }
}

static void slice_trim_all_white_space_goes(void **state)
{
    (void)state;
    assert_true(slice_equal_text(slice_trim(SLICE(" \t\r\n\v\f a b \n")), "a b"));
    assert_int_equal(slice_trim(SLICE(" \t ")).len, 0);
    assert_true(slice_equal_text(slice_trim_start(SLICE(" \t\r\n\v\f a b \n")), "a b \n"));
    assert_int_equal(slice_trim_start(SLICE(" \t ")).len, 0);
}

static void slice_has_only_a_nul_is_no_byte_of_any_list(void **state)
{
    (void)state;
    assert_true(slice_has_only(SLICE("0a0"), "a0"));
    assert_true(slice_has_only(SLICE(""), "a"));
    assert_false(slice_has_only(SLICE("0b0"), "a0"));
    assert_false(slice_has_only(SLICE("a\0"), "a"));
}

static void slice_next_line_every_line_end_is_taken_off(void **state)
{
    (void)state;
    struct slice rest = SLICE("one\ntwo\r\n\n\r\nlast\r"), line;
    const char *const expected[] = {"one", "two", "", "", "last"};

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_true(slice_next_line(&rest, &line));
        assert_true(slice_equal_text(line, expected[i]));
    }
    assert_false(slice_next_line(&rest, &line));
}

static void slice_next_line_final_line_end_makes_no_further_line(void **state)
{
    (void)state;
    struct slice rest = SLICE("one\n"), line;

    assert_true(slice_next_line(&rest, &line));
    assert_false(slice_next_line(&rest, &line));
}

static void slice_next_word_blanks_and_commas_separate(void **state)
{
    (void)state;
    struct slice rest = SLICE(" ,one, two\t,,three "), word;
    const char *const expected[] = {"one", "two", "three"};

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_true(slice_next_word(&rest, &word));
        assert_true(slice_equal_text(word, expected[i]));
    }
    assert_false(slice_next_word(&rest, &word));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_from_null_is_empty),
        cmocka_unit_test(slice_sub_any_bounds_stay_inside),
        cmocka_unit_test(slice_functions_null_slice_is_the_empty_one),
        cmocka_unit_test(slice_starts_and_ends_longer_affix_is_no_match),
        cmocka_unit_test(slice_compare_is_the_order_of_bytes),
        cmocka_unit_test(slice_compare_long_common_beginnings_every_place_counts),
        cmocka_unit_test(slice_trim_all_white_space_goes),
        cmocka_unit_test(slice_has_only_a_nul_is_no_byte_of_any_list),
        cmocka_unit_test(slice_next_line_every_line_end_is_taken_off),
        cmocka_unit_test(slice_next_line_final_line_end_makes_no_further_line),
        cmocka_unit_test(slice_next_word_blanks_and_commas_separate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
