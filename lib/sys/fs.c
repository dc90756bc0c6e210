#include "sys/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/fd.h"

/* Without them an open() could block, give us a controlling terminal, or leak into the app. */
enum { OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

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

static const char *problem_of_errno(struct arena *arena, int sys_errno)
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

/* Rounded up, so that what is too large also looks larger than the limit. */
static const char *size_text(struct arena *arena, size_t bytes)
{
    enum { KIB = 1 << 10, MIB = 1 << 20 };

    if (bytes >= MIB)
        return arena_printf(arena, "%zu MiB", (bytes + MIB - 1) / MIB);
    if (bytes >= KIB)
        return arena_printf(arena, "%zu KiB", (bytes + KIB - 1) / KIB);
    return arena_printf(arena, "%zu bytes", bytes);
}

/* One file to be read: what is asked, and why it could not be had. */
struct reading {
    struct arena *arena;
    size_t max_bytes;
    int sys_errno;
    const char *problem;
};

static bool reading_fails(struct reading *reading, const char *problem)
{
    reading->problem = problem;
    return false;
}

static bool reading_fails_errno(struct reading *reading, int sys_errno)
{
    reading->sys_errno = sys_errno;
    return reading_fails(reading, problem_of_errno(reading->arena, sys_errno));
}

static bool reading_too_large(struct reading *reading, size_t size)
{
    return reading_fails(reading, arena_printf(reading->arena, "is %s large; at most %s are read",
                                               size_text(reading->arena, size),
                                               size_text(reading->arena, reading->max_bytes)));
}

static bool reading_accepts(struct reading *reading, const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return reading_fails(reading, problem_of_kind(st->st_mode));
    if ((uintmax_t)st->st_size > reading->max_bytes)
        return reading_too_large(reading, (size_t)st->st_size);
    return true;
}

/* Looked at again once it is open, for it may have been replaced in between. */
static bool open_regular(struct reading *reading, int dir_fd, const char *name, int *fd,
                         struct stat *st)
{
    *fd = openat(dir_fd, name, OPEN_FLAGS);
    if (*fd < 0)
        return reading_fails_errno(reading, errno);
    if (fstat(*fd, st) == 0 && reading_accepts(reading, st))
        return true;
    fd_close(fd);
    return reading->problem ? false : reading_fails_errno(reading, errno);
}

/*
 * To its end, wherever that is: /proc calls its files empty, and others grow while they are read.
 * Room for one byte more than is expected is asked for: who gets just the expected is at the end.
 */
static bool read_to_end(struct reading *reading, int fd, size_t expected, struct slice *bytes)
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

/* Of what was looked at before: opening alone can rewind a tape, or start a watchdog. */
static bool read_regular_at(struct reading *reading, int dir_fd, const char *name,
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

static bool path_error(struct error *err, const char *path, int sys_errno, const char *problem)
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
    struct reading reading = {.arena = arena, .max_bytes = max_bytes};
    struct stat st;

    if (fstatat(AT_FDCWD, path, &st, 0) < 0)
        reading_fails_errno(&reading, errno);
    else if (reading_accepts(&reading, &st) && read_regular_at(&reading, AT_FDCWD, path, bytes))
        return true;
    return path_error(err, path, reading.sys_errno, reading.problem);
}

struct folder_id {
    dev_t dev;
    ino_t ino;
};

struct walk {
    struct arena *arena;
    struct tree tree;
    size_t total_bytes;
    struct buf path;                            /* of the entry at hand, below the root */
    struct folder_id folders[FS_DEPTH_MAX + 1]; /* from the root to the folder being read */
    size_t depth;
    const struct fs_filter *filter; /* NULL: everything is wanted */
    struct error *err;
};

static bool walk_folder(struct walk *walk, int fd);

/* Also links: one that leads to a folder above its own would never end. */
static bool walk_is_inside(const struct walk *walk, struct folder_id folder)
{
    for (size_t i = 0; i <= walk->depth; i++)
        if (walk->folders[i].dev == folder.dev && walk->folders[i].ino == folder.ino)
            return true;
    return false;
}

static bool walk_wants(const struct walk *walk, bool is_folder)
{
    return !walk->filter ||
           walk->filter->wants(walk->filter->context, buf_slice(&walk->path), is_folder);
}

static struct tree_entry *walk_note(struct walk *walk, enum tree_kind kind)
{
    return tree_add(&walk->tree, walk->arena,
                    (struct tree_entry){.path = buf_slice(&walk->path), .kind = kind});
}

static bool walk_note_problem(struct walk *walk, const char *problem)
{
    walk_note(walk, TREE_UNUSABLE)->problem = problem;
    return true;
}

static bool walk_file(struct walk *walk, int dir_fd, const char *name)
{
    struct reading reading = {.arena = walk->arena, .max_bytes = FS_FILE_MAX};
    struct slice bytes;

    if (!read_regular_at(&reading, dir_fd, name, &bytes))
        return walk_note_problem(walk, reading.problem);
    walk_note(walk, TREE_FILE)->bytes = bytes;
    walk->total_bytes += bytes.len;
    if (walk->total_bytes <= FS_TREE_MAX)
        return true;
    error_set(walk->err, ERR_CONFIG, "holds more than %s in files",
              size_text(walk->arena, FS_TREE_MAX));
    error_hint(walk->err, "name the folder of the migrations alone");
    return false;
}

static bool walk_subfolder(struct walk *walk, int dir_fd, const char *name)
{
    struct stat st;
    bool is_walked;
    int fd;

    if (walk->depth == FS_DEPTH_MAX)
        return walk_note_problem(walk,
                                 "is nested too deep: only 8 folders below the first are read");
    fd = openat(dir_fd, name, OPEN_FLAGS | O_DIRECTORY);
    if (fd < 0 || fstat(fd, &st) < 0) {
        int sys_errno = errno;

        fd_close(&fd);
        return walk_note_problem(walk, problem_of_errno(walk->arena, sys_errno));
    }
    if (walk_is_inside(walk, (struct folder_id){st.st_dev, st.st_ino})) {
        fd_close(&fd);
        return walk_note_problem(walk, "is a link that leads in a circle");
    }
    walk_note(walk, TREE_DIRECTORY);
    walk->folders[++walk->depth] = (struct folder_id){st.st_dev, st.st_ino};
    is_walked = walk_folder(walk, fd);
    walk->depth--;
    return is_walked;
}

static bool is_dangling_link(int dir_fd, const char *name)
{
    struct stat st;

    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

static bool walk_unopenable(struct walk *walk, int dir_fd, const char *name, int sys_errno)
{
    if (sys_errno == ENOENT && is_dangling_link(dir_fd, name))
        return walk_note_problem(walk, "is a link to something that does not exist");
    return walk_note_problem(walk, problem_of_errno(walk->arena, sys_errno));
}

/* Where the listing tells the kind, it is the look: in a folder of thousands each call counts. */
static bool walk_entry(struct walk *walk, int dir_fd, const struct dirent *entry)
{
    struct reading reading = {.arena = walk->arena, .max_bytes = FS_FILE_MAX};
    struct stat st;

    if (entry->d_type == DT_REG)
        return !walk_wants(walk, false) || walk_file(walk, dir_fd, entry->d_name);
    if (fstatat(dir_fd, entry->d_name, &st, 0) < 0)
        return !walk_wants(walk, false) || walk_unopenable(walk, dir_fd, entry->d_name, errno);
    if (!walk_wants(walk, S_ISDIR(st.st_mode)))
        return true;
    if (S_ISDIR(st.st_mode))
        return walk_subfolder(walk, dir_fd, entry->d_name);
    if (!reading_accepts(&reading, &st))
        return walk_note_problem(walk, reading.problem);
    return walk_file(walk, dir_fd, entry->d_name);
}

static bool walk_name(struct walk *walk, int dir_fd, const struct dirent *entry)
{
    const size_t parent_len = walk->path.len;
    bool is_walked;

    if (entry->d_name[0] == '.')
        return true;
    if (walk->tree.count == FS_ENTRIES_MAX) {
        error_set(walk->err, ERR_CONFIG, "holds more than %d entries", FS_ENTRIES_MAX);
        error_hint(walk->err, "name the folder of the migrations alone");
        return false;
    }
    if (parent_len)
        buf_add_char(&walk->path, '/');
    buf_add_text(&walk->path, entry->d_name);
    is_walked = walk_entry(walk, dir_fd, entry);
    walk->path.len = parent_len;
    return is_walked;
}

/* A list that breaks off is an error: half of the migrations are not the migrations. */
static bool walk_names(struct walk *walk, DIR *folder)
{
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(folder);
        if (!entry && errno)
            return error_set_errno(walk->err, ERR_CONFIG, errno, "cannot be listed to its end");
        if (!entry)
            return true;
        if (!walk_name(walk, dirfd(folder), entry))
            return false;
    }
}

/* Owns fd. */
static bool walk_folder(struct walk *walk, int fd)
{
    DIR *folder = fdopendir(fd);
    bool is_walked;

    if (!folder) {
        error_set_errno(walk->err, ERR_CONFIG, errno, "cannot be listed");
        fd_close(&fd);
        return false;
    }
    is_walked = walk_names(walk, folder);
    closedir(folder);
    return is_walked;
}

bool fs_read_wanted(const char *path, const struct fs_filter *filter, struct arena *arena,
                    struct tree *tree, struct error *err)
{
    struct walk walk = {.arena = arena, .path = buf_in(arena), .filter = filter, .err = err};
    int fd = open(path, OPEN_FLAGS | O_DIRECTORY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        int sys_errno = errno;

        fd_close(&fd);
        return path_error(err, path, sys_errno, problem_of_errno(arena, sys_errno));
    }
    walk.folders[0] = (struct folder_id){st.st_dev, st.st_ino};
    if (!walk_folder(&walk, fd))
        return error_wrap(err, "%s", path);
    walk.tree.root = arena_text(arena, slice_from(path));
    tree_sort(&walk.tree);
    *tree = walk.tree;
    return true;
}

bool fs_read_tree(const char *path, struct arena *arena, struct tree *tree, struct error *err)
{
    return fs_read_wanted(path, NULL, arena, tree, err);
}
