/*
 * sys/fd - file descriptors: the standard three, close-on-exec, reading and writing whole
 */
#ifndef MIGRINIT_SYS_FD_H
#define MIGRINIT_SYS_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Open the null device on each of 0, 1, 2 that is closed. Must come before anything opens a
 * descriptor: with fd 1 closed, libpq's socket became fd 1 and the app's output went to the server.
 * Gives a bit mask of what was closed (1 << fd), so that an app can be started with the same
 * closed.
 */
unsigned fd_fill_standard(void);

/* A close-on-exec pipe, both ends above 2. */
bool fd_pipe(int *read_fd, int *write_fd, struct error *err) MUST_CHECK;

/* Close *fd if it is open, and forget it (-1). */
void fd_close(int *fd);

/* Close what came through exec from our own parent; ours is close-on-exec and stays. */
void fd_close_inherited(void);

/*
 * Write all of it, waiting for room until the deadline (monotonic). The descriptor's flags are left
 * alone: an inherited one may be shared with others, who must not find it non-blocking.
 */
bool fd_write_all(int fd, struct slice bytes, int64_t deadline_ms);

/*
 * A terminal that poll() calls writable blocks a writer of more than it has room for, and knows no
 * other way to ask than O_NONBLOCK, which others share. Gives a descriptor of our own for the same
 * terminal, close-on-exec; fd itself where there is none, or no /proc.
 */
int fd_of_own_terminal(int fd);

/* Wait until fd (or stop_fd; -1 for none) is readable or, with want_write, writable. */
enum fd_ready { FD_READY, FD_STOP, FD_LATE };
enum fd_ready fd_wait(int fd, bool want_write, int stop_fd, int64_t deadline_ms);

/* A descriptor that is readable when one of them is; the caller closes it. -1: there is none. */
int fd_of_either(int fd, int other_fd);

#endif
