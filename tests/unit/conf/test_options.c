#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "conf/config.h"
#include "conf/options.h"

static void option_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options[i];

        assert_true(option->help && option->help[strlen(option->help) - 1] == '.');
        assert_int_equal(option->type == OPTION_CHOICE, option->choices[0] != NULL);
        assert_int_equal(option->type == OPTION_INT, option->max > 0);
        if (option->type == OPTION_SECRET)
            assert_true(option->flags & OPTION_NO_FLAG && option->flags & OPTION_HAS_FILE);
    }
}

static void option_names_are_unique_and_found(void **state)
{
    char env[OPTION_NAME_MAX], flag[OPTION_NAME_MAX];
    bool is_file;

    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options[i];

        option_env_name(option, env, sizeof env);
        option_flag_name(option, flag, sizeof flag);
        assert_ptr_equal(option_of_env(slice_from(env), &is_file), option);
        assert_false(is_file);
        assert_ptr_equal(option_of_flag(slice_from(flag)), option);
        assert_ptr_equal(option_find(slice_from(option->section), slice_from(option->key)), option);
        for (size_t j = 0; j < OPTION_ALIASES_MAX && option->aliases[j]; j++)
            assert_ptr_equal(option_of_env(slice_from(option->aliases[j]), &is_file), option);
    }
}

static void option_name_is_derived(void **state)
{
    const struct option *option = option_find(SLICE("wait"), SLICE("attempt_timeout"));
    char name[OPTION_NAME_MAX];

    (void)state;
    option_env_name(option, name, sizeof name);
    assert_string_equal(name, "MIGRINIT_WAIT_ATTEMPT_TIMEOUT");
    option_flag_name(option, name, sizeof name);
    assert_string_equal(name, "wait-attempt-timeout");
}

static void option_name_that_is_nearly_one_is_none(void **state)
{
    static const char *const flags[] = {"",
                                        "wait",
                                        "wait-",
                                        "wait-timeou",
                                        "wait_timeout",
                                        "wait-timeouts",
                                        "WAIT-TIMEOUT",
                                        "-wait-timeout"};
    static const char *const names[] = {"MIGRINIT_WAIT_TIMEOU",  "MIGRINIT_WAIT_TIMEOUTS",
                                        "MIGRINIT_WAIT-TIMEOUT", "MIGRINIT_wait_timeout",
                                        "MIGRINIT_WAIT",         "MIGRINIT_",
                                        "WAIT_TIMEOUT",          "MIGRINIT_MIGRINIT_WAIT_TIMEOUT",
                                        "DATABASE_UR",           "DATABASE_URLS",
                                        "database_url"};
    bool is_file;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        if (option_of_flag(slice_from(flags[i])))
            fail_msg("--%s", flags[i]);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (option_of_env(slice_from(names[i]), &is_file))
            fail_msg("%s", names[i]);
}

static void option_of_env_file_name_needs_row_with_file(void **state)
{
    bool is_file = false;

    (void)state;
    assert_string_equal(option_of_env(SLICE("DATABASE_URL_FILE"), &is_file)->key, "url");
    assert_true(is_file);
    assert_string_equal(option_of_env(SLICE("MIGRINIT_DATABASE_PASSWORD_FILE"), &is_file)->key,
                        "password");
    assert_true(is_file);
    assert_null(option_of_env(SLICE("DB_HOST_FILE"), &is_file));
    assert_null(option_of_env(SLICE("_FILE"), &is_file));
    assert_null(option_of_env(SLICE(""), &is_file));
}

