#include "pg/wait.h"

#include <stdio.h>
#include <string.h>

/* libev's watcher "inheritance" is a cast between structs that begin alike. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-aliasing"
#include <ev.h>
#pragma GCC diagnostic pop

#include "base/duration.h"
#include "pg/probe.h"
#include "pg/waited.h"
#include "sys/clock.h"

enum { SUMMARY_MS = 10000 };

/* One thing that is waited for. */
struct item {
    struct waiter *waiter;
    struct waited waited; /* what is known of it */
    struct probe probe;
    ev_io socket;
    ev_timer attempt_limit;
    ev_timer pause;
    int64_t attempt_deadline_ms;
    bool is_ready;
    bool is_parked; /* a database that was ready before the others: to be connected again */
};

struct waiter {
    const struct pg_wait_request *request;
    struct ev_loop *loop;
    ev_timer deadline, summary;
    int64_t started_ms;
    struct item *items; /* the database first, when there is one */
    size_t count;
    struct error *err;
    bool has_failed;
};

static int64_t elapsed_ms(const struct waiter *waiter)
{
    return clock_monotonic_ms() - waiter->started_ms;
}

/* --- giving up --------------------------------------------------------------------------- */

static enum error_code final_code(const struct item *item)
{
    bool is_missing = item->waited.refusal.kind == REFUSAL_MISSING;

    return is_missing && item->waiter->request->wants_missing ? ERR_DB_MISSING
                                                              : item->waited.refusal.code;
}

static void give_up(struct item *item, enum error_code code, const char *what)
{
    struct waiter *waiter = item->waiter;

    error_set(waiter->err, code, "%s %s: %s", item->waited.name, what, item->waited.reason);
    memcpy(waiter->err->sqlstate, item->waited.refusal.sqlstate, sizeof waiter->err->sqlstate);
    if (item->waited.text[0])
        error_detail(waiter->err, "%s", item->waited.text);
    if (item->waited.refusal.hint)
        error_hint(waiter->err, "%s", item->waited.refusal.hint);
    waiter->has_failed = true;
    ev_break(waiter->loop, EVBREAK_ALL);
}

static const char *refused_how(enum error_code code, enum refusal_kind kind)
{
    if (kind == REFUSAL_MISSING)
        return "is missing";
    if (code == ERR_DB_UNREACHABLE)
        return "is not reachable";
    return code == ERR_DB_REFUSED ? "refused us" : "cannot be connected to";
}

static void give_up_refused(struct item *item)
{
    enum error_code code = final_code(item);

    give_up(item, code, refused_how(code, item->waited.refusal.kind));
}

/* A refusal that the deadline overtook in its grace stays a refusal. */
static void give_up_late(struct item *item)
{
    int64_t timeout_ms = item->waiter->request->limits->timeout_ms;
    char what[64], limit[32];

    if (item->waited.refusal.code != ERR_DB_UNREACHABLE) {
        give_up_refused(item);
        return;
    }
    duration_format(timeout_ms ? timeout_ms : elapsed_ms(item->waiter), limit, sizeof limit);
    snprintf(what, sizeof what, "not reachable within %s", limit);
    give_up(item, ERR_DB_UNREACHABLE, what);
}

/* While the official image sets itself up, its socket answers before its database is made. */
static int64_t grace_left_ms(const struct item *item)
{
    const struct pg_wait_request *request = item->waiter->request;
    struct waited_graces graces = {
        .auth_ms = request->limits->auth_grace_ms,
        .is_missing_final = item->waited.is_database && request->wants_missing &&
                            !dsn_is_unix_socket(&request->target->dsn),
    };

    return waited_grace_left_ms(&item->waited, &graces, clock_monotonic_ms());
}

/* --- the loop ---------------------------------------------------------------------------- */

static void attempt_begin(struct item *item);

/* Blocking calls have passed since libev last looked at the clock. */
static void timer_start(struct waiter *waiter, ev_timer *timer, int64_t after_ms)
{
    ev_now_update(waiter->loop);
    ev_timer_stop(waiter->loop, timer);
    ev_timer_set(timer, (ev_tstamp)after_ms / 1000., 0.);
    ev_timer_start(waiter->loop, timer);
}

