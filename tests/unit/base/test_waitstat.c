#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/waitstat.h"

/* The real thing: a child that ends so. */
static int status_of_child(int exit_code, int signal)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (signal)
            raise(signal);
        _exit(exit_code);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void waitstat_exit_code_every_code_is_itself(void **state)
{
    (void)state;
    for (int code = 0; code < 256; code++)
        assert_int_equal(waitstat_exit_code(status_of_child(code, 0)), code);
}

static void waitstat_exit_code_killed_is_128_plus_the_signal(void **state)
{
    (void)state;
    assert_int_equal(waitstat_exit_code(status_of_child(0, SIGKILL)), 137);
    assert_int_equal(waitstat_exit_code(status_of_child(0, SIGTERM)), 143);
    assert_int_equal(waitstat_exit_code(status_of_child(0, SIGRTMIN + 3)), 128 + SIGRTMIN + 3);
}

static void waitstat_describe_says_how_it_ended(void **state)
{
    (void)state;
    char text[64];

    waitstat_describe(status_of_child(3, 0), text, sizeof text);
    assert_string_equal(text, "exit code 3");
    waitstat_describe(status_of_child(0, SIGKILL), text, sizeof text);
    assert_string_equal(text, "killed by SIGKILL");
}

static void signal_name_every_signal_parses_to_itself(void **state)
{
    (void)state;
    for (int signal = 1; signal <= 64; signal++) {
        char name[32];
        int parsed = 0;

        signal_name(signal, name, sizeof name);
        if (signal > SIGSYS && signal < 34)
            continue; /* the C library's own, without a name */
        assert_true(signal_parse(slice_from(name), &parsed));
        assert_int_equal(parsed, signal);
    }
}

static void signal_name_numbers_without_a_name_are_told_as_such(void **state)
{
    (void)state;
    char name[32];

    signal_name(77, name, sizeof name);
    assert_string_equal(name, "signal 77");
    signal_name(0, name, sizeof name);
    assert_string_equal(name, "signal 0");
    /* Whatever this C library's SIGRTMIN is. */
    signal_name(37, name, sizeof name);
    assert_string_equal(name, "SIGRTMIN+3");
}

static void signal_parse_every_spelling_is_understood(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int signal;
    } rows[] = {{"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"sigterm", SIGTERM},
                {"term", SIGTERM}, {"15", 15},           {"SIGWINCH", SIGWINCH},
                {"RTMIN+3", 37},   {"SIGRTMIN+0", 34}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int signal = 0;

        assert_true(signal_parse(slice_from(rows[i].text), &signal));
        assert_int_equal(signal, rows[i].signal);
    }
}

static void signal_parse_no_signal_is_refused_and_leaves_the_value(void **state)
{
    (void)state;
    const char *const rows[] = {
        "",      "0",   "-1",         "65",     "640",   "99999999999", "SIG",         "TER",
        "TERMX", "15x", "SIGSIGTERM", "RTMIN+", "RTMIN", "SIGRTMIN+31", "SIGRTMIN+-1", " TERM"};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int signal = -7;

        if (signal_parse(slice_from(rows[i]), &signal))
            fail_msg("accepted \"%s\"", rows[i]);
        assert_int_equal(signal, -7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waitstat_exit_code_every_code_is_itself),
        cmocka_unit_test(waitstat_exit_code_killed_is_128_plus_the_signal),
        cmocka_unit_test(waitstat_describe_says_how_it_ended),
        cmocka_unit_test(signal_name_every_signal_parses_to_itself),
        cmocka_unit_test(signal_name_numbers_without_a_name_are_told_as_such),
        cmocka_unit_test(signal_parse_every_spelling_is_understood),
        cmocka_unit_test(signal_parse_no_signal_is_refused_and_leaves_the_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
