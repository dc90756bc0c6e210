#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "entrypoint/supervisor_parts.h"
#include "sys/fd.h"
#include "sys/log.h"

bool supervisor_app_failed(const struct supervisor *s)
{
    return s->app_failure.step != PRIVILEGE_NONE || s->app_failure.sys_errno;
}

static int explain(const struct supervisor *s, struct error *err)
{
    if (s->app_failure.step == PRIVILEGE_NONE)
        return spawn_explain(s->plan->command[0], s->app_failure.sys_errno, err);
    privileges_explain(s->plan->privileges, &s->app_failure, err);
    return 126;
}

void supervisor_app_unstartable(struct supervisor *s)
{
    struct error err;

    s->app_code = explain(s, &err);
    log_error(LOG_ERROR, LOG_INIT, "app.unstartable", &err);
    supervisor_dispatch(s, EVENT_APP_UNSTARTABLE, "the app cannot be run");
}

void supervisor_read_notice(struct supervisor *s)
{
    ssize_t len = read(s->notice_fd, &s->app_failure, sizeof s->app_failure);

    if (len >= 0) {
        loop_watch_stop(s->notice);
        fd_close(&s->notice_fd);
    }
    if (len == 0 && s->app)
        supervisor_app_started(s);
}

static void finish_environment(void *context)
{
    app_environment_set_pid(context, getpid());
}

void supervisor_take_terminal(const struct supervisor *s)
{
    if (s->terminal_fd >= 0 && tcgetpgrp(s->terminal_fd) == s->app_group)
        tcsetpgrp(s->terminal_fd, getpgrp());
}

void supervisor_hand_terminal(const struct supervisor *s)
{
    if (s->terminal_fd >= 0 && tcgetpgrp(s->terminal_fd) == getpgrp())
        tcsetpgrp(s->terminal_fd, s->app_group);
}

static void keep_terminal(struct supervisor *s)
{
    if (s->terminal_fd < 0 && tcgetpgrp(STDIN_FILENO) >= 0)
        s->terminal_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

/*
 * From here on the app has its own copies. Held by us, standard input and output would keep a
 * pipe's other end from seeing the end, an inherited descriptor a socket from closing, and the
 * directory a mount from being unmounted. But the next app would need them again.
 */
static void let_go(const struct supervisor *s)
{
    int null_fd;

    if (s->plan->app->restart != RESTART_NEVER)
        return;
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd >= 0) {
        dup2(null_fd, STDIN_FILENO);
        dup2(null_fd, STDOUT_FILENO);
        close(null_fd);
    }
    fd_close_inherited();
    if (chdir("/") != 0)
        log_line(LOG_DEBUG, LOG_INIT, "init.directory", "cannot leave the directory: %s",
                 strerror(errno));
}

/* The first app has the pipe that was made at the start; its numbers are free again by then. */
static bool has_notice(struct supervisor *s, struct error *err)
{
    if (s->notice_write_fd >= 0)
        return true;
    if (!supervisor_open_pipe(&s->notice_fd, &s->notice_write_fd, err))
        return false;
    loop_watch_set(s->notice, s->notice_fd);
    return true;
}

static void spawn(struct supervisor *s, struct spawn_app *app)
{
    struct error err;

    app->notice_fd = -1;
    if (has_notice(s, &err))
        app->notice_fd = s->notice_write_fd;
    if (app->notice_fd < 0 || !spawn_app(app, &s->app, &err)) {
        log_error(LOG_ERROR, LOG_INIT, "app.unstartable", &err);
        s->app_code = 126;
        supervisor_dispatch(s, EVENT_APP_UNSTARTABLE, "the app cannot be run");
        return;
    }
    s->app_group = s->app;
    fd_close(&s->notice_write_fd);
    loop_watch_start(s->notice);
    keep_terminal(s);
    let_go(s);
}

void supervisor_start_app(struct supervisor *s)
{
    struct spawn_app app = {
        .argv = s->plan->command,
        .origin = s->plan->origin,
        .environment = (char *const *)s->plan->environment->variables,
        .prepare = s->plan->execs ? NULL : finish_environment,
        .context = s->plan->environment,
        .privileges = s->plan->privileges,
        .notice_fd = s->notice_write_fd,
    };

    app_environment_set_status(s->plan->environment, s->verdict.app_status);
    supervisor_app_starting(s);
    spawn_close_filled_on_exec(s->plan->origin);
    if (!s->plan->execs) {
        spawn(s, &app);
        return;
    }
    s->app_failure = spawn_exec_in_place(&app);
    supervisor_app_unstartable(s);
}
