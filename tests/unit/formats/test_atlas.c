#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "formats/atlas_directive.h"
#include "formats/atlas_scan.h"
#include "formats/registry.h"

/* The statements that Atlas itself makes of a text, joined by "|"; NULL: it refuses. */
static const struct {
    const char *text, *statements;
} cuts[] = {
    {"select 1; select 2", "select 1;|select 2"},
    {"select 'a;b'; select \"a;b\"; select `a;b`", "select 'a;b';|select \"a;b\";|select `a;b`"},
    {"select 'it''s;'; select 1", "select 'it''s;';|select 1"},
    {"select $$a;b$$; select $x$a;$$;$x$;", "select $$a;b$$;|select $x$a;$$;$x$;"},
    {"select (1;2); select 3", "select (1;2);|select 3"},
    {"-- a;\nselect 1; -- b;\nselect 2 -- c;\n;", "select 1;|select 2 -- c;\n;"},
    {"/* a; */select 1 /* b; */; select 2", "select 1 /* b; */;|select 2"},
    {"/* a /* b */ select 1;", "select 1;"},
    {"select 1\n-- the end", "select 1\n-- the end"},
    {"-- the end", "-- the end"},
    {"-- the end\n", ""},
    {"/* open", "/* open"},
    {"", ""},
    {";", ";"},
    {";;", ";|;"},
    {"begin; select 1; end;", "begin;|select 1;|end;"},
    {"begin work; select 1; end; select 2", "begin work; select 1; end;|select 2"},
    {"begin work; select 1; commit; select 2", "begin work;|select 1;|commit;|select 2"},
    {"begin work; select 1; end work; select 2", "begin work;|select 1;|end work;|select 2"},
    {"select begin from t; select 2", "select begin from t;|select 2"},
    {"xbegin select 1; end;", "xbegin select 1;|end;"},
    {"create procedure p() begin atomic select 1; select 2; end; select 3",
     "create procedure p() begin atomic select 1; select 2; end;|select 3"},
    {"create procedure p() begin atomic select 1; select 2",
     "create procedure p() begin atomic select 1;|select 2"},
    {"begin begin select 1; end; end; select 2", "begin begin select 1; end; end;|select 2"},
    {"begin begin select 1; end; select 2", "begin begin select 1; end;|select 2"},
    {"begin case when 1 then 2; end; end case; end;",
     "begin case when 1 then 2; end;|end case;|end;"},
    {"-- atlas:delimiter //\nselect 1; // select 2", "select 1;|select 2"},
    {"-- atlas:delimiter \\n\\n\nselect 1;\nselect 2;\n\nselect 3",
     "select 1;\nselect 2;|select 3"},
    {"--  atlas:delimiter //\nselect 1; // select 2", "select 1;|// select 2"},
    {"-- atlas:delimiter //\r\nselect 1//\r\nselect 2", "select 1|select 2"},
    {"DELIMITER //\nselect 1;//\nDELIMITER ;\nselect 2;", "select 1;|select 2;"},
    {"delimiter '$$'\nselect 1$$ select 2", "select 1|select 2"},
    {"delimiters; select 1", "delimiters;|select 1"},
    {""
     "\xC2\xA0"
     "select 1;"
     "\xE3\x80\x80"
     "",
     "select 1;"},
    {"select 1\r\n;\r\n", "select 1\r\n;"},
    {"select a$b$c;$b$; select 1", "select a$b$c;$b$;|select 1"},
    {"select 'open", NULL},
    {"select (1", NULL},
    {"select 1)", NULL},
    {"-- atlas:delimiter\nselect 1", NULL},
    {"-- atlas:delimiter //", NULL},
    {"select E'a\\\\'; select 2", "select E'a\\\\';|select 2"},
};

static const char *joined(const struct sql_statements *statements, struct arena *arena)
{
    struct buf out = buf_in(arena);

    for (size_t i = 0; i < statements->count; i++)
        buf_printf(&out, "%s%.*s", i ? "|" : "", SLICE_ARG(statements->items[i].text));
    return buf_text(&out);
}

static void assert_places(struct slice text, const struct sql_statements *statements,
                          const char *sent)
{
    assert_int_equal(strlen(sent), text.len);
    for (size_t i = 0; i < statements->count; i++) {
        struct slice statement = statements->items[i].text;
        size_t offset = statements->items[i].offset;

        assert_memory_equal(text.ptr + offset, statement.ptr, statement.len);
        assert_memory_equal(sent + offset, statement.ptr, statement.len);
    }
}

static void statements_are_cut_as_the_tool_cuts_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        struct arena *arena = arena_new();
        struct sql_statements statements = {0};
        struct slice text = slice_from(cuts[i].text);
        const char *sent;
        struct error err = {0};
        bool is_cut = atlas_scan(text, arena, &statements, &sent, &err);

        if (is_cut != (cuts[i].statements != NULL))
            fail_msg("%s: %s", cuts[i].text, is_cut ? "was cut" : err.what);
        if (is_cut) {
            assert_string_equal(joined(&statements, arena), cuts[i].statements);
            assert_places(text, &statements, sent);
        }
        arena_free(arena);
    }
}

