#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "sql/split.h"

static const char cases_path[] = "tests/unit/sql/split_cases.txt";

static struct slice read_cases(struct arena *arena)
{
    struct buf text = buf_in(arena);
    FILE *file = fopen(cases_path, "r");
    int c;

    if (!file)
        fail_msg("%s cannot be read: run the tests at the top of the tree", cases_path);
    while ((c = getc(file)) != EOF)
        buf_add_char(&text, (char)c);
    fclose(file);
    return buf_slice(&text);
}

/* The lines up to the next mark, joined, without the last line end. */
static struct slice take_block(struct slice *rest)
{
    struct slice block = *rest, line, before = *rest;

    while (slice_next_line(rest, &line)) {
        if (slice_starts_with(line, "### ") || slice_equal_text(line, "=>") ||
            slice_starts_with(line, "!> ")) {
            *rest = before;
            break;
        }
        before = *rest;
    }
    block = slice_sub(block, 0, (size_t)(rest->ptr - block.ptr));
    return slice_sub(block, 0, block.len ? block.len - 1 : 0);
}

static void check_statements(const char *name, struct slice *rest, struct arena *arena,
                             struct slice text)
{
    struct sql_statements got = {0};
    struct error err = {0};
    size_t count = 0;
    struct slice line;

    if (!sql_split(text, arena, &got, &err))
        fail_msg("%s: %s: %s", name, err.where, err.what);
    while (slice_starts_with(*rest, "=>")) {
        struct slice want;

        assert_true(slice_next_line(rest, &line));
        want = take_block(rest);
        if (count >= got.count || !slice_equal(got.items[count].text, want))
            fail_msg("%s: statement %zu is not \"%.*s\"", name, count + 1, SLICE_ARG(want));
        assert_ptr_equal(text.ptr + got.items[count].offset, got.items[count].text.ptr);
        count++;
    }
    if (count != got.count)
        fail_msg("%s: %zu statements, not %zu", name, got.count, count);
}

static void check_error(const char *name, struct slice *rest, struct arena *arena,
                        struct slice text)
{
    struct sql_statements got = {0};
    struct error err = {0};
    struct slice want;
    char said[1024];

    assert_true(slice_next_line(rest, &want));
    want = slice_sub(want, 3, want.len);
    if (sql_split(text, arena, &got, &err))
        fail_msg("%s: no error", name);
    error_format(&err, said, sizeof said);
    if (!slice_equal(slice_sub(slice_from(said), 0, want.len), want))
        fail_msg("%s: said \"%s\"", name, said);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_true(err.hint[0] && err.excerpt.line[0]);
    assert_int_equal(got.count, 0);
}

static void split_every_case(void **state)
{
    struct arena *arena = arena_new();
    struct slice rest = read_cases(arena), line;
    size_t count = 0;

    (void)state;
    take_block(&rest);
    while (slice_next_line(&rest, &line)) {
        char *name = arena_text(arena, slice_sub(line, 4, line.len));
        struct slice text;

        assert_true(slice_starts_with(line, "### "));
        text = take_block(&rest);
        if (slice_starts_with(rest, "!> "))
            check_error(name, &rest, arena, text);
        else
            check_statements(name, &rest, arena, text);
        count++;
    }
    assert_true(count >= 120);
    arena_free(arena);
}

static size_t count_of(struct slice text, struct arena *arena)
{
    struct sql_statements got = {0};
    struct error err = {0};

    if (!sql_split(text, arena, &got, &err))
        fail_msg("%.*s: %s: %s", SLICE_ARG(text), err.where, err.what);
    return got.count;
}

