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

static void drop(const char **variables, const char *prefix)
{
    const char **kept = variables;

    for (; *variables; variables++) {
        if (strncmp(*variables, prefix, strlen(prefix)) != 0)
            *kept++ = *variables;
    }
    *kept = NULL;
}

static void hand_notify_over(struct app_environment *out, enum notify_handover handover,
                             struct arena *arena)
{
    app_environment_set_notify(out, "");
    if (handover == NOTIFY_OURS)
        out->variables =
            (const char **)spawn_environment_with(out->variables, out->notify_socket, arena);
    else if (handover == NOTIFY_WITHHELD)
        drop(out->variables, out->notify_socket);
}

void app_environment_build(const char *const *environment, pid_t own_pid,
                           enum notify_handover handover, struct arena *arena,
                           struct app_environment *out)
{
    app_environment_set_status(out, "skipped");
    out->variables = (const char **)spawn_environment_with(environment, out->status, arena);
    hand_notify_over(out, handover, arena);
    adopt_listen_pid(out, own_pid);
}

void app_environment_set_notify(struct app_environment *environment, const char *name)
{
    snprintf(environment->notify_socket, sizeof environment->notify_socket, "NOTIFY_SOCKET=%s",
             name);
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
