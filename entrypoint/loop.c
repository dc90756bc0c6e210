#include "entrypoint/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "sys/fd.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#include <ev.h>
#pragma GCC diagnostic pop

#include "base/arena.h"

/* Far enough away never to come, near enough for libev's arithmetic. */
static const double never = 4e9;

enum { SPARE_FDS = 8 };

struct loop_watch {
    ev_io io;
    struct loop *loop;
    loop_callback *ready;
    bool is_held; /* while settling: its descriptor stands for a later one */
};

struct loop_timer {
    ev_timer timer;
    struct loop *loop;
    loop_callback *over;
};

struct loop {
    struct ev_loop *ev;
    void *context;
    ev_periodic clock_jump;
    struct loop_watch watches[LOOP_WATCH_MAX];
    struct loop_timer timers[LOOP_TIMER_MAX];
    int watch_count;
    int timer_count;
    bool is_settling; /* nothing is called back */
};

static void on_ready(struct ev_loop *ev, ev_io *io, int revents)
{
    struct loop_watch *watch = (struct loop_watch *)io;

    (void)ev;
    (void)revents;
    if (!watch->loop->is_settling)
        watch->ready(watch->loop->context);
}

static void on_timer(struct ev_loop *ev, ev_timer *ev_timer, int revents)
{
    struct loop_timer *timer = (struct loop_timer *)ev_timer;

    (void)ev;
    (void)revents;
    if (!timer->loop->is_settling)
        timer->over(timer->loop->context);
}

static void on_clock_jump(struct ev_loop *ev, ev_periodic *periodic, int revents)
{
    (void)ev;
    (void)periodic;
    (void)revents;
}

/* Of libev's own making is an abort(), which looks like a crash. Every loop has it, the waiter's
 * too. */
static void *resize(void *old, long size)
{
    void *memory;

    if (size == 0) {
        free(old);
        return NULL;
    }
    memory = realloc(old, (size_t)size);
    if (!memory)
        memory_exhausted();
    return memory;
}

struct loop *loop_open(void *context, struct error *err)
{
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop)
        memory_exhausted();
    ev_set_allocator(resize);
    /* Not epoll first: where the user's watches are used up (ENOSPC, fs.epoll.max_user_watches)
     * libev 4.33 leaves a descriptor unwatched without a word, and PID 1 would be deaf. */
    loop->ev = ev_loop_new(EVBACKEND_POLL | EVFLAG_NOENV);
    if (!loop->ev)
        loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop->ev) {
        free(loop);
        error_set(err, ERR_SYSTEM, "no event loop: epoll and poll are both refused");
        return NULL;
    }
    loop->context = context;
    return loop;
}

void loop_close(struct loop *loop)
{
    ev_loop_destroy(loop->ev);
    free(loop);
}

struct loop_watch *loop_watch_new(struct loop *loop, int fd, loop_callback *ready)
{
    struct loop_watch *watch = &loop->watches[loop->watch_count++];

    assert(loop->watch_count <= LOOP_WATCH_MAX);
    watch->loop = loop;
    watch->ready = ready;
    ev_io_init(&watch->io, on_ready, fd, EV_READ);
    return watch;
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_callback *over)
{
    struct loop_timer *timer = &loop->timers[loop->timer_count++];

    assert(loop->timer_count <= LOOP_TIMER_MAX);
    timer->loop = loop;
    timer->over = over;
    ev_timer_init(&timer->timer, on_timer, never, 0.);
    return timer;
}

void loop_watch_start(struct loop_watch *watch)
{
    ev_io_start(watch->loop->ev, &watch->io);
}

void loop_watch_stop(struct loop_watch *watch)
{
    ev_io_stop(watch->loop->ev, &watch->io);
}

bool loop_watch_is_on(const struct loop_watch *watch)
{
    return ev_is_active(&watch->io);
}

void loop_watch_set(struct loop_watch *watch, int fd)
{
    ev_io_set(&watch->io, fd, EV_READ);
}

void loop_watch_set_writable(struct loop_watch *watch, int fd)
{
    ev_io_set(&watch->io, fd, EV_WRITE);
}

void loop_timer_arm(struct loop_timer *timer, int64_t after_ms)
{
    struct ev_loop *ev = timer->loop->ev;

    ev_now_update(ev);
    ev_timer_stop(ev, &timer->timer);
    ev_timer_set(&timer->timer, (double)after_ms / 1000., 0.);
    ev_timer_start(ev, &timer->timer);
}

void loop_timer_stop(struct loop_timer *timer)
{
    ev_timer_stop(timer->loop->ev, &timer->timer);
}

/*
 * With a periodic watcher libev hears of clock jumps by a timerfd, and no longer wakes up every
 * minute to look for them.
 */
static void listen_for_clock_jumps(struct loop *loop)
{
    ev_periodic_init(&loop->clock_jump, on_clock_jump, never, 0., NULL);
    ev_periodic_start(loop->ev, &loop->clock_jump);
}

/*
 * libev keeps an array by descriptor. Those that are watched later get the numbers that are free
 * now, and some of them may be in other use then.
 */
static int hold_fd(void)
{
    int spare[SPARE_FDS], fd;

    for (int i = 0; i < SPARE_FDS; i++)
        spare[i] = eventfd(0, EFD_CLOEXEC);
    fd = eventfd(0, EFD_CLOEXEC);
    for (int i = 0; i < SPARE_FDS; i++)
        fd_close(&spare[i]);
    return fd;
}

static void hold_fds(struct loop *loop)
{
    for (int i = 0; i < loop->watch_count; i++) {
        struct loop_watch *watch = &loop->watches[i];

        watch->is_held = watch->io.fd < 0;
        if (watch->is_held)
            loop_watch_set(watch, hold_fd());
    }
}

static void release_fds(struct loop *loop)
{
    for (int i = 0; i < loop->watch_count; i++) {
        struct loop_watch *watch = &loop->watches[i];

        if (!watch->is_held)
            continue;
        fd_close(&watch->io.fd);
        loop_watch_set(watch, -1);
    }
}

/*
 * Each is made pending once, and one round is turned in which every timer is over: libev has arrays
 * for what is pending, for what has changed and for the timers of a round.
 */
void loop_settle(struct loop *loop)
{
    listen_for_clock_jumps(loop);
    loop->is_settling = true;
    hold_fds(loop);
    for (int i = 0; i < loop->watch_count; i++) {
        if (loop->watches[i].io.fd < 0)
            continue;
        ev_io_start(loop->ev, &loop->watches[i].io);
        ev_feed_event(loop->ev, &loop->watches[i].io, 0);
    }
    for (int i = 0; i < loop->timer_count; i++)
        loop_timer_arm(&loop->timers[i], 0);
    ev_run(loop->ev, EVRUN_NOWAIT);
    for (int i = 0; i < loop->watch_count; i++)
        ev_io_stop(loop->ev, &loop->watches[i].io);
    for (int i = 0; i < loop->timer_count; i++)
        ev_timer_stop(loop->ev, &loop->timers[i].timer);
    release_fds(loop);
    loop->is_settling = false;
}

void loop_run(struct loop *loop)
{
    ev_run(loop->ev, 0);
}

void loop_end(struct loop *loop)
{
    ev_break(loop->ev, EVBREAK_ALL);
}
