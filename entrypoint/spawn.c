#include "entrypoint/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/fd.h"

/* What the kernel takes for a set of signals: one bit for each of 64. */
enum { SIGNAL_BYTES = 8 };

static const int stop_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

static void set_action(int signal, void (*action)(int))
{
    struct sigaction wanted = {.sa_handler = action, .sa_flags = SA_RESTART};

    sigemptyset(&wanted.sa_mask);
    sigaction(signal, &wanted, NULL);
}

static bool is_ignored(int signal)
{
    struct sigaction now;

    return sigaction(signal, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == SIG_IGN;
}

void spawn_fill_signals(sigset_t *set)
{
    memset(set, 0xff, sizeof *set);
}

/* Past the C library, which would leave its own signals out: PID 1 shall be deaf to none. */
static void set_mask(const sigset_t *set, sigset_t *before)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, set, before, SIGNAL_BYTES);
}

void spawn_enter(struct spawn_origin *origin)
{
    sigset_t all;

    spawn_fill_signals(&all);
    sigemptyset(&origin->mask);
    set_mask(&all, &origin->mask);
    origin->parent = getppid();
    origin->closed_stdio = 0;
    /* With SIGCHLD ignored the kernel reaps by itself, and nobody hears how the app ended. */
    origin->ignores_child_ends = is_ignored(SIGCHLD);
    if (origin->ignores_child_ends)
        set_action(SIGCHLD, SIG_DFL);
}

/* The only one that was changed: all others are as they came, to the app as well. */
static void restore_action(const struct spawn_origin *origin)
{
    if (origin->ignores_child_ends)
        set_action(SIGCHLD, SIG_IGN);
}

static void restore_mask(const struct spawn_origin *origin)
{
    set_mask(&origin->mask, NULL);
}

void spawn_leave(const struct spawn_origin *origin)
{
    restore_action(origin);
    restore_mask(origin);
}

void spawn_close_filled_on_exec(const struct spawn_origin *origin)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (origin->closed_stdio & (1U << fd))
            fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

/* ---- the app ---- */

/*
 * Failures are harmless: no terminal, or one that is somebody else's. SIGTTOU is blocked, or a
 * background process would be stopped by asking.
 */
static void take_terminal(bool has_terminal)
{
    if (has_terminal)
        tcsetpgrp(STDIN_FILENO, getpid());
}

static void tell_failure(int notice_fd, const struct privilege_failure *failure)
{
    ssize_t written = write(notice_fd, failure, sizeof *failure);

    (void)written; /* a parent that is gone needs no notice */
}

static bool assume(const struct spawn_app *app, struct privilege_failure *failure)
{
    *failure = (struct privilege_failure){0};
    return !app->privileges || privileges_assume(app->privileges, failure);
}

static NO_RETURN void become_app(const struct spawn_app *app, bool has_terminal)
{
    struct privilege_failure failure;

    setpgid(0, 0);
    take_terminal(has_terminal);
    if (app->prepare)
        app->prepare(app->context);
    if (assume(app, &failure)) {
        restore_action(app->origin);
        restore_mask(app->origin);
        execvpe(app->argv[0], app->argv, app->environment);
        failure.sys_errno = errno;
    }
    tell_failure(app->notice_fd, &failure);
    _exit(126);
}

bool spawn_app(const struct spawn_app *app, pid_t *pid, struct error *err)
{
    bool has_terminal = tcgetpgrp(STDIN_FILENO) == getpgrp();
    pid_t child = fork();

    if (child < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "cannot start a process for %s",
                               app->argv[0]);
    if (child == 0)
        become_app(app, has_terminal);
    /* In both: whichever runs first, the group exists before a signal is sent to it. */
    setpgid(child, child);
    *pid = child;
    return true;
}

static void end_by_signal(int signal)
{
    _exit(128 + signal);
}

static void swallow_signal(int signal)
{
    (void)signal;
}

static bool is_fault(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
           signal == SIGTRAP || signal == SIGABRT || signal == SIGSYS;
}

static bool is_stop(int signal)
{
    for (size_t i = 0; i < COUNT_OF(stop_signals); i++)
        if (stop_signals[i] == signal)
            return true;
    return false;
}

/*
 * A signal that is pending when the mask is restored would be dropped by the kernel for PID 1, and
 * any other would end us by its default action: so each gets a handler first. Exec itself resets
 * handlers, hence they hold until the program is replaced.
 */
static void guard_exec(void)
{
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP || is_fault(signal) || is_ignored(signal))
            continue;
        set_action(signal, is_stop(signal) ? end_by_signal : swallow_signal);
    }
}

/* What our own parent asked for, which becoming another user clears. */
static bool assume_in_place(const struct spawn_app *app, struct privilege_failure *failure)
{
    int signal = 0;

    prctl(PR_GET_PDEATHSIG, &signal);
    if (!assume(app, failure))
        return false;
    if (signal)
        spawn_die_with_parent(app->origin->parent, signal);
    return true;
}

