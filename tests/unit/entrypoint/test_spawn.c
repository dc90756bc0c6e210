#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "entrypoint/spawn.h"
#include "sys/clock.h"
#include "sys/fd.h"

enum { OUTPUT_MAX = 512, DEADLINE_MS = 10000 };

/* Run to the end; gives the wait status, and the output in `text`. */
static int run(const struct spawn_command *command, char *text)
{
    int64_t deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
    struct spawned child;
    struct error err;
    size_t len = 0;
    ssize_t more = 1;
    int status;

    assert_true(spawn_command(command, &child, &err));
    while (more > 0 && len < OUTPUT_MAX - 1) {
        assert_int_equal(fd_wait(child.output_fd, false, -1, deadline_ms), FD_READY);
        more = read(child.output_fd, text + len, OUTPUT_MAX - 1 - len);
        len += more > 0 ? (size_t)more : 0;
    }
    text[len] = '\0';
    close(child.output_fd);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    return status;
}

static void command_output_and_errors_come_by_one_pipe(void **state)
{
    struct spawn_command command = {.shell_line = "echo out; echo err >&2; exit 3"};
    char text[OUTPUT_MAX];
    int status = run(&command, text);

    (void)state;
    assert_string_equal(text, "out\nerr\n");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

static void command_has_its_environment_and_directory(void **state)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "COLOUR=green", NULL};
    struct spawn_command command = {.shell_line = "echo $COLOUR; pwd; echo ${HOME-none}",
                                    .environment = environment,
                                    .directory = "/"};
    char text[OUTPUT_MAX];

    (void)state;
    run(&command, text);
    assert_string_equal(text, "green\n/\nnone\n");
}

static void command_by_words_needs_no_shell(void **state)
{
    static const char *const argv[] = {"printf", "%s|", "a b", "$HOME", NULL};
    struct spawn_command command = {.argv = argv};
    char text[OUTPUT_MAX];

    (void)state;
    run(&command, text);
    assert_string_equal(text, "a b|$HOME|");
}

static void command_has_empty_input_and_its_own_group(void **state)
{
    struct spawn_command command = {
        .shell_line = "cat; set -- $(cat /proc/$$/stat); [ \"$5\" = $$ ] && echo leads"};
    char text[OUTPUT_MAX];

    (void)state;
    run(&command, text);
    assert_string_equal(text, "leads\n");
}

static void command_starts_with_clean_signals(void **state)
{
    struct spawn_command command = {
        .shell_line = "grep -E 'SigBlk|SigIgn' /proc/self/status | tr -d '\\t\\n'"};
    char text[OUTPUT_MAX];
    sigset_t all, before;

    (void)state;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    signal(SIGPIPE, SIG_IGN);
    run(&command, text);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    /* 32 and 33 are the C library's own: make(1) leaves them ignored, and nobody else may change
     * it. */
    if (strcmp(text, "SigBlk:0000000000000000SigIgn:0000000180000000") != 0)
        assert_string_equal(text, "SigBlk:0000000000000000SigIgn:0000000000000000");
}

static void command_that_cannot_run_says_why(void **state)
{
    static const char *const missing[] = {"/no/such/program", NULL};
    static const char *const folder[] = {"/", NULL};
    char text[OUTPUT_MAX];

    (void)state;
    assert_int_equal(WEXITSTATUS(run(&(struct spawn_command){.argv = missing}, text)), 127);
    assert_string_equal(text, "cannot run /no/such/program: No such file or directory\n");
    assert_int_equal(WEXITSTATUS(run(&(struct spawn_command){.argv = folder}, text)), 126);
}

static int body_exit_7(void *context)
{
    (void)context;
    return 7;
}

static int body_pause(void *context)
{
    (void)context;
    for (;;)
        pause();
    return 0;
}

static void worker_ends_with_what_its_body_gives(void **state)
{
    struct error err;
    pid_t pid;
    int status;

    (void)state;
    assert_true(spawn_worker(body_exit_7, NULL, &pid, &err));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void worker_dies_of_a_term_that_came_before_it_ran(void **state)
{
    struct error err;
    sigset_t all, before;
    pid_t pid;
    int status;

    (void)state;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    assert_true(spawn_worker(body_pause, NULL, &pid, &err));
    assert_int_equal(kill(pid, SIGTERM), 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void explain_tells_127_from_126(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(spawn_explain("nosuch", ENOENT, &err), 127);
    assert_string_equal(err.what, "cannot run nosuch: No such file or directory");
    assert_int_equal(spawn_explain("/a/b", ENOTDIR, &err), 127);
    assert_int_equal(spawn_explain("/", EACCES, &err), 126);
    assert_int_equal(spawn_explain("/x", ENOEXEC, &err), 126);
    assert_non_null(strstr(err.hint, "#!"));
    assert_int_equal(spawn_explain("/bin/sh", ENOENT, &err), 127);
    assert_non_null(strstr(err.hint, "interpreter"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_output_and_errors_come_by_one_pipe),
        cmocka_unit_test(command_has_its_environment_and_directory),
        cmocka_unit_test(command_by_words_needs_no_shell),
        cmocka_unit_test(command_has_empty_input_and_its_own_group),
        cmocka_unit_test(command_starts_with_clean_signals),
        cmocka_unit_test(command_that_cannot_run_says_why),
        cmocka_unit_test(worker_ends_with_what_its_body_gives),
        cmocka_unit_test(worker_dies_of_a_term_that_came_before_it_ran),
        cmocka_unit_test(explain_tells_127_from_126),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
