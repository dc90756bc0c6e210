/*
 * base/tree - a directory as values: sorted paths with their bytes
 *
 * Why here   Formats decide by what lies in a folder, and must not touch the disk: sys/fs reads the
 *            folder into this, tests write it by hand.
 * Owns       nothing; everything lives in the arena that it was made in
 */
#ifndef MIGRINIT_BASE_TREE_H
#define MIGRINIT_BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum tree_kind {
    TREE_FILE,
    TREE_DIRECTORY,
    TREE_UNUSABLE, /* a FIFO, socket or device, a file that is too large or may not be read, ... */
};

struct tree_entry {
    struct slice path; /* relative to the root, '/' between the parts, terminated */
    size_t name_at;    /* where the last part of it begins; tree_add() finds it */
    enum tree_kind kind;
    struct slice bytes;  /* of a TREE_FILE without a problem */
    const char *problem; /* of a TREE_UNUSABLE: "is a FIFO, not a regular file"; of a TREE_FILE of
                            which nobody wanted more than the name; else NULL */
    const char *root;    /* in a tree of several folders, the one it is from; else NULL */
};

/* Entries are in byte order of their whole path; a name that begins with '.' is not among them. */
struct tree {
    const char *root; /* as the operator wrote it, for messages */
    struct tree_entry *entries;
    size_t count;
    size_t capacity;
};

struct tree_entry *tree_add(struct tree *tree, struct arena *arena, struct tree_entry entry);
void tree_sort(struct tree *tree);

/* NULL when there is no entry of this path. */
const struct tree_entry *tree_find(const struct tree *tree, struct slice path);

/* The folder that an entry's path is below. */
const char *tree_entry_root(const struct tree *tree, const struct tree_entry *entry);

/* The last part of an entry's path, and whether it lies at the top of the tree. */
struct slice tree_entry_name(const struct tree_entry *entry);
bool tree_entry_is_top(const struct tree_entry *entry);

/*
 * The text of a file that a format wants to run. Fails with ERR_CONFIG, naming the file, when it is
 * no usable regular file or has a NUL byte in it: libpq would send the text up to there only.
 */
bool tree_entry_text(const struct tree *tree, const struct tree_entry *entry, struct slice *text,
                     struct error *err) MUST_CHECK;

#endif