/* What a text file of cases cannot hold well: other line ends, and psql's one difference. */
static void split_line_ends(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_int_equal(count_of(SLICE("select 1 -- ;\r; select 2"), arena), 2);
    assert_int_equal(count_of(SLICE("select 1;\r\nselect 2;\r\n"), arena), 2);
    assert_int_equal(count_of(SLICE("select e'a'\n'\\';'; select 2"), arena), 2);
    assert_int_equal(count_of(SLICE("select e'a' -- c;'\n -- d\n '\\';'; select 2"), arena), 2);
    assert_int_equal(count_of(SLICE("select e'a'\r'\\';'; select 2"), arena), 2);
    assert_int_equal(count_of(SLICE("select e'a'\n-- '\\'; select 2"), arena), 1);
    assert_int_equal(count_of(SLICE("a\fb\v;\tc"), arena), 2);
    assert_int_equal(count_of(SLICE(""), arena), 0);
    arena_free(arena);
}

static void split_part_points_into_the_whole(void **state)
{
    struct arena *arena = arena_new();
    struct slice whole = SLICE("-- up\nselect 1;\nselect 'x;\n-- down\n'");
    struct sql_statements got = {0};
    struct error err = {0};

    (void)state;
    assert_true(sql_split_part(whole, slice_sub(whole, 6, 16), arena, &got, &err));
    assert_int_equal(got.count, 1);
    assert_int_equal(got.items[0].offset, 6);
    assert_false(sql_split_part(whole, slice_sub(whole, 6, 27), NULL, NULL, &err));
    assert_string_equal(err.where, "3:8");
    assert_string_equal(err.excerpt.line, "select 'x;");
    assert_int_equal(err.excerpt.line_number, 3);
    assert_int_equal(err.excerpt.caret_column, 8);
    arena_free(arena);
}

static const char *const pieces[] = {
    "'",    "''",      "\"",   "$$",       "$a$",    "$b$",   "$1", "--",        "/*",  "*/",
    ";",    ";",       "(",    ")",        "\n",     "\n",    "E'", "\\",        "a$b", "U&'",
    "case", "create ", " or ", "replace ", "begin ", "end ",  "1e", "function ", "x",   " ",
    "\xff", "\xc3",    "\r",   "copy t ",  "from ",  "stdin", "\t", "e'\\''",    "1.",  "N'",
};

static struct slice random_text(struct arena *arena, unsigned *seed, unsigned most)
{
    struct buf text = buf_in(arena);
    unsigned count = (unsigned)rand_r(seed) % most;

    for (unsigned i = 0; i < count; i++)
        buf_add_text(&text, pieces[(unsigned)rand_r(seed) % COUNT_OF(pieces)]);
    return buf_slice(&text);
}

/* Statements come in order, do not overlap, and split again into themselves. */
static void check_split(struct slice text, const struct sql_statements *got, struct arena *arena)
{
    size_t end = 0;

    for (size_t i = 0; i < got->count; i++) {
        const struct sql_statement *statement = &got->items[i];
        struct sql_statements again = {0};
        struct error err = {0};

        assert_true(statement->text.len > 0 && statement->offset >= end);
        end = statement->offset + statement->text.len;
        assert_true(end <= text.len);
        assert_true(sql_split(statement->text, arena, &again, &err));
        assert_int_equal(again.count, 1);
        assert_true(slice_equal(again.items[0].text, statement->text));
    }
}

static void split_of_garbage_holds_together(void **state)
{
    unsigned seed = 1;
    size_t split = 0;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        struct arena *arena = arena_new();
        struct slice text = random_text(arena, &seed, 24);
        struct sql_statements got = {0};
        struct error err = {0};
        char summary[40];

        if (sql_split(text, arena, &got, &err)) {
            check_split(text, &got, arena);
            split++;
        } else {
            assert_int_equal(err.code, ERR_CONFIG);
            assert_true(err.where[0] && err.what[0] && err.excerpt.caret_column);
        }
        sql_summary(text, summary, sizeof summary);
        arena_free(arena);
    }
    assert_true(split > 1000);
}

