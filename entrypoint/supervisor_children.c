#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/waitstat.h"
#include "entrypoint/supervisor_parts.h"
#include "sys/log.h"

static void describe_end(int wait_status, char *out, size_t out_size)
{
    waitstat_describe(wait_status, out, out_size);
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL)
        snprintf(out + strlen(out), out_size - strlen(out), ", out of memory?");
}

static void preparer_ended(struct supervisor *s, int wait_status)
{
    char how[64];

    describe_end(wait_status, how, sizeof how);
    supervisor_preparer_ended(s, how);
}

static void app_ended(struct supervisor *s, int wait_status)
{
    char how[64], what[96];

    s->app = 0;
    if (loop_watch_is_on(s->notice))
        supervisor_read_notice(s);
    if (s->app_errno) {
        supervisor_app_unstartable(s);
        return;
    }
    s->app_code = waitstat_exit_code(wait_status);
    describe_end(wait_status, how, sizeof how);
    if (WIFSIGNALED(wait_status) && s->state == STATE_RUNNING)
        log_line(LOG_WARN, LOG_INIT, "app.killed", "the app was not asked to stop: %s", how);
    snprintf(what, sizeof what, "the app ended (%s)", how);
    supervisor_dispatch(s, EVENT_APP_ENDED, what);
}

static void orphan_ended(pid_t pid, int wait_status)
{
    char how[64];

    waitstat_describe(wait_status, how, sizeof how);
    log_event(LOG_DEBUG, LOG_INIT, "orphan.reaped", LOG_FIELDS(log_int("pid", pid)),
              "reaped process %d (%s)", (int)pid, how);
}

void supervisor_reap(struct supervisor *s)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        if (pid == s->preparer)
            preparer_ended(s, wait_status);
        else if (pid == s->app)
            app_ended(s, wait_status);
        else
            orphan_ended(pid, wait_status);
    }
}
