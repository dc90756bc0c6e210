/*
 * entrypoint/preparer - the child of PID 1 that does the database work
 *
 * Why here   Name look-up, TLS and the server's answers take as long as they take; a crash or an
 *            out-of-memory kill must not take PID 1 along; and the memory of libpq and OpenSSL goes
 *            back to the system with the process. So PID 1 forks this child, hears phases over a
 *            pipe, and decides by its outcome.
 * Signals    Starts with SIGTERM, SIGINT, SIGHUP and SIGQUIT unblocked and at their default action:
 *            while nothing has been begun a stop signal may simply end it. From the first change in
 *            the database on it takes them itself, cancels the running statement, rolls back, and
 *            ends with OUTCOME_INTERRUPTED.
 */
#ifndef MIGRINIT_ENTRYPOINT_PREPARER_H
#define MIGRINIT_ENTRYPOINT_PREPARER_H

#include <stdbool.h>

#include "conf/config.h"
#include "entrypoint/privileges.h"
#include "migrate/policy.h"
#include "migrate/repair.h"

struct preparer_job {
    const struct config *config;
    enum duty duty;
    bool has_command; /* an app follows: a missing database configuration is then no error by itself
                       */
    enum answer answer;   /* of DUTY_STATUS and DUTY_PLAN */
    struct repair repair; /* of DUTY_REPAIR */
    struct down_request down;
    const struct privileges *privileges; /* to work as the app will run; NULL: as who we are */
    int report_fd;                       /* written to; see migrate/report */
};

/* Does the job in this process and gives the exit code to end with. */
int preparer_main(const struct preparer_job *job);

#endif
