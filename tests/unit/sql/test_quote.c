#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/quote.h"
#include "sql/rowset.h"

static void literal_is_quoted(void **state)
{
    struct arena *arena = arena_new();
    struct buf out = buf_in(arena);

    (void)state;
    sql_quote_literal(&out, SLICE("it's"));
    sql_quote_literal(&out, SLICE(""));
    sql_quote_literal(&out, SLICE("a\\'b"));
    assert_string_equal(buf_text(&out), "'it''s''' E'a\\\\''b'");
    arena_free(arena);
}

static void name_is_parsed_and_quoted(void **state)
{
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {"migrations", "\"migrations\""},
        {"migrinit.migrations", "\"migrinit\".\"migrations\""},
        {" app . \"My.Table\" ", "\"app\".\"My.Table\""},
        {"\"a.b\"", "\"a.b\""},
        {"\"a.b\".c", "\"a.b\".\"c\""},
        {"Mixed", "\"Mixed\""},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out = buf_in(arena);

        sql_quote_name(&out, sql_name_parse(slice_from(cases[i].text)));
        assert_string_equal(buf_text(&out), cases[i].quoted);
    }
    arena_free(arena);
}

static void identifier_doubles_quotes(void **state)
{
    struct arena *arena = arena_new();
    struct buf out = buf_in(arena);

    (void)state;
    sql_quote_identifier(&out, SLICE("a\"b'"));
    assert_string_equal(buf_text(&out), "\"a\"\"b'\"");
    arena_free(arena);
}

static void rowset_answers_by_type(void **state)
{
    struct slice cells[] = {SLICE("t"), SLICE("42"), {NULL, 0}, SLICE("f"), SLICE("4x"), SLICE("")};
    struct rowset rows = {.row_count = 2, .column_count = 3, .cells = cells};

    (void)state;
    assert_true(rowset_bool(&rows, 0, 0));
    assert_false(rowset_bool(&rows, 1, 0));
    assert_false(rowset_bool(&rows, 0, 2));
    assert_int_equal(rowset_int(&rows, 0, 1, -1), 42);
    assert_int_equal(rowset_int(&rows, 1, 1, -1), -1);
    assert_int_equal(rowset_int(&rows, 0, 2, -1), -1);
    assert_int_equal(rowset_int(&rows, 1, 2, -1), -1);
    assert_true(rowset_is_null(&rows, 0, 2));
    assert_false(rowset_is_null(&rows, 1, 2));
    assert_true(rowset_is_null(&rows, 2, 0));
    assert_true(rowset_is_null(&rows, 0, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literal_is_quoted),
        cmocka_unit_test(name_is_parsed_and_quoted),
        cmocka_unit_test(identifier_doubles_quotes),
        cmocka_unit_test(rowset_answers_by_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
