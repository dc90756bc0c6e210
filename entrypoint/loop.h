/*
 * entrypoint/loop - libev for PID 1: descriptors and timers that call back, one at a time
 *
 * Why here   PID 1 waits in epoll only, and allocates nothing once children depend on it. So what
 *            is watched is made at the start, and libev's own arrays, which grow when a watcher
 *            first needs room and abort when they cannot, are grown by loop_settle(): for what is
 *            watched later too, which is made without a descriptor.
 * Facts      libev's default loop and its signal and child watchers would install handlers, which
 *            leave a gap between fork and exec, and reap on their own terms: neither is used.
 */
#ifndef MIGRINIT_ENTRYPOINT_LOOP_H
#define MIGRINIT_ENTRYPOINT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

struct loop;
struct loop_watch;
struct loop_timer;

typedef void loop_callback(void *context);

/* Every callback is given the context. NULL when the kernel refuses epoll and poll. */
struct loop *loop_open(void *context, struct error *err) MUST_CHECK;

/* What is watched stays open. */
void loop_close(struct loop *loop);

enum { LOOP_WATCH_MAX = 32, LOOP_TIMER_MAX = 4 };

/*
 * Of each kind no more than the maximum. They belong to the loop; neither is started. An fd of -1
 * is set later.
 */
struct loop_watch *loop_watch_new(struct loop *loop, int fd, loop_callback *ready);
struct loop_timer *loop_timer_new(struct loop *loop, loop_callback *over);

/* Grow whatever may have to grow, when all of them are made. */
void loop_settle(struct loop *loop);

/* Called back while the descriptor is ready, or its other end is gone. */
void loop_watch_start(struct loop_watch *watch);
void loop_watch_stop(struct loop_watch *watch);
bool loop_watch_is_on(const struct loop_watch *watch);

/* Another descriptor for a watch that is stopped: to be readable; or writable. */
void loop_watch_set(struct loop_watch *watch, int fd);
void loop_watch_set_writable(struct loop_watch *watch, int fd);

/* Another moment replaces the one before. */
void loop_timer_arm(struct loop_timer *timer, int64_t after_ms);
void loop_timer_stop(struct loop_timer *timer);

/* Until loop_end() */
void loop_run(struct loop *loop);
void loop_end(struct loop *loop);

#endif
