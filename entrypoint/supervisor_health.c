#include <unistd.h>

#include "entrypoint/control.h"
#include "entrypoint/supervisor_parts.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/log.h"

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

/* A verb that somebody runs by hand beside the init is nobody to ask. */
static bool is_init(const struct supervisor *s)
{
    return s->plan->command || getpid() == 1;
}

static void open_control(struct supervisor *s)
{
    struct error err;

    if (is_init(s) && !control_open(&s->control_fd, &err))
        log_error(LOG_DEBUG, LOG_INIT, "health.unavailable", &err);
}

void supervisor_open_health(struct supervisor *s)
{
    s->health.since_ms = clock_monotonic_ms();
    open_control(s);
}

void supervisor_watch_health(struct supervisor *s)
{
    if (s->control_fd >= 0)
        s->questions = loop_watch_new(s->loop, s->control_fd, on_questions);
}

void supervisor_start_health(struct supervisor *s)
{
    if (s->questions)
        loop_watch_start(s->questions);
}

void supervisor_close_health(struct supervisor *s)
{
    fd_close(&s->control_fd);
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
    if (s->state != STATE_RUNNING)
        s->is_ready = false;
    health_enter(&s->health, health_phase_of(s->state, s->health.progress.phase, s->is_ready),
                 clock_monotonic_ms());
    tell_phase(s);
}

static void app_is_ready(struct supervisor *s)
{
    s->is_ready = true;
    supervisor_phase_changed(s);
}

void supervisor_app_started(struct supervisor *s)
{
    log_event(LOG_DEBUG, LOG_INIT, "app.started", LOG_FIELDS(log_int("pid", s->app)),
              "the app has started");
    app_is_ready(s);
}
