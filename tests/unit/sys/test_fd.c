#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fd.h"

static int64_t soon(int64_t ms)
{
    return clock_monotonic_ms() + ms;
}

static void make_pipe(int ends[2])
{
    struct error err;

    assert_true(fd_pipe(&ends[0], &ends[1], &err));
}

static void close_pipe(int ends[2])
{
    fd_close(&ends[0]);
    fd_close(&ends[1]);
}

static void fill_pipe(int write_fd)
{
    static const char page[4096];
    int flags = fcntl(write_fd, F_GETFL);

    fcntl(write_fd, F_SETFL, flags | O_NONBLOCK);
    while (write(write_fd, page, sizeof page) > 0)
        ;
    fcntl(write_fd, F_SETFL, flags);
}

static int exit_code_of(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* In a child: 0 when the standard three are as they should be after some were closed. */
static int fill_after_closing(unsigned closed)
{
    int next;

    for (int fd = 0; fd < 3; fd++)
        if (closed & 1U << fd)
            close(fd);
    if (fd_fill_standard() != closed)
        return 1;
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) != 0) /* open, and inherited */
            return 2;
    next = open("/", O_RDONLY);
    return next > 2 ? 0 : 3;
}

static void fd_fill_standard_any_of_the_three_closed_is_open_again(void **state)
{
    (void)state;
    for (unsigned closed = 0; closed < 8; closed++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(fill_after_closing(closed));
        assert_int_equal(exit_code_of(pid), 0);
    }
}

static int pipe_with_standard_closed(void)
{
    struct error err;
    int read_fd, write_fd;

    for (int fd = 0; fd < 3; fd++)
        close(fd);
    if (!fd_pipe(&read_fd, &write_fd, &err))
        return 1;
    if (read_fd <= 2 || write_fd <= 2 || read_fd == write_fd)
        return 2;
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return 3;
    return 0;
}

static void fd_pipe_with_standard_closed_is_above_it(void **state)
{
    (void)state;
    pid_t pid = fork();

    if (pid == 0)
        _exit(pipe_with_standard_closed());
    assert_int_equal(exit_code_of(pid), 0);
}

static void fd_pipe_both_ends_close_on_exec(void **state)
{
    (void)state;
    int ends[2];

    make_pipe(ends);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
    close_pipe(ends);
}

static void fd_close_open_one_is_closed_and_forgotten(void **state)
{
    (void)state;
    int ends[2], copy;

    make_pipe(ends);
    copy = ends[0];
    fd_close(&ends[0]);
    assert_int_equal(ends[0], -1);
    assert_int_equal(fcntl(copy, F_GETFD), -1);
    fd_close(&ends[0]);
    close_pipe(ends);
}

