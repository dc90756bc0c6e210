/* Settings that say where the database is, in several places at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pg/conn.h"

struct fixture {
    struct arena *arena;
    struct config config;
    struct pg_target target;
    struct error err;
};

static struct fixture f;

static int begin(void **state)
{
    (void)state;
    memset(&f, 0, sizeof f);
    f.arena = arena_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(f.arena);
    return 0;
}

static struct secret secret(const char *text)
{
    return secret_from(slice_from(text));
}

static void resolve(void)
{
    if (!pg_target_resolve(&f.config, NULL, f.arena, &f.target, &f.err))
        fail_msg("%s", f.err.what);
}

static void assert_param(const char *keyword, const char *value)
{
    const char *found = dsn_get(&f.target.dsn, keyword);

    if (value)
        assert_string_equal(found ? found : "(not set)", value);
    else
        assert_null(found);
}

/* The password is seen only through the environment made of the target. */
static void assert_environment(const char *expected)
{
    assert_string_equal(pg_target_environment(&f.target, f.arena), expected);
}

static void url_alone_says_all(void **state)
{
    (void)state;
    f.config.database.url = secret(" \"postgres://app:geheim@db:5433/shop?schema=x\" ");
    resolve();
    assert_param("host", "db");
    assert_param("port", "5433");
    assert_environment("DATABASE_URL=postgres://app:geheim@db:5433/shop?schema=x");
    assert_null(strstr(f.target.display, "geheim"));
}

static void migrate_url_wins_over_url_and_step_over_both(void **state)
{
    struct step step = {.url = secret("postgres://s@step/s")};

    (void)state;
    f.config.database.url = secret("postgres://a@app/a");
    f.config.database.migrate_url = secret("postgres://m@direct/m");
    resolve();
    assert_param("host", "direct");
    assert_true(pg_target_resolve(&f.config, &step, f.arena, &f.target, &f.err));
    assert_param("host", "step");
}

static void parts_make_a_target(void **state)
{
    (void)state;
    f.config.database.host = "db";
    f.config.database.port = 6000;
    f.config.database.user = "app";
    f.config.database.password = secret("p@ss/w:rd");
    f.config.database.name = "shop";
    resolve();
    assert_environment("DATABASE_URL=postgresql://app:p%40ss%2Fw%3Ard@db:6000/shop");
}

static void parts_fill_gaps_of_the_url(void **state)
{
    (void)state;
    f.config.database.url = secret("postgres://db");
    f.config.database.user = "app";
    f.config.database.password = secret("geheim");
    f.config.database.name = "shop";
    resolve();
    assert_environment("DATABASE_URL=postgresql://app:geheim@db/shop");
}

static void password_goes_with_its_user_only(void **state)
{
    (void)state;
    f.config.database.url = secret("postgres://other@db/shop");
    f.config.database.user = "app";
    f.config.database.password = secret("geheim");
    resolve();
    assert_environment("DATABASE_URL=postgres://other@db/shop");
}

static void port_goes_with_its_host_only(void **state)
{
    (void)state;
    f.config.database.url = secret("postgres://app@db/shop");
    f.config.database.host = "pooler";
    f.config.database.port = 6432;
    resolve();
    assert_param("port", NULL);
    f.config.database.host = "db";
    resolve();
    assert_param("port", "6432");
}

static void variables_of_libpq_fill_what_is_left(void **state)
{
    static const char *const environment[] = {"PGHOST=h",          "PGPORT=1",     "PGUSER=u",
                                              "PGPASSWORD=secret", "PGDATABASE=d", NULL};

    (void)state;
    f.config.environment = environment;
    resolve();
    assert_environment("DATABASE_URL=postgresql://u:secret@h:1/d");
}

static void service_comes_before_variables(void **state)
{
    static const char *const environment[] = {"PGSERVICE=shop", "PGHOST=h", "PGUSER=u", NULL};

    (void)state;
    f.config.environment = environment;
    resolve();
    assert_param("host", NULL);
    assert_param("user", NULL);
}

static void configured_means_a_place_is_named(void **state)
{
    static const char *const by_host[] = {"PGHOST=h", NULL};
    static const char *const empty[] = {"PGHOST=", NULL};

    (void)state;
    assert_false(pg_target_is_configured(&f.config, NULL));
    f.config.database.user = "app";
    f.config.database.password = secret("geheim");
    assert_false(pg_target_is_configured(&f.config, NULL));
    f.config.environment = empty;
    assert_false(pg_target_is_configured(&f.config, NULL));
    f.config.environment = by_host;
    assert_true(pg_target_is_configured(&f.config, NULL));
    f.config.environment = NULL;
    f.config.database.name = "shop";
    assert_true(pg_target_is_configured(&f.config, NULL));
}

static void redactor_knows_every_password(void **state)
{
    struct step steps[] = {{.url = secret("postgres://s:stepword@x/s")}};
    char text[128];

    (void)state;
    f.config.database.url = secret("postgres://a:appword@app/a");
    f.config.database.migrate_url = secret("postgres://m:migword@direct/m");
    f.config.database.password = secret("partword");
    f.config.steps = steps;
    f.config.step_count = 1;
    resolve();
    redactor_apply(&f.target.redactor, SLICE("appword migword partword stepword"), text,
                   sizeof text);
    assert_string_equal(text, "**** **** **** ****");
}

static void other_database_keeps_the_server(void **state)
{
    (void)state;
    f.config.database.url = secret("postgres://app:geheim@db/shop?schema=x");
    resolve();
    f.target = pg_target_with_database(&f.target, "postgres", f.arena);
    assert_param("dbname", "postgres");
    assert_null(f.target.dsn.search_path);
    assert_environment("DATABASE_URL=postgresql://app:geheim@db/postgres");
}

static void composed_url_of_a_socket_and_of_two_hosts(void **state)
{
    struct dsn dsn = {0};

    (void)state;
    dsn_set(&dsn, "host", "/run/pg");
    dsn_set(&dsn, "user", "a b");
    dsn_set(&dsn, "dbname", "d");
    assert_string_equal(pg_target_compose(&dsn, (struct slice){0}, f.arena),
                        "postgresql://a%20b@/d?host=%2Frun%2Fpg");
    memset(&dsn, 0, sizeof dsn);
    dsn_set(&dsn, "host", "h1,::1");
    dsn_set(&dsn, "port", "1,2");
    dsn_set(&dsn, "sslmode", "require");
    assert_string_equal(pg_target_compose(&dsn, (struct slice){0}, f.arena),
                        "postgresql://h1:1,[::1]:2/?sslmode=require");
}

static void bad_url_is_told_without_its_password(void **state)
{
    (void)state;
    f.config.database.url = secret("postgres://app:Can4ry@db:notaport/x");
    assert_false(pg_target_resolve(&f.config, NULL, f.arena, &f.target, &f.err));
    assert_int_equal(f.err.code, ERR_CONFIG);
    assert_null(strstr(f.err.what, "Can4ry"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(url_alone_says_all),
        TEST(migrate_url_wins_over_url_and_step_over_both),
        TEST(parts_make_a_target),
        TEST(parts_fill_gaps_of_the_url),
        TEST(password_goes_with_its_user_only),
        TEST(port_goes_with_its_host_only),
        TEST(variables_of_libpq_fill_what_is_left),
        TEST(service_comes_before_variables),
        TEST(configured_means_a_place_is_named),
        TEST(redactor_knows_every_password),
        TEST(other_database_keeps_the_server),
        TEST(composed_url_of_a_socket_and_of_two_hosts),
        TEST(bad_url_is_told_without_its_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
