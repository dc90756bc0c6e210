#include "pg/aside.h"

#include "pg/conn_intern.h"
#include "sys/clock.h"
#include "sys/fd.h"

enum { LOOK_MS = 2000 };

static bool is_connecting(struct pg_conn *conn, const struct pg_limits *limits)
{
    enum pg_poll poll = pg_conn_poll(conn);

    return (poll == PG_POLL_READ || poll == PG_POLL_WRITE) &&
           fd_wait(pg_conn_fd(conn), poll == PG_POLL_WRITE, limits->stop_fd, limits->deadline_ms) ==
               FD_READY;
}

static bool open_connection(struct pg_aside *aside, struct error *err)
{
    struct pg_conn *conn;
    char text[256];

    if (!pg_conn_start_beside(aside->beside, &conn, err))
        return false;
    while (is_connecting(conn, &aside->limits))
        continue;
    if (conn->poll == PG_POLL_READY) {
        aside->conn = conn;
        return true;
    }
    pg_conn_refusal(conn, text, sizeof text);
    pg_conn_close(conn);
    return error_set(err, ERR_DB_UNREACHABLE, "no second connection: %s", text);
}

void pg_aside_begin(struct pg_aside *aside)
{
    aside->has_failed = false;
    aside->attention_fd = fd_of_either(aside->stop_fd, pg_conn_fd(aside->beside));
    aside->limits = (struct pg_limits){
        .deadline_ms = clock_monotonic_ms() + LOOK_MS,
        .stop_fd = aside->attention_fd >= 0 ? aside->attention_fd : aside->stop_fd,
    };
}

void pg_aside_end(struct pg_aside *aside)
{
    fd_close(&aside->attention_fd);
}

bool pg_aside_query(struct pg_aside *aside, struct slice sql, struct arena *arena,
                    struct rowset *rows, struct error *err)
{
    if (aside->has_failed)
        return error_set(err, ERR_DB_UNREACHABLE, "no second connection");
    if ((aside->conn || open_connection(aside, err)) &&
        pg_query(aside->conn, sql, &aside->limits, arena, rows, err))
        return true;
    aside->has_failed = true;
    pg_aside_close(aside);
    return false;
}

void pg_aside_close(struct pg_aside *aside)
{
    pg_conn_close(aside->conn);
    aside->conn = NULL;
}
