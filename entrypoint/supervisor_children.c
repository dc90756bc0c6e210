#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/waitstat.h"
#include "entrypoint/supervisor_parts.h"
#include "sys/clock.h"
#include "sys/log.h"

/* Who was told to stop was killed by us, if at all. */
static void describe_end(const struct supervisor *s, int wait_status, char *out, size_t out_size)
{
    bool is_stopping = s->state == STATE_STOPPING_PREPARER || s->state == STATE_STOPPING_APP;

    waitstat_describe(wait_status, out, out_size);
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL && !is_stopping)
        snprintf(out + strlen(out), out_size - strlen(out), ", out of memory?");
}

static void preparer_ended(struct supervisor *s, int wait_status)
{
    char how[64];

    describe_end(s, wait_status, how, sizeof how);
    supervisor_preparer_ended(s, how);
}

/* Only an app that ended by itself is. */
static bool is_to_restart(struct supervisor *s)
{
    const struct app_config *app = s->plan->app;
    const struct restart_policy policy = {.when = (enum restart_when)app->restart,
                                          .limit = (unsigned)app->restart_limit,
                                          .window_ms = app->restart_window_ms};

    if (s->state != STATE_RUNNING || policy.when == RESTART_NEVER)
        return false;
    s->again =
        restart_decide(&policy, &s->restarts, s->app_code, clock_monotonic_ms(), clock_random());
    if (s->again.is_spent)
        log_event(
            LOG_ERROR, LOG_INIT, "restart.spent", LOG_FIELDS(log_int("restarts", s->again.recent)),
            "the app was started again %u times already, which is what [app] restart_limit allows",
            s->again.recent);
    return s->again.restarts;
}

static void app_ended(struct supervisor *s, int wait_status)
{
    char how[64], what[96];

    s->app = 0;
    supervisor_take_terminal(s);
    if (loop_watch_is_on(s->notice))
        supervisor_read_notice(s);
    if (supervisor_app_failed(s)) {
        supervisor_app_unstartable(s);
        return;
    }
    s->app_code = remap_apply(&s->plan->app->exit_codes, waitstat_exit_code(wait_status));
    describe_end(s, wait_status, how, sizeof how);
    if (WIFSIGNALED(wait_status) && s->state == STATE_RUNNING)
        log_line(LOG_WARN, LOG_INIT, "app.killed", "the app was not asked to stop: %s", how);
    snprintf(what, sizeof what, "the app ended (%s)", how);
    supervisor_dispatch(s, is_to_restart(s) ? EVENT_APP_AGAIN : EVENT_APP_ENDED, what);
}

/*
 * Ctrl-Z reached the app alone, which has the terminal. The shell hears of it as if the app were
 * its job: the rest of that job, a pipeline maybe, is stopped, and so are we. TSTP is blocked in
 * us.
 */
static void app_stopped(struct supervisor *s)
{
    if (getpid() == 1 || s->terminal_fd < 0 || tcgetpgrp(s->terminal_fd) != s->app_group)
        return;
    supervisor_take_terminal(s);
    kill(0, SIGTSTP);
    supervisor_stop_self(s);
}

static void orphan_ended(pid_t pid, int wait_status)
{
    char how[64];

    waitstat_describe(wait_status, how, sizeof how);
    log_event(LOG_DEBUG, LOG_INIT, "orphan.reaped", LOG_FIELDS(log_int("pid", pid)),
              "reaped process %d (%s)", (int)pid, how);
}

static void child_ended(struct supervisor *s, pid_t pid, int wait_status)
{
    if (pid == s->preparer)
        preparer_ended(s, wait_status);
    else if (pid == s->app)
        app_ended(s, wait_status);
    else
        orphan_ended(pid, wait_status);
}

/* Without blocking it is never interrupted, says the manual: a sandbox may do so all the same, and
 * nothing else would tell of this child again. */
static pid_t next_child(int *wait_status)
{
    pid_t pid;

    do
        pid = waitpid(-1, wait_status, WNOHANG | WUNTRACED);
    while (pid < 0 && errno == EINTR);
    return pid;
}

void supervisor_reap(struct supervisor *s)
{
    int wait_status;
    pid_t pid;

    while ((pid = next_child(&wait_status)) > 0) {
        if (!WIFSTOPPED(wait_status))
            child_ended(s, pid, wait_status);
        else if (pid == s->app)
            app_stopped(s);
    }
    if (pid < 0 && errno == ECHILD)
        supervisor_dispatch(s, EVENT_ALONE, "no process is left");
}
