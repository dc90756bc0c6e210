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
#include "sys/clock.h"
#include "sys/log.h"

enum { SUMMARY_MS = 10000 };

/* One thing that is waited for. */
struct waited {
    struct waiter *waiter;
    struct probe probe;
    ev_io socket;
    ev_timer attempt_limit;
    ev_timer pause;

    int64_t attempt_deadline_ms;
    unsigned attempts;
    unsigned retries;            /* since the class of refusal last changed */
    int64_t refused_since_ms;    /* ... and when that was: a grace counts from there */
    struct refusal refusal;      /* of the last attempt */
    char reason[128], text[256]; /* its words */
    char told_reason[128];       /* the one that the log has */
    bool is_ready;
    bool is_parked; /* a database that was ready before the others: to be connected again */
};

struct waiter {
    const struct pg_wait_request *request;
    struct ev_loop *loop;
    ev_timer deadline, summary;
    int64_t started_ms;
    struct waited *items; /* the database first, when there is one */
    size_t count;
    struct error *err;
    bool has_failed;
};

/* --- telling ----------------------------------------------------------------------------- */

static const char *event_name(const struct waited *item, const char *of_database,
                              const char *of_target)
{
    return item->probe.database ? of_database : of_target;
}

static int64_t waited_ms(const struct waiter *waiter)
{
    return clock_monotonic_ms() - waiter->started_ms;
}

/* A hint in every line would be noise; after the first ten seconds it may be the answer. */
static void tell_waiting(struct waited *item, bool with_hint)
{
    const char *hint = with_hint && item->refusal.hint ? item->refusal.hint : "";
    int64_t ms = waited_ms(item->waiter);
    char duration[32];

    duration_format(ms, duration, sizeof duration);
    snprintf(item->told_reason, sizeof item->told_reason, "%s", item->reason);
    log_event(LOG_INFO, LOG_MIGRATION, event_name(item, "db.waiting", "target.waiting"),
              LOG_FIELDS(log_str("target", item->probe.name), log_int("attempt", item->attempts),
                         log_int("waited_ms", ms), log_str("reason", item->reason),
                         log_str("hint", hint)),
              "Waiting for %s (attempt %u, %s): %s%s%s", item->probe.name, item->attempts, duration,
              item->reason, hint[0] ? "; " : "", hint);
}

static void tell_attempt(const struct waited *item)
{
    log_event(LOG_DEBUG, LOG_MIGRATION, event_name(item, "db.attempt", "target.attempt"),
              LOG_FIELDS(log_str("target", item->probe.name), log_int("attempt", item->attempts),
                         log_str("sqlstate", item->refusal.sqlstate), log_str("text", item->text)),
              "Attempt %u to reach %s: %s%s%s", item->attempts, item->probe.name, item->reason,
              item->text[0] ? ": " : "", item->text);
}

static void tell_ready(const struct waited *item)
{
    const char *name = item->probe.database ? "Database" : item->probe.name;
    int64_t ms = waited_ms(item->waiter);
    char duration[32];

    if (!item->told_reason[0])
        return;
    duration_format(ms, duration, sizeof duration);
    log_event(LOG_INFO, LOG_MIGRATION, event_name(item, "db.ready", "target.ready"),
              LOG_FIELDS(log_str("target", item->probe.name), log_int("attempt", item->attempts),
                         log_int("waited_ms", ms)),
              "%s is ready (after %s, attempt %u)", name, duration, item->attempts);
}

/* --- giving up --------------------------------------------------------------------------- */

static enum error_code final_code(const struct waited *item)
{
    bool is_missing = item->refusal.kind == REFUSAL_MISSING;

    return is_missing && item->waiter->request->wants_missing ? ERR_DB_MISSING : item->refusal.code;
}

