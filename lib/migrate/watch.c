#include "migrate/watch.h"

#include "sys/clock.h"

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static void look_around(struct pg_watch *base)
{
    struct watch *watch = (struct watch *)base;
    int64_t now_ms = clock_monotonic_ms();
    bool is_told = false;

    pg_aside_begin(&watch->aside);
    if (watch->locks.next_ms <= now_ms)
        is_told = lock_watch_look(&watch->locks, &watch->aside);
    if (progress_due_ms(&watch->progress, base->begun_ms) <= now_ms)
        progress_look(&watch->progress, &watch->aside, base->begun_ms, is_told);
    pg_aside_end(&watch->aside);
    base->next_ms =
        earlier(watch->locks.next_ms, progress_due_ms(&watch->progress, base->begun_ms));
}

/* The first statement is sent at once; a later one is looked at no later than one of then. */
void watch_begin(struct watch *watch, const struct session *session, const struct step *step,
                 const char *name)
{
    int64_t now_ms = clock_monotonic_ms();

    *watch = (struct watch){
        .aside = {.beside = session->conn, .stop_fd = session->stop_fd, .attention_fd = -1},
    };
    lock_watch_begin(&watch->locks, session, step, name);
    progress_begin(&watch->progress, session->config, name);
    watch->watch = (struct pg_watch){
        .next_ms = earlier(watch->locks.next_ms, progress_due_ms(&watch->progress, now_ms)),
        .look = look_around,
    };
}

void watch_end(struct watch *watch, struct error *failure)
{
    pg_aside_close(&watch->aside);
    progress_end(&watch->progress);
    lock_watch_end(&watch->locks, failure);
}
