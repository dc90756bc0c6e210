#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sql/concurrent.h"

enum { MAX = 3 };

static const char *const kinds[] = {
    [SQL_CREATE_INDEX] = "create",
    [SQL_REINDEX_INDEX] = "reindex",
    [SQL_REINDEX_TABLE] = "reindex-table",
    [SQL_REINDEX_MANY] = "reindex-many",
    [SQL_DROP_INDEX] = "drop",
    [SQL_DETACH] = "detach",
    [SQL_DETACH_FINALIZE] = "finalize",
};

static void add_name(struct buf *out, struct sql_name name)
{
    buf_printf(out, " %.*s%s%.*s", SLICE_ARG(name.schema), name.schema.len ? "." : "",
               SLICE_ARG(name.table));
}

/* "create i t; ...", in the arena */
static const char *found(const char *statement, struct arena *arena)
{
    struct sql_concurrent items[MAX];
    size_t count = sql_concurrent(slice_from(statement), arena, items, MAX);
    struct buf out = buf_in(arena);

    assert_in_range(count, 0, MAX);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&out, "%s%s", i ? "; " : "", kinds[items[i].kind]);
        add_name(&out, items[i].name);
        if (items[i].table.table.len)
            add_name(&out, items[i].table);
    }
    return out.len ? buf_text(&out) : "";
}

static void concurrent_finds_what_a_statement_is_about(void **state)
{
    static const struct {
        const char *statement, *found;
    } cases[] = {
        {"CREATE INDEX CONCURRENTLY i ON t (n)", "create i t"},
        {"create unique index i on s.t (n)", "create i s.t"},
        {"CREATE /* a */ UNIQUE INDEX CONCURRENTLY -- b\n IF NOT EXISTS I ON ONLY S . T USING "
         "btree (n)",
         "create i s.t"},
        {"CREATE INDEX CONCURRENTLY \"I x\" ON \"S\".\"a \"\"b\"\"\" (n)", "create I x S.a \"b\""},
        {"CREATE INDEX CONCURRENTLY i ON db.s.t (n)", "create i s.t"},
        {"CREATE INDEX CONCURRENTLY ON t (n)", ""},
        {"CREATE INDEX CONCURRENTLY", ""},
        {"CREATE INDEX CONCURRENTLY i", ""},
        {"CREATE INDEX CONCURRENTLY i ON", ""},
        {"CREATE INDEX IF i ON t (n)", ""},
        {"CREATE TABLE index (n int)", ""},
        {"CREATE UNIQUE", ""},
        {"REINDEX INDEX CONCURRENTLY s.i", "reindex s.i"},
        {"REINDEX (VERBOSE, CONCURRENTLY) INDEX i", "reindex i"},
        {"REINDEX (TABLESPACE x) TABLE CONCURRENTLY t", "reindex-table t"},
        {"REINDEX SCHEMA CONCURRENTLY s", "reindex-many s"},
        {"REINDEX DATABASE CONCURRENTLY", "reindex-many "},
        {"REINDEX INDEX i", ""},
        {"REINDEX (VERBOSE", ""},
        {"REINDEX", ""},
        {"DROP INDEX i", "drop i"},
        {"DROP INDEX CONCURRENTLY IF EXISTS s.i CASCADE", "drop s.i"},
        {"DROP INDEX a, s.b, c, d, e", "drop a; drop s.b; drop c"},
        {"DROP INDEX a, ", "drop a"},
        {"DROP INDEX", ""},
        {"DROP TABLE i", ""},
        {"ALTER TABLE p DETACH PARTITION c CONCURRENTLY", "detach c p"},
        {"ALTER TABLE IF EXISTS ONLY s.p DETACH PARTITION x.c FINALIZE", "finalize x.c s.p"},
        {"ALTER TABLE p DETACH PARTITION c", ""},
        {"ALTER TABLE p ATTACH PARTITION c FOR VALUES IN (1)", ""},
        {"ALTER INDEX i ATTACH PARTITION c", ""},
        {"SELECT 'CREATE INDEX CONCURRENTLY i ON t (n)'", ""},
        {"", ""},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(found(cases[i].statement, arena), cases[i].found);
    arena_free(arena);
}

static void concurrent_names_are_cut_as_the_server_cuts_them(void **state)
{
    struct arena *arena = arena_new();
    struct sql_concurrent item;
    struct buf text = buf_in(arena);

    (void)state;
    buf_add_text(&text, "DROP INDEX ");
    for (int i = 0; i < 40; i++)
        buf_add_text(&text, "é");
    assert_int_equal(sql_concurrent(buf_slice(&text), arena, &item, 1), 1);
    assert_int_equal(item.name.table.len, 62); /* the 63rd byte would be half a character */
    arena_free(arena);
}

/* Each beginning of a statement is a statement that somebody may have written. */
static void concurrent_reads_no_further_than_the_text(void **state)
{
    static const char *const statements[] = {
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"i\"\"x\" ON ONLY a.b (n)",
        "REINDEX (VERBOSE, CONCURRENTLY) TABLE a.b",
        "DROP INDEX CONCURRENTLY IF EXISTS a.b, \"c\", d",
        "ALTER TABLE IF EXISTS ONLY a.b DETACH PARTITION c.d CONCURRENTLY",
    };
    struct arena *arena = arena_new();
    struct sql_concurrent items[MAX];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(statements); i++)
        for (size_t len = 0; len <= strlen(statements[i]); len++) {
            char *exact = arena_alloc(arena, len + 1);

            memcpy(exact, statements[i], len);
            assert_in_range(sql_concurrent((struct slice){exact, len}, arena, items, MAX), 0, MAX);
        }
    assert_int_equal(sql_concurrent(SLICE("DROP INDEX a"), arena, items, 0), 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concurrent_finds_what_a_statement_is_about),
        cmocka_unit_test(concurrent_names_are_cut_as_the_server_cuts_them),
        cmocka_unit_test(concurrent_reads_no_further_than_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
