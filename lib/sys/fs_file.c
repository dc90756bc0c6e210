#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/fs_parts.h"

static const char *problem_of_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR: return "is a directory, not a regular file";
    case S_IFIFO: return "is a FIFO, not a regular file";
    case S_IFSOCK: return "is a socket, not a regular file";
    case S_IFCHR:
    case S_IFBLK: return "is a device, not a regular file";
    default: return "is not a regular file";
    }
}

const char *fs_problem_of_errno(struct arena *arena, int sys_errno)
{
    switch (sys_errno) {
    case ENOENT: return "does not exist";
    case ENOTDIR: return "is not a directory, or lies below something that is none";
    case ELOOP: return "is a link that leads in a circle";
    case EACCES:
    case EPERM: return arena_printf(arena, "may not be read by uid %u", (unsigned)geteuid());
    default: return arena_printf(arena, "cannot be read: %s", strerror(sys_errno));
    }
}

const char *fs_size_text(struct arena *arena, size_t bytes)
{
    enum { KIB = 1 << 10, MIB = 1 << 20 };

    if (bytes >= MIB)
        return arena_printf(arena, "%zu MiB", (bytes + MIB - 1) / MIB);
    if (bytes >= KIB)
        return arena_printf(arena, "%zu KiB", (bytes + KIB - 1) / KIB);
    return arena_printf(arena, "%zu bytes", bytes);
}

static bool reading_fails(struct fs_reading *reading, const char *problem)
{
    reading->problem = problem;
    return false;
}

static bool reading_fails_errno(struct fs_reading *reading, int sys_errno)
{
    reading->sys_errno = sys_errno;
    return reading_fails(reading, fs_problem_of_errno(reading->arena, sys_errno));
}

static bool reading_too_large(struct fs_reading *reading, size_t size)
{
    return reading_fails(reading, arena_printf(reading->arena, "is %s large; at most %s are read",
                                               fs_size_text(reading->arena, size),
                                               fs_size_text(reading->arena, reading->max_bytes)));
}

bool fs_reading_accepts(struct fs_reading *reading, const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return reading_fails(reading, problem_of_kind(st->st_mode));
    if ((uintmax_t)st->st_size > reading->max_bytes)
        return reading_too_large(reading, (size_t)st->st_size);
    return true;
}

/* Looked at again once it is open, for it may have been replaced in between. */
static bool open_regular(struct fs_reading *reading, int dir_fd, const char *name, int *fd,
                         struct stat *st)
{
    *fd = openat(dir_fd, name, FS_OPEN_FLAGS);
    if (*fd < 0)
        return reading_fails_errno(reading, errno);
    if (fstat(*fd, st) == 0 && fs_reading_accepts(reading, st))
        return true;
    fd_close(fd);
    return reading->problem ? false : reading_fails_errno(reading, errno);
}

/*
 * To its end, wherever that is: /proc calls its files empty, and others grow while they are read.
 * Room for one byte more than is expected is asked for: who gets just the expected is at the end.
 */
static bool read_to_end(struct fs_reading *reading, int fd, size_t expected, struct slice *bytes)
{
    size_t capacity = expected + 1, len = 0;
    char *content = arena_alloc(reading->arena, capacity);

    for (;;) {
        ssize_t got;

        content = arena_grow(reading->arena, content, &capacity, len, 1);
        got = read(fd, content + len, capacity - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return reading_fails_errno(reading, errno);
        if (got == 0)
            break;
        len += (size_t)got;
        if (len > reading->max_bytes)
            return reading_too_large(reading, len);
        if (len == expected)
            break;
    }
    *bytes = (struct slice){content, len};
    return true;
}

bool fs_read_regular_at(struct fs_reading *reading, int dir_fd, const char *name,
                        struct slice *bytes)
{
    struct stat st;
    int fd = -1;
    bool is_read;

    if (!open_regular(reading, dir_fd, name, &fd, &st))
        return false;
    is_read = read_to_end(reading, fd, (size_t)st.st_size, bytes);
    fd_close(&fd);
    return is_read;
}

bool fs_refuse_path(struct error *err, const char *path, int sys_errno, const char *problem)
{
    error_set(err, ERR_CONFIG, "%s", problem);
    err->sys_errno = sys_errno;
    if (sys_errno == ENOENT || sys_errno == ENOTDIR)
        error_hint(err, "check the path; it must exist in the container that migrinit runs in");
    else if (sys_errno == EACCES || sys_errno == EPERM)
        error_hint(err, "let that user read it, e.g. with COPY --chown or chmod in the Dockerfile");
    return error_wrap(err, "%s", path);
}

bool fs_read_file(const char *path, size_t max_bytes, struct arena *arena, struct slice *bytes,
                  struct error *err)
{
    struct fs_reading reading = {.arena = arena, .max_bytes = max_bytes};
    struct stat st;

    if (fstatat(AT_FDCWD, path, &st, 0) < 0)
        reading_fails_errno(&reading, errno);
    else if (fs_reading_accepts(&reading, &st) &&
             fs_read_regular_at(&reading, AT_FDCWD, path, bytes))
        return true;
    return fs_refuse_path(err, path, reading.sys_errno, reading.problem);
}