static int count_to_the_end(int fd)
{
    char piece[10000];
    int total = 0;
    ssize_t got;

    while ((got = read(fd, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; i < got; i++, total++)
            if (piece[i] != (char)(total % 251))
                return -1;
    return total;
}

static char *numbered_bytes(int count)
{
    char *bytes = malloc((size_t)count);

    assert_non_null(bytes);
    for (int i = 0; i < count; i++)
        bytes[i] = (char)(i % 251);
    return bytes;
}

static void write_through(int read_fd, int write_fd)
{
    enum { COUNT = 1 << 20 };
    char *bytes = numbered_bytes(COUNT);
    pid_t pid = fork();

    if (pid == 0) {
        close(write_fd);
        _exit(count_to_the_end(read_fd) == COUNT ? 0 : 1);
    }
    assert_true(fd_write_all(write_fd, (struct slice){bytes, COUNT}, soon(20000)));
    close(write_fd);
    assert_int_equal(exit_code_of(pid), 0);
    close(read_fd);
    free(bytes);
}

/* The null device on every number of a range, inherited by exec or not. */
static void open_range(int first, int last, int flags)
{
    for (int fd = first; fd <= last; fd++)
        if (dup3(STDIN_FILENO, fd, flags) != fd)
            _exit(100);
}

static bool are_open(int first, int last, bool wanted)
{
    for (int fd = first; fd <= last; fd++)
        if ((fcntl(fd, F_GETFD) >= 0) != wanted)
            return false;
    return true;
}

/* In a child with room for so many: 0 when what is inherited went, and nothing else. */
static int close_inherited_below(rlim_t limit)
{
    const struct rlimit room = {.rlim_cur = limit, .rlim_max = limit};
    const int top = (int)limit - 1;

    close(STDIN_FILENO);
    if (open("/dev/null", O_RDWR) != STDIN_FILENO || setrlimit(RLIMIT_NOFILE, &room) != 0)
        return 1;
    open_range(3, top, 0);           /* a parent that fills the table; */
    open_range(5, 9, O_CLOEXEC);     /* ours below it, */
    open_range(top, top, O_CLOEXEC); /* and above it */
    fd_close_inherited();
    if (!are_open(0, 2, true) || !are_open(3, 4, false) || !are_open(5, 9, true))
        return 2;
    return are_open(10, top - 1, false) && are_open(top, top, true) ? 0 : 3;
}

static void fd_close_inherited_full_table_keeps_ours(void **state)
{
    static const rlim_t limits[] = {16, 64, 100, 129, 200, 1000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(close_inherited_below(limits[i]));
        if (exit_code_of(pid) != 0)
            fail_msg("with room for %d", (int)limits[i]);
    }
}

static int close_inherited_far_up(void)
{
    const struct rlimit room = {.rlim_cur = 5000, .rlim_max = 5000};

    if (setrlimit(RLIMIT_NOFILE, &room) != 0)
        return 1;
    for (int fd = STDERR_FILENO + 1; fd < (int)room.rlim_cur; fd++)
        close(fd);
    open_range(3, 3, O_CLOEXEC);
    open_range(4999, 4999, 0);
    fd_close_inherited();
    return are_open(3, 3, true) && are_open(4999, 4999, false) ? 0 : 2;
}

static void fd_close_inherited_finds_high_numbers(void **state)
{
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(close_inherited_far_up());
    assert_int_equal(exit_code_of(pid), 0);
}

static void fd_write_all_more_than_a_pipe_holds_arrives_whole(void **state)
{
    (void)state;
    int ends[2];

    make_pipe(ends);
    write_through(ends[0], ends[1]);
}

static void fd_write_all_to_a_non_blocking_pipe_arrives_whole(void **state)
{
    (void)state;
    int ends[2];

    make_pipe(ends);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    write_through(ends[0], ends[1]);
}

static void fd_write_all_more_than_a_socket_holds_arrives_whole(void **state)
{
    (void)state;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    write_through(ends[0], ends[1]);
}

static void fd_write_all_to_a_file_arrives_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/migrinit-test.XXXXXX";
    enum { COUNT = 100000 };
    char *bytes = numbered_bytes(COUNT);
    int fd = mkstemp(path);

    assert_true(fd_write_all(fd, (struct slice){bytes, COUNT}, soon(20000)));
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(count_to_the_end(fd), COUNT);
    unlink(path);
    close(fd);
    free(bytes);
}

static void fd_write_all_full_pipe_gives_up_at_the_deadline(void **state)
{
    (void)state;
    int ends[2], flags;
    int64_t began_ms;

    make_pipe(ends);
    flags = fcntl(ends[1], F_GETFL);
    fill_pipe(ends[1]);
    began_ms = clock_monotonic_ms();
    assert_false(fd_write_all(ends[1], SLICE("x"), began_ms + 50));
    assert_in_range(clock_monotonic_ms() - began_ms, 50, 10000);
    assert_int_equal(fcntl(ends[1], F_GETFL), flags);
    close_pipe(ends);
}

static void fd_write_all_nobody_there_fails(void **state)
{
    (void)state;
    int ends[2], copy;

    signal(SIGPIPE, SIG_IGN);
    make_pipe(ends);
    fd_close(&ends[0]);
    assert_false(fd_write_all(ends[1], SLICE("x"), INT64_MAX));
    assert_int_equal(errno, EPIPE);
    copy = ends[1];
    fd_close(&ends[1]);
    assert_false(fd_write_all(copy, SLICE("x"), INT64_MAX));
    signal(SIGPIPE, SIG_DFL);
}

static void fd_write_all_nothing_is_done_at_once(void **state)
{
    (void)state;
    int ends[2];

    make_pipe(ends);
    fill_pipe(ends[1]);
    assert_true(fd_write_all(ends[1], SLICE(""), 0));
    close_pipe(ends);
}

static void fd_wait_tells_ready_stop_and_late_apart(void **state)
{
    (void)state;
    int data[2], stop[2];

    make_pipe(data);
    make_pipe(stop);
    assert_int_equal(fd_wait(data[0], false, stop[0], soon(10)), FD_LATE);
    assert_int_equal(fd_wait(data[1], true, stop[0], soon(10000)), FD_READY);
    assert_int_equal(write(data[1], "x", 1), 1);
    assert_int_equal(fd_wait(data[0], false, stop[0], INT64_MAX), FD_READY);
    assert_int_equal(write(stop[1], "x", 1), 1);
    assert_int_equal(fd_wait(data[0], false, stop[0], INT64_MAX), FD_STOP);
    assert_int_equal(fd_wait(data[0], false, -1, INT64_MAX), FD_READY);
    close_pipe(data);
    close_pipe(stop);
}

static void fd_wait_without_descriptor_waits_for_stop_or_the_deadline(void **state)
{
    (void)state;
    int stop[2];

    make_pipe(stop);
    assert_int_equal(fd_wait(-1, false, stop[0], soon(10)), FD_LATE);
    fd_close(&stop[1]);
    assert_int_equal(fd_wait(-1, false, stop[0], INT64_MAX), FD_STOP);
    close_pipe(stop);
}

static void fd_wait_past_deadline_still_sees_what_is_ready(void **state)
{
    (void)state;
    int data[2];

    make_pipe(data);
    assert_int_equal(fd_wait(data[0], false, -1, 0), FD_LATE);
    assert_int_equal(write(data[1], "x", 1), 1);
    assert_int_equal(fd_wait(data[0], false, -1, 0), FD_READY);
    close_pipe(data);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
    (void)signal;
    alarms++;
}

static void fd_wait_interrupted_by_signals_keeps_its_deadline(void **state)
{
    (void)state;
    const struct itimerval every_5_ms = {{0, 5000}, {0, 5000}}, never = {0};
    struct sigaction action = {.sa_handler = count_alarm}, before;
    int data[2];
    int64_t began_ms;

    make_pipe(data);
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &every_5_ms, NULL);
    began_ms = clock_monotonic_ms();
    assert_int_equal(fd_wait(data[0], false, -1, began_ms + 60), FD_LATE);
    assert_in_range(clock_monotonic_ms() - began_ms, 60, 10000);
    assert_true(alarms > 1);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    close_pipe(data);
}