static void give_up(struct waited *item, enum error_code code, const char *what)
{
    struct waiter *waiter = item->waiter;

    error_set(waiter->err, code, "%s %s: %s", item->probe.name, what, item->reason);
    memcpy(waiter->err->sqlstate, item->refusal.sqlstate, sizeof waiter->err->sqlstate);
    if (item->text[0])
        error_detail(waiter->err, "%s", item->text);
    if (item->refusal.hint)
        error_hint(waiter->err, "%s", item->refusal.hint);
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

static void give_up_refused(struct waited *item)
{
    enum error_code code = final_code(item);

    give_up(item, code, refused_how(code, item->refusal.kind));
}

/* A refusal that the deadline overtook in its grace stays a refusal. */
static void give_up_late(struct waited *item)
{
    int64_t timeout_ms = item->waiter->request->limits->timeout_ms;
    char what[64], limit[32];

    if (item->refusal.code != ERR_DB_UNREACHABLE) {
        give_up_refused(item);
        return;
    }
    duration_format(timeout_ms ? timeout_ms : waited_ms(item->waiter), limit, sizeof limit);
    snprintf(what, sizeof what, "not reachable within %s", limit);
    give_up(item, ERR_DB_UNREACHABLE, what);
}

/* --- judging ----------------------------------------------------------------------------- */

static bool is_same_class(const struct refusal *a, const struct refusal *b)
{
    return a->kind == b->kind && a->grace_ms == b->grace_ms && a->code == b->code &&
           a->backoff == b->backoff;
}

static int64_t grace_ms(const struct waited *item)
{
    const struct pg_wait_request *request = item->waiter->request;
    const struct refusal *refusal = &item->refusal;

    if (refusal->kind == REFUSAL_FINAL)
        return 0;
    if (refusal->kind == REFUSAL_WAIT)
        return INT64_MAX;
    /* While the official image sets itself up, its socket answers before its database is made. */
    if (refusal->kind == REFUSAL_MISSING && request->wants_missing &&
        !dsn_is_unix_socket(&request->target->dsn))
        return 0;
    return refusal->grace_ms == AUTH_GRACE ? request->limits->auth_grace_ms : refusal->grace_ms;
}

/* Milliseconds until the refusal is final; INT64_MAX for never. */
static int64_t grace_left_ms(const struct waited *item)
{
    int64_t grace = grace_ms(item);

    if (grace == INT64_MAX)
        return INT64_MAX;
    return deadline_left(item->refused_since_ms + grace, clock_monotonic_ms());
}

static void note_refusal(struct waited *item, const struct refusal *refusal)
{
    bool is_first = item->attempts == 1;

    if (is_first || !is_same_class(&item->refusal, refusal)) {
        item->retries = 0;
        item->refused_since_ms = clock_monotonic_ms();
    }
    item->refusal = *refusal;
    /* A copy: the reason of a tcp:// target is overwritten by its next attempt. */
    snprintf(item->reason, sizeof item->reason, "%s", refusal->reason);
    item->refusal.reason = item->reason;
}

/* --- the loop ---------------------------------------------------------------------------- */

static void attempt_begin(struct waited *item);

/* Blocking calls have passed since libev last looked at the clock. */
static void timer_start(struct waiter *waiter, ev_timer *timer, int64_t after_ms)
{
    ev_now_update(waiter->loop);
    ev_timer_stop(waiter->loop, timer);
    ev_timer_set(timer, (ev_tstamp)after_ms / 1000., 0.);
    ev_timer_start(waiter->loop, timer);
}

/* The last try comes when the grace ends, not one long pause after it. */
static void pause_begin(struct waited *item)
{
    int64_t pause_ms = backoff_pause_ms(item->refusal.backoff, item->retries++, clock_random());
    int64_t left_ms = grace_left_ms(item);

    timer_start(item->waiter, &item->pause, pause_ms < left_ms ? pause_ms : left_ms);
}

static void attempt_end(struct waited *item)
{
    ev_io_stop(item->waiter->loop, &item->socket);
    ev_timer_stop(item->waiter->loop, &item->attempt_limit);
}

static void attempt_failed(struct waited *item, const struct refusal *refusal)
{
    attempt_end(item);
    note_refusal(item, refusal); /* its reason may be the probe's */
    probe_stop(&item->probe);
    tell_attempt(item);
    if (grace_left_ms(item) == 0 || !item->waiter->request->limits->enabled) {
        give_up_refused(item);
        return;
    }
    if (strcmp(item->reason, item->told_reason) != 0)
        tell_waiting(item, false);
    pause_begin(item);
}

static bool are_others_ready(const struct waiter *waiter, const struct waited *item)
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
static void attempt_succeeded(struct waited *item)
{
    struct waiter *waiter = item->waiter;
    struct waited *first = &waiter->items[0];

    attempt_end(item);
    if (!item->is_parked)
        tell_ready(item);
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
static void socket_watch(struct waited *item, int events)
{
    ev_io_stop(item->waiter->loop, &item->socket);
    ev_io_set(&item->socket, probe_fd(&item->probe), events);
    ev_io_start(item->waiter->loop, &item->socket);
}

static void attempt_follow(struct waited *item, enum probe_state state)
{
    struct refusal refusal;

    switch (state) {
    case PROBE_READ: socket_watch(item, EV_READ); break;
    case PROBE_WRITE: socket_watch(item, EV_WRITE); break;
    case PROBE_READY: attempt_succeeded(item); break;
    case PROBE_FAILED:
        refusal = probe_refusal(&item->probe, item->text, sizeof item->text);
        attempt_failed(item, &refusal);
        break;
    }
}

/* The deadline of all has a timer of its own; what blocks in between must heed both. */
static void attempt_limit_start(struct waited *item)
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

static void attempt_begin(struct waited *item)
{
    enum probe_state state;

    item->attempts++;
    item->is_ready = false;
    state = probe_start(&item->probe);
    attempt_limit_start(item); /* after the look-up of the name, which no timer can cut short */
    attempt_follow(item, state);
}

static void on_socket(struct ev_loop *loop, ev_io *socket, int events)
{
    struct waited *item = socket->data;

    (void)loop;
    (void)events;
    attempt_follow(item, probe_advance(&item->probe, item->attempt_deadline_ms));
}

static void on_attempt_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct refusal refusal = refusal_no_answer();
    struct waited *item = timer->data;

    (void)loop;
    (void)events;
    item->text[0] = '\0';
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
        if (!waiter->items[i].is_ready && waiter->items[i].reason[0])
            tell_waiting(&waiter->items[i], true);
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

static void item_init(struct waiter *waiter, struct waited *item)
{
    item->waiter = waiter;
    item->refusal = refusal_no_answer();
    snprintf(item->reason, sizeof item->reason, "%s", item->refusal.reason);
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
