#include "sys/fs.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool fs_is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *fs_working_directory(struct arena *arena)
{
    char *path = getcwd(NULL, 0);
    const char *copy = path ? arena_text(arena, slice_from(path)) : "";

    free(path);
    return copy;
}

bool fs_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

bool fs_is_same(const char *path, const char *other)
{
    struct stat a, b;

    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}