static void what_is_sent_has_nothing_but_the_statements(void **state)
{
    static const struct {
        const char *text, *sent;
    } cases[] = {
        {"-- a\nselect 1; /* b */ select 2 -- c\n", "    \nselect 1;         select 2 -- c\n"},
        {"-- atlas:delimiter //\nselect 1 -- a\n//\nselect 2//",
         "                     \nselect 1 -- a\n; \nselect 2; "},
        {"-- atlas:delimiter \\n\\n\nselect 1\n\nselect 2;\n\n",
         "                       \nselect 1;\nselect 2;;\n"},
        {"\xC2\xA0select 1", "  select 1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena *arena = arena_new();
        struct sql_statements statements = {0};
        const char *sent;
        struct error err;

        assert_true(atlas_scan(slice_from(cases[i].text), arena, &statements, &sent, &err));
        assert_string_equal(sent, cases[i].sent);
        arena_free(arena);
    }
}

/* The tool looks at the quote itself for the E, and so knows no such string. */
static void backslashes_of_escape_strings_count(void **state)
{
    struct arena *arena = arena_new();
    struct sql_statements statements = {0};
    const char *sent;
    struct error err;

    (void)state;
    assert_true(atlas_scan(SLICE("select E'a\\';'; select e'\\\\'; select like'\\'; select 4"),
                           arena, &statements, &sent, &err));
    assert_string_equal(joined(&statements, arena),
                        "select E'a\\';';|select e'\\\\';|select like'\\';|select 4");
    arena_free(arena);
}

static void comment_that_would_be_run_is_refused(void **state)
{
    struct arena *arena = arena_new();
    struct sql_statements statements = {0};
    const char *sent;
    struct error err = {0};

    (void)state;
    assert_false(
        atlas_scan(SLICE("select 1;\n -- a; drop table b"), arena, &statements, &sent, &err));
    assert_string_equal(err.where, "2:2");
    assert_non_null(strstr(err.what, "would run what follows"));
    statements.count = 0;
    assert_true(atlas_scan(SLICE("select 1; -- a; "), arena, &statements, &sent, &err));
    assert_int_equal(statements.count, 2);
    statements.count = 0;
    assert_true(
        atlas_scan(SLICE("select 1;\n -- a; drop table b\n"), arena, &statements, &sent, &err));
    assert_int_equal(statements.count, 1);
    arena_free(arena);
}

/* Nested ones without an end would double the work each, and deep ones end the stack. */
static void begins_without_an_end_cost_no_more_than_they_should(void **state)
{
    struct arena *arena = arena_new();
    struct sql_statements statements = {0};
    struct buf text = buf_in(arena);
    const char *sent;
    struct error err = {0};

    (void)state;
    for (int i = 0; i < 900; i++)
        buf_add_text(&text, "begin work; commit;\n");
    assert_true(atlas_scan(buf_slice(&text), arena, &statements, &sent, &err));
    assert_int_equal(statements.count, 1800);
    for (int i = 0; i < 100000; i++)
        buf_add_text(&text, "begin ");
    assert_false(atlas_scan(buf_slice(&text), arena, &statements, &sent, &err));
    assert_non_null(strstr(err.what, "too many BEGINs"));
    arena_free(arena);
}

static void directives_count_in_detached_comments_only(void **state)
{
    static const struct {
        const char *file, *value; /* value NULL: none */
        bool is_passed_over;
    } cases[] = {
        {"-- atlas:txmode none\n\nselect 1;", "none", false},
        {"-- atlas:txmode none\n \t\nselect 1;", "none", false},
        {"-- a\n#atlas:txmode   none  \n\n", "none", false},
        {"-- atlas:txmode none\n", "none", false},
        {"-- see atlas:x, then atlas:txmode none\n\n", "none", false},
        {"-- atlas:txmode\n\n", "", false},
        {"-- atlas:txmode none\nselect 1;", NULL, true},
        {"-- atlas:txmode none\r\n\r\nselect 1;", NULL, true},
        {"-- atlas:txmode none", NULL, true},
        {"-- atlas:txmodes none\n\n", NULL, false},
        {"-- \t atlas:txmode none\n\n", NULL, false},
        {"\n-- atlas:txmode none\n\n", NULL, false},
        {"select 1;\n-- atlas:txmode none\n\n", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice file = slice_from(cases[i].file), value = SLICE("untouched");
        size_t count = atlas_file_directive(file, "txmode", &value);

        assert_int_equal(count, cases[i].value != NULL);
        assert_true(slice_equal_text(value, cases[i].value ? cases[i].value : "untouched"));
        assert_int_equal(atlas_directive_is_passed_over(file, "txmode"), cases[i].is_passed_over);
    }
}

/* FNV-1 of the name that the tool locks. */
static void lock_key_is_the_tool_s(void **state)
{
    static const char name[] = "atlas_migrate_execute";
    struct history_place place = {0};
    int64_t keys[FORMAT_LOCK_KEYS_MAX];
    uint32_t hash = 2166136261;

    (void)state;
    for (size_t i = 0; i < strlen(name); i++)
        hash = (uint32_t)((uint64_t)hash * 16777619) ^ (unsigned char)name[i];
    assert_int_equal(format_atlas.lock_keys(&place, keys), 1);
    assert_int_equal(keys[0], hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_are_cut_as_the_tool_cuts_them),
        cmocka_unit_test(what_is_sent_has_nothing_but_the_statements),
        cmocka_unit_test(backslashes_of_escape_strings_count),
        cmocka_unit_test(comment_that_would_be_run_is_refused),
        cmocka_unit_test(begins_without_an_end_cost_no_more_than_they_should),
        cmocka_unit_test(directives_count_in_detached_comments_only),
        cmocka_unit_test(lock_key_is_the_tool_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
