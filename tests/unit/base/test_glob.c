#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/glob.h"

static void paths_fit_or_not(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool fits;
    } cases[] = {
        {"a.sql", "a.sql", true},
        {"*.sql", "a.sql", true},
        {"*.sql", "a/b.sql", false},
        {"*.sql", "a.sqlx", false},
        {"*", "", false},
        {"a*b*c", "axxbyyc", true},
        {"a*b*c", "axxbyy", false},
        {"?.sql", "a.sql", true},
        {"?.sql", ".sql", false},
        {"a?b", "a/b", false},
        {"[a-c]1", "b1", true},
        {"[a-c]1", "d1", false},
        {"[!a-c]1", "d1", true},
        {"[]]x", "]x", true},
        {"[x", "[x", true},
        {"[a-]", "-", true},
        {"db/*.sql", "db/a.sql", true},
        {"db/*.sql", "db/x/a.sql", false},
        {"db/**", "db/a.sql", true},
        {"db/**", "db/x/y/a.sql", true},
        {"db/**", "dbx/a.sql", false},
        {"db/**/*.py", "db/a.py", true},
        {"db/**/*.py", "db/x/y/a.py", true},
        {"db/**/*.py", "db/x/y/a.pyc", false},
        {"**/migrations/*.py", "migrations/a.py", true},
        {"**/migrations/*.py", "x/y/migrations/a.py", true},
        {"**/migrations/*.py", "x/migrations/y/a.py", false},
        {"**", "a/b", true},
        {"**/a/**/b", "x/a/y/a/z/b", true},
        {"/app/*.ts", "/app/a.ts", true},
        {"/app/*.ts", "app/a.ts", false},
        {"a**", "a/b", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (glob_match(slice_from(cases[i].pattern), slice_from(cases[i].path)) != cases[i].fits)
            fail_msg("%s, %s", cases[i].pattern, cases[i].path);
}

static void folders_that_lead_to_something(void **state)
{
    static const struct {
        const char *pattern, *folder;
        bool leads;
    } cases[] = {
        {"db/*.sql", "db", true},         {"db/*.sql", "db/x", false}, {"db/**", "db/x/y", true},
        {"db/**", "node_modules", false}, {"**/m/*.py", "x/y", true},  {"*/m/*.py", "x/m", true},
        {"*/m/*.py", "x/n", false},       {"*.py", "x", false},        {"/app/x/*", "/app/x", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (glob_reaches(slice_from(cases[i].pattern), slice_from(cases[i].folder)) !=
            cases[i].leads)
            fail_msg("%s, %s", cases[i].pattern, cases[i].folder);
}

static void where_a_walk_begins(void **state)
{
    (void)state;
    assert_true(slice_equal_text(glob_root(SLICE("src/db/x*.ts")), "src/db"));
    assert_true(slice_equal_text(glob_root(SLICE("*.ts")), ""));
    assert_true(slice_equal_text(glob_root(SLICE("/*.ts")), "/"));
    assert_true(slice_equal_text(glob_root(SLICE("/app/**/x")), "/app"));
    assert_true(glob_is_pattern(SLICE("a[b")));
    assert_false(glob_is_pattern(SLICE("a/b.c")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_fit_or_not),
        cmocka_unit_test(folders_that_lead_to_something),
        cmocka_unit_test(where_a_walk_begins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
