#include "sql/made.h"

#include <string.h>

#include "sql/cursor.h"

/* What a key begins with, and what stands before the column in one. */
static const char table_class[] = "table ", schema_class[] = "schema ",
                  before_column[] = " column ";

struct made made_in(struct arena *arena)
{
    return (struct made){.arena = arena};
}

static const char *key_of(const struct made *made, const char *class, struct slice name)
{
    return arena_printf(made->arena, "%s%s", class, sql_name_key(name, made->arena));
}

static const char *column_key(const struct made *made, struct slice table, struct slice column)
{
    return arena_printf(made->arena, "%s%s%s%s", table_class, sql_name_key(table, made->arena),
                        before_column, sql_name_key(column, made->arena));
}

static const struct made_name *find(const struct made *made, const char *key)
{
    for (size_t i = 0; i < made->count; i++)
        if (strcmp(made->items[i].key, key) == 0)
            return &made->items[i];
    return NULL;
}

static void add(struct made *made, struct made_name name)
{
    name.is_of_file |= !name.has_schema && made->has_other_path;
    made->items =
        arena_grow(made->arena, made->items, &made->capacity, made->count, sizeof *made->items);
    made->items[made->count++] = name;
}

/* Of a table also what is in it. */
static bool is_of(const char *key, const char *what)
{
    size_t len = strlen(what);

    return strncmp(key, what, len) == 0 &&
           (!key[len] || strncmp(key + len, before_column, strlen(before_column)) == 0);
}

static void forget(struct made *made, const char *key)
{
    size_t kept = 0;

    for (size_t i = 0; i < made->count; i++)
        if (!is_of(made->items[i].key, key))
            made->items[kept++] = made->items[i];
    made->count = kept;
}

void made_end_file(struct made *made)
{
    size_t kept = 0;

    for (size_t i = 0; i < made->count; i++)
        if (!made->items[i].is_of_file)
            made->items[kept++] = made->items[i];
    made->count = kept;
    made->has_other_path = false;
}

void made_add_table(struct made *made, struct slice table, bool is_temporary)
{
    add(made, (struct made_name){.key = key_of(made, table_class, table),
                                 .has_schema = sql_name_has_schema(table),
                                 .is_of_file = is_temporary});
}

void made_add_schema(struct made *made, struct slice schema)
{
    add(made, (struct made_name){.key = key_of(made, schema_class, schema), .has_schema = true});
}

void made_add_column(struct made *made, struct slice table, struct slice column)
{
    add(made, (struct made_name){.key = column_key(made, table, column),
                                 .has_schema = sql_name_has_schema(table)});
}

bool made_has_table(const struct made *made, struct slice table)
{
    return made->count && find(made, key_of(made, table_class, table));
}

bool made_has_schema(const struct made *made, struct slice schema)
{
    return made->count && find(made, key_of(made, schema_class, schema));
}

bool made_has_column(const struct made *made, struct slice table, struct slice column)
{
    return made_has_table(made, table) ||
           (made->count && find(made, column_key(made, table, column)));
}

void made_forget_table(struct made *made, struct slice table)
{
    if (made->count)
        forget(made, key_of(made, table_class, table));
}

void made_forget_schema(struct made *made, struct slice schema)
{
    if (made->count)
        forget(made, key_of(made, schema_class, schema));
}

void made_forget_column(struct made *made, struct slice table, struct slice column)
{
    if (made->count)
        forget(made, column_key(made, table, column));
}

void made_forget_all(struct made *made)
{
    made->count = 0;
}

void made_change_path(struct made *made)
{
    size_t kept = 0;

    for (size_t i = 0; i < made->count; i++)
        if (made->items[i].has_schema)
            made->items[kept++] = made->items[i];
    made->count = kept;
    made->has_other_path = true;
}

/* shop."orders" and "lines" give shop."lines". */
static struct slice beside(const struct made *made, struct slice from, struct slice to)
{
    struct sql_cursor cursor = sql_cursor_at(from, 0);
    size_t last = 0;

    for (; !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor))
        last = cursor.token.start;
    return slice_from(arena_printf(made->arena, "%.*s%.*s", (int)last, from.ptr, SLICE_ARG(to)));
}

void made_rename_table(struct made *made, struct slice from, struct slice to)
{
    struct slice renamed = beside(made, from, to);
    const struct made_name *found = find(made, key_of(made, table_class, from));
    bool was_made = found, was_of_file = found && found->is_of_file;

    made_forget_table(made, from);
    made_forget_table(made, renamed);
    if (was_made)
        made_add_table(made, renamed, was_of_file);
}

void made_rename_column(struct made *made, struct slice table, struct slice from, struct slice to)
{
    bool was_made = !made_has_table(made, table) && made_has_column(made, table, from);

    made_forget_column(made, table, from);
    made_forget_column(made, table, to);
    if (was_made)
        made_add_column(made, table, to);
}
