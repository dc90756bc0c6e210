/*
 * sys/fs_parts - what the files of sys/fs share; nobody else includes this
 */
#ifndef MIGRINIT_SYS_FS_PARTS_H
#define MIGRINIT_SYS_FS_PARTS_H

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/fs.h"

/* Without them an open() could block, give us a controlling terminal, or leak into the app. */
enum { FS_OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

/* One file to be read: what is asked, and why it could not be had. */
struct fs_reading {
    struct arena *arena;
    size_t max_bytes;
    int sys_errno;
    const char *problem;
};

/* Of what was looked at before: opening alone can rewind a tape, or start a watchdog. */
bool fs_read_regular_at(struct fs_reading *reading, int dir_fd, const char *name,
                        struct slice *bytes) MUST_CHECK;

/* What lstat() or stat() told of it. */
bool fs_reading_accepts(struct fs_reading *reading, const struct stat *st);

/* "does not exist", "may not be read by uid 10001" */
const char *fs_problem_of_errno(struct arena *arena, int sys_errno);

/* "64 MiB"; rounded up, so that what is too large also looks larger than the limit. */
const char *fs_size_text(struct arena *arena, size_t bytes);

/* ERR_CONFIG with the path before the problem, and what to do. False, for `return`. */
bool fs_refuse_path(struct error *err, const char *path, int sys_errno, const char *problem);

#endif
