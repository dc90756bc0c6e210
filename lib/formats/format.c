#include "formats/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "formats/version.h"
#include "sql/split.h"

struct slice migration_text(const struct migration *migration)
{
    if (migration->replaced)
        return buf_slice(&migration->replaced->text);
    if (!migration->sent)
        return migration->up;
    return (struct slice){migration->sent, migration->up.len};
}

/* Of a place in the text that is sent. */
static size_t source_offset(const struct migration *migration, size_t offset)
{
    size_t up_start = (size_t)(migration->up.ptr - migration->source.ptr);

    if (migration->replaced)
        offset = replacement_origin(migration->replaced, offset);
    return up_start + offset;
}

size_t migration_offset(const struct migration *migration, size_t character)
{
    return source_offset(migration, sql_offset_of_character(migration_text(migration), character));
}

size_t migration_statement_offset(const struct migration *migration,
                                  const struct sql_statement *statement, size_t character)
{
    size_t within = sql_offset_of_character(statement->text, character), start;

    if (!migration->replaced)
        return statement->offset + within;
    start = (size_t)(statement->text.ptr - migration_text(migration).ptr);
    return source_offset(migration, start + within);
}

static bool split(const struct migration *migration, struct slice whole, struct slice part,
                  struct arena *arena, struct sql_statements *out, struct error *err)
{
    return migration->takes_data ? sql_split_with_data(whole, part, arena, out, err)
                                 : sql_split_part(whole, part, arena, out, err);
}

bool migration_split_text(const struct migration *migration, struct arena *arena,
                          struct sql_statements *out, struct error *err)
{
    struct slice text = migration_text(migration);

    if (!migration->sent && !migration->replaced)
        return split(migration, migration->source, migration->up, arena, out, err);
    if (!split(migration, text, text, arena, out, err))
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->items[i].offset = source_offset(migration, out->items[i].offset);
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

bool migration_fits(const struct migration *migration, const struct applied *applied)
{
    return !migration->checksum || !applied->checksum ||
           strcmp(migration->checksum, applied->checksum) == 0 ||
           (migration->other_checksum && strcmp(migration->other_checksum, applied->checksum) == 0);
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

const struct migration *migration_list_find(const struct migration_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id, id) == 0)
            return &list->items[i];
    return NULL;
}

const struct format_options *migration_list_options(const struct migration_list *list)
{
    static const struct format_options by_default = {
        .out_of_order = OUT_OF_ORDER_AUTO, .placeholder_prefix = "${", .placeholder_suffix = "}"};

    return list->options ? list->options : &by_default;
}

bool migration_list_takes_late(const struct migration_list *list)
{
    enum out_of_order wish = migration_list_options(list)->out_of_order;

    return wish == OUT_OF_ORDER_APPLY || wish == OUT_OF_ORDER_SKIP;
}

void remark_add(struct remark_list *list, struct arena *arena, struct remark remark)
{
    list->items = arena_grow(arena, list->items, &list->capacity, list->count, sizeof *list->items);
    list->items[list->count++] = remark;
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
    return error_wrap(err, "%s/%s", tree_entry_root(tree, entry), entry->path.ptr);
}

bool file_check_utf8(const struct tree *tree, const char *path, struct slice text, const char *hint,
                     struct error *err)
{
    size_t at = text_invalid_at(text);
    struct sql_position place;

    if (at == text.len)
        return true;
    place = sql_position_at(text, at);
    error_set(err, ERR_CONFIG, "is not UTF-8");
    error_hint(err, "%s", hint);
    return error_wrap(err, "%s/%s:%u:%u", tree->root, path, place.line, place.column);
}

bool file_read_unmarked(const struct tree *tree, const struct tree_entry *entry, struct slice *text,
                        struct error *err)
{
    if (!tree_entry_text(tree, entry, text, err))
        return false;
    if (text_has_mark(*text))
        return file_refuse(tree, entry, err, "begins with a byte order mark",
                           "the tool would send it, and the server refuses it (42601): save the "
                           "file as UTF-8 without one");
    return true;
}

bool migration_place(const struct tree *tree, const struct migration *migration, struct error *err)
{
    return error_wrap_file(err, migration->folder ? migration->folder : tree->root,
                           migration->path);
}

/* "12:3" */
static struct sql_position position_read(const char *where)
{
    char *column;
    unsigned long line = strtoul(where, &column, 10);

    return (struct sql_position){(unsigned)line,
                                 *column ? (unsigned)strtoul(column + 1, NULL, 10) : 1};
}

/* An error about the text that is sent, where it is in the file. */
static void move_to_source(const struct migration *migration, struct error *err)
{
    struct slice text = migration_text(migration);
    struct sql_position at = position_read(err->where);
    size_t offset = source_offset(migration, sql_offset_of_position(text, at));

    at = sql_position_at(migration->source, offset);
    snprintf(err->where, sizeof err->where, "%u:%u", at.line, at.column);
    sql_excerpt(migration->source, offset, err);
}

static bool check_text(const struct migration *migration, struct error *err)
{
    struct slice text = migration_text(migration);

    if (!migration->replaced)
        return split(migration, migration->source, migration->up, NULL, NULL, err);
    if (split(migration, text, text, NULL, NULL, err))
        return true;
    move_to_source(migration, err);
    return false;
}

bool migration_check_sql(const struct tree *tree, const struct migration *migration,
                         struct error *err)
{
    return check_text(migration, err) || migration_place(tree, migration, err);
}

static int compare_ids(const void *a, const void *b)
{
    const struct migration *const *left = a, *const *right = b;
    int order = strcmp((*left)->id, (*right)->id);

    if (!order)
        order = strcmp((*left)->path, (*right)->path);
    return order || !(*left)->folder ? order : strcmp((*left)->folder, (*right)->folder);
}

static const char *path_in(const struct migration *migration, struct arena *arena)
{
    if (!migration->folder)
        return migration->path;
    return arena_printf(arena, "%s/%s", migration->folder, migration->path);
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
        error_set(err, ERR_CONFIG, "%s and %s are both version %s", path_in(sorted[i - 1], arena),
                  path_in(sorted[i], arena), sorted[i]->id);
        error_hint(err, "one of them would never be applied: rename the one that was not yet");
        return error_wrap(err, "%s", tree->root);
    }
    return true;
}

bool format_down(const struct format *format, const struct tree *tree,
                 const struct format_options *options, const struct migration *migration,
                 struct arena *arena, struct migration *out, struct error *err)
{
    *out = *migration;
    out->sent = NULL;
    out->replaced = NULL;
    out->has_data = false;
    out->is_down = true;
    return format->down(tree, options, arena, out, err) && migration_check_sql(tree, out, err);
}

bool down_refuse_missing(const struct tree *tree, const struct migration *migration,
                         const char *wanted, struct error *err)
{
    error_set(err, ERR_CONFIG, "cannot be undone: it has no down script");
    error_hint(err, "write one (%s), or take the change back with a new migration", wanted);
    return migration_place(tree, migration, err);
}

bool down_take_file(const struct tree *tree, const struct tree_entry *entry, const char *wanted,
                    struct migration *migration, struct error *err)
{
    if (!entry)
        return down_refuse_missing(tree, migration, wanted, err);
    if (!tree_entry_text(tree, entry, &migration->source, err))
        return false;
    migration->path = entry->path.ptr;
    migration->folder = entry->root;
    migration->up = migration->source;
    return true;
}
