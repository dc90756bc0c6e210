#include "formats/format.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "formats/version.h"
#include "sql/split.h"

struct slice format_begin_history(const struct format *format, struct sql_name table,
                                  struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (format->emptiness_check) {
        buf_add(&sql, format->emptiness_check(table, arena));
        buf_add_text(&sql, ";\n");
    }
    buf_add(&sql, format->create_history(table, arena));
    return buf_slice(&sql);
}

struct slice migration_text(const struct migration *migration)
{
    if (!migration->sent)
        return migration->up;
    return (struct slice){migration->sent, migration->up.len};
}

bool migration_split_text(const struct migration *migration, struct arena *arena,
                          struct sql_statements *out, struct error *err)
{
    size_t up_start = (size_t)(migration->up.ptr - migration->source.ptr);

    if (!migration->sent)
        return sql_split_part(migration->source, migration->up, arena, out, err);
    if (!sql_split(migration_text(migration), arena, out, err))
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->items[i].offset += up_start;
    return true;
}

int migration_order(struct slice left, struct slice right)
{
    struct slice left_number = version_digits(left), right_number = version_digits(right);
    int order = 0;

    if (!left_number.len != !right_number.len)
        return left_number.len ? -1 : 1;
    if (left_number.len)
        order = version_compare(left_number, right_number);
    return order ? order : slice_compare(left, right);
}

bool migration_split(const struct migration *migration, struct arena *arena,
                     struct sql_statements *out, struct error *err)
{
    if (!migration->cut)
        return migration_split_text(migration, arena, out, err);
    *out = (struct sql_statements){.items = migration->cut->items + migration->cut_done,
                                   .count = migration->cut->count - migration->cut_done};
    return true;
}

const char *cell_text(struct slice cell, struct arena *arena)
{
    return cell.ptr ? arena_text(arena, cell) : NULL;
}

struct migration *migration_list_add(struct migration_list *list, struct arena *arena,
                                     struct migration migration)
{
    list->items = arena_grow(arena, list->items, &list->capacity, list->count, sizeof *list->items);
    list->items[list->count] = migration;
    return &list->items[list->count++];
}

struct applied *applied_list_add(struct applied_list *list, struct arena *arena,
                                 struct applied applied)
{
    list->items = arena_grow(arena, list->items, &list->capacity, list->count, sizeof *list->items);
    list->items[list->count] = applied;
    return &list->items[list->count++];
}

bool tree_entry_is_top_sql(const struct tree_entry *entry)
{
    return tree_entry_is_top(entry) && slice_ends_with(entry->path, ".sql");
}

bool tree_entry_is_plain_down(const struct tree *tree, const struct tree_entry *entry,
                              struct arena *arena)
{
    static const char suffix[] = ".down.sql";
    struct slice path = entry->path;
    const char *partner;

    if (!tree_entry_is_top(entry) || !slice_ends_with(path, suffix))
        return false;
    partner = arena_printf(arena, "%.*s.sql", (int)(path.len - strlen(suffix)), path.ptr);
    return tree_find(tree, slice_from(partner)) != NULL;
}

bool file_refuse(const struct tree *tree, const struct tree_entry *entry, struct error *err,
                 const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return error_wrap(err, "%s/%s", tree->root, entry->path.ptr);
}

bool file_read_unmarked(const struct tree *tree, const struct tree_entry *entry, struct slice *text,
                        struct error *err)
{
    if (!tree_entry_text(tree, entry, text, err))
        return false;
    if (slice_starts_with(*text, "\xEF\xBB\xBF"))
        return file_refuse(tree, entry, err, "begins with a byte order mark",
                           "the tool would send it, and the server refuses it (42601): save the "
                           "file as UTF-8 without one");
    return true;
}

bool migration_place(const struct tree *tree, const struct migration *migration, struct error *err)
{
    char position[sizeof err->where];

    memcpy(position, err->where, sizeof position);
    err->where[0] = '\0';
    return error_wrap(err, "%s/%s:%s", tree->root, migration->path, position);
}

bool migration_check_sql(const struct tree *tree, const struct migration *migration,
                         struct error *err)
{
    return sql_split_part(migration->source, migration->up, NULL, NULL, err) ||
           migration_place(tree, migration, err);
}

void history_add_schema(struct buf *out, struct sql_name table)
{
    struct buf body = buf_in(out->arena);

    if (!table.schema.len)
        return;
    buf_add_text(&body,
                 "BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ");
    sql_quote_literal(&body, table.schema);
    buf_add_text(&body, ") THEN CREATE SCHEMA ");
    sql_quote_identifier(&body, table.schema);
    buf_add_text(&body, "; END IF; END");
    buf_add_text(out, "DO ");
    sql_quote_literal(out, buf_slice(&body));
    buf_add_text(out, ";\n");
}

static int compare_ids(const void *a, const void *b)
{
    const struct migration *const *left = a, *const *right = b;
    int order = strcmp((*left)->id, (*right)->id);

    return order ? order : strcmp((*left)->path, (*right)->path);
}

bool migration_list_check_unique(const struct migration_list *list, const struct tree *tree,
                                 struct arena *arena, struct error *err)
{
    const struct migration **sorted;

    if (!list->count)
        return true;
    sorted = arena_array(arena, list->count, sizeof(const struct migration *));
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof(const struct migration *), compare_ids);
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) != 0)
            continue;
        error_set(err, ERR_CONFIG, "%s and %s are both version %s", sorted[i - 1]->path,
                  sorted[i]->path, sorted[i]->id);
        error_hint(err, "one of them would never be applied: rename the one that was not yet");
        return error_wrap(err, "%s", tree->root);
    }
    return true;
}

bool format_down(const struct format *format, const struct tree *tree,
                 const struct migration *migration, struct arena *arena, struct migration *out,
                 struct error *err)
{
    *out = *migration;
    out->sent = NULL;
    out->is_down = true;
    return format->down(tree, arena, out, err) && migration_check_sql(tree, out, err);
}

struct slice format_record(const struct format *format, struct sql_name table,
                           const struct migration *migration, const struct record_request *request,
                           struct arena *arena)
{
    if (migration->is_down)
        return format->record_down(table, migration, request, arena);
    return format->record(table, migration, request, arena);
}

bool down_refuse_missing(const struct tree *tree, const struct migration *migration,
                         const char *wanted, struct error *err)
{
    error_set(err, ERR_CONFIG, "cannot be undone: it has no down script");
    error_hint(err, "write one (%s), or take the change back with a new migration", wanted);
    return error_wrap(err, "%s/%s", tree->root, migration->path);
}

bool down_take_file(const struct tree *tree, const struct tree_entry *entry, const char *wanted,
                    struct migration *migration, struct error *err)
{
    if (!entry)
        return down_refuse_missing(tree, migration, wanted, err);
    if (!tree_entry_text(tree, entry, &migration->source, err))
        return false;
    migration->path = entry->path.ptr;
    migration->up = migration->source;
    return true;
}

struct slice record_delete(struct sql_name table, const char *column,
                           const struct migration *migration, const struct record_request *request,
                           struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (request->phase == RECORD_STARTED || request->phase == RECORD_FAILED)
        return SLICE("");
    buf_add_text(&sql, "DELETE FROM ");
    sql_quote_name(&sql, table);
    buf_printf(&sql, " WHERE %s = ", column);
    sql_quote_literal(&sql, slice_from(migration->id));
    return buf_slice(&sql);
}
