#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "entrypoint/cli.h"

enum { WORDS_MAX = 12 };

/* A command line as one text; gives what cli_parse() gives. */
struct line {
    char text[256];
    char *words[WORDS_MAX];
    struct arena *arena;
    struct cli cli;
    struct error err;
};

static bool parse(struct line *line, const char *text)
{
    char *rest = NULL;
    int count = 0;

    arena_free(line->arena);
    line->arena = arena_new();
    line->err = (struct error){0};
    snprintf(line->text, sizeof line->text, "migrinit %s", text);
    for (char *word = strtok_r(line->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        line->words[count++] = word;
    line->words[count] = NULL;
    return cli_parse(count, line->words, line->arena, &line->cli, &line->err);
}

static int open_line(void **state)
{
    *state = calloc(1, sizeof(struct line));
    return *state == NULL;
}

static int close_line(void **state)
{
    struct line *line = *state;

    arena_free(line->arena);
    free(line);
    return 0;
}

static void assert_command(const struct line *line, const char *first, const char *second)
{
    assert_non_null(line->cli.command);
    assert_string_equal(line->cli.command[0], first);
    if (second)
        assert_string_equal(line->cli.command[1], second);
    else
        assert_null(line->cli.command[1]);
}

static void parse_command_keeps_its_own_options(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "sh -c --help"));
    assert_int_equal(line->cli.verb, VERB_RUN);
    assert_command(line, "sh", "-c");
    assert_true(parse(line, "-- node --version"));
    assert_command(line, "node", "--version");
}

static void parse_dashes_count_once(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "-- --"));
    assert_command(line, "--", NULL);
    assert_true(parse(line, "- x"));
    assert_command(line, "-", "x");
}

static void parse_verb_behind_dashes_is_a_command(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "-- migrate"));
    assert_int_equal(line->cli.verb, VERB_RUN);
    assert_command(line, "migrate", NULL);
    assert_true(parse(line, "-- plan"));
    assert_command(line, "plan", NULL);
}

static void parse_verbs_are_known(void **state)
{
    static const struct {
        const char *text;
        enum cli_verb verb;
    } rows[] = {
        {"migrate", VERB_MIGRATE},     {"wait", VERB_WAIT},         {"status", VERB_STATUS},
        {"config", VERB_CONFIG},       {"help", VERB_HELP},         {"version", VERB_VERSION},
        {"--help", VERB_HELP},         {"-h", VERB_HELP},           {"--version", VERB_VERSION},
        {"--license", VERB_LICENSE},   {"-V", VERB_VERSION},        {"-h x y", VERB_HELP},
        {"migrate --help", VERB_HELP}, {"status -V", VERB_VERSION}, {"verify", VERB_VERIFY},
        {"health", VERB_HEALTH},
    };
    struct line *line = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(parse(line, rows[i].text));
        assert_int_equal(line->cli.verb, rows[i].verb);
        assert_null(line->cli.command);
    }
}

static void parse_health_takes_one_question(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "health"));
    assert_int_equal(line->cli.question, HEALTH_READY);
    assert_true(parse(line, "health --startup"));
    assert_int_equal(line->cli.question, HEALTH_STARTUP);
    assert_true(parse(line, "health --startup --live"));
    assert_int_equal(line->cli.question, HEALTH_LIVE);
}

static void parse_wait_takes_a_command_behind_dashes(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "wait --wait-timeout=5s -- node app.js"));
    assert_int_equal(line->cli.verb, VERB_WAIT);
    assert_command(line, "node", "app.js");
    assert_false(parse(line, "wait node"));
    assert_non_null(strstr(line->err.hint, "migrinit wait -- node"));
}

static void parse_values_stand_behind_equals_or_next(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "--wait-timeout=5s --log-level debug --config /x.ini app"));
    assert_int_equal(line->cli.flag_count, 2);
    assert_string_equal(line->cli.flags[0].name, "wait-timeout");
    assert_string_equal(line->cli.flags[0].value, "5s");
    assert_string_equal(line->cli.flags[1].name, "log-level");
    assert_string_equal(line->cli.flags[1].value, "debug");
    assert_string_equal(line->cli.config_file, "/x.ini");
    assert_command(line, "app", NULL);
}

static void parse_boolean_stands_alone(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "--migrate-fail-on-error true"));
    assert_null(line->cli.flags[0].value);
    assert_command(line, "true", NULL);
    assert_true(parse(line, "--wait-enabled=false app"));
    assert_string_equal(line->cli.flags[0].value, "false");
}

