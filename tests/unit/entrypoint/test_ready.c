#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "entrypoint/ready.h"
#include "tests/support/scratch.h"

static struct arena *arena;

static bool parse(const char *text, struct ready_rule *rule)
{
    struct error err;

    if (ready_rule_parse(text, arena, rule, &err))
        return true;
    assert_int_equal(err.code, ERR_CONFIG);
    assert_int_equal(strncmp(err.what, "[app] ready: ", 13), 0);
    assert_true(err.hint[0] != '\0');
    return false;
}

static void rule_is_understood(void **unused)
{
    static const struct {
        const char *text;
        enum ready_kind kind;
        size_t addresses;
        const char *host, *port, *path;
    } rows[] = {
        {"started", READY_STARTED, 0, NULL, NULL, NULL},
        {"notify", READY_NOTIFY, 0, NULL, NULL, NULL},
        {"tcp:8080", READY_CONNECT, 2, "localhost", "8080", NULL},
        {"tcp:10.0.0.7:80", READY_CONNECT, 1, "10.0.0.7", "80", NULL},
        {"tcp:[::1]:80", READY_CONNECT, 1, "::1", "80", NULL},
        {"tcp://localhost:80", READY_CONNECT, 2, "localhost", "80", NULL},
        {"http://localhost", READY_CONNECT, 2, "localhost", "80", "/"},
        {"http:http://127.0.0.1:3000/up?x", READY_CONNECT, 1, "127.0.0.1", "3000", "/up?x"},
        {"file:/run/ready", READY_FILE, 0, NULL, NULL, NULL},
    };
    struct ready_rule rule;

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!parse(rows[i].text, &rule))
            fail_msg("%s", rows[i].text);
        assert_int_equal(rule.kind, rows[i].kind);
        assert_int_equal(rule.address_count, rows[i].addresses);
        if (rows[i].host)
            assert_string_equal(rule.target.host, rows[i].host);
        if (rows[i].port)
            assert_string_equal(rule.target.port, rows[i].port);
        if (rows[i].path)
            assert_string_equal(rule.target.path, rows[i].path);
        assert_int_equal(ready_rule_is_probed(&rule), i > 1);
    }
}

static void rule_that_is_none_is_refused(void **unused)
{
    static const char *const texts[] = {
        "",          "Started",     "tcp",          "tcp:",        "tcp:0",
        "tcp:65536", "tcp:db:5432", "tcp:80/x",     "http:8080",   "http:",
        "http://",   "http://db/",  "http://[::1/", "file:",       "file:ready",
        "https:x",   "tcp:1:2:3",   "tcp:1.2.3:80", "http://a b/", "http://127.0.0.1/\r\nX: y"};
    struct ready_rule rule;

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (parse(texts[i], &rule))
            fail_msg("'%s' was taken", texts[i]);
    }
}

/* ---- a file ---- */

/* As if the clock had been set back by an hour since the app was started. */
static void start_app(struct ready_check *check, const struct ready_rule *rule, bool is_set_back)
{
    ready_check_reset(check, rule);
    if (is_set_back)
        check->app_start.tv_sec += 3600;
}

static void file_that_is_new_is_the_app_s_whatever_the_clock_says(void **state)
{
    struct scratch *scratch = *state;
    const struct ready_rule rule = {.kind = READY_FILE, .path = scratch_at(scratch, "mark")};
    struct ready_check check;

    for (int is_set_back = 0; is_set_back < 2; is_set_back++) {
        start_app(&check, &rule, is_set_back);
        assert_int_equal(ready_check_try(&check), READY_NOT_YET);
        scratch_write(scratch, "mark", SLICE(""));
        assert_int_equal(ready_check_try(&check), READY_YES);
        unlink(rule.path);
        assert_int_equal(ready_check_try(&check), READY_NOT_YET);
    }
}

static void file_that_was_there_before_is_not_until_it_changes(void **state)
{
    struct scratch *scratch = *state;
    const struct ready_rule rule = {.kind = READY_FILE,
                                    .path = scratch_write(scratch, "mark", SLICE(""))};
    struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    struct ready_check check;

    start_app(&check, &rule, true);
    assert_int_equal(ready_check_try(&check), READY_NOT_YET);
    do /* the tick of its first change has to be over */
        assert_int_equal(utimensat(AT_FDCWD, rule.path, long_ago, 0), 0);
    while (ready_check_try(&check) != READY_YES);
}

static int open_arena(void **unused)
{
    (void)unused;
    arena = arena_new();
    return 0;
}

static int close_arena(void **unused)
{
    (void)unused;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_is_understood),
        cmocka_unit_test(rule_that_is_none_is_refused),
        cmocka_unit_test_setup_teardown(file_that_is_new_is_the_app_s_whatever_the_clock_says,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(file_that_was_there_before_is_not_until_it_changes,
                                        scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
