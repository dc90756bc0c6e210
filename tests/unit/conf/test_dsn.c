#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/dsn.h"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct dsn must_parse(struct arena *arena, const char *text)
{
    struct error err = {0};
    struct dsn dsn = {0};

    if (!dsn_parse(slice_from(text), arena, &dsn, &err))
        fail_msg("%s is refused: %s", text, err.what);
    return dsn;
}

/* "user:password@host:port/dbname keyword=value ...", "-" for what is not set. */
static const char *reading(struct arena *arena, const char *text)
{
    static const char *const first[] = {"user", "host", "port", "dbname"};
    struct dsn dsn = must_parse(arena, text);
    struct buf out = buf_in(arena);
    const char *value[COUNT_OF(first)];
    struct slice password = dsn.password.hidden;

    for (size_t i = 0; i < COUNT_OF(first); i++)
        value[i] = dsn_get(&dsn, first[i]) ? dsn_get(&dsn, first[i]) : "-";
    buf_printf(&out, "%s %s %s %s %s", value[0], password.len ? password.ptr : "-", value[1],
               value[2], value[3]);
    for (size_t i = 0; i < dsn.param_count; i++) {
        bool is_first = false;

        for (size_t j = 0; j < COUNT_OF(first); j++)
            is_first |= strcmp(dsn.params[i].keyword, first[j]) == 0;
        if (!is_first)
            buf_printf(&out, " %s=%s", dsn.params[i].keyword, dsn.params[i].value);
    }
    return buf_text(&out);
}

