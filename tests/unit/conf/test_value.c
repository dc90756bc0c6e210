#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/secret.h"
#include "conf/config.h"
#include "conf/mask.h"
#include "conf/value.h"

/* Large and aligned enough for a value of any row. */
union place {
    const char *text;
    struct secret secret;
    bool truth;
    int64_t number;
    int choice;
    struct text_list list;
    struct remap remap;
};

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

static const struct option *row(const char *section, const char *key)
{
    const struct option *option = option_find(slice_from(section), slice_from(key));

    assert_non_null(option);
    return option;
}

static void value_store_good_text_writes_back(void **state)
{
    static const char *const cases[][4] = {
        {"migrate", "auto", "true", "true"},
        {"migrate", "auto", "YES", "true"},
        {"migrate", "auto", "0", "false"},
        {"migrate", "auto", "off", "false"},
        {"migrate", "auto", "Verify", "verify"},
        {"migrate", "auto", "wait", "wait"},
        {"migrate", "fail_on_error", "on", "true"},
        {"migrate", "fail_on_error", "No", "false"},
        {"migrate", "lock_timeout", "90", "90s"},
        {"migrate", "lock_timeout", "1500ms", "1500ms"},
        {"migrate", "lock_timeout", "0", "0s"},
        {"database", "port", "1", "1"},
        {"database", "port", "65535", "65535"},
        {"database", "port", "05432", "5432"},
        {"database", "host", "db", "db"},
        {"database", "extensions", "a, b  c?", "a b c?"},
        {"database", "password", "s3cret", "****"},
        {"app", "mode", "exec", "exec"},
        {"app", "signals", "SIGTERM:3, hup:0", "HUP:0 TERM:QUIT"},
        {"app", "stop_signal", "sigquit", "QUIT"},
        {"app", "exit_codes", "143,130:0", "130:0 143:0"},
        {"log", "level", "DEBUG", "debug"},
        {"log", "format", "json", "json"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct option *option = row(cases[i][0], cases[i][1]);
        union place place = {0};
        struct error err = {0};

        if (!value_store(option, slice_from(cases[i][2]), *state, &place, &err))
            fail_msg("%s: %s", cases[i][2], err.what);
        assert_string_equal(value_write(option, &place, *state), cases[i][3]);
    }
}

static void value_store_bad_text_tells_what_is_allowed(void **state)
{
    static const char *const cases[][4] = {
        {"migrate", "auto", "maybe", "true, false, verify, wait"},
        {"migrate", "auto", "2", "\"2\""},
        {"migrate", "fail_on_error", "truee", "yes/no"},
        {"migrate", "fail_on_error", "", "yes/no"},
        {"migrate", "lock_timeout", "5 m", "30s"},
        {"migrate", "lock_timeout", "-1", "30s"},
        {"database", "port", "0", "1 to 65535"},
        {"database", "port", "65536", "1 to 65535"},
        {"database", "port", "99999999999999999999999", "1 to 65535"},
        {"database", "port", "", "1 to 65535"},
        {"database", "port", "54x", "\"54x\""},
        {"log", "format", "yes", "text, json"},
        {"app", "mode", "true", "auto, supervise, exec"},
        {"app", "signals", "HUP:0 TERM:FOO", "\"TERM:FOO\""},
        {"app", "stop_signal", "KILL", "not KILL"},
        {"app", "exit_codes", "143:0 999:0", "\"999:0\""},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        union place place = {0};
        struct error err = {0};

        assert_false(value_store(row(cases[i][0], cases[i][1]), slice_from(cases[i][2]), *state,
                                 &place, &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.what, cases[i][3]));
        assert_non_null(strstr(err.what, cases[i][1]));
    }
}

static void value_store_url_in_wrong_place_is_not_told(void **state)
{
    union place place = {0};
    struct error err = {0};

    assert_false(
        value_store(row("database", "port"), SLICE("postgres://u:canary@h"), *state, &place, &err));
    assert_null(strstr(err.what, "canary"));
}

static void value_write_unset_is_empty(void **state)
{
    union place place = {0};

    assert_string_equal(value_write(row("database", "host"), &place, *state), "");
    assert_string_equal(value_write(row("database", "url"), &place, *state), "");
    assert_string_equal(value_write(row("database", "port"), &place, *state), "");
    assert_string_equal(value_write(row("wait", "targets"), &place, *state), "");
    assert_string_equal(value_write(row("app", "signals"), &place, *state), "");
    assert_string_equal(value_write(row("app", "stop_signal"), &place, *state), "");
    assert_string_equal(value_write(row("app", "exit_codes"), &place, *state), "");
}

static void mask_passwords_hides_them(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"npm run migrate", "npm run migrate"},
        {"tcp://cache:6379", "tcp://cache:6379"},
        {"psql postgres://app:canary@db/shop -f x", "psql postgres://app:****@db/shop -f x"},
        {"psql postgres://app:can@ary@db/shop", "psql postgres://app:****@db/shop"},
        {"psql 'postgres://app:canary@db' \"http://a:canary@b\"",
         "psql 'postgres://app:****@db' \"http://a:****@b\""},
        {"psql postgres://app@db:5432/shop", "psql postgres://app@db:5432/shop"},
        {"PGPASSWORD=canary psql", "PGPASSWORD=**** psql"},
        {"psql 'host=db password=canary user=a'", "psql 'host=db password=**** user=a'"},
        {"PGPASSWORD='can ary' psql", "PGPASSWORD=**** psql"},
        {"PGPASSWORD='canary", "PGPASSWORD=****"},
        {"x://", "x://"},
        {"password=", "password="},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(mask_passwords(cases[i][0], *state), cases[i][1]);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(value_store_good_text_writes_back),
        CASE(value_store_bad_text_tells_what_is_allowed),
        CASE(value_store_url_in_wrong_place_is_not_told),
        CASE(value_write_unset_is_empty),
        CASE(mask_passwords_hides_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
