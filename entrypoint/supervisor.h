/*
 * entrypoint/supervisor - libev around the machine: signals, children and time in, actions out
 *
 * Why here   The one process that must always answer. It waits in epoll only: never for the
 *            database, never for a name server, never for whoever reads the log.
 * Signals    All are blocked since the first line of main() and come from a signalfd, on a loop of
 *            our own.
 * Memory     Everything is allocated before the first child is made.
 */
#ifndef MIGRINIT_ENTRYPOINT_SUPERVISOR_H
#define MIGRINIT_ENTRYPOINT_SUPERVISOR_H

#include <stdbool.h>

#include "entrypoint/control.h"
#include "entrypoint/environment.h"
#include "entrypoint/preparer.h"
#include "entrypoint/ready.h"
#include "entrypoint/spawn.h"
#include "entrypoint/web.h"
#include "migrate/policy.h"

struct supervisor_plan {
    struct preparer_job job; /* report_fd is filled in */
    struct policy policy;
    char *const *command; /* NULL: no app */
    struct app_environment *environment;
    const struct privileges *privileges; /* the app's; NULL when it is who we are */
    const struct spawn_origin *origin;
    const struct app_config *app;
    struct control_users users;
    struct ready_rule ready;
    const char *notify_socket; /* NOTIFY_SOCKET as it came; NULL for none */
    struct web *web;           /* NULL: no [health] listen */
    bool is_init;              /* not a verb that somebody runs by hand beside the init */
    bool execs;                /* become the app instead of supervising it */
};

/* Run the plan to its end; gives the exit code. In exec mode it only returns when no app runs. */
int supervisor_run(const struct supervisor_plan *plan);

#endif