/* Whole statements, joined by ";\n", split into the same again. */
static void split_undoes_joining(void **state)
{
    static const char *const statements[] = {
        "select 1",
        "select ';'",
        "do $$ ; $$",
        "select e'\\';'",
        "select \";\" /* ; */ from t",
        "create function f() returns int begin atomic select 1; end",
        "x -- ;\n y",
        "select (1;2)",
    };
    struct arena *arena = arena_new();
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct buf text = buf_in(arena);
        struct sql_statements got = {0};
        struct error err = {0};
        size_t chosen[20], count = (size_t)rand_r(&seed) % COUNT_OF(chosen);

        for (size_t i = 0; i < count; i++) {
            chosen[i] = (size_t)rand_r(&seed) % COUNT_OF(statements);
            buf_printf(&text, "%s;%s", statements[chosen[i]], i % 3 ? "\n" : " -- c'\n");
        }
        assert_true(sql_split(buf_slice(&text), arena, &got, &err));
        assert_int_equal(got.count, count);
        for (size_t i = 0; i < count; i++)
            assert_true(slice_equal_text(got.items[i].text, statements[chosen[i]]));
    }
    arena_free(arena);
}

/* Depth costs no stack, length no more than linear time. */
static void split_of_large_texts_is_linear(void **state)
{
    static const char *const repeated[] = {"/*", "(", "$", "$a", "e'' ", "e''\n", "-", ";", "''"};
    const size_t len = 1U << 20;
    char *bytes = malloc(len);
    struct timespec start, end;

    (void)state;
    assert_non_null(bytes);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < COUNT_OF(repeated); i++) {
        size_t piece = strlen(repeated[i]);
        struct error err;

        for (size_t at = 0; at < len; at++)
            bytes[at] = repeated[i][at % piece];
        if (!sql_split_part((struct slice){bytes, len}, (struct slice){bytes, len}, NULL, NULL,
                            &err))
            assert_int_equal(err.code, ERR_CONFIG);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    free(bytes);
    assert_true(end.tv_sec - start.tv_sec < 20);
}

static void split_takes_the_data_of_a_copy(void **state)
{
    static const char text[] =
        "copy t (a) from stdin with (format text); -- rest of the line\n"
        "1;\t'\n\\\\.\n\\.x\n \\. \r\n"
        "SELECT 2; COPY u FROM STDIN;\n\\.\nCOPY v FROM 'file';COPY w TO stdout";
    static const char *const data[] = {"1;\t'\n\\\\.\n\\.x\n", NULL, "", NULL, NULL};
    struct arena *arena = arena_new();
    struct sql_statements out = {0};
    struct error err = {0};

    (void)state;
    assert_true(sql_split_with_data(slice_from(text), slice_from(text), arena, &out, &err));
    assert_int_equal(out.count, COUNT_OF(data));
    for (size_t i = 0; i < COUNT_OF(data); i++) {
        assert_int_equal(out.items[i].has_data, data[i] != NULL);
        assert_true(!data[i] || slice_equal_text(out.items[i].data, data[i]));
    }
    assert_true(slice_equal_text(out.items[0].text, "copy t (a) from stdin with (format text)"));
    assert_true(slice_equal_text(out.items[3].text, "COPY v FROM 'file'"));
    assert_false(sql_split(slice_from(text), arena, &out, &err));
    arena_free(arena);
}

static void split_data_without_an_end_is_refused(void **state)
{
    static const char *const texts[] = {"SELECT 1;\nCOPY t FROM stdin;\n1\n2\n",
                                        "SELECT 1;\nCOPY t FROM stdin;",
                                        "SELECT 1;\nCOPY t FROM stdin"};
    struct error err;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        err = (struct error){0};
        assert_false(
            sql_split_with_data(slice_from(texts[i]), slice_from(texts[i]), NULL, NULL, &err));
        assert_string_equal(err.where, "2:1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_takes_the_data_of_a_copy),
        cmocka_unit_test(split_data_without_an_end_is_refused),
        cmocka_unit_test(split_every_case),
        cmocka_unit_test(split_line_ends),
        cmocka_unit_test(split_part_points_into_the_whole),
        cmocka_unit_test(split_of_garbage_holds_together),
        cmocka_unit_test(split_undoes_joining),
        cmocka_unit_test(split_of_large_texts_is_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
