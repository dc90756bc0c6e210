/*
 * tests/support/scratch - a folder of a test's own, with what it puts there
 *
 * Use        cmocka_unit_test_setup_teardown(case, scratch_setup, scratch_teardown); *state is the
 *            struct scratch then
 */
#ifndef MIGRINIT_TESTS_SUPPORT_SCRATCH_H
#define MIGRINIT_TESTS_SUPPORT_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/slice.h"

struct scratch {
    struct arena *arena;
    char dir[32];
};

static inline int scratch_setup(void **state)
{
    struct scratch *scratch = calloc(1, sizeof *scratch);

    if (!scratch)
        return -1;
    strcpy(scratch->dir, "/tmp/migrinit-test.XXXXXX");
    scratch->arena = arena_new();
    *state = scratch;
    /* Open to others, so that a test can look at it with less than root's rights. */
    return mkdtemp(scratch->dir) && chmod(scratch->dir, 0755) == 0 ? 0 : -1;
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int type,
                                     struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline int scratch_teardown(void **state)
{
    struct scratch *scratch = *state;

    nftw(scratch->dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(scratch->arena);
    free(scratch);
    return 0;
}

static inline char *scratch_at(struct scratch *scratch, const char *path)
{
    return arena_printf(scratch->arena, "%s/%s", scratch->dir, path);
}

static inline char *scratch_mkdir(struct scratch *scratch, const char *path)
{
    char *whole = scratch_at(scratch, path);

    if (mkdir(whole, 0755) < 0)
        abort();
    return whole;
}

static inline char *scratch_write(struct scratch *scratch, const char *path, struct slice bytes)
{
    char *whole = scratch_at(scratch, path);
    int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len || close(fd) < 0)
        abort();
    return whole;
}

static inline char *scratch_link(struct scratch *scratch, const char *target, const char *path)
{
    char *whole = scratch_at(scratch, path);

    if (symlink(target, whole) < 0)
        abort();
    return whole;
}

#endif
