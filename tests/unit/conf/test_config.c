#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/variables.h"
#include "conf/config.h"

#define CANARY "canary"

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

/* Files by name: what sys/fs would read. */
static bool read_file(const char *path, struct arena *arena, struct slice *bytes, struct error *err)
{
    static const struct {
        const char *path;
        struct slice bytes;
    } files[] = {
        {"/run/url", {"postgres://app:" CANARY "@db/shop\n", 30}},
        {"/run/crlf", {CANARY "\r\n\n", 9}},
        {"/run/blanks", {"  " CANARY " \n", 10}},
        {"/run/empty", {"", 0}},
        {"/run/line-end", {"\r\n", 2}},
        {"/run/nul",
         {CANARY "\0"
                 "x",
          8}},
    };
    char *large;

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        if (strcmp(path, files[i].path) == 0) {
            *bytes = files[i].bytes;
            return true;
        }
    }
    if (strcmp(path, "/run/large") != 0)
        return error_set(err, ERR_CONFIG, "cannot open %s", path);
    large = arena_alloc(arena, CONFIG_FILE_MAX + 1);
    memset(large, 'x', CONFIG_FILE_MAX + 1);
    *bytes = (struct slice){large, CONFIG_FILE_MAX + 1};
    return true;
}

enum { INPUTS_MAX = 8 };

/* One call of config_build(): what a container would bring. */
struct inputs {
    const char *ini; /* NULL: no file */
    const char *environment[INPUTS_MAX];
    struct flag_value flags[INPUTS_MAX];
};

static bool build(struct arena *arena, const struct inputs *inputs, struct config *config,
                  struct error *err)
{
    struct config_sources sources = {
        .ini_file = inputs->ini ? "m.ini" : NULL,
        .ini_text = slice_from(inputs->ini),
        .environment = inputs->environment,
        .flags = inputs->flags,
        .read_file = read_file,
    };

    while (inputs->flags[sources.flag_count].name)
        sources.flag_count++;
    return config_build(&sources, arena, config, err);
}

static struct config must_build(struct arena *arena, const struct inputs *inputs)
{
    struct error err = {0};
    struct config config = {0};

    if (!build(arena, inputs, &config, &err))
        fail_msg("refused: %s: %s", err.where, err.what);
    return config;
}

static const struct option *row(const char *section, const char *key)
{
    return option_find(slice_from(section), slice_from(key));
}

/* "value (origin)" of one setting, in the first step where it is one of a step. */
static const char *told(struct arena *arena, const struct config *config, const char *section,
                        const char *key)
{
    const struct option *option = row(section, key);
    const struct step *step = config->step_count ? &config->steps[0] : NULL;
    struct origin origin = config_origin(config, step, option);

    return arena_printf(arena, "%s (%s)", config_value_text(config, step, option, arena),
                        origin.name ? origin.name : "default");
}

static void config_build_nothing_gives_defaults(void **state)
{
    const struct inputs inputs = {0};
    struct config config = must_build(*state, &inputs);

    assert_int_equal(config.auto_migrate, AUTO_MIGRATE_TRUE);
    assert_false(config.fail_on_error);
    assert_int_equal(config.lock_timeout_ms, 300000);
    assert_false(config.steps[0].is_strict);
    assert_int_equal(config.steps[0].ahead, AHEAD_START);
    assert_true(config.wait.enabled);
    assert_int_equal(config.wait.timeout_ms, 60000);
    assert_int_equal(config.wait.attempt_timeout_ms, 5000);
    assert_int_equal(config.wait.auth_grace_ms, 15000);
    assert_int_equal(config.app.mode, APP_AUTO);
    assert_int_equal(config.app.stop_timeout_ms, 0);
    assert_int_equal(config.log.level, 2);
    assert_string_equal(config.database.maintenance, "postgres");
    assert_null(config.database.host);
    assert_false(secret_is_set(config.database.url));
    assert_int_equal(config.step_count, 1);
    assert_string_equal(config.steps[0].name, "");
    assert_null(config.steps[0].dir);
    assert_null(config.environment[0]);
}

