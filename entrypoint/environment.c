#include "entrypoint/environment.h"

#include <stdio.h>
#include <string.h>

#include "base/variables.h"
#include "conf/options.h"

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
        out->variables = (const char **)variables_with(out->variables, out->notify_socket, arena);
    else if (handover == NOTIFY_WITHHELD)
        drop(out->variables, out->notify_socket);
}

static struct slice name_of(const char *variable)
{
    return (struct slice){variable, strcspn(variable, "=")};
}

typedef bool is_unwanted(struct slice name);

static const char *const *without(const char *const *environment, is_unwanted *unwanted,
                                  struct arena *arena)
{
    size_t count = 0, kept = 0;
    const char **copy;

    while (environment[count])
        count++;
    copy = arena_array(arena, count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        if (!unwanted(name_of(environment[i])))
            copy[kept++] = environment[i];
    }
    return copy;
}

static bool is_user_name(struct slice name)
{
    return slice_equal_text(name, "USER") || slice_equal_text(name, "LOGNAME");
}

const char *const *environment_of(const struct identity *identity, const char *const *environment,
                                  struct arena *arena)
{
    environment =
        variables_with(environment, arena_printf(arena, "HOME=%s", identity->home), arena);
    if (!identity->name)
        return without(environment, is_user_name, arena);
    environment =
        variables_with(environment, arena_printf(arena, "USER=%s", identity->name), arena);
    return variables_with(environment, arena_printf(arena, "LOGNAME=%s", identity->name), arena);
}

void app_environment_build(const struct app_environment_source *source, struct arena *arena,
                           struct app_environment *out)
{
    const char *const *variables = source->environment;

    if (!source->keeps_all)
        variables = without(variables, option_env_is_kept_from_app, arena);
    if (source->identity)
        variables = environment_of(source->identity, variables, arena);
    for (size_t i = 0; i < source->additions.count; i++)
        variables = variables_with(variables, source->additions.items[i], arena);
    app_environment_set_status(out, "skipped");
    out->variables = (const char **)variables_with(variables, out->status, arena);
    hand_notify_over(out, source->handover, arena);
    adopt_listen_pid(out, source->own_pid);
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
