#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/buf.h"
#include "sys/fd.h"
#include "sys/fs_parts.h"

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

static enum fs_wish wish_file(const struct walk *walk)
{
    return walk->filter ? walk->filter->wish_file(walk->filter->context, buf_slice(&walk->path))
                        : FS_BYTES;
}

static bool wants_folder(const struct walk *walk)
{
    return !walk->filter || !walk->filter->wants_folder ||
           walk->filter->wants_folder(walk->filter->context, buf_slice(&walk->path));
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

static bool walk_note_name(struct walk *walk)
{
    walk_note(walk, TREE_FILE)->problem = "is a file that is not read";
    return true;
}

static bool walk_bytes(struct walk *walk, int dir_fd, const char *name, const struct stat *looked)
{
    struct fs_reading reading = {.arena = walk->arena, .max_bytes = FS_FILE_MAX};
    struct slice bytes;

    if ((looked && !fs_reading_accepts(&reading, looked)) ||
        !fs_read_regular_at(&reading, dir_fd, name, &bytes))
        return walk_note_problem(walk, reading.problem);
    walk_note(walk, TREE_FILE)->bytes = bytes;
    walk->total_bytes += bytes.len;
    if (walk->total_bytes <= FS_TREE_MAX)
        return true;
    error_set(walk->err, ERR_CONFIG, "holds more than %s in files",
              fs_size_text(walk->arena, FS_TREE_MAX));
    error_hint(walk->err, "name the folder of the migrations alone");
    return false;
}

/* looked: NULL where the listing has called it a regular file */
static bool walk_file(struct walk *walk, int dir_fd, const char *name, const struct stat *looked)
{
    switch (wish_file(walk)) {
    case FS_BYTES: return walk_bytes(walk, dir_fd, name, looked);
    case FS_NAME: return walk_note_name(walk);
    case FS_NOTHING: break;
    }
    return true;
}

static bool walk_subfolder(struct walk *walk, int dir_fd, const char *name)
{
    struct stat st;
    bool is_walked;
    int fd;

    if (walk->depth == FS_DEPTH_MAX)
        return walk_note_problem(walk,
                                 "is nested too deep: only 8 folders below the first are read");
    fd = openat(dir_fd, name, FS_OPEN_FLAGS | O_DIRECTORY);
    if (fd < 0 || fstat(fd, &st) < 0) {
        int sys_errno = errno;

        fd_close(&fd);
        return walk_note_problem(walk, fs_problem_of_errno(walk->arena, sys_errno));
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
    return walk_note_problem(walk, fs_problem_of_errno(walk->arena, sys_errno));
}

/* A link, or on a file system whose listing tells no kinds. */
static bool walk_unknown(struct walk *walk, int dir_fd, const char *name)
{
    struct stat st;

    if (fstatat(dir_fd, name, &st, 0) < 0)
        return wish_file(walk) == FS_NOTHING || walk_unopenable(walk, dir_fd, name, errno);
    if (S_ISDIR(st.st_mode))
        return !wants_folder(walk) || walk_subfolder(walk, dir_fd, name);
    return walk_file(walk, dir_fd, name, &st);
}

/* Where the listing tells the kind, it is the look: in a folder of thousands each call counts. */
static bool walk_entry(struct walk *walk, int dir_fd, const struct dirent *entry)
{
    switch (entry->d_type) {
    case DT_REG: return walk_file(walk, dir_fd, entry->d_name, NULL);
    case DT_DIR: return !wants_folder(walk) || walk_subfolder(walk, dir_fd, entry->d_name);
    default: return walk_unknown(walk, dir_fd, entry->d_name);
    }
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

bool fs_read_tree(const char *path, const struct fs_filter *filter, struct arena *arena,
                  struct tree *tree, struct error *err)
{
    struct walk walk = {.arena = arena, .path = buf_in(arena), .filter = filter, .err = err};
    int fd = open(path, FS_OPEN_FLAGS | O_DIRECTORY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        int sys_errno = errno;

        fd_close(&fd);
        return fs_refuse_path(err, path, sys_errno, fs_problem_of_errno(arena, sys_errno));
    }
    walk.folders[0] = (struct folder_id){st.st_dev, st.st_ino};
    if (!walk_folder(&walk, fd))
        return error_wrap(err, "%s", path);
    walk.tree.root = arena_text(arena, slice_from(path));
    tree_sort(&walk.tree);
    *tree = walk.tree;
    return true;
}
