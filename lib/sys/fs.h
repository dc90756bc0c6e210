/*
 * sys/fs - the only room that reads files
 *
 * Why here   What lies in a migration folder is not ours: a FIFO blocks a reader for ever, a device
 *            has no end, a link may lead in a circle. Here each is looked at before it is opened,
 *            and noted in the tree instead of read.
 * Inside     sys/fs_file reads one file, sys/fs_tree a folder
 * Facts      Kubernetes mounts a ConfigMap as links to `..data/`: links are followed, names that
 *            begin with a dot are passed over.
 */
#ifndef MIGRINIT_SYS_FS_H
#define MIGRINIT_SYS_FS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/tree.h"

/* Folders below the first one that are read; a deeper one is noted. */
enum { FS_DEPTH_MAX = 8 };

/* One file of a folder, and all of them together, in bytes; and how many entries. */
enum { FS_FILE_MAX = 64 << 20, FS_TREE_MAX = 256 << 20, FS_ENTRIES_MAX = 200000 };

bool fs_is_directory(const char *path);
bool fs_exists(const char *path);
bool fs_is_same(const char *path, const char *other); /* both lead to one file or folder */

/* "" when it cannot be told: it was removed. */
const char *fs_working_directory(struct arena *arena);

/* What of a folder is wanted: of a file nothing, its name, or its bytes; whether a folder is gone
 * into. */
enum fs_wish { FS_NOTHING, FS_NAME, FS_BYTES };

struct fs_filter {
    enum fs_wish (*wish_file)(void *context, struct slice path);
    bool (*wants_folder)(void *context, struct slice path); /* NULL: each of them */
    void *context;
};

/*
 * Read of a folder what is wanted (filter NULL: everything); nothing else is opened. Fails with
 * ERR_CONFIG when the folder itself is missing, no directory or unreadable, or past the limits on
 * the whole; an entry that is no usable file is noted (TREE_UNUSABLE).
 */
bool fs_read_tree(const char *path, const struct fs_filter *filter, struct arena *arena,
                  struct tree *tree, struct error *err) MUST_CHECK;

/* Read one regular file of at most max_bytes. */
bool fs_read_file(const char *path, size_t max_bytes, struct arena *arena, struct slice *bytes,
                  struct error *err) MUST_CHECK;

#endif
