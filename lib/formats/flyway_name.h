/*
 * formats/flyway_name - what the name of a file of Flyway's says
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_NAME_H
#define MIGRINIT_FORMATS_FLYWAY_NAME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"

enum flyway_kind {
    FLYWAY_NOTHING,    /* Flyway does not look at it, or not when it migrates */
    FLYWAY_VERSIONED,  /* V1.2__add_users.sql */
    FLYWAY_BASELINE,   /* B5__everything_so_far.sql: runs in place of all up to V5 when none has */
    FLYWAY_REPEATABLE, /* R__views.sql: runs again whenever it was changed */
    FLYWAY_UNDO,       /* U1.2__add_users.sql: for `flyway undo` */
    FLYWAY_CALLBACK,   /* afterMigrate.sql: runs along with `flyway migrate` */
    FLYWAY_UNDO_CALLBACK, /* afterUndo.sql: runs along with each `flyway undo` */
    FLYWAY_MISNAMED,      /* looks like a migration, and Flyway passes over it */
};

struct flyway_name {
    enum flyway_kind kind;
    bool is_sql;             /* else a program of another kind: V1__x.java, V1__x.sh */
    const char *version;     /* as it is recorded: "1.2"; NULL where there is none */
    const char *event;       /* of a callback: "afterMigrate" */
    const char *description; /* as it is recorded: "add users" */
    const char *id;          /* equal for what Flyway takes for the same: "1.2", "B 5", "R views" */
};

/* Of the last part of a path. */
struct flyway_name flyway_name_parse(struct slice name, struct arena *arena);

/* Numbers with a single '.' or '_' between them. */
bool flyway_is_version(struct slice text);

/* "001.0" and "1" are one version: 1. What is no version stays as it is. */
const char *flyway_version_normal(struct slice version, struct arena *arena);

/* Two normal versions, by value, whatever their length. */
int flyway_version_compare(const char *a, const char *b);

#endif