/* The last try comes when the grace ends, not one long pause after it. */
static void pause_begin(struct item *item)
{
    int64_t pause_ms =
        backoff_pause_ms(item->waited.refusal.backoff, item->waited.retries++, clock_random());
    int64_t left_ms = grace_left_ms(item);

    timer_start(item->waiter, &item->pause, pause_ms < left_ms ? pause_ms : left_ms);
}

static void attempt_end(struct item *item)
{
    ev_io_stop(item->waiter->loop, &item->socket);
    ev_timer_stop(item->waiter->loop, &item->attempt_limit);
}

static void attempt_failed(struct item *item, const struct refusal *refusal)
{
    attempt_end(item);
    waited_note(&item->waited, refusal, clock_monotonic_ms()); /* its reason may be the probe's */
    probe_stop(&item->probe);
    waited_tell_attempt(&item->waited);
    if (grace_left_ms(item) == 0 || !item->waiter->request->limits->enabled) {
        give_up_refused(item);
        return;
    }
    if (waited_has_news(&item->waited))
        waited_tell(&item->waited, elapsed_ms(item->waiter), false);
    pause_begin(item);
}

static bool are_others_ready(const struct waiter *waiter, const struct item *item)
{
    for (size_t i = 0; i < waiter->count; i++)
        if (&waiter->items[i] != item && !waiter->items[i].is_ready)
            return false;
    return true;
}

/*
 * A connection is not held while the others are waited for: slots are scarce where many replicas
 * start, and the session may be gone when they have come. The database is asked again then.
 */
static void attempt_succeeded(struct item *item)
{
    struct waiter *waiter = item->waiter;
    struct item *first = &waiter->items[0];

    attempt_end(item);
    if (!item->is_parked)
        waited_tell_ready(&item->waited, elapsed_ms(waiter));
    item->is_ready = true;
    item->is_parked = item->probe.database && !are_others_ready(waiter, item);
    if (item->is_parked || !item->probe.database)
        probe_stop(&item->probe);
    if (!are_others_ready(waiter, item))
        return;
    if (first->is_parked && first != item)
        attempt_begin(first);
    else
        ev_break(waiter->loop, EVBREAK_ALL);
}

/* Also where the number is as before it may be a new socket: libev must be told each time. */
static void socket_watch(struct item *item, int events)
{
    ev_io_stop(item->waiter->loop, &item->socket);
    ev_io_set(&item->socket, probe_fd(&item->probe), events);
    ev_io_start(item->waiter->loop, &item->socket);
}

static void attempt_follow(struct item *item, enum probe_state state)
{
    struct refusal refusal;

    switch (state) {
    case PROBE_READ: socket_watch(item, EV_READ); break;
    case PROBE_WRITE: socket_watch(item, EV_WRITE); break;
    case PROBE_READY: attempt_succeeded(item); break;
    case PROBE_FAILED:
        refusal = probe_refusal(&item->probe, item->waited.text, sizeof item->waited.text);
        attempt_failed(item, &refusal);
        break;
    }
}

/* The deadline of all has a timer of its own; what blocks in between must heed both. */
static void attempt_limit_start(struct item *item)
{
    const struct pg_wait_request *request = item->waiter->request;
    int64_t now_ms = clock_monotonic_ms();
    int64_t deadline_ms = deadline_after(now_ms, request->limits->attempt_timeout_ms);

    item->attempt_deadline_ms = request->deadline_ms;
    if (deadline_ms >= request->deadline_ms)
        return;
    item->attempt_deadline_ms = deadline_ms;
    timer_start(item->waiter, &item->attempt_limit, deadline_ms - now_ms);
}

static void attempt_begin(struct item *item)
{
    enum probe_state state;

    item->waited.attempts++;
    item->is_ready = false;
    state = probe_start(&item->probe);
    attempt_limit_start(item); /* after the look-up of the name, which no timer can cut short */
    attempt_follow(item, state);
}

static void on_socket(struct ev_loop *loop, ev_io *socket, int events)
{
    struct item *item = socket->data;

    (void)loop;
    (void)events;
    attempt_follow(item, probe_advance(&item->probe, item->attempt_deadline_ms));
}

