#include "entrypoint/environment.h"

#include <stdio.h>
#include <string.h>

#include "entrypoint/spawn.h"

static const char **find(const char **variables, const char *variable)
{
    while (*variables && strcmp(*variables, variable) != 0)
        variables++;
    return *variables ? variables : NULL;
}

static void adopt_listen_pid(struct app_environment *out, pid_t own_pid)
{
    const char **named;

    snprintf(out->listen_pid, sizeof out->listen_pid, "LISTEN_PID=%d", (int)own_pid);
    named = find(out->variables, out->listen_pid);
    if (named)
        *named = out->listen_pid;
    else
        out->listen_pid[0] = '\0';
}

void app_environment_build(const char *const *environment, pid_t own_pid, struct arena *arena,
                           struct app_environment *out)
{
    app_environment_set_status(out, "skipped");
    out->variables = (const char **)spawn_environment_with(environment, out->status, arena);
    adopt_listen_pid(out, own_pid);
}

void app_environment_set_status(struct app_environment *environment, const char *status)
{
    snprintf(environment->status, sizeof environment->status, "MIGRINIT_STATUS=%s", status);
}

void app_environment_set_pid(struct app_environment *environment, pid_t pid)
{
    if (environment->listen_pid[0])
        snprintf(environment->listen_pid, sizeof environment->listen_pid, "LISTEN_PID=%d",
                 (int)pid);
}