static void option_env_is_unknown_tells_spelling_mistakes(void **state)
{
    static const struct {
        const char *name;
        bool is_unknown;
    } cases[] = {
        {"MIGRINIT_WAIT_TIMEOUT", false},
        {"MIGRINIT_WAIT_TIMOUT", true},
        {"MIGRINIT_", true},
        {"MIGRINIT_CONFIG", false},
        {"MIGRINIT_STATUS", false},
        {"MIGRINIT_CONFIG_FILE", true},
        {"MIGRINIT_DATABASE_HOST_FILE", true},
        {"HOME", false},
        {"MIGRINITX", false},
        {"MIGRINIT_SERVICE_HOST", false},
        {"MIGRINIT_APP_SERVICE_PORT_HTTP", false},
        {"MIGRINIT_APP_PORT", false},
        {"MIGRINIT_PORT_5432_TCP_ADDR", false},
        {"MIGRINIT_DATABASE_PORTS", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (option_env_is_unknown(cases[i].name) != cases[i].is_unknown)
            fail_msg("%s", cases[i].name);
}

static void option_nearest_name_is_found(void **state)
{
    char out[OPTION_NAME_MAX];

    (void)state;
    assert_string_equal(option_nearest_env("MIGRINIT_WAIT_TIMOUT", out, sizeof out),
                        "MIGRINIT_WAIT_TIMEOUT");
    assert_string_equal(option_nearest_env("MIGRINIT_AUTO_MIGRATE", out, sizeof out),
                        "AUTO_MIGRATE");
    assert_string_equal(option_nearest_env("MIGRINIT_DATABASE_URLFILE", out, sizeof out),
                        "MIGRINIT_DATABASE_URL_FILE");
    assert_string_equal(option_nearest_env("MIGRINIT_CONF", out, sizeof out), "MIGRINIT_CONFIG");
    assert_null(option_nearest_env("MIGRINIT_XYZZY", out, sizeof out));
    assert_string_equal(option_nearest_flag("migrate-dirr", out, sizeof out), "migrate-dir");
    assert_null(option_nearest_flag("q", out, sizeof out));
    assert_string_equal(option_nearest_section("wiat", out, sizeof out), "wait");
    assert_null(option_nearest_section("elsewhere", out, sizeof out));
    assert_string_equal(option_nearest_key("app", "stop-timeout", out, sizeof out), "stop_timeout");
    assert_null(option_nearest_key("app", "colour", out, sizeof out));
}

static void option_nearest_flag_is_no_secret(void **state)
{
    char out[OPTION_NAME_MAX];
    const char *nearest = option_nearest_flag("database-passwor", out, sizeof out);

    (void)state;
    assert_true(!nearest || strcmp(nearest, "database-password") != 0);
}

static void option_env_is_kept_from_app_tells_ours_from_the_app_s(void **state)
{
    static const struct {
        const char *name;
        bool is_kept;
    } cases[] = {
        {"MIGRATE_DATABASE_URL", true},
        {"DIRECT_URL", true},
        {"MIGRINIT_DATABASE_MIGRATE_URL", true},
        {"MIGRINIT_DATABASE_URL", true},
        {"MIGRINIT_DATABASE_PASSWORD", true},
        {"MIGRINIT_MIGRATE_URL", true},
        {"MIGRINIT_WAIT_TIMEOUT", true},
        {"MIGRINIT_APP_ENV_FILE", true},
        {"MIGRINIT_CONFIG", true},
        {"MIGRINIT_STATUS", true},
        {"DATABASE_URL_FILE", true},
        {"MIGRATE_DATABASE_URL_FILE", true},
        {"DIRECT_URL_FILE", true},
        {"POSTGRES_USER_FILE", true},
        {"POSTGRES_PASSWORD_FILE", true},
        {"POSTGRES_DB_FILE", true},
        {"MIGRINIT_MIGRATE_URL_FILE", true},
        {"DATABASE_URL", false},
        {"POSTGRES_USER", false},
        {"POSTGRES_PASSWORD", false},
        {"POSTGRES_DB", false},
        {"DB_HOST", false},
        {"DB_PORT", false},
        {"DB_HOST_FILE", false},
        {"PGPASSWORD", false},
        {"AUTO_MIGRATE", false},
        {"SECRET_KEY_FILE", false},
        {"MIGRINIT_APP_SERVICE_HOST", false},
        {"MIGRINIT_PORT_5432_TCP", false},
        {"PATH", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (option_env_is_kept_from_app(slice_from(cases[i].name)) != cases[i].is_kept)
            fail_msg("%s", cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(option_row_is_complete),
        cmocka_unit_test(option_names_are_unique_and_found),
        cmocka_unit_test(option_name_is_derived),
        cmocka_unit_test(option_name_that_is_nearly_one_is_none),
        cmocka_unit_test(option_of_env_file_name_needs_row_with_file),
        cmocka_unit_test(option_env_is_unknown_tells_spelling_mistakes),
        cmocka_unit_test(option_nearest_name_is_found),
        cmocka_unit_test(option_nearest_flag_is_no_secret),
        cmocka_unit_test(option_env_is_kept_from_app_tells_ours_from_the_app_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
