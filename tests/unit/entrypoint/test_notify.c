#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "entrypoint/notify.h"

static void message_of_every_phase(void **unused)
{
    static const char *const messages[HEALTH_PHASE_COUNT] = {
        [HEALTH_STARTING] = "STATUS=starting\nEXTEND_TIMEOUT_USEC=30000000\n",
        [HEALTH_WAITING] = "STATUS=waiting\nEXTEND_TIMEOUT_USEC=30000000\n",
        [HEALTH_LOCKING] = "STATUS=locking\nEXTEND_TIMEOUT_USEC=30000000\n",
        [HEALTH_MIGRATING] =
            "STATUS=migrating, migration 1 of 2: x\nEXTEND_TIMEOUT_USEC=30000000\n",
        [HEALTH_APP_STARTING] = "STATUS=app-starting\nEXTEND_TIMEOUT_USEC=30000000\n",
        [HEALTH_RUNNING] = "STATUS=running\nREADY=1\n",
        [HEALTH_RESTARTING] = "STATUS=restarting\n",
        [HEALTH_STOPPING] = "STATUS=stopping\nSTOPPING=1\n",
    };
    char text[NOTIFY_MAX];

    (void)unused;
    for (int i = 0; i < HEALTH_PHASE_COUNT; i++) {
        struct health health = {.phase = (enum health_phase)i, .total = 2, .name = "x"};
        size_t len = notify_compose(&health, text, sizeof text);

        assert_int_equal(len, strlen(messages[i]));
        assert_string_equal(text, messages[i]);
    }
}

static void filter_keeps_what_is_the_app_s_business(void **unused)
{
    static const struct {
        const char *message, *passed_on;
        bool is_ready;
    } rows[] = {
        {"READY=1", "READY=1\n", true},
        {"STATUS=up\nREADY=1\nMAINPID=7\n", "STATUS=up\nREADY=1\n", true},
        {"READY=0", "READY=0\n", false},
        {"READY=11", "READY=11\n", false},
        {"MAINPID=7\nFDSTORE=1\nBARRIER=1\nX_READY=1", "", false},
        {"WATCHDOG=1", "WATCHDOG=1\n", false},
        {"", "", false},
        {"\n\n=\n", "", false},
    };
    char out[NOTIFY_MAX];
    bool is_ready;

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t len = notify_filter(slice_from(rows[i].message), out, sizeof out, &is_ready);

        assert_true(slice_equal_text((struct slice){out, len}, rows[i].passed_on));
        assert_int_equal(is_ready, rows[i].is_ready);
    }
}

static void filter_leaves_out_what_does_not_fit(void **unused)
{
    char out[10];
    bool is_ready;

    (void)unused;
    assert_int_equal(notify_filter(SLICE("STATUS=long\nREADY=1"), out, sizeof out, &is_ready), 8);
    assert_true(is_ready);
}

static void address_that_is_none_is_refused(void **unused)
{
    static const char *const names[] = {"", "@", "/", "x", "vsock:2:3"};
    struct notify notify;
    struct error err;
    char longest[109];

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_false(notify_open(&notify, names[i], &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_true(notify_send(&notify, SLICE("READY=1")));
    }
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    assert_false(notify_open(&notify, longest, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_of_every_phase),
        cmocka_unit_test(filter_keeps_what_is_the_app_s_business),
        cmocka_unit_test(filter_leaves_out_what_does_not_fit),
        cmocka_unit_test(address_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