static void fd_of_either_is_ready_when_one_of_them_is(void **state)
{
    (void)state;
    const int no_descriptor = 1000000;
    int one[2], other[2], either;

    make_pipe(one);
    make_pipe(other);
    either = fd_of_either(one[0], other[0]);
    assert_true(either > STDERR_FILENO);
    assert_int_equal(fcntl(either, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fd_wait(either, false, -1, 0), FD_LATE);
    assert_int_equal(write(other[1], "x", 1), 1);
    assert_int_equal(fd_wait(either, false, -1, 0), FD_READY);
    assert_int_equal(fd_wait(-1, false, either, 0), FD_STOP);
    fd_close(&either);
    either = fd_of_either(-1, other[0]);
    assert_int_equal(fd_wait(either, false, -1, 0), FD_READY);
    fd_close(&either);
    assert_int_equal(fd_of_either(one[0], no_descriptor), -1);
    close_pipe(other);
    close_pipe(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fd_fill_standard_any_of_the_three_closed_is_open_again),
        cmocka_unit_test(fd_pipe_with_standard_closed_is_above_it),
        cmocka_unit_test(fd_pipe_both_ends_close_on_exec),
        cmocka_unit_test(fd_close_open_one_is_closed_and_forgotten),
        cmocka_unit_test(fd_close_inherited_full_table_keeps_ours),
        cmocka_unit_test(fd_close_inherited_finds_high_numbers),
        cmocka_unit_test(fd_write_all_more_than_a_pipe_holds_arrives_whole),
        cmocka_unit_test(fd_write_all_to_a_non_blocking_pipe_arrives_whole),
        cmocka_unit_test(fd_write_all_more_than_a_socket_holds_arrives_whole),
        cmocka_unit_test(fd_write_all_to_a_file_arrives_whole),
        cmocka_unit_test(fd_write_all_full_pipe_gives_up_at_the_deadline),
        cmocka_unit_test(fd_write_all_nobody_there_fails),
        cmocka_unit_test(fd_write_all_nothing_is_done_at_once),
        cmocka_unit_test(fd_wait_tells_ready_stop_and_late_apart),
        cmocka_unit_test(fd_wait_without_descriptor_waits_for_stop_or_the_deadline),
        cmocka_unit_test(fd_wait_past_deadline_still_sees_what_is_ready),
        cmocka_unit_test(fd_wait_interrupted_by_signals_keeps_its_deadline),
        cmocka_unit_test(fd_of_either_is_ready_when_one_of_them_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