struct privilege_failure spawn_exec_in_place(const struct spawn_app *app)
{
    struct privilege_failure failure;

    if (!assume_in_place(app, &failure))
        return failure;
    restore_action(app->origin);
    guard_exec();
    restore_mask(app->origin);
    execvpe(app->argv[0], app->argv, app->environment);
    failure.sys_errno = errno;
    return failure;
}

static void hint_at(const char *program, int sys_errno, struct error *err)
{
    bool has_path = strchr(program, '/') != NULL;

    if (sys_errno == ENOENT && !has_path)
        error_hint(err, "no such program in PATH");
    else if (sys_errno == ENOENT && access(program, F_OK) == 0)
        error_hint(err, "the file is there, but the interpreter in its first line, or the dynamic "
                        "loader that it needs, is not");
    else if (sys_errno == EACCES)
        error_hint(err, "is it a regular file with execute permission?");
    else if (sys_errno == ENOEXEC)
        error_hint(err, "a script without a #! line, or a program for another machine");
}

int spawn_explain(const char *program, int sys_errno, struct error *err)
{
    error_set_errno(err, ERR_SYSTEM, sys_errno, "cannot run %s", program);
    hint_at(program, sys_errno, err);
    return sys_errno == ENOENT || sys_errno == ENOTDIR ? 127 : 126;
}

/* ---- children of our own kind ---- */

/* If the parent died before the request was made, no signal will come: look once more. */
void spawn_die_with_parent(pid_t parent, int signal)
{
    prctl(PR_SET_PDEATHSIG, signal);
    if (getppid() != parent)
        raise(signal);
}

static void clear_signals(void)
{
    sigset_t none;

    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        if (signal != SIGKILL && signal != SIGSTOP)
            set_action(signal, SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void clear_worker_signals(void)
{
    sigset_t none;

    for (size_t i = 0; i < COUNT_OF(stop_signals); i++)
        set_action(stop_signals[i], SIG_DFL);
    set_action(SIGPIPE, SIG_IGN); /* a log reader that went away must not end a migration */
    set_action(SIGTTOU, SIG_IGN); /* nor must a terminal that stops background writers */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool spawn_worker(int (*body)(void *context), void *context, pid_t *pid, struct error *err)
{
    pid_t parent = getpid(), child = fork();

    if (child < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "cannot start a process");
    if (child == 0) {
        setpgid(0, 0);
        clear_worker_signals();
        spawn_die_with_parent(parent, SIGTERM);
        _exit(body(context));
    }
    setpgid(child, child);
    *pid = child;
    return true;
}

/* ---- a command ---- */

static void connect_command(int write_fd)
{
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null_fd >= 0)
        dup2(null_fd, STDIN_FILENO);
    else
        close(STDIN_FILENO);
    dup2(write_fd, STDOUT_FILENO);
    dup2(write_fd, STDERR_FILENO);
}

static NO_RETURN void refuse_command(const char *what)
{
    int sys_errno = errno;

    dprintf(STDERR_FILENO, "cannot run %s: %s\n", what, strerror(sys_errno));
    _exit(sys_errno == ENOENT || sys_errno == ENOTDIR ? 127 : 126);
}

static NO_RETURN void become_command(const struct spawn_command *command, int write_fd,
                                     pid_t parent)
{
    const char *shell_argv[] = {"/bin/sh", "-c", command->shell_line, NULL};
    const char *const *argv = command->shell_line ? shell_argv : command->argv;

    setpgid(0, 0);
    spawn_die_with_parent(parent, SIGKILL);
    connect_command(write_fd);
    clear_signals();
    if (command->directory && chdir(command->directory) != 0)
        refuse_command(command->directory);
    execvpe(argv[0], (char *const *)argv,
            (char *const *)(command->environment ? command->environment : spawn_environment()));
    refuse_command(argv[0]);
}

bool spawn_command(const struct spawn_command *command, struct spawned *out, struct error *err)
{
    int read_fd, write_fd;
    pid_t parent = getpid(), child;

    if (!fd_pipe(&read_fd, &write_fd, err))
        return false;
    child = fork();
    if (child < 0) {
        int sys_errno = errno;

        fd_close(&read_fd);
        fd_close(&write_fd);
        return error_set_errno(err, ERR_SYSTEM, sys_errno, "cannot start a process");
    }
    if (child == 0)
        become_command(command, write_fd, parent);
    setpgid(child, child);
    fd_close(&write_fd);
    fcntl(read_fd, F_SETFL, O_NONBLOCK);
    *out = (struct spawned){.pid = child, .output_fd = read_fd};
    return true;
}

/* ---- environment ---- */

const char *const *spawn_environment(void)
{
    return (const char *const *)environ;
}
