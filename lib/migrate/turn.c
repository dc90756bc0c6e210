#include "migrate/turn.h"

#include "base/backoff.h"
#include "base/duration.h"
#include "pg/lock.h"
#include "sys/clock.h"
#include "sys/log.h"

/* How long a waiter keeps its connection, and how often it says that it waits. */
enum { CONNECTION_KEPT_MS = 5000, REMINDER_MS = 10000 };

struct waiting {
    int64_t keys[TURN_KEYS_MAX];
    size_t key_count;
    size_t missed_key; /* the index of the one that somebody else holds */
    int64_t started_ms;
    int64_t deadline_ms;
    int64_t next_line_ms;
    unsigned misses;
};

static void say_who(struct session *session, const struct turn *turn, struct waiting *waiting,
                    int64_t now_ms)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    char holder[256] = "", waited[32];
    struct error ignored;

    if (!session->conn || now_ms < waiting->next_line_ms)
        return;
    waiting->next_line_ms = now_ms + REMINDER_MS;
    duration_format(now_ms - waiting->started_ms, waited, sizeof waited);
    if (!turn->takes_lock) {
        log_event(LOG_INFO, LOG_MIGRATION, "migration.waiting",
                  LOG_FIELDS(log_int("waited_ms", now_ms - waiting->started_ms)),
                  "Waiting for the schema to be brought up to date by someone else (%s)", waited);
        return;
    }
    if (!pg_lock_holder(session->conn, waiting->keys[waiting->missed_key], &limits, holder,
                        sizeof holder, &ignored) ||
        !holder[0])
        return; /* let go in this very moment: the next try tells */
    log_event(
        LOG_INFO, LOG_MIGRATION, "lock.waiting",
        LOG_FIELDS(log_str("holder", holder), log_int("waited_ms", now_ms - waiting->started_ms)),
        "Another migrator is at work: %s; waiting for it (%s)", holder, waited);
}

static bool too_late(const struct turn *turn, struct error *err)
{
    char limit[32];

    duration_format(turn->timeout_ms, limit, sizeof limit);
    if (!turn->takes_lock) {
        error_set(err, ERR_LOCK_TIMEOUT, "the schema is not up to date after %s", limit);
        error_hint(err, "nobody migrated: is the job or replica with AUTO_MIGRATE=true running?");
        return false;
    }
    error_set(err, ERR_LOCK_TIMEOUT, "the migration lock was not to be had within %s", limit);
    error_hint(err,
               "another migrator is still at work; MIGRINIT_MIGRATE_LOCK_TIMEOUT allows more time");
    return false;
}

static size_t keys_of(const struct session *session, const struct turn *turn,
                      int64_t keys[TURN_KEYS_MAX])
{
    keys[0] = pg_lock_key(slice_from(turn->guarded));
    return 1 + (turn->tool_keys ? turn->tool_keys(session, turn->context, keys + 1) : 0);
}

/* All or none: what we hold while we wait for the tool's would keep others of us from looking. */
static void let_go(struct session *session, const struct turn *turn, size_t held_count)
{
    struct pg_limits limits = {.deadline_ms = INT64_MAX, .stop_fd = -1};
    int64_t keys[TURN_KEYS_MAX];
    struct error err = {0};

    if (!session->conn)
        return;
    keys_of(session, turn, keys);
    if (!pg_lock_release(session->conn, keys, held_count, &limits, &err))
        log_error(LOG_WARN, LOG_MIGRATION, "lock.release", &err);
}

/* The primary of a moment before. A new session is waited for until it is one's again. */
static void leave_standby(struct session *session)
{
    log_line(LOG_WARN, LOG_MIGRATION, "db.standby",
             "The server has become a standby: connecting anew, to the primary");
    session_close(session);
}

/* Try the locks, and look: under the lock the world may look different from a moment before. */
static bool look_locked(struct session *session, const struct turn *turn, struct waiting *waiting,
                        bool *is_held, bool *is_needed, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    size_t held_count = 0;

    waiting->key_count = keys_of(session, turn, waiting->keys);
    pg_lock_try_ahead(session->conn, waiting->keys, waiting->key_count);
    if (!turn->is_needed(session, turn->context, is_needed, err) ||
        !pg_lock_tried(session->conn, &limits, &held_count, err)) {
        session_close(session);
        return false;
    }
    if (pg_conn_session(session->conn)->is_standby) {
        leave_standby(session);
        return true;
    }
    waiting->missed_key = held_count;
    *is_held = *is_needed && held_count == waiting->key_count;
    if (!*is_held)
        let_go(session, turn, held_count);
    return true;
}

/* Look, and take the lock once there is something to do. *is_over: there is an answer. */
static bool try_once(struct session *session, const struct turn *turn, struct waiting *waiting,
                     bool *is_held, bool *is_over, struct error *err)
{
    bool is_needed = true;

    if (!session_open(session, err))
        return false;
    if ((waiting->misses == 0 || !turn->takes_lock) &&
        !turn->is_needed(session, turn->context, &is_needed, err))
        return false;
    if (is_needed && turn->takes_lock &&
        !look_locked(session, turn, waiting, is_held, &is_needed, err))
        return false;
    *is_over = !is_needed || *is_held;
    return true;
}

static bool pause_between(struct session *session, const struct turn *turn, struct waiting *waiting,
                          struct error *err)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t pause_ms = backoff_pause_ms(&backoff_lock, waiting->misses++, clock_random());
    int64_t left_ms = deadline_left(waiting->deadline_ms, now_ms);

    if (left_ms == 0)
        return too_late(turn, err);
    session_report(session, PHASE_LOCKING);
    say_who(session, turn, waiting, now_ms);
    if (now_ms - waiting->started_ms > CONNECTION_KEPT_MS)
        session_close(session);
    return session_sleep(session, pause_ms < left_ms ? pause_ms : left_ms, err);
}

bool turn_wait(struct session *session, const struct turn *turn, bool *is_held, struct error *err)
{
    int64_t now_ms = clock_monotonic_ms();
    struct waiting waiting = {.started_ms = now_ms,
                              .deadline_ms = deadline_after(now_ms, turn->timeout_ms),
                              .next_line_ms = now_ms};
    bool is_over = false;

    *is_held = false;
    for (;;) {
        if (!try_once(session, turn, &waiting, is_held, &is_over, err))
            return false;
        if (is_over)
            return true;
        if (!pause_between(session, turn, &waiting, err))
            return false;
    }
}

void turn_end(struct session *session, const struct turn *turn)
{
    int64_t keys[TURN_KEYS_MAX];

    if (session->conn)
        let_go(session, turn, keys_of(session, turn, keys));
}
