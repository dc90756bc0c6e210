/*
 * sql/made - the tables, columns and schemas that a run of migrations has made by itself
 *
 * Why here   What was made a moment ago, and is dropped again, held nothing that anybody would
 *            miss. That is only sure while the name still means what it meant then, so whatever
 *            may have changed that (a drop, a rename, another search_path, a ROLLBACK) makes this
 *            forget: a doubt is never a reason to keep silent.
 * Beware     CREATE ... IF NOT EXISTS may have made nothing, and counts for nothing. A temporary
 *            table is there for its own file; the session may be another one in the next.
 * Names      as written: a table that is named once with its schema and once without counts as two
 */
#ifndef MIGRINIT_SQL_MADE_H
#define MIGRINIT_SQL_MADE_H

#include "base/arena.h"
#include "base/slice.h"

struct made_name {
    const char *key; /* with its class, see made.c */
    bool has_schema;
    bool is_of_file; /* gone with its end */
};

struct made {
    struct arena *arena;
    struct made_name *items;
    size_t count;
    size_t capacity;
    bool has_other_path; /* names without a schema mean something else until the file's end */
};

struct made made_in(struct arena *arena);
void made_end_file(struct made *made);

/* Tables and materialized views share their names. */
void made_add_table(struct made *made, struct slice table, bool is_temporary);
void made_add_schema(struct made *made, struct slice schema);
void made_add_column(struct made *made, struct slice table, struct slice column);

bool made_has_table(const struct made *made, struct slice table);
bool made_has_schema(const struct made *made, struct slice schema);

/* Also true of any column of a table that was made. */
bool made_has_column(const struct made *made, struct slice table, struct slice column);

/* With its columns. */
void made_forget_table(struct made *made, struct slice table);
void made_forget_schema(struct made *made, struct slice schema);
void made_forget_column(struct made *made, struct slice table, struct slice column);
void made_forget_all(struct made *made);

/* Names without a schema will mean others. */
void made_change_path(struct made *made);

/* `to` is in the schema of `from`. */
void made_rename_table(struct made *made, struct slice from, struct slice to);
void made_rename_column(struct made *made, struct slice table, struct slice from, struct slice to);

#endif