static void parse_options_may_follow_the_verb(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "status --json --log-level=warn"));
    assert_int_equal(line->cli.answer, ANSWER_JSON);
    assert_true(parse(line, "plan --try"));
    assert_int_equal(line->cli.verb, VERB_PLAN);
    assert_int_equal(line->cli.answer, ANSWER_TRY);
    assert_false(parse(line, "status --sql"));
    assert_true(parse(line, "status --json --log-level=warn"));
    assert_int_equal(line->cli.flag_count, 1);
    assert_false(parse(line, "migrate --json"));
    assert_false(parse(line, "--json status"));
}

static void parse_down_takes_a_number_and_a_step(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "down"));
    assert_int_equal(line->cli.verb, VERB_DOWN);
    assert_int_equal(line->cli.down.count, 1);
    assert_null(line->cli.down.step);
    assert_true(parse(line, "down --step=a 12 --log-level=warn"));
    assert_int_equal(line->cli.down.count, 12);
    assert_string_equal(line->cli.down.step, "a");
    assert_int_equal(line->cli.flag_count, 1);
    assert_true(parse(line, "down 2 --step b"));
    assert_int_equal(line->cli.down.count, 2);
    assert_string_equal(line->cli.down.step, "b");
    assert_true(parse(line, "plan --down 3 --sql --step=b"));
    assert_int_equal(line->cli.verb, VERB_PLAN);
    assert_int_equal(line->cli.answer, ANSWER_SQL);
    assert_int_equal(line->cli.down.count, 3);
    assert_string_equal(line->cli.down.step, "b");
    assert_true(parse(line, "plan"));
    assert_int_equal(line->cli.down.count, 0);
    assert_true(parse(line, "-- down 1"));
    assert_int_equal(line->cli.verb, VERB_RUN);
}

static void parse_resolve_takes_one_of_two_names(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "resolve --applied 003 --step=users"));
    assert_int_equal(line->cli.verb, VERB_RESOLVE);
    assert_string_equal(line->cli.applied, "003");
    assert_null(line->cli.rolled_back);
    assert_string_equal(line->cli.step, "users");
    assert_true(parse(line, "resolve --rolled-back=-5 --log-level debug"));
    assert_string_equal(line->cli.rolled_back, "-5");
    assert_null(line->cli.applied);
    assert_int_equal(line->cli.flag_count, 1);
    assert_false(parse(line, "resolve --applied a --rolled-back b"));
    assert_non_null(strstr(line->err.what, "--applied NAME"));
}

static void parse_baseline_takes_a_word_or_none(void **state)
{
    struct line *line = *state;

    assert_true(parse(line, "baseline"));
    assert_int_equal(line->cli.verb, VERB_BASELINE);
    assert_null(line->cli.argument);
    assert_true(parse(line, "baseline 003 --step users --migrate-dir=x"));
    assert_string_equal(line->cli.argument, "003");
    assert_string_equal(line->cli.step, "users");
    assert_int_equal(line->cli.flag_count, 1);
    assert_true(parse(line, "baseline --step users 003"));
    assert_string_equal(line->cli.argument, "003");
    assert_true(parse(line, "baseline 003 --help"));
    assert_int_equal(line->cli.verb, VERB_HELP);
}

static void parse_wrong_lines_are_usage_errors(void **state)
{
    static const char *const wrong[] = {
        "",
        "--",
        "--wait-timeout",
        "--config",
        "--no-such app",
        "-x app",
        "migrate now",
        "status -- x",
        "config x",
        "--wait-timeout=5s",
        "migrate --",
        "plan x",
        "resolve",
        "resolve x",
        "resolve --applied",
        "down 0",
        "down -1",
        "down x",
        "down 1x",
        "down 1 2",
        "down 9999999999",
        "down --step",
        "down -- x",
        "down --down",
        "plan 1",
        "plan --down 0",
        "plan --down --try",
        "plan --try --down 2",
        "plan --step=x",
        "status --down",
        "status --step=x",
        "migrate 1",
        "resolve --applied a --rolled-back b",
        "resolve --applied=a b",
        "resolve --json --applied=a",
        "baseline a b",
        "baseline -- a",
        "baseline --step",
        "status --json=yes",
        "verify now",
        "health now",
        "health --json",
        "status --live",
        "wait --",
        "--database-url=postgresql://u:p@h/d app",
    };
    struct line *line = *state;

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (parse(line, wrong[i]))
            fail_msg("'%s' was taken", wrong[i]);
        assert_int_equal(line->err.code, ERR_USAGE);
        assert_true(line->err.what[0] != '\0');
    }
}

