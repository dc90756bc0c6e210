#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "sql/extension.h"

static void created_extension_is_named_as_the_catalog_has_it(void **state)
{
    static const struct {
        const char *statement, *name;
    } rows[] = {
        {"CREATE EXTENSION vector", "vector"},
        {"create /* a */ extension if not exists Vector with schema public version '1'", "vector"},
        {"-- a\nCREATE EXTENSION \"uuid-ossp\" CASCADE", "uuid-ossp"},
        {"CREATE EXTENSION IF NOT EXISTS \"A\"\"B\"", "A\"B"},
        {"CREATE EXTENSION if", "if"},
        {"CREATE EXTENSION U&\"a\"", NULL},
        {"CREATE EXTENSION 'vector'", NULL},
        {"CREATE EXTENSION", NULL},
        {"CREATE TABLE extension ()", NULL},
        {"ALTER EXTENSION vector UPDATE", NULL},
        {"DROP EXTENSION vector", NULL},
        {"COMMENT ON EXTENSION vector IS 'CREATE EXTENSION vector'", NULL},
        {"DO $$ BEGIN CREATE EXTENSION vector; EXCEPTION WHEN others THEN NULL; END $$", NULL},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *name = sql_created_extension(slice_from(rows[i].statement), arena);

        if (rows[i].name)
            assert_string_equal(name, rows[i].name);
        else
            assert_null(name);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(created_extension_is_named_as_the_catalog_has_it),
    };

    return cmocka_run_group_tests_name("extension", tests, NULL, NULL);
}
