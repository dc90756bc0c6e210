#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/backoff.h"
#include "sys/clock.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

/*
 * open() gives the lowest free number, which is the one just found closed. An image without
 * /dev/null gets the root directory as a bare path: reading and writing fail as on a closed one.
 */
unsigned fd_fill_standard(void)
{
    unsigned was_closed = 0;

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (is_open(fd))
            continue;
        was_closed |= 1U << fd;
        if (open("/dev/null", O_RDWR | O_NOCTTY) < 0 && open("/", O_PATH) < 0)
            break;
    }
    return was_closed;
}

static bool move_above_standard(int *fd)
{
    int moved;

    if (*fd > STDERR_FILENO)
        return true;
    moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0)
        return false;
    close(*fd);
    *fd = moved;
    return true;
}

bool fd_pipe(int *read_fd, int *write_fd, struct error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "cannot make a pipe");
    if (!move_above_standard(&ends[0]) || !move_above_standard(&ends[1])) {
        error_set_errno(err, ERR_SYSTEM, errno, "cannot make a pipe");
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    *read_fd = ends[0];
    *write_fd = ends[1];
    return true;
}

void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool is_regular(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * A blocking descriptor that poll() calls writable may still block: another writer of the same
 * pipe, usually the app, can take the room in between. Sockets and (Linux 6.4) pipes let one write
 * ask not to wait; elsewhere a piece of PIPE_BUF after poll() is as near as one can come. Regular
 * files are not asked: there "would block" means a page to be fetched, which no poll() waits for.
 */
static ssize_t write_without_waiting(int fd, struct slice bytes)
{
    struct iovec piece = {(void *)bytes.ptr, bytes.len < PIPE_BUF ? bytes.len : PIPE_BUF};
    const long current_position = -1;
    ssize_t written = send(fd, piece.iov_base, piece.iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (written >= 0 || errno != ENOTSOCK)
        return written;
    if (!is_regular(fd)) {
        written =
            syscall(SYS_pwritev2, fd, &piece, 1, current_position, current_position, RWF_NOWAIT);
        if (written >= 0 || errno == EAGAIN || errno == EINTR || errno == EPIPE)
            return written;
    }
    return write(fd, piece.iov_base, piece.iov_len);
}

bool fd_write_all(int fd, struct slice bytes, int64_t deadline_ms)
{
    while (bytes.len) {
        ssize_t written;

        if (fd_wait(fd, true, -1, deadline_ms) != FD_READY)
            return false;
        written = write_without_waiting(fd, bytes);
        if (written >= 0)
            bytes = slice_sub(bytes, (size_t)written, bytes.len);
        else if (errno != EINTR && (errno != EAGAIN || clock_monotonic_ms() >= deadline_ms))
            return false;
    }
    return true;
}

int fd_of_own_terminal(int fd)
{
    char path[32];
    int own_fd;

    if (!isatty(fd))
        return fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    own_fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return own_fd < 0 ? fd : own_fd;
}

static int poll_timeout(int64_t deadline_ms)
{
    int64_t left_ms = deadline_left(deadline_ms, clock_monotonic_ms());

    if (left_ms == INT64_MAX)
        return -1;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

enum fd_ready fd_wait(int fd, bool want_write, int stop_fd, int64_t deadline_ms)
{
    struct pollfd polled[] = {
        {.fd = stop_fd, .events = POLLIN},
        {.fd = fd, .events = want_write ? POLLOUT : POLLIN},
    };

    for (;;) {
        int timeout_ms = poll_timeout(deadline_ms);
        int ready = poll(polled, COUNT_OF(polled), timeout_ms);

        if (ready > 0)
            return polled[0].revents ? FD_STOP : FD_READY;
        if (ready < 0 && errno != EINTR)
            return FD_LATE;
        if (ready == 0 && timeout_ms != INT_MAX)
            return FD_LATE;
    }
}

static bool is_added(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

int fd_of_either(int fd, int other_fd)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    if (epoll_fd >= 0 && (!is_added(epoll_fd, fd) || !is_added(epoll_fd, other_fd)))
        fd_close(&epoll_fd);
    return epoll_fd;
}
