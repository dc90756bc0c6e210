#include <errno.h>
#include <unistd.h>

#include "entrypoint/control.h"
#include "entrypoint/supervisor_parts.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/log.h"

/* To a manager whose queue was full. */
enum { NOTIFY_RETRY_MS = 100 };

/* For a name that the last container of that name has not let go of yet: ten seconds in all. */
enum { CONTROL_RETRY_MS = 100, CONTROL_TRIES = 100 };

/* ---- what is asked ---- */

static struct health health_now(const struct supervisor *s)
{
    return health_at(&s->health, clock_monotonic_ms());
}

static void on_questions(void *context)
{
    const struct supervisor *s = context;
    struct health health = health_now(s);

    control_serve(s->control_fd, &s->plan->users, &health);
}

static void on_web(void *context)
{
    const struct supervisor *s = context;
    struct health health = health_now(s);

    web_serve(s->plan->web, &health);
}

/*
 * The number of a mount namespace is free for the next container before the last one's PID 1 is
 * altogether gone: the kernel closes its descriptors after it has left its namespaces. Who is not
 * PID 1 finds the name in use by who is, and leaves it there.
 */
static void open_control(struct supervisor *s)
{
    struct error err;

    if (control_open(&s->control_fd, &err))
        return;
    log_error(LOG_DEBUG, LOG_INIT, "health.unavailable", &err);
    if (err.sys_errno == EADDRINUSE && getpid() == 1)
        s->control_tries = CONTROL_TRIES;
}

static void try_control_later(struct supervisor *s)
{
    if (s->control_tries > 0)
        loop_timer_arm(s->control_timer, CONTROL_RETRY_MS);
}

static void on_control_timer(void *context)
{
    struct supervisor *s = context;
    struct error err;

    s->control_tries--;
    if (!control_open(&s->control_fd, &err)) {
        try_control_later(s);
        return;
    }
    s->control_tries = 0;
    loop_watch_set(s->questions, s->control_fd);
    loop_watch_start(s->questions);
}

static void open_notify(struct supervisor *s)
{
    struct error err;

    if (s->plan->is_init && s->plan->notify_socket &&
        !notify_open(&s->notify, s->plan->notify_socket, &err))
        log_error(LOG_WARN, LOG_INIT, "notify.unavailable", &err);
}

void supervisor_open_health(struct supervisor *s)
{
    s->health.since_ms = clock_monotonic_ms();
    if (s->plan->is_init)
        open_control(s);
    open_notify(s);
}

void supervisor_close_health(struct supervisor *s)
{
    fd_close(&s->control_fd);
    fd_close(&s->notify.fd);
    fd_close(&s->app_notify_fd);
    if (s->plan->web)
        web_close(s->plan->web);
}

/* ---- what is told ---- */

static bool is_preparing(const struct supervisor *s)
{
    return s->state == STATE_PREPARING;
}

/* The manager may have to be told again: that it could not take it, or that more time is needed. */
static void tell_manager(struct supervisor *s)
{
    char message[NOTIFY_MAX];
    struct health health = health_now(s);
    bool is_told;

    if (s->notify.fd < 0)
        return;
    is_told = notify_send(
        &s->notify, (struct slice){message, notify_compose(&health, message, sizeof message)});
    loop_timer_stop(s->notify_timer);
    if (!is_told)
        loop_timer_arm(s->notify_timer, NOTIFY_RETRY_MS);
    else if (is_preparing(s))
        loop_timer_arm(s->notify_timer, NOTIFY_REPEAT_MS);
}

static void on_notify_timer(void *context)
{
    tell_manager(context);
}

void supervisor_watch_health(struct supervisor *s)
{
    if (s->control_fd >= 0 || s->control_tries > 0)
        s->questions = loop_watch_new(s->loop, s->control_fd, on_questions);
    if (s->control_tries > 0)
        s->control_timer = loop_timer_new(s->loop, on_control_timer);
    if (s->plan->web)
        web_watch(s->plan->web, s->loop, on_web);
    if (s->notify.fd >= 0)
        s->notify_timer = loop_timer_new(s->loop, on_notify_timer);
}

void supervisor_start_health(struct supervisor *s)
{
    if (s->control_fd >= 0)
        loop_watch_start(s->questions);
    try_control_later(s);
    if (s->plan->web)
        web_start(s->plan->web);
    tell_manager(s);
}

/* ---- what changes ---- */

static void tell_phase(const struct supervisor *s)
{
    log_event(LOG_DEBUG, LOG_INIT, "init.phase",
              LOG_FIELDS(log_str("state", machine_state_name(s->state)),
                         log_str("phase", health_phase_name(s->health.phase))),
              "now %s",
              s->state == STATE_PREPARING ? health_phase_name(s->health.phase)
                                          : machine_state_name(s->state));
}

void supervisor_phase_changed(struct supervisor *s)
{
    health_enter(&s->health, health_phase_of(s->state, s->health.progress.phase, s->is_ready),
                 clock_monotonic_ms());
    tell_phase(s);
    tell_manager(s);
}
