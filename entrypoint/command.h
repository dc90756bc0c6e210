/*
 * entrypoint/command - run a command step to its end, its output prefixed and its time limited
 *
 * Why here   `alembic upgrade head`, `drizzle-kit push` and their like run under the same lock,
 *            policy and log as the native formats. This is the hook that the run (lib/migrate)
 *            calls back for it.
 * Signals    The command gets SIGTERM at the time limit and when the preparer is told to stop,
 *            SIGKILL three seconds later; both go to its whole process group.
 * Secrets    Its output passes the redactor: many a tool prints the URL that it was given.
 */
#ifndef MIGRINIT_ENTRYPOINT_COMMAND_H
#define MIGRINIT_ENTRYPOINT_COMMAND_H

#include "migrate/session.h"

/* Errors: ERR_MIGRATION (exit code, signal, time limit), ERR_INTERRUPTED, ERR_SYSTEM */
bool command_run(const struct command_request *request, struct arena *arena,
                 struct error *err) MUST_CHECK;

#endif
