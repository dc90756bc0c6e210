#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/fd.h"

/*
 * Descriptors are looked at so many at a time. Of ours there are never more than half as many, with
 * all that the web side may have: a piece in which that many numbers are free has all of ours in it
 * or below, since a new descriptor gets the lowest free number.
 */
enum { FDS_AT_ONCE = 128, OWN_FD_MAX = FDS_AT_ONCE / 2 };

/* Where the kernel cannot close a range (before Linux 5.9): nothing hands a program more. */
enum { INHERITED_FD_MAX = 1024 };

/* Which of the numbers from `first` on are open, by one system call instead of one for each. */
static bool find_open(struct pollfd *fds, size_t count, int first)
{
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = first + (int)i};
    return poll(fds, count, 0) >= 0;
}

/* Gives how many numbers are free. */
static int close_piece(const struct pollfd *fds, size_t count)
{
    int free_count = 0;

    for (size_t i = 0; i < count; i++) {
        if (fds[i].revents & POLLNVAL)
            free_count++;
        else if (!(fcntl(fds[i].fd, F_GETFD) & FD_CLOEXEC))
            close(fds[i].fd);
    }
    return free_count;
}

static bool close_all_from(int first)
{
    return syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0;
}

/* A limit below the number of a piece is an error of poll(): a few are asked about then. */
void fd_close_inherited(void)
{
    struct pollfd fds[FDS_AT_ONCE];
    size_t count = COUNT_OF(fds);
    int first = STDERR_FILENO + 1;

    while (first < INHERITED_FD_MAX && count > 0) {
        if (!find_open(fds, count, first)) {
            count /= 2;
            continue;
        }
        first += (int)count;
        if (close_piece(fds, count) >= OWN_FD_MAX && close_all_from(first))
            break;
    }
}
