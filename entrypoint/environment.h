/*
 * entrypoint/environment - the app's environment: as it came, without what is ours, and with what
 * only PID 1 knows
 *
 * Why here   PID 1 allocates nothing after its start, so the list is made early, with room for the
 *            values that are known late: MIGRINIT_STATUS when the preparer has ended, and the app's
 *            own pid when it was forked. Socket activation compares LISTEN_PID with getpid(); the
 *            service manager meant us, and the app is who takes the sockets.
 * Taken out  what option_env_is_kept_from_app() tells, unless everything is kept
 * Limits     /proc/1/environ shows what the kernel was given when migrinit was started.
 */
#ifndef MIGRINIT_ENTRYPOINT_ENVIRONMENT_H
#define MIGRINIT_ENTRYPOINT_ENVIRONMENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "conf/config.h"
#include "conf/identity.h"

/* What becomes of NOTIFY_SOCKET: the manager is told by migrinit, unless the app has replaced it.
 */
enum notify_handover { NOTIFY_WITHHELD, NOTIFY_OURS, NOTIFY_AS_IT_CAME };

struct app_environment_source {
    const char *const *environment; /* as it came */
    pid_t own_pid;
    enum notify_handover handover;
    bool keeps_all;
    const struct identity *identity; /* whose HOME, USER and LOGNAME it gets; NULL: they stay */
    struct text_list additions;      /* NAME=value, of [app] env_file */
};

struct app_environment {
    const char **variables;
    char status[48];         /* MIGRINIT_STATUS=... */
    char listen_pid[32];     /* LISTEN_PID=...; "" when it did not name us */
    char notify_socket[128]; /* NOTIFY_SOCKET=... of ours */
};

/* Keeps pointers into *out: it must stay where it is. */
void app_environment_build(const struct app_environment_source *source, struct arena *arena,
                           struct app_environment *out);

/* HOME, and USER and LOGNAME where there is a name: an unknown user has none of the caller's. */
const char *const *environment_of(const struct identity *identity, const char *const *environment,
                                  struct arena *arena);

void app_environment_set_status(struct app_environment *environment, const char *status);

void app_environment_set_notify(struct app_environment *environment, const char *name);

/* In the child, before exec. */
void app_environment_set_pid(struct app_environment *environment, pid_t pid);

#endif
