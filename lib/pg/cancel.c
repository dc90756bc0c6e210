#include "pg/cancel.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/backoff.h"
#include "pg/conn_intern.h"
#include "sys/clock.h"
#include "sys/fd.h"

/* libpq 17 asks over TLS where the session has it, and along the same way as the session. */
#ifdef LIBPQ_HAS_ASYNC_CANCEL
static bool cancel_send(PGconn *pg)
{
    PGcancelConn *request = PQcancelCreate(pg);
    bool is_sent = request && PQcancelBlocking(request);

    PQcancelFinish(request);
    return is_sent;
}
#else
static bool cancel_send(PGconn *pg)
{
    PGcancel *request = PQgetCancel(pg);
    char message[256];
    bool is_sent = request && PQcancel(request, message, sizeof message);

    PQfreeCancel(request);
    return is_sent;
}
#endif

/*
 * The handlers of the parent would write to its descriptors, so they go first. alarm() is the
 * child's own deadline, for the case that the parent dies. The session itself is not closed here:
 * its socket is the parent's, too, and _exit() leaves it without a word.
 */
static void child_main(PGconn *pg, unsigned seconds)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM};
    sigset_t none;

    for (size_t i = 0; i < COUNT_OF(signals); i++)
        signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    alarm(seconds);
    _exit(cancel_send(pg) ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool child_join(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* The child holds the write end and never writes: its end shows as the end of the pipe. */
bool pg_cancel(struct pg_conn *conn, int64_t deadline_ms)
{
    int64_t left_ms = deadline_left(deadline_ms, clock_monotonic_ms());
    int read_fd, write_fd;
    struct error ignored;
    pid_t child;

    if (!fd_pipe(&read_fd, &write_fd, &ignored))
        return false;
    child = fork();
    if (child == 0)
        child_main(conn->pg, (unsigned)(left_ms / 1000 + 1));
    fd_close(&write_fd);
    if (child > 0 && fd_wait(read_fd, false, -1, deadline_ms) != FD_READY)
        kill(child, SIGKILL);
    fd_close(&read_fd);
    return child > 0 && child_join(child);
}
