#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "entrypoint/ready.h"

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
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
