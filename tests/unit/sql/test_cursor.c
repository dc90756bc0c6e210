#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/cursor.h"

static void cursor_step_over_parentheses_are_one_step(void **state)
{
    (void)state;
    struct sql_cursor cursor = sql_cursor_at(SLICE("a (b, (c)) d"), 0);

    sql_cursor_step_over(&cursor);
    sql_cursor_step_over(&cursor);
    assert_true(sql_cursor_is(&cursor, "d"));
    sql_cursor_step_over(&cursor);
    assert_true(sql_cursor_is_closed(&cursor));
    sql_cursor_step_over(&cursor);
    assert_true(sql_cursor_is_over(&cursor));
}

static void cursor_step_over_what_is_never_closed_ends(void **state)
{
    (void)state;
    struct sql_cursor cursor = sql_cursor_at(SLICE("((a, b"), 0);

    sql_cursor_step_over(&cursor);
    assert_true(sql_cursor_is_over(&cursor));
}

static void cursor_skip_to_comma_only_ones_of_the_same_parentheses(void **state)
{
    (void)state;
    struct sql_cursor cursor = sql_cursor_at(SLICE("f(a, b) ',' -- ,\n, c) , d"), 0);

    assert_true(sql_cursor_skip_to_comma(&cursor));
    sql_cursor_step(&cursor);
    assert_true(sql_cursor_is(&cursor, "c"));
    assert_false(sql_cursor_skip_to_comma(&cursor));
    assert_true(sql_cursor_is_closed(&cursor));
    assert_false(sql_cursor_is_over(&cursor));
}

static void cursor_awaits_only_the_statements_own_keyword(void **state)
{
    (void)state;
    assert_true(sql_cursor_awaits(sql_cursor_at(SLICE("a = (b) WHERE c"), 0), "where"));
    assert_false(sql_cursor_awaits(sql_cursor_at(SLICE("a = (b WHERE c)"), 0), "where"));
    assert_false(sql_cursor_awaits(sql_cursor_at(SLICE("a) WHERE c"), 0), "where"));
    assert_false(sql_cursor_awaits(sql_cursor_at(SLICE("\"where\" 'where'"), 0), "where"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursor_step_over_parentheses_are_one_step),
        cmocka_unit_test(cursor_step_over_what_is_never_closed_ends),
        cmocka_unit_test(cursor_skip_to_comma_only_ones_of_the_same_parentheses),
        cmocka_unit_test(cursor_awaits_only_the_statements_own_keyword),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
