#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "formats/directive.h"

static void directive_next_line_only_lines_with_two_dashes_are_taken(void **state)
{
    (void)state;
    struct slice rest =
        SLICE("SELECT 1 - 2;\n-- one\nSELECT 3 -- two\r\n- - -\n\n  --- three\n-\n--");
    const char *const expected[] = {"-- one", "SELECT 3 -- two", "  --- three", "--"};
    struct slice line;

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_true(directive_next_line(&rest, &line));
        assert_true(slice_equal_text(line, expected[i]));
    }
    assert_false(directive_next_line(&rest, &line));
}

static void directive_next_line_dashes_across_the_end_are_none(void **state)
{
    (void)state;
    const struct slice texts[] = {{NULL, 0}, SLICE(""), SLICE("-"), SLICE("-\n-"), SLICE("a -")};
    struct slice line;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice rest = texts[i];

        assert_false(directive_next_line(&rest, &line));
    }
}

static void directive_match_word_ends_at_a_blank_or_the_line(void **state)
{
    (void)state;
    struct slice rest;

    assert_true(directive_match(SLICE("-- migrate:up"), "migrate:up", &rest));
    assert_int_equal(rest.len, 0);
    assert_true(directive_match(SLICE("--\t migrate:up a:b  c:d "), "migrate:up", &rest));
    assert_true(slice_equal_text(rest, "a:b  c:d"));
    assert_false(directive_match(SLICE("-- migrate:upper"), "migrate:up", &rest));
    assert_false(directive_match(SLICE(" -- migrate:up"), "migrate:up", &rest));
    assert_false(directive_match(SLICE("-- Migrate:up"), "migrate:up", &rest));
}

static void directive_match_own_needs_no_blank(void **state)
{
    (void)state;
    struct slice rest;

    assert_true(directive_match_own(SLICE("-- migrinit: no-transaction "), &rest));
    assert_true(slice_equal_text(rest, "no-transaction"));
    assert_true(directive_match_own(SLICE("--migrinit:no-transaction"), &rest));
    assert_true(slice_equal_text(rest, "no-transaction"));
    assert_false(directive_match_own(SLICE("-- migrinit no-transaction"), &rest));
}

static void directive_option_the_last_one_with_one_colon_counts(void **state)
{
    (void)state;
    struct slice options = SLICE("transaction:true transaction:a:b other:x  transaction:false");

    assert_true(slice_equal_text(directive_option(options, "transaction"), "false"));
    assert_true(slice_equal_text(directive_option(options, "other"), "x"));
    assert_int_equal(directive_option(options, "trans").len, 0);
}

static void directive_drops_invalid_only_before_the_first_statement(void **state)
{
    (void)state;
    assert_true(directive_drops_invalid(SLICE("\n-- why\n  -- migrinit: drop-invalid\nSELECT 1;")));
    assert_false(directive_drops_invalid(SLICE("SELECT 1;\n-- migrinit: drop-invalid\n")));
    assert_false(directive_drops_invalid(SLICE("-- migrinit: drop-invalid-index\nSELECT 1;")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directive_next_line_only_lines_with_two_dashes_are_taken),
        cmocka_unit_test(directive_next_line_dashes_across_the_end_are_none),
        cmocka_unit_test(directive_match_word_ends_at_a_blank_or_the_line),
        cmocka_unit_test(directive_match_own_needs_no_blank),
        cmocka_unit_test(directive_option_the_last_one_with_one_colon_counts),
        cmocka_unit_test(directive_drops_invalid_only_before_the_first_statement),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
