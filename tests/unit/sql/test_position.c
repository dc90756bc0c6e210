#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sql/split.h"

static void check_position(struct slice text, size_t offset, unsigned line, unsigned column)
{
    struct sql_position position = sql_position_at(text, offset);

    assert_int_equal(position.line, line);
    assert_int_equal(position.column, column);
}

static void position_counts_lines_and_characters(void **state)
{
    struct slice text = SLICE("a\nb\xc3\xbc"
                              "c\r\n\nd");

    (void)state;
    check_position(text, 0, 1, 1);
    check_position(text, 1, 1, 2);
    check_position(text, 2, 2, 1);
    check_position(text, 5, 2, 3);
    check_position(text, 8, 3, 1);
    check_position(text, 9, 4, 1);
    check_position(text, 10, 4, 2);
    check_position(text, 1000, 4, 2);
    check_position(SLICE(""), 0, 1, 1);
}

static void offset_of_character_counts_as_the_server(void **state)
{
    struct slice text = SLICE("a\xc3\xbc"
                              "b\xe2\x82\xac\xff"
                              "c");

    (void)state;
    assert_int_equal(sql_offset_of_character(text, 0), 0);
    assert_int_equal(sql_offset_of_character(text, 1), 0);
    assert_int_equal(sql_offset_of_character(text, 2), 1);
    assert_int_equal(sql_offset_of_character(text, 3), 3);
    assert_int_equal(sql_offset_of_character(text, 4), 4);
    assert_int_equal(sql_offset_of_character(text, 5), 7);
    assert_int_equal(sql_offset_of_character(text, 6), 8);
    assert_int_equal(sql_offset_of_character(text, 100), text.len);
}

static void excerpt_shows_the_line(void **state)
{
    struct error err = {0};

    (void)state;
    sql_excerpt(SLICE("one\n\ttwo \x1b[31m\r\nthree"), 5, &err);
    assert_string_equal(err.excerpt.line, " two ?[31m");
    assert_int_equal(err.excerpt.line_number, 2);
    assert_int_equal(err.excerpt.caret_column, 2);
}

static void excerpt_at_the_edges(void **state)
{
    struct error err = {0};

    (void)state;
    sql_excerpt(SLICE("one\ntwo"), 3, &err);
    assert_string_equal(err.excerpt.line, "one");
    assert_int_equal(err.excerpt.caret_column, 4);
    sql_excerpt(SLICE("one\r\ntwo"), 4, &err);
    assert_string_equal(err.excerpt.line, "one");
    assert_int_equal(err.excerpt.caret_column, 4);
    sql_excerpt(SLICE("one\ntwo"), 700, &err);
    assert_string_equal(err.excerpt.line, "two");
    assert_int_equal(err.excerpt.caret_column, 4);
    sql_excerpt(SLICE(""), 0, &err);
    assert_string_equal(err.excerpt.line, "");
    assert_int_equal(err.excerpt.caret_column, 1);
}

/* The character under the caret is the one at the offset, wherever a long line is cut. */
static void excerpt_cuts_around_the_caret(void **state)
{
    char line[4096] = {0};
    struct error err = {0};

    (void)state;
    for (size_t i = 0; i < 1300; i++)
        memcpy(line + i * 3, "\xe2\x82\xac", 3);
    for (size_t at = 0; at < 1300; at += 7) {
        struct slice text = {line, 3900};
        struct slice shown;

        memcpy(line + at * 3, "abc", 3);
        sql_excerpt(text, at * 3, &err);
        shown = slice_from(err.excerpt.line);
        shown =
            slice_sub(shown, sql_offset_of_character(shown, err.excerpt.caret_column), shown.len);
        assert_true(slice_starts_with(shown, "abc"));
        assert_true(strlen(err.excerpt.line) < sizeof err.excerpt.line);
        memcpy(line + at * 3, "\xe2\x82\xac", 3);
    }
}

static void excerpt_marks_what_is_cut(void **state)
{
    char line[1000];
    struct error err = {0};

    (void)state;
    memset(line, 'x', sizeof line);
    sql_excerpt((struct slice){line, 159}, 100, &err);
    assert_int_equal(strlen(err.excerpt.line), 159);
    assert_null(strstr(err.excerpt.line, "..."));
    sql_excerpt((struct slice){line, 1000}, 0, &err);
    assert_true(slice_ends_with(slice_from(err.excerpt.line), "x..."));
    assert_int_equal(err.excerpt.caret_column, 1);
    sql_excerpt((struct slice){line, 1000}, 999, &err);
    assert_true(slice_starts_with(slice_from(err.excerpt.line), "...x"));
    assert_true(slice_ends_with(slice_from(err.excerpt.line), "x"));
}

static void summary_names_the_command(void **state)
{
    static const struct {
        const char *statement, *summary;
    } cases[] = {
        {"create index concurrently i on t (a)", "CREATE INDEX CONCURRENTLY"},
        {"CREATE UNIQUE INDEX i ON t (a)", "CREATE UNIQUE INDEX"},
        {"create or replace function f() returns int", "CREATE OR REPLACE FUNCTION"},
        {"create table users (id int)", "CREATE TABLE"},
        {"create table if not exists users ()", "CREATE TABLE"},
        {"/* c */ create -- x\n materialized view v as select 1", "CREATE MATERIALIZED VIEW"},
        {"refresh materialized view concurrently v", "REFRESH MATERIALIZED VIEW CONCURRENTLY"},
        {"drop index concurrently i", "DROP INDEX CONCURRENTLY"},
        {"reindex table concurrently t", "REINDEX TABLE CONCURRENTLY"},
        {"insert into t values (1)", "INSERT INTO"},
        {"update t set a = 1", "UPDATE"},
        {"select 1", "SELECT"},
        {"with a as (select 1) select", "WITH"},
        {"vacuum", "VACUUM"},
        {"do $$ begin end $$", "DO"},
        {"alter type mood add value 'x'", "ALTER TYPE"},
        {"alter default privileges in schema s", "ALTER DEFAULT PRIVILEGES"},
        {"(select 1)", ""},
        {"", ""},
    };
    char summary[64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sql_summary(slice_from(cases[i].statement), summary, sizeof summary);
        assert_string_equal(summary, cases[i].summary);
    }
    sql_summary(SLICE("create materialized view v"), summary, 10);
    assert_string_equal(summary, "CREATE MA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(position_counts_lines_and_characters),
        cmocka_unit_test(offset_of_character_counts_as_the_server),
        cmocka_unit_test(excerpt_shows_the_line),
        cmocka_unit_test(excerpt_at_the_edges),
        cmocka_unit_test(excerpt_cuts_around_the_caret),
        cmocka_unit_test(excerpt_marks_what_is_cut),
        cmocka_unit_test(summary_names_the_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