static void config_build_each_layer_wins_over_those_below(void **state)
{
    static const struct {
        struct inputs inputs;
        const char *section, *key, *told;
    } cases[] = {
        {{.ini = "[wait]\ntimeout = 1s\n"}, "wait", "timeout", "1s (m.ini:2)"},
        {{.ini = "[wait]\ntimeout = 1s\n", .environment = {"MIGRINIT_WAIT_TIMEOUT=2s"}},
         "wait",
         "timeout",
         "2s (MIGRINIT_WAIT_TIMEOUT)"},
        {{.ini = "[wait]\ntimeout = 1s\n",
          .environment = {"MIGRINIT_WAIT_TIMEOUT=2s"},
          .flags = {{"wait-timeout", "3s"}}},
         "wait",
         "timeout",
         "3s (--wait-timeout)"},
        {{.flags = {{"wait-timeout", "3s"}, {"wait-timeout", "4s"}}},
         "wait",
         "timeout",
         "4s (--wait-timeout)"},
        {{.environment = {"AUTO_MIGRATE=verify"}}, "migrate", "auto", "verify (AUTO_MIGRATE)"},
        {{.environment = {"AUTO_MIGRATE=verify", "MIGRINIT_MIGRATE_AUTO=no"}},
         "migrate",
         "auto",
         "false (MIGRINIT_MIGRATE_AUTO)"},
        {{.environment = {"DIRECT_URL=a", "MIGRATE_DATABASE_URL=b"}},
         "database",
         "migrate_url",
         "**** (MIGRATE_DATABASE_URL)"},
        {{.flags = {{"log-timestamps", NULL}}}, "log", "timestamps", "true (--log-timestamps)"},
        {{.flags = {{"migrate-dir", "x"}}}, "migrate", "dir", "x (--migrate-dir)"},
        {{.environment = {"MIGRINIT_MIGRATE_DIR=x"}}, "migrate", "dir", "x (MIGRINIT_MIGRATE_DIR)"},
        {{.environment = {"DATABASE_URL=postgres://u:" CANARY "@db/s"}},
         "database",
         "url",
         "**** (DATABASE_URL)"},
        {{.environment = {"DATABASE_URL_FILE=/run/url"}},
         "database",
         "url",
         "**** (DATABASE_URL_FILE)"},
        {{.ini = "[database]\npassword_file = /run/crlf\n"},
         "database",
         "password",
         "**** (m.ini:2)"},
        {{.environment = {"POSTGRES_USER_FILE=/run/blanks"}},
         "database",
         "user",
         CANARY " (POSTGRES_USER_FILE)"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config = must_build(*state, &cases[i].inputs);

        assert_string_equal(told(*state, &config, cases[i].section, cases[i].key), cases[i].told);
    }
}

static void config_build_empty_value_is_unset(void **state)
{
    const struct inputs inputs = {
        .ini = "[database]\nhost =\n[wait]\ntimeout = \"\"\n",
        .environment = {"DB_HOST=", "AUTO_MIGRATE=", "DB_PORT= ", "POSTGRES_PASSWORD=",
                        "POSTGRES_PASSWORD_FILE=/run/crlf",
                        "MIGRINIT_DATABASE_URL=", "DATABASE_URL=x"},
    };
    struct config config = must_build(*state, &inputs);

    assert_null(config.database.host);
    assert_int_equal(config.database.port, 0);
    assert_int_equal(config.auto_migrate, AUTO_MIGRATE_TRUE);
    assert_int_equal(config.wait.timeout_ms, 60000);
    assert_true(slice_equal_text(config.database.password.hidden, CANARY));
    assert_true(slice_equal_text(config.database.url.hidden, "x"));
}

static void config_build_env_file_leftovers_are_dropped(void **state)
{
    const struct inputs inputs = {
        .environment = {"AUTO_MIGRATE=\"false\"\r", "DB_PORT='5433'", "DB_HOST=db\r",
                        "POSTGRES_PASSWORD= \"s\" "},
    };
    struct config config = must_build(*state, &inputs);

    assert_int_equal(config.auto_migrate, AUTO_MIGRATE_FALSE);
    assert_int_equal(config.database.port, 5433);
    assert_string_equal(config.database.host, "db");
    assert_true(slice_equal_text(config.database.password.hidden, " \"s\" "));
}

static void config_build_service_link_is_no_setting(void **state)
{
    const struct inputs inputs = {
        .environment = {"DB_PORT=tcp://10.0.0.1:5432", "MIGRINIT_APP_SERVICE_HOST=10.0.0.2",
                        "MIGRINIT_DATABASE_PORT=tcp://10.0.0.1:5432"},
    };

    assert_int_equal(must_build(*state, &inputs).database.port, 0);
}

static void config_build_secret_is_taken_exactly(void **state)
{
    struct buf ini = buf_in(*state), expected = buf_in(*state);
    struct inputs inputs = {0};
    struct config config;

    buf_add_text(&expected, "postgres://app:pass ;word #1@db/shop?application_name=");
    while (expected.len < 1000)
        buf_add_char(&expected, (char)('a' + expected.len % 26));
    buf_printf(&ini, "[database]\nurl = \"%s\"\n", buf_text(&expected));
    inputs.ini = buf_text(&ini);
    config = must_build(*state, &inputs);
    assert_true(slice_equal(config.database.url.hidden, buf_slice(&expected)));
}

static void config_build_steps_follow_the_file(void **state)
{
    static const struct {
        struct inputs inputs;
        const char *steps; /* "name:dir name:dir" */
    } cases[] = {
        {{.ini = "[migrate]\n"}, ":-"},
        {{.ini = "[migrate:a]\ndir = x\n[migrate:b]\ndir = y\n"}, "a:x b:y"},
        {{.ini = "[migrate]\nauto = verify\n[migrate:a]\ndir = x\n"}, "a:x"},
        {{.ini = "[migrate:a]\ndir = x\n[migrate]\ndir = y\n[migrate:b]\n"}, "a:x :y b:-"},
        {{.ini = "[migrate:a]\ndir = x\n", .flags = {{"migrate-dir", "y"}}}, ":y a:x"},
        {{.ini = "[migrate:a]\n", .environment = {"MIGRINIT_MIGRATE_COMMAND=y"}}, ":- a:-"},
        {{.ini = "[migrate:a]\ndir = x\n", .environment = {"AUTO_MIGRATE=no"}}, "a:x"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config config = must_build(*state, &cases[i].inputs);
        struct buf out = buf_in(*state);

        for (size_t j = 0; j < config.step_count; j++)
            buf_printf(&out, "%s%s:%s", j ? " " : "", config.steps[j].name,
                       config.steps[j].dir ? config.steps[j].dir : "-");
        assert_string_equal(buf_text(&out), cases[i].steps);
    }
}

static void config_build_named_step_has_its_own_values(void **state)
{
    const struct inputs inputs = {
        .ini = "[migrate:seed]\ncommand = npm run seed\nurl_file = /run/url\ntimeout = 5\n",
        .environment = {"MIGRINIT_MIGRATE_TIMEOUT=9"},
    };
    struct config config = must_build(*state, &inputs);
    const struct step *seed = &config.steps[1];

    assert_int_equal(config.step_count, 2);
    assert_int_equal(config.steps[0].timeout_ms, 9000);
    assert_string_equal(seed->command, "npm run seed");
    assert_int_equal(seed->timeout_ms, 5000);
    assert_true(slice_equal_text(seed->url.hidden, "postgres://app:" CANARY "@db/shop"));
    assert_string_equal(config_origin(&config, seed, row("migrate", "timeout")).name, "m.ini:4");
}

static void config_build_keeps_libpq_variables(void **state)
{
    const struct inputs inputs = {.environment = {"HOME=/", "PGHOST=db", "PG=1", "PGUSER=app"}};
    struct config config = must_build(*state, &inputs);

    assert_string_equal(variables_get(config.environment, SLICE("PGHOST")), "db");
    assert_string_equal(variables_get(config.environment, SLICE("PGUSER")), "app");
    assert_null(variables_get(config.environment, SLICE("HOME")));
    assert_null(variables_get(config.environment, SLICE("PGHOS")));
}

static void config_build_bad_input_is_refused(void **state)
{
    static const struct {
        struct inputs inputs;
        enum error_code code;
        const char *where, *what;
    } cases[] = {
        {{.ini = "[wiat]\n"}, ERR_CONFIG, "m.ini:1", "did you mean [wait]"},
        {{.ini = "\n[elsewhere]\n"}, ERR_CONFIG, "m.ini:2", "unknown section"},
        {{.ini = "[wait]\ntimout = 1\n"}, ERR_CONFIG, "m.ini:2", "did you mean timeout"},
        {{.ini = "[wait]\nxyz = 1\n"}, ERR_CONFIG, "m.ini:2", "unknown key xyz in [wait]"},
        {{.ini = "timeout = 1\n"}, ERR_CONFIG, "m.ini:1", "before the first [section]"},
        {{.ini = "[database]\nhost_file = /run/url\n"}, ERR_CONFIG, "m.ini:2", "unknown key"},
        {{.ini = "[wait]\ntimeout = 1\n\ntimeout = 2\n"}, ERR_CONFIG, "m.ini:4", "at m.ini:2"},
        {{.ini = "[wait]\ntimeout = 1\n[wait]\ntimeout = 2\n"}, ERR_CONFIG, "m.ini:4", "m.ini:2"},
        {{.ini = "[database]\nurl = x\nurl_file = /run/url\n"}, ERR_CONFIG, "m.ini:3", "m.ini:2"},
        {{.ini = "[migrate:a]\n[migrate:a]\n"}, ERR_CONFIG, "m.ini:2", "stands twice"},
        {{.ini = "[migrate:]\n"}, ERR_CONFIG, "m.ini:1", "no name"},
        {{.ini = "[migrate:a]\nauto = no\n"}, ERR_CONFIG, "m.ini:2", "belongs in [migrate]"},
        {{.ini = "[migrate:a]\ndirr = x\n"}, ERR_CONFIG, "m.ini:2", "did you mean dir"},
        {{.ini = "[wait]\ntimeout = soon\n"}, ERR_CONFIG, "m.ini:2", "\"soon\""},
        {{.environment = {"AUTO_MIGRATE=maybe"}}, ERR_CONFIG, "AUTO_MIGRATE", "verify"},
        {{.environment = {"MIGRINIT_WAIT_TIMOUT=1"}}, ERR_CONFIG, "", "MIGRINIT_WAIT_TIMEOUT?"},
        {{.environment = {"MIGRINIT_XYZZY="}}, ERR_CONFIG, "", "MIGRINIT_XYZZY is no setting"},
        {{.environment = {"DATABASE_URL=" CANARY, "DATABASE_URL_FILE=/run/url"}},
         ERR_CONFIG,
         "",
         "DATABASE_URL and DATABASE_URL_FILE are both set"},
        {{.environment = {"DATABASE_URL_FILE=/run/none"}},
         ERR_CONFIG,
         "DATABASE_URL_FILE",
         "cannot open"},
        {{.environment = {"DATABASE_URL_FILE=/run/empty"}},
         ERR_CONFIG,
         "DATABASE_URL_FILE: /run/empty",
         "empty"},
        {{.environment = {"DATABASE_URL_FILE=/run/line-end"}},
         ERR_CONFIG,
         "DATABASE_URL_FILE: /run/line-end",
         "empty"},
        {{.environment = {"POSTGRES_PASSWORD_FILE=/run/nul"}},
         ERR_CONFIG,
         "POSTGRES_PASSWORD_FILE: /run/nul",
         "NUL"},
        {{.environment = {"POSTGRES_PASSWORD_FILE=/run/large"}},
         ERR_CONFIG,
         "POSTGRES_PASSWORD_FILE: /run/large",
         "larger than 65536"},
        {{.environment = {"POSTGRES_PASSWORD_FILE=" CANARY}},
         ERR_CONFIG,
         "POSTGRES_PASSWORD_FILE",
         "path"},
        {{.environment = {"DATABASE_URL_FILE=postgres://a:" CANARY "@db"}},
         ERR_CONFIG,
         "DATABASE_URL_FILE",
         "path"},
        {{.environment = {"DATABASE_URL_FILE=//a:" CANARY "@db"}},
         ERR_CONFIG,
         "DATABASE_URL_FILE",
         "path"},
        {{.environment = {"DB_PORT=a:" CANARY "@db"}}, ERR_CONFIG, "DB_PORT", "65535"},
        {{.environment = {"DB_PORT=postgres://a:" CANARY "@db"}}, ERR_CONFIG, "DB_PORT", "65535"},
        {{.flags = {{"wait-timout", "1"}}}, ERR_USAGE, "", "--wait-timeout?"},
        {{.flags = {{"postgres://a:" CANARY "@db", NULL}}}, ERR_USAGE, "", "unknown option"},
        {{.flags = {{"wait-timeout", "soon"}}}, ERR_USAGE, "--wait-timeout", "30s"},
        {{.flags = {{"wait-timeout", NULL}}}, ERR_USAGE, "--wait-timeout", "needs a value"},
        {{.flags = {{"wait-timeout", ""}}}, ERR_USAGE, "--wait-timeout", "needs a value"},
        {{.flags = {{"log-timestamps", "perhaps"}}}, ERR_USAGE, "--log-timestamps", "yes/no"},
        {{.flags = {{"database-url", "postgres://a:" CANARY "@db"}}},
         ERR_USAGE,
         "--database-url",
         "ps(1)"},
        {{.flags = {{"database-password", CANARY}}}, ERR_USAGE, "--database-password", "ps(1)"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = {0};
        struct config config = {0};

        if (build(*state, &cases[i].inputs, &config, &err))
            fail_msg("case %zu is accepted (%s)", i, cases[i].what);
        assert_int_equal(err.code, cases[i].code);
        assert_string_equal(err.where, cases[i].where);
        if (!strstr(err.what, cases[i].what))
            fail_msg("\"%s\" does not tell \"%s\"", err.what, cases[i].what);
        assert_null(strstr(err.what, CANARY));
        assert_null(strstr(err.where, CANARY));
        assert_null(strstr(err.hint, CANARY));
        assert_int_equal(config.step_count, 0);
    }
}

static void config_build_refused_secret_flag_has_hint(void **state)
{
    const struct inputs inputs = {.flags = {{"database-url", "x"}}};
    struct config config;
    struct error err = {0};

    assert_false(build(*state, &inputs, &config, &err));
    assert_string_equal(
        err.hint,
        "set DATABASE_URL in the environment, or DATABASE_URL_FILE to the path of a file");
}

/* Everything that `migrinit config` prints, with a password in every place that may hold one. */
static void config_value_text_never_shows_secret(void **state)
{
    const struct inputs inputs = {
        .ini = "[migrate]\nurl = postgres://a:" CANARY "@db\ncommand = psql postgres://a:" CANARY
               "@db\n[wait]\ntargets = http://a:" CANARY "@cache/\n",
        .environment = {"DATABASE_URL=postgres://a:" CANARY "@db", "DIRECT_URL_FILE=/run/url",
                        "POSTGRES_PASSWORD=" CANARY},
    };
    struct config config = must_build(*state, &inputs);

    for (size_t i = 0; i < option_count; i++)
        assert_null(strstr(told(*state, &config, options[i].section, options[i].key), CANARY));
    assert_string_equal(told(*state, &config, "wait", "targets"), "http://a:****@cache/ (m.ini:5)");
}

static void config_value_text_without_step_is_empty(void **state)
{
    const struct inputs inputs = {0};
    struct config config = must_build(*state, &inputs);

    assert_string_equal(config_value_text(&config, NULL, row("migrate", "dir"), *state), "");
    assert_int_equal(config_origin(&config, NULL, row("migrate", "dir")).kind, ORIGIN_DEFAULT);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(config_build_nothing_gives_defaults),
        CASE(config_build_each_layer_wins_over_those_below),
        CASE(config_build_empty_value_is_unset),
        CASE(config_build_env_file_leftovers_are_dropped),
        CASE(config_build_service_link_is_no_setting),
        CASE(config_build_secret_is_taken_exactly),
        CASE(config_build_steps_follow_the_file),
        CASE(config_build_named_step_has_its_own_values),
        CASE(config_build_keeps_libpq_variables),
        CASE(config_build_bad_input_is_refused),
        CASE(config_build_refused_secret_flag_has_hint),
        CASE(config_value_text_never_shows_secret),
        CASE(config_value_text_without_step_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
