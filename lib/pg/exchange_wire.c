#include "pg/cancel.h"
#include "pg/exchange.h"
#include "sys/clock.h"
#include "sys/fd.h"

/* After a stop or the deadline: time to deliver the cancel, then time for the answer to it. */
enum { CANCEL_MS = 3000, ANSWER_MS = 3000 };

/*
 * The time is over, or a stop signal came. Before the session is set up nothing has been begun that
 * is worth a cancel. After it the stop descriptor is not looked at again: the answer decides.
 */
static void cut_short(struct exchange *x, enum cut why)
{
    int64_t now_ms = clock_monotonic_ms();
    bool is_worth_it = x->cut == CUT_NONE && x->conn->session.backend_pid;

    x->watch = NULL;
    if (x->cut == CUT_NONE)
        x->cut = why;
    if (!is_worth_it || !pg_cancel(x->conn, now_ms + CANCEL_MS)) {
        pg_conn_drop(x->conn);
        return;
    }
    x->stop_fd = -1;
    x->deadline_ms = clock_monotonic_ms() + ANSWER_MS;
}

static enum fd_ready wait_watching(const struct exchange *x, bool want_write)
{
    int fd = PQsocket(x->conn->pg);
    enum fd_ready ready;

    while (x->watch && x->watch->next_ms < x->deadline_ms) {
        ready = fd_wait(fd, want_write, x->stop_fd, x->watch->next_ms);
        if (ready != FD_LATE || clock_monotonic_ms() < x->watch->next_ms)
            return ready;
        x->watch->look(x->watch);
    }
    return fd_wait(fd, want_write, x->stop_fd, x->deadline_ms);
}

bool exchange_wait(struct exchange *x, bool want_write)
{
    switch (wait_watching(x, want_write)) {
    case FD_STOP: cut_short(x, CUT_STOP); break;
    case FD_LATE: cut_short(x, CUT_LATE); break;
    case FD_READY: break;
    }
    return PQstatus(x->conn->pg) == CONNECTION_OK;
}

/* After a failed read nothing more comes; libpq would wait for it all the same. */
bool exchange_read(struct exchange *x)
{
    if (PQconsumeInput(x->conn->pg))
        return true;
    exchange_note_broken(x);
    pg_conn_drop(x->conn);
    return false;
}

/* Reading on the way: what came together with the loss of the connection is still to be read. */
bool exchange_flush(struct exchange *x)
{
    int rest;

    while ((rest = PQflush(x->conn->pg)) > 0) {
        if (!exchange_wait(x, true) || !exchange_read(x))
            return false;
    }
    return rest == 0;
}

PGresult *exchange_next_result(struct exchange *x)
{
    while (PQisBusy(x->conn->pg))
        if (!exchange_wait(x, false) || !exchange_read(x))
            return NULL;
    return PQgetResult(x->conn->pg);
}
