#include "base/backoff.h"
#include "entrypoint/datagram.h"
#include "entrypoint/supervisor_parts.h"
#include "sys/clock.h"
#include "sys/log.h"

/* How long one try may take. */
enum { TRY_MS = 2000 };

/* ---- the app says so ---- */

static void take_words(struct supervisor *s, struct slice message)
{
    char passed_on[NOTIFY_MAX];
    bool says_ready;
    size_t len = notify_filter(message, passed_on, sizeof passed_on, &says_ready);

    if (s->state != STATE_RUNNING)
        return;
    if (says_ready && !s->is_ready)
        supervisor_app_ready(s);
    notify_send(&s->notify, (struct slice){passed_on, len});
}

static void on_app_words(void *context)
{
    struct supervisor *s = context;
    char message[NOTIFY_MAX];
    size_t len;

    for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
        if (!notify_receive(s->app_notify_fd, message, sizeof message, &len))
            break;
        take_words(s, (struct slice){message, len});
    }
}

/* ---- it is looked for ---- */

static void watch_probe(struct supervisor *s, bool wants_write)
{
    if (wants_write)
        loop_watch_set_writable(s->probe, s->ready.probe.fd);
    else
        loop_watch_set(s->probe, s->ready.probe.fd);
    loop_watch_start(s->probe);
}

static void take_state(struct supervisor *s, enum ready_state state)
{
    if (state == READY_WANT_READ || state == READY_WANT_WRITE) {
        watch_probe(s, state == READY_WANT_WRITE);
        return;
    }
    if (state == READY_NOT_YET) {
        loop_timer_arm(s->probe_timer,
                       backoff_pause_ms(&backoff_connect, s->ready.tries - 1, clock_random()));
        return;
    }
    loop_timer_stop(s->probe_timer);
    supervisor_app_ready(s);
}

static void on_probe(void *context)
{
    struct supervisor *s = context;

    loop_watch_stop(s->probe);
    take_state(s, ready_check_advance(&s->ready));
}

static void try_once(struct supervisor *s)
{
    loop_timer_arm(s->probe_timer, TRY_MS);
    take_state(s, ready_check_try(&s->ready));
}

/* A pause is over, or a try took too long. */
static void on_probe_timer(void *context)
{
    struct supervisor *s = context;

    if (s->ready.probe.fd < 0) {
        try_once(s);
        return;
    }
    loop_watch_stop(s->probe);
    ready_check_stop(&s->ready);
    take_state(s, READY_NOT_YET);
}

/* ---- start ---- */

bool supervisor_open_ready(struct supervisor *s, struct error *err)
{
    char name[NOTIFY_NAME_MAX];

    if (s->plan->ready.kind != READY_NOTIFY || s->plan->execs || !s->plan->command)
        return true;
    if (!notify_listen(&s->app_notify_fd, name, sizeof name, err))
        return false;
    app_environment_set_notify(s->plan->environment, name);
    return true;
}

void supervisor_watch_ready(struct supervisor *s)
{
    if (s->app_notify_fd >= 0)
        s->app_words = loop_watch_new(s->loop, s->app_notify_fd, on_app_words);
    if (!ready_rule_is_probed(&s->plan->ready))
        return;
    s->probe = loop_watch_new(s->loop, -1, on_probe);
    s->probe_timer = loop_timer_new(s->loop, on_probe_timer);
}

/* ---- what becomes of the app ---- */

/* In exec mode nobody is left to hear when it is ready: it says so itself, or counts as ready. */
void supervisor_app_starting(struct supervisor *s)
{
    ready_check_reset(&s->ready, &s->plan->ready);
    if (s->app_words && !loop_watch_is_on(s->app_words))
        loop_watch_start(s->app_words);
    if (s->plan->execs && s->plan->ready.kind != READY_NOTIFY)
        supervisor_app_ready(s);
}

void supervisor_app_started(struct supervisor *s)
{
    log_event(LOG_DEBUG, LOG_INIT, "app.started", LOG_FIELDS(log_int("pid", s->app)),
              "the app has started");
    if (s->plan->ready.kind == READY_STARTED)
        supervisor_app_ready(s);
    else if (s->probe)
        try_once(s);
}

void supervisor_app_ready(struct supervisor *s)
{
    enum log_level level = s->plan->ready.kind == READY_STARTED ? LOG_DEBUG : LOG_INFO;

    s->is_ready = true;
    log_line(level, LOG_INIT, "app.ready", "the app is ready");
    supervisor_phase_changed(s);
}

void supervisor_app_over(struct supervisor *s)
{
    s->is_ready = false;
    if (!s->probe)
        return;
    loop_watch_stop(s->probe);
    loop_timer_stop(s->probe_timer);
    ready_check_stop(&s->ready);
}