static void on_attempt_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct refusal refusal = refusal_no_answer();
    struct item *item = timer->data;

    (void)loop;
    (void)events;
    item->waited.text[0] = '\0';
    attempt_failed(item, &refusal);
}

static void on_pause_over(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    attempt_begin(timer->data);
}

static void on_summary(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct waiter *waiter = timer->data;

    (void)loop;
    (void)events;
    for (size_t i = 0; i < waiter->count; i++)
        if (!waiter->items[i].is_ready && waiter->items[i].waited.reason[0])
            waited_tell(&waiter->items[i].waited, elapsed_ms(waiter), true);
}

static void on_deadline(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct waiter *waiter = timer->data;

    (void)loop;
    (void)events;
    for (size_t i = 0; i < waiter->count && !waiter->has_failed; i++)
        if (!waiter->items[i].is_ready)
            give_up_late(&waiter->items[i]);
}

/* --- beginning and end ------------------------------------------------------------------- */

static void item_init(struct waiter *waiter, struct item *item)
{
    item->waiter = waiter;
    item->waited = waited_init(item->probe.name, item->probe.database != NULL);
    ev_init(&item->socket, on_socket);
    ev_init(&item->attempt_limit, on_attempt_limit);
    ev_init(&item->pause, on_pause_over);
    item->socket.data = item->attempt_limit.data = item->pause.data = item;
}

static bool items_init(struct waiter *waiter, struct arena *arena, struct error *err)
{
    const struct text_list *targets = &waiter->request->limits->targets;
    const struct pg_target *database = waiter->request->target;

    waiter->items = arena_array(arena, targets->count + 1, sizeof *waiter->items);
    if (database)
        waiter->items[waiter->count++].probe = probe_of_database(database, arena);
    for (size_t i = 0; i < targets->count; i++)
        if (!probe_of_text(targets->items[i], arena, &waiter->items[waiter->count++].probe, err))
            return false;
    for (size_t i = 0; i < waiter->count; i++)
        item_init(waiter, &waiter->items[i]);
    return true;
}

static void timers_init(struct waiter *waiter)
{
    int64_t deadline_ms = waiter->request->deadline_ms;

    ev_init(&waiter->deadline, on_deadline);
    ev_init(&waiter->summary, on_summary);
    waiter->deadline.data = waiter->summary.data = waiter;
    if (deadline_ms != INT64_MAX)
        timer_start(waiter, &waiter->deadline, deadline_left(deadline_ms, waiter->started_ms));
    ev_timer_set(&waiter->summary, SUMMARY_MS / 1000., SUMMARY_MS / 1000.);
    ev_timer_start(waiter->loop, &waiter->summary);
}

static void loop_run(struct waiter *waiter)
{
    timers_init(waiter);
    for (size_t i = 0; i < waiter->count && !waiter->has_failed; i++)
        attempt_begin(&waiter->items[i]);
    if (!waiter->has_failed && !are_others_ready(waiter, NULL))
        ev_run(waiter->loop, 0);
}

static void waiter_finish(struct waiter *waiter, struct pg_conn **out)
{
    if (!waiter->has_failed && waiter->request->target)
        *out = probe_take(&waiter->items[0].probe);
    for (size_t i = 0; i < waiter->count; i++)
        probe_stop(&waiter->items[i].probe);
}

bool pg_wait(const struct pg_wait_request *request, struct arena *arena, struct pg_conn **out,
             struct error *err)
{
    struct waiter waiter = {.request = request, .started_ms = clock_monotonic_ms(), .err = err};

    if (!items_init(&waiter, arena, err))
        return false;
    /* A loop of our own: the default one would take over the signals and children of the process.
     */
    waiter.loop = ev_loop_new(EVBACKEND_POLL | EVFLAG_NOENV);
    if (!waiter.loop)
        waiter.loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!waiter.loop)
        return error_set(err, ERR_SYSTEM, "cannot make an event loop");
    loop_run(&waiter);
    waiter_finish(&waiter, out);
    ev_loop_destroy(waiter.loop);
    return !waiter.has_failed;
}
