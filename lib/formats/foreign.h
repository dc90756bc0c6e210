/*
 * formats/foreign - folders of tools that have no format here
 *
 * Why here   A folder of numbered .sql files may be another tool's. Taking it for `plain` would
 *            begin afresh on a database that is up to date by that tool's bookkeeping. So plain
 *            asks here first, and the message says whose folder it seems to be and what can be
 *            done. A row goes when its tool gets a format, unless it is a mark that the format
 *            itself is not sure of: plain must not take such a folder either.
 */
#ifndef MIGRINIT_FORMATS_FOREIGN_H
#define MIGRINIT_FORMATS_FOREIGN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/tree.h"

struct foreign_sign {
    const char *tool;    /* "goose" */
    const char *command; /* what its users run: "goose up"; NULL when formats here share the sign */
    const char *besides; /* settings that go with it: "inputs = db/sqitch.plan"; or NULL */
    const char *evidence; /* "a line \"-- +goose\" in 0001_a.sql" */
};

/* The first sign of a foreign tool, strongest first. False leaves *out alone. */
bool foreign_find(const struct tree *tree, struct arena *arena, struct foreign_sign *out);

#endif