static void dsn_parse_url_gives_keywords(void **state)
{
    static const char *const cases[][2] = {
        {"postgres://app:pw@db:5432/shop", "app pw db 5432 shop"},
        {"postgresql://app@db/shop", "app - db - shop"},
        {"postgresql://", "- - - - -"},
        {"postgresql:///shop", "- - - - shop"},
        {"postgresql://db", "- - db - -"},
        {"postgresql://db/", "- - db - -"},
        {"postgresql://:pw@db/shop", "- pw db - shop"},
        {"postgresql://@db/shop", "- - db - shop"},
        {"postgresql://app:@db/shop", "app - db - shop"},
        {"postgresql://:6543/shop", "- - - 6543 shop"},
        {"PostgreSQL://app:pw@DB/shop", "app pw DB - shop"},
        {"postgresql+psycopg2://app:pw@db/shop", "app pw db - shop"},
        {"postgresql+asyncpg://app:pw@db/shop?ssl=require", "app pw db - shop sslmode=require"},
        {"jdbc:postgresql://db:5432/shop?user=app&password=pw", "app pw db 5432 shop"},
        {"postgis://app:pw@db/shop", "app pw db - shop"},
        {"pgx5://app:pw@db/shop", "app pw db - shop"},
        {"  postgres://app:pw@db/shop \r\n", "app pw db - shop"},
        {"\"postgres://app:pw@db/shop\"", "app pw db - shop"},
        {"'postgres://app:pw@db/shop'", "app pw db - shop"},
        {"postgres://app:pw@db/shop%0A", "app pw db - shop"},
        {"postgres://a%40b:p%3A%2f%40@db/my%20shop", "a@b p:/@ db - my shop"},
        {"postgres://app:pw@h1:5432,h2:5433/shop", "app pw h1,h2 5432,5433 shop"},
        {"postgres://app:pw@h1,h2:5433/shop", "app pw h1,h2 ,5433 shop"},
        {"postgres://app:pw@h1,h2/shop", "app pw h1,h2 - shop"},
        {"postgres://app:pw@[::1]:5433/shop", "app pw ::1 5433 shop"},
        {"postgres://[fe80::1%eth0]/shop", "- - fe80::1%eth0 - shop"},
        {"postgres://[fe80::1%25eth0]/shop", "- - fe80::1%eth0 - shop"},
        {"postgres://app:pw@%2Fvar%2Frun/shop", "app pw /var/run - shop"},
        {"postgres://app:pw@/shop?host=/var/run/postgresql", "app pw /var/run/postgresql - shop"},
        {"postgres://app:pw@db/shop?port=6000", "app pw db 6000 shop"},
        {"postgres://app:pw@db/?dbname=other", "app pw db - other"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(reading(*state, cases[i][0]), cases[i][1]);
}

/* libpq splits or refuses most of these. */
static void dsn_parse_raw_password_is_understood(void **state)
{
    static const char *const cases[][2] = {
        {"postgres://app:p@ss@db/shop", "app p@ss db - shop"},
        {"postgres://app:p@ss@w@db:5432/shop", "app p@ss@w db 5432 shop"},
        {"postgres://user:p@secret@host", "user p@secret host - -"},
        {"postgres://app:a:b:c@db/shop", "app a:b:c db - shop"},
        {"postgres://app:p/w@db/shop", "app p/w db - shop"},
        {"postgres://app:p/w@db", "app p/w db - -"},
        {"postgres://app:12/34@db/shop", "app 12/34 db - shop"},
        {"postgres://app:p@x/w@db/shop", "app p@x/w db - shop"},
        {"postgres://app:/@db:5432/shop", "app / db 5432 shop"},
        {"postgres://app:p/w@@db/shop", "app p/w@ db - shop"},
        {"postgres://app:p#w@db/shop", "app p#w db - shop"},
        {"postgres://app:1#w@db/shop", "app 1#w db - shop"},
        {"postgres://app:p?w@db/shop", "app p?w db - shop"},
        {"postgres://app:p w@db/shop", "app p w db - shop"},
        {"postgres://app:100%@db/shop", "app 100% db - shop"},
        {"postgres://app:%zz%4@db/shop", "app %zz%4 db - shop"},
        {"postgres://app:a+b&c=d;[e]^|\\\"'@db/shop", "app a+b&c=d;[e]^|\\\"' db - shop"},
        {"postgres://app:p/w@db/shop?sslmode=require", "app p/w db - shop sslmode=require"},
        {"postgres://app:pw@db/shop?application_name=a@b", "app pw db - shop application_name=a@b"},
        {"postgres://db/shop?application_name=a@b", "- - db - shop application_name=a@b"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(reading(*state, cases[i][0]), cases[i][1]);
}

static void dsn_parse_keyword_string_gives_keywords(void **state)
{
    static const char *const cases[][2] = {
        {"host=db user=app password=pw dbname=shop port=5432", "app pw db 5432 shop"},
        {"host = db user= app", "app - db - -"},
        {"host=db password='a b\\'c' user=app", "app a b'c db - -"},
        {"host=db password=a\\ b user=app", "app a b db - -"},
        {"host='' user=app", "app - - - -"},
        {"host=/run user=app sslmode=no-verify", "app - /run - - sslmode=require"},
        {"password=x@y:z/?# host=db", "- x@y:z/?# db - -"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(reading(*state, cases[i][0]), cases[i][1]);
}

static void dsn_parse_foreign_parameter_is_mapped(void **state)
{
    static const char *const cases[][2] = {
        {"postgres://db/s?ssl=true", "- - db - s sslmode=require"},
        {"postgres://db/s?ssl=false", "- - db - s sslmode=disable"},
        {"postgres://db/s?sslmode=verify-full&ssl=true", "- - db - s sslmode=verify-full"},
        {"postgres://db/s?ssl=0&sslmode=require", "- - db - s sslmode=require"},
        {"postgres://db/s?sslmode=no-verify", "- - db - s sslmode=require"},
        {"postgres://db/s?sslaccept=strict", "- - db - s sslmode=verify-full"},
        {"postgres://db/s?sslaccept=accept_invalid_certs", "- - db - s"},
        {"postgres://db/s?sslcert=/ca&sslaccept=strict",
         "- - db - s sslrootcert=/ca sslmode=verify-full"},
        {"postgres://db/s?sslcert=/c&sslkey=/k", "- - db - s sslcert=/c sslkey=/k"},
        {"postgres://db/s?ApplicationName=x", "- - db - s application_name=x"},
        {"postgres://db/s?options=-c%20a%3Db", "- - db - s options=-c a=b"},
        {"postgres://db/s?connection_limit=5&pgbouncer=true&connect_timeout=3",
         "- - db - s connect_timeout=3"},
        {"postgres://db/s?idle_session_timeout=5s&foo=bar&", "- - db - s"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(reading(*state, cases[i][0]), cases[i][1]);
}

static void dsn_parse_schema_gives_search_path(void **state)
{
    static const char *const cases[][2] = {
        {"postgres://db/s?schema=app", "\"app\""},
        {"postgres://db/s?schema=My%22App", "\"My\"\"App\""},
        {"postgres://db/s?search_path=app,public", "app,public"},
        {"postgres://db/s?currentSchema=app", "app"},
        {"postgres://db/s?options[search_path]=app", "app"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(must_parse(*state, cases[i][0]).search_path, cases[i][1]);
    assert_null(must_parse(*state, "postgres://db/s").search_path);
    assert_string_equal(must_parse(*state, "postgres://db?x-migrations-table=m").table, "m");
    assert_true(must_parse(*state, "postgres://db/s?pgbouncer=true").is_pooled);
    assert_false(must_parse(*state, "postgres://db/s?pgbouncer=false").is_pooled);
}

/* As golang-migrate's postgres driver reads them. */
static void dsn_parse_migrations_table(void **state)
{
    static const struct {
        const char *url, *schema, *table;
    } cases[] = {
        {"postgres://db/s?x-migrations-table=my.mig", NULL, "my.mig"},
        {"postgres://db/s?x-migrations-table=%22a%22.%22b.c%22&x-migrations-table-quoted=1", "a",
         "b.c"},
        {"postgres://db/s?x-migrations-table-quoted=true&x-migrations-table=%22Only%22", NULL,
         "Only"},
        {"postgres://db/s?x-migrations-table=%22q%22&x-migrations-table-quoted=false", NULL,
         "\"q\""},
        {"postgres://db/s?x-migrations-table-quoted=true", NULL, NULL},
    };
    static const char *const wrong[] = {"a.b", "%22a%22.b", "%22a%22.%22b%22.%22c%22", "%22%22",
                                        "%22a"};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct dsn dsn = must_parse(*state, cases[i].url);

        if (!cases[i].table)
            assert_null(dsn.table);
        else
            assert_string_equal(dsn.table, cases[i].table);
        if (!cases[i].schema)
            assert_null(dsn.table_schema);
        else
            assert_string_equal(dsn.table_schema, cases[i].schema);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const char *url = arena_printf(
            *state, "postgres://db/s?x-migrations-table=%s&x-migrations-table-quoted=t", wrong[i]);
        struct dsn dsn;
        struct error err = {0};

        assert_false(dsn_parse(slice_from(url), *state, &dsn, &err));
        assert_int_equal(err.code, ERR_CONFIG);
    }
    assert_true(must_parse(*state, "postgres://d?x-multi-statement=true").splits_statements);
    assert_false(must_parse(*state, "postgres://d?x-multi-statement=yes").splits_statements);
}

static void dsn_parse_settings_of_the_session(void **state)
{
    struct dsn dsn = must_parse(*state, "postgres://db/s?statement_timeout=5s&TimeZone=UTC"
                                        "&x-statement-timeout=9&options[lock_timeout]=1s");

    assert_int_equal(dsn.setting_count, 3);
    assert_string_equal(dsn.settings[0].keyword, "statement_timeout");
    assert_string_equal(dsn.settings[0].value, "9");
    assert_string_equal(dsn.settings[1].keyword, "timezone");
    assert_string_equal(dsn.settings[2].keyword, "lock_timeout");
    assert_false(dsn.has_unknown);
}

static void dsn_parse_other_parameter_is_set_aside(void **state)
{
    struct dsn dsn = must_parse(*state, "postgres://db/s?connection_limit=5&pool_timeout=2");

    assert_int_equal(dsn.ignored_count, 2);
    assert_string_equal(dsn.ignored[1], "pool_timeout");
    assert_false(dsn.has_unknown);
    dsn = must_parse(*state, "postgres://db/s?foo=1");
    assert_true(dsn.has_unknown);
    assert_string_equal(dsn.ignored[0], "foo");
    dsn = must_parse(*state, "postgres://d?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1");
    assert_int_equal(dsn.ignored_count, DSN_IGNORED_MAX);
}

#define CANARY "canary"

/* What follows an unencoded '&' in a password may look like a parameter's name. */
static void dsn_parse_name_behind_password_is_not_told(void **state)
{
    struct dsn dsn = must_parse(*state, "postgres://db/s?user=u&password=a&" CANARY "=b");

    assert_true(dsn.has_unknown);
    assert_int_equal(dsn.ignored_count, 0);
}

static bool tells_canary(const struct error *err)
{
    return strstr(err->what, CANARY) || strstr(err->where, CANARY) || strstr(err->hint, CANARY) ||
           strstr(err->detail, CANARY) || strstr(err->excerpt.line, CANARY);
}

static void dsn_parse_bad_text_is_refused_without_password(void **state)
{
    static const char *const cases[] = {
        "",
        "  ",
        "\"\"",
        CANARY,
        "user:" CANARY "@db/shop",
        "//user:" CANARY "@db/shop",
        "postgres:user:" CANARY "@db/shop",
        "postgres:/user:" CANARY "@db/shop",
        "postgres//user:" CANARY "@db/shop",
        "mysql://user:" CANARY "@db/shop",
        "prisma://accelerate.prisma-data.net/?api_key=" CANARY,
        "prisma+postgres://localhost/?api_key=" CANARY,
        "postgres://user:" CANARY "@db:port/shop",
        "postgres://user:" CANARY "@db:0/shop",
        "postgres://user:" CANARY "@db:65536/shop",
        "postgres://user:" CANARY "@db:99999999999999999999/shop",
        "postgres://user:" CANARY "/shop",
        "postgres://user:" CANARY,
        "postgres://user:pw " CANARY "/shop",
        "postgres://user:pw@" CANARY " x/shop",
        "postgres://user:" CANARY "@db/shop/more",
        "postgres://user:" CANARY "@db/shop#x",
        "postgres://user:" CANARY "@db/a@b",
        "postgres://user:x@y/" CANARY "@db",
        "postgres://user:5?x=" CANARY "@db/shop",
        "postgres://user:5@a?" CANARY "=c@host/db",
        "postgres://user:a/b@c/d?x=" CANARY "@e/f@g/h",
        "postgres://user:" CANARY "@db/shop/more?application_name=x@y",
        "postgres://db:5432/" CANARY "/more?application_name=x@y",
        "postgres://db/" CANARY "@x/y",
        "postgres://us%er:" CANARY "@db/shop",
        "postgres://user:" CANARY "%00@db/shop",
        "postgres://user:" CANARY "%0a@db/shop",
        "postgres://user:" CANARY "@d%zzb/shop",
        "postgres://user:" CANARY "@db/sh%op",
        "postgres://user:" CANARY "@db/shop?sslmode",
        "postgres://user:" CANARY "@db/shop?sslmode=" CANARY,
        "postgres://user:" CANARY "@db/shop?ssl=" CANARY,
        "postgres://user:" CANARY "@db/shop?port=" CANARY,
        "postgres://user:" CANARY "@db/shop?host=" CANARY " b",
        "postgres://user:" CANARY "@db/shop?sslidentity=" CANARY,
        "postgres://db/shop?password=a&" CANARY,
        "postgres://db/shop?application_name=%z" CANARY,
        "postgres://user:" CANARY "@[::1/shop",
        "postgres://user:" CANARY "@[db]/shop",
        "postgres://user:" CANARY "@::1/shop",
        "postgres://user:" CANARY "@h1,,h2/shop",
        "postgres://user:" CANARY "@db\n/shop",
        "postgres://user:" CANARY "\t@db/shop",
        "postgres://user:" CANARY "\x1b[0m@db/shop",
        "host=db password=two " CANARY,
        "host=db password=two " CANARY "=x",
        "host=db password='" CANARY,
        "password=" CANARY " port=x",
        "passwrd=" CANARY " host=db",
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = {0};
        struct dsn dsn = {0};

        if (dsn_parse(slice_from(cases[i]), *state, &dsn, &err))
            fail_msg("accepted: %s", cases[i]);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_true(err.what[0] != '\0');
        if (tells_canary(&err))
            fail_msg("told: %s", err.what);
        assert_int_equal(dsn.param_count, 0);
    }
}

static void dsn_parse_nul_byte_is_refused(void **state)
{
    struct error err = {0};
    struct dsn dsn;

    assert_false(dsn_parse(SLICE("postgres://u:p\0w@db/shop"), *state, &dsn, &err));
    assert_non_null(strstr(err.what, "control character"));
}

static void dsn_parse_foreign_scheme_is_named(void **state)
{
    struct error err = {0};
    struct dsn dsn;

    assert_false(dsn_parse(SLICE("mysql://u:p@db/shop"), *state, &dsn, &err));
    assert_non_null(strstr(err.what, "mysql://"));
    assert_false(dsn_parse(SLICE("prisma+postgres://x/?api_key=1"), *state, &dsn, &err));
    assert_non_null(strstr(err.hint, "DIRECT_URL"));
}

static void dsn_parse_long_text_is_refused(void **state)
{
    struct buf text = buf_in(*state);
    struct error err = {0};
    struct dsn dsn;

    buf_add_text(&text, "postgres://u:p/");
    while (text.len <= DSN_TEXT_MAX)
        buf_add_text(&text, "@a?");
    assert_false(dsn_parse(buf_slice(&text), *state, &dsn, &err));
    assert_non_null(strstr(err.what, "longer"));
}

static void dsn_display_never_shows_password(void **state)
{
    static const char *const cases[][2] = {
        {"postgres://app:" CANARY "@db:5432/shop", "postgresql://app@db:5432/shop"},
        {"postgres://app:" CANARY "@db/shop?sslmode=require&sslpassword=" CANARY,
         "postgresql://app@db/shop"},
        {"postgres://db", "postgresql://db"},
        {"postgres://", "postgresql://"},
        {"postgres://app:" CANARY "@h1:5432,h2:5433/shop", "postgresql://app@h1:5432,h2:5433/shop"},
        {"postgres://app@h1,h2/shop?port=6000", "postgresql://app@h1:6000,h2:6000/shop"},
        {"postgres://app:" CANARY "@[::1]:5433/shop", "postgresql://app@[::1]:5433/shop"},
        {"postgres://app:" CANARY "@%2Frun/shop", "postgresql://app@/shop?host=/run"},
        {"postgres://a%40b@db/my%20shop", "postgresql://a%40b@db/my%20shop"},
        {"hostaddr=10.0.0.1 user=app password=" CANARY, "postgresql://app@10.0.0.1"},
        {"postgres://app:" CANARY "@:6543/shop", "postgresql://app@:6543/shop"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct dsn dsn = must_parse(*state, cases[i][0]);

        assert_string_equal(dsn_display(&dsn, *state), cases[i][1]);
    }
}

static void dsn_is_unix_socket_folder_is_true(void **state)
{
    struct dsn dsn = must_parse(*state, "postgres:///s?host=/run");

    assert_true(dsn_is_unix_socket(&dsn));
    dsn = must_parse(*state, "postgres://db/s");
    assert_false(dsn_is_unix_socket(&dsn));
    dsn = must_parse(*state, "postgres:///s");
    assert_false(dsn_is_unix_socket(&dsn));
}

/* libpq's own list, in case a keyword is passed that it does not have room for. */
static void dsn_set_every_keyword_fits(void **state)
{
    struct buf text = buf_in(*state);
    static const char *const keywords[] = {"host",
                                           "port",
                                           "user",
                                           "dbname",
                                           "hostaddr",
                                           "service",
                                           "servicefile",
                                           "passfile",
                                           "connect_timeout",
                                           "client_encoding",
                                           "options",
                                           "application_name",
                                           "fallback_application_name",
                                           "keepalives",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "keepalives_count",
                                           "tcp_user_timeout",
                                           "replication",
                                           "gssencmode",
                                           "gssdelegation",
                                           "gsslib",
                                           "krbsrvname",
                                           "sslcompression",
                                           "sslcert",
                                           "sslcertmode",
                                           "sslkey",
                                           "sslpassword",
                                           "sslrootcert",
                                           "sslcrl",
                                           "sslcrldir",
                                           "sslsni",
                                           "sslnegotiation",
                                           "requirepeer",
                                           "require_auth",
                                           "channel_binding",
                                           "ssl_min_protocol_version",
                                           "ssl_max_protocol_version",
                                           "min_protocol_version",
                                           "max_protocol_version",
                                           "target_session_attrs",
                                           "load_balance_hosts"};
    struct dsn dsn;

    for (size_t i = 0; i < COUNT_OF(keywords); i++)
        buf_printf(&text, "%s=1 ", keywords[i]);
    buf_add_text(&text, "sslmode=require");
    dsn = must_parse(*state, buf_text(&text));
    assert_int_equal(dsn.param_count, COUNT_OF(keywords) + 1);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void dsn_parse_mutated_text_never_breaks(void **state)
{
    static const char *const origins[] = {
        "postgresql://app:" CANARY "@[::1]:5432,h2:5433/shop?sslmode=require&schema=a%20b",
        "host=db user=app password='" CANARY "' sslmode=require dbname=shop port=5432",
        "jdbc:postgresql+x://app:" CANARY "@db/shop?user=a&password=b&connection_limit=1",
    };
    static const char bytes[] = "@:/?#%&=[],'\\ +0aZ\0\n\xC3";
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 30000; round++) {
        const char *origin = origins[round % (int)COUNT_OF(origins)];
        struct arena *arena = arena_new();
        struct error err = {0};
        struct dsn dsn = {0};
        size_t len = strlen(origin);
        char *text = malloc(len);

        memcpy(text, origin, len);
        /* The canary stays whole, so that telling it can be seen. */
        for (uint32_t i = next_random(&seed) % 6; i > 0; i--) {
            size_t at = next_random(&seed) % len;

            if (origin + at < strstr(origin, CANARY) ||
                origin + at >= strstr(origin, CANARY) + strlen(CANARY))
                text[at] = bytes[next_random(&seed) % (sizeof bytes - 1)];
        }
        len -= next_random(&seed) % 8;
        if (!dsn_parse((struct slice){text, len}, arena, &dsn, &err))
            assert_false(tells_canary(&err));
        else
            assert_true(strlen(dsn_display(&dsn, arena)) >= strlen("postgresql://"));
        free(text);
        arena_free(arena);
    }
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(dsn_parse_url_gives_keywords),
        CASE(dsn_parse_raw_password_is_understood),
        CASE(dsn_parse_keyword_string_gives_keywords),
        CASE(dsn_parse_foreign_parameter_is_mapped),
        CASE(dsn_parse_schema_gives_search_path),
        CASE(dsn_parse_other_parameter_is_set_aside),
        CASE(dsn_parse_migrations_table),
        CASE(dsn_parse_settings_of_the_session),
        CASE(dsn_parse_name_behind_password_is_not_told),
        CASE(dsn_parse_bad_text_is_refused_without_password),
        CASE(dsn_parse_nul_byte_is_refused),
        CASE(dsn_parse_foreign_scheme_is_named),
        CASE(dsn_parse_long_text_is_refused),
        CASE(dsn_display_never_shows_password),
        CASE(dsn_is_unix_socket_folder_is_true),
        CASE(dsn_set_every_keyword_fits),
        CASE(dsn_parse_mutated_text_never_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
