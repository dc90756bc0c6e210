/*
 * formats/alembic_script - what one revision file of Alembic says of itself
 *
 * Why here   Alembic imports the file and looks at four names of the module. Here they are read as
 *            long as they are plain assignments of strings; whatever else could give them a value
 *            makes the file one that is not understood, never one that is read wrongly.
 * Facts      alembic 1.8.1 and 1.19.2, script/base.py: names that begin with ".#" or "__init__" are
 *            no revisions; without `revision` the file's name is one, when it is [a-f0-9]+.py;
 *            without `down_revision` the tool fails. A string, or a tuple, list or set of strings,
 *            mean the same; None is none.
 */
#ifndef MIGRINIT_FORMATS_ALEMBIC_SCRIPT_H
#define MIGRINIT_FORMATS_ALEMBIC_SCRIPT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"

struct alembic_names {
    const char **items;
    size_t count;
    size_t capacity;
};

struct alembic_script {
    const char *path; /* for messages */
    const char *revision;
    struct alembic_names down;    /* revisions that it follows */
    struct alembic_names depends; /* revisions, or labels of branches, that must be there as well */
    struct alembic_names labels;
    bool has_unknown_labels; /* branch_labels is not understood, which may not matter */
};

/* Whether a file of this name is a revision at all. */
bool alembic_script_is_named(struct slice name);

/* False, and *why in words, when the file is not understood. `path` ends with the file's name. */
bool alembic_script_read(struct slice source, const char *path, struct arena *arena,
                         struct alembic_script *out, const char **why);

#endif
