#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"
#include "migrate/preflight.h"

static void preflight_that_misses_nothing_is_silent(void **state)
{
    struct preflight preflight = {.server_major = 17};
    struct error err;

    (void)state;
    assert_true(preflight_check(&preflight, &err));
}

static void preflight_says_where_and_what_to_do(void **state)
{
    static const struct {
        const char *name, *hint;
    } rows[] = {
        {"vector", "image that has it (pgvector/pgvector), or install its package (Debian: "
                   "postgresql-17-pgvector) on the server"},
        {"timescaledb", "(timescale/timescaledb), or install its package on the server"},
        {"pg_cron", "image that has it, or install its package (Debian: postgresql-17-cron)"},
        {"uuid-ossp", "image that has it, or install its package (postgresql-contrib)"},
        {"ours", "image that has it, or install its package on the server"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct preflight preflight = {.missing_count = 1,
                                      .place = "db/1.sql:2:1",
                                      .name = rows[i].name,
                                      .others = "",
                                      .server_major = 17};
        struct error err = {0};

        assert_false(preflight_check(&preflight, &err));
        assert_int_equal(err.code, ERR_MIGRATION);
        assert_string_equal(err.where, "db/1.sql:2:1");
        assert_non_null(strstr(err.what, rows[i].name));
        assert_non_null(strstr(err.hint, rows[i].hint));
        assert_string_equal(err.detail, "");
    }
}

static void preflight_names_the_others(void **state)
{
    struct preflight preflight = {
        .missing_count = 2, .place = "db/1.sql:2:1", .name = "a", .others = "b (db/2.sql:1:1)"};
    struct error err = {0};

    (void)state;
    assert_false(preflight_check(&preflight, &err));
    assert_string_equal(err.detail, "nor b (db/2.sql:1:1)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preflight_that_misses_nothing_is_silent),
        cmocka_unit_test(preflight_says_where_and_what_to_do),
        cmocka_unit_test(preflight_names_the_others),
    };

    return cmocka_run_group_tests_name("preflight", tests, NULL, NULL);
}