static void assert_flags(struct line *line, const char *text, const char *wanted)
{
    char found[256] = "";

    if (!parse(line, text))
        fail_msg("'%s' was refused: %s", text, line->err.what);
    for (size_t i = 0; i < line->cli.flag_count; i++) {
        const struct flag_value *flag = &line->cli.flags[i];

        assert_non_null(option_of_flag(slice_from(flag->name)));
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s=%s", i ? " " : "",
                 flag->name, flag->value);
    }
    assert_string_equal(found, wanted);
    assert_command(line, "app", "-g");
}

static void parse_letters_are_what_tini_takes_them_for(void **state)
{
    struct line *line = *state;

    assert_flags(line, "-g -- app -g", "app-signal-to=group");
    assert_flags(line, "-s app -g", "app-mode=supervise");
    assert_flags(line, "-gs -- app -g", "app-signal-to=group app-mode=supervise");
    assert_flags(line, "-e 143 -- app -g", "app-exit-codes=143");
    assert_flags(line, "-e143 -g -e 130 -- app -g", "app-exit-codes=143,130 app-signal-to=group");
    assert_flags(line, "--app-exit-codes=3:4 -e 130 app -g", "app-exit-codes=3:4,130");
    assert_flags(line, "-p SIGTERM app -g", "app-parent-death-signal=SIGTERM");
    assert_flags(line, "-gpSIGKILL app -g", "app-signal-to=group app-parent-death-signal=SIGKILL");
    assert_flags(line, "-vw app -g", "log-level=debug log-level=debug");
}

static void parse_letters_that_are_none_are_refused(void **state)
{
    static const char *const wrong[] = {"-l app", "-x app", "-gx app", "-g=yes app",
                                        "-wait-timeout=5s app"};
    struct line *line = *state;

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(parse(line, wrong[i]));
        assert_int_equal(line->err.code, ERR_USAGE);
        assert_non_null(strstr(line->err.what, "unknown option -"));
    }
    assert_non_null(strstr(line->err.hint, "--wait-timeout"));
    assert_false(parse(line, "-e"));
    assert_string_equal(line->err.what, "-e needs a value: it is --app-exit-codes");
}

static void parse_unknown_option_names_the_nearest(void **state)
{
    struct line *line = *state;

    assert_false(parse(line, "--wait-timeuot=5s app"));
    assert_non_null(strstr(line->err.what, "--wait-timeuot"));
    assert_non_null(strstr(line->err.hint, "--wait-timeout"));
}

static void parse_secret_is_never_repeated(void **state)
{
    struct line *line = *state;

    assert_false(parse(line, "--database-password=hush app"));
    assert_null(strstr(line->err.what, "hush"));
    assert_null(strstr(line->err.hint, "hush"));
}

static void help_fits_into_eighty_columns_and_names_every_setting(void **state)
{
    char *text = NULL, name[96];
    size_t size = 0, column = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    cli_print_help(out);
    fclose(out);
    for (size_t i = 0; i < size; i++) {
        column = text[i] == '\n' ? 0 : column + 1;
        assert_true(column <= 80);
    }
    for (size_t i = 0; i < option_count; i++) {
        option_env_name(&options[i], name, sizeof name);
        assert_non_null(strstr(text, name));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_command_keeps_its_own_options),
        cmocka_unit_test(parse_dashes_count_once),
        cmocka_unit_test(parse_verb_behind_dashes_is_a_command),
        cmocka_unit_test(parse_verbs_are_known),
        cmocka_unit_test(parse_health_takes_one_question),
        cmocka_unit_test(parse_wait_takes_a_command_behind_dashes),
        cmocka_unit_test(parse_values_stand_behind_equals_or_next),
        cmocka_unit_test(parse_boolean_stands_alone),
        cmocka_unit_test(parse_options_may_follow_the_verb),
        cmocka_unit_test(parse_down_takes_a_number_and_a_step),
        cmocka_unit_test(parse_resolve_takes_one_of_two_names),
        cmocka_unit_test(parse_baseline_takes_a_word_or_none),
        cmocka_unit_test(parse_wrong_lines_are_usage_errors),
        cmocka_unit_test(parse_letters_are_what_tini_takes_them_for),
        cmocka_unit_test(parse_letters_that_are_none_are_refused),
        cmocka_unit_test(parse_unknown_option_names_the_nearest),
        cmocka_unit_test(parse_secret_is_never_repeated),
        cmocka_unit_test(help_fits_into_eighty_columns_and_names_every_setting),
    };

    return cmocka_run_group_tests(tests, open_line, close_line);
}
