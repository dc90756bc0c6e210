#include "entrypoint/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/duration.h"
#include "base/variables.h"
#include "base/waitstat.h"
#include "entrypoint/spawn.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/log.h"

enum { KILL_AFTER_MS = 3000, LINE_MAX_BYTES = 2048 };

enum ending { ENDING_BY_ITSELF, ENDING_BY_STOP, ENDING_BY_TIME_LIMIT };

struct command {
    const struct command_request *request;
    struct spawned child;
    int child_fd; /* a signalfd for SIGCHLD */
    int64_t deadline_ms;
    enum ending ending;
    bool is_reaped;
    bool is_killed;
    int wait_status;
    bool has_succeeded_in_words; /* [migrate] success was among its output */
    char line[LINE_MAX_BYTES];
    size_t line_len;
};

/* "Changes applied | No changes detected": one of them will do. */
static bool has_any(struct slice line, const char *texts)
{
    struct slice rest = slice_from(texts);

    while (rest.len) {
        size_t len = slice_find(rest, '|');
        struct slice text = slice_trim(slice_sub(rest, 0, len));

        if (text.len && memmem(line.ptr, line.len, text.ptr, text.len))
            return true;
        rest = slice_sub(rest, len < rest.len ? len + 1 : len, rest.len);
    }
    return false;
}

static void flush_line(struct command *command)
{
    char safe[LINE_MAX_BYTES * 2];
    size_t len =
        redactor_apply(command->request->redactor, (struct slice){command->line, command->line_len},
                       safe, sizeof safe);

    command->has_succeeded_in_words |=
        has_any((struct slice){command->line, command->line_len}, command->request->success);
    log_output(command->request->label, (struct slice){safe, len});
    command->line_len = 0;
}

static void take_bytes(struct command *command, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n')
            command->line[command->line_len++] = bytes[i];
        if (bytes[i] == '\n' || command->line_len == sizeof command->line)
            flush_line(command);
    }
}

/* The pipe is non-blocking on our side: gives false when there is nothing more for now. */
static bool read_output(struct command *command)
{
    char bytes[4096];
    ssize_t len = read(command->child.output_fd, bytes, sizeof bytes);

    if (len > 0) {
        take_bytes(command, bytes, (size_t)len);
        return true;
    }
    if (len == 0)
        fd_close(&command->child.output_fd);
    return len < 0 && errno == EINTR;
}

static void signal_group(const struct command *command, int signal)
{
    kill(-command->child.pid, signal);
}

/* The first reason to end it counts; what comes later only hurries. */
static void begin_end(struct command *command, enum ending ending)
{
    if (command->ending != ENDING_BY_ITSELF) {
        signal_group(command, SIGKILL);
        command->is_killed = true;
        command->deadline_ms = INT64_MAX;
        return;
    }
    command->ending = ending;
    command->deadline_ms = clock_monotonic_ms() + KILL_AFTER_MS;
    signal_group(command, SIGTERM);
}

static void reap(struct command *command)
{
    struct signalfd_siginfo ignored;

    if (read(command->child_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
        return;
    command->is_reaped =
        waitpid(command->child.pid, &command->wait_status, WNOHANG) == command->child.pid;
}

static int poll_timeout(const struct command *command)
{
    int64_t left_ms = deadline_left(command->deadline_ms, clock_monotonic_ms());

    return left_ms > 60000 ? 60000 : (int)left_ms;
}

static void wait_for_event(struct command *command)
{
    bool is_told = command->ending == ENDING_BY_STOP || command->is_reaped;
    struct pollfd fds[] = {
        {.fd = command->child_fd, .events = POLLIN},
        {.fd = command->child.output_fd, .events = POLLIN},
        {.fd = is_told ? -1 : command->request->stop_fd, .events = POLLIN},
    };

    if (poll(fds, COUNT_OF(fds), poll_timeout(command)) < 0)
        return;
    if (fds[1].revents)
        read_output(command);
    if (fds[0].revents)
        reap(command);
    if (fds[2].revents && !command->is_reaped)
        begin_end(command, ENDING_BY_STOP);
    else if (deadline_left(command->deadline_ms, clock_monotonic_ms()) == 0)
        begin_end(command, ENDING_BY_TIME_LIMIT);
}

/*
 * A shell dies of the signal at once while the tool that it started still cleans up: its output
 * tells when the last of them is gone. Who has left the group and keeps the output is not waited
 * for.
 */
static bool is_finished(const struct command *command)
{
    if (!command->is_reaped)
        return false;
    return command->ending == ENDING_BY_ITSELF || command->is_killed ||
           command->child.output_fd < 0;
}

static bool judge_words(const struct command *command, struct error *err)
{
    if (!command->request->success || command->has_succeeded_in_words)
        return true;
    error_set(err, ERR_MIGRATION, "the command ended with 0, but its output has nothing of: %s",
              command->request->success);
    error_hint(err, "it may have done nothing because it wanted to ask at a terminal; see its "
                    "output above ([migrate] success)");
    return false;
}

static bool judge(const struct command *command, struct error *err)
{
    char how[64];

    if (command->ending == ENDING_BY_STOP)
        return error_set(err, ERR_INTERRUPTED, "the command was stopped");
    if (command->ending == ENDING_BY_TIME_LIMIT) {
        error_set(err, ERR_MIGRATION, "the command was stopped at its time limit");
        error_hint(err, "[migrate] timeout allows more");
        return false;
    }
    if (WIFEXITED(command->wait_status) && WEXITSTATUS(command->wait_status) == 0)
        return judge_words(command, err);
    waitstat_describe(command->wait_status, how, sizeof how);
    return error_set(err, ERR_MIGRATION, "the command failed: %s", how);
}

static int open_child_fd(void)
{
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    return signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool command_run(const struct command_request *request, struct arena *arena, struct error *err)
{
    struct command command = {
        .request = request, .child_fd = open_child_fd(), .deadline_ms = request->deadline_ms};
    struct spawn_command wanted = {
        .shell_line = request->shell_line,
        .environment = variables_with(spawn_environment(), request->database_url, arena),
    };

    if (!spawn_command(&wanted, &command.child, err)) {
        fd_close(&command.child_fd);
        return false;
    }
    while (!is_finished(&command))
        wait_for_event(&command);
    while (command.child.output_fd >= 0 && read_output(&command))
        ;
    if (command.line_len)
        flush_line(&command);
    fd_close(&command.child.output_fd);
    fd_close(&command.child_fd);
    return judge(&command, err);
}
