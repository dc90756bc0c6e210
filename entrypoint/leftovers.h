/*
 * entrypoint/leftovers - the processes that are still there when the app has ended
 *
 * Why here   When PID 1 ends, the kernel kills the rest of the namespace without a word. Signals to
 *            all of them at once are PID 1's privilege; elsewhere, and where others than the app's
 *            shall be spared, they are looked up: whoever descends from this process.
 * Facts      As PID 1, kill(-1) is one step for all of the namespace, processes that `docker exec`
 *            brought in included. /proc/PID/stat: the parent is the second word behind the last
 *            parenthesis; the name inside of them may be anything.
 * Limits     Without /proc, and not PID 1, the app's process group is all that is known. A process
 *            that forks faster than it is looked up can escape.
 */
#ifndef MIGRINIT_ENTRYPOINT_LEFTOVERS_H
#define MIGRINIT_ENTRYPOINT_LEFTOVERS_H

#include <stdbool.h>
#include <sys/types.h>

/* To whom: all that is left, when this process is about to end too; or the descendants only. */
enum leftovers { LEFTOVERS_ALL, LEFTOVERS_DESCENDANTS };

void leftovers_signal(enum leftovers who, int signal, pid_t app_group);

#endif
