/*
 * formats/dbmate - dbmate's folder and its schema_migrations
 *
 * Files      <digits><anything>.sql at the top, in byte order of the whole name (10_b before 9_a);
 *            the version is the run of digits, as text: 003 is not 3
 * Content    -- migrate:up [transaction:false] ... -- migrate:down ...
 *            A directive begins in the first column. Before the first only blank and comment lines.
 *            The up part goes from its directive to the down directive, which must be there.
 * Down       from the down directive to the end, with a transaction:false of its own; the version's
 *            row is deleted. The last one is the last file, in their order, that has a row; a newer
 *            row without a file, which dbmate passes over, is refused.
 * Facts      dbmate 2.35.0, pkg/dbmate/migration.go and db.go, read; 2.36.0, run. We refuse what
 *            dbmate gets wrong: a second up section in a file records its version twice (23505),
 *            a second file of the same version is never applied. A folder named like a migration,
 *            which dbmate passes over, is refused as well.
 */
#include <string.h>

#include "base/buf.h"
#include "formats/directive.h"
#include "formats/registry.h"
#include "formats/version.h"

static const char up_word[] = "migrate:up";
static const char down_word[] = "migrate:down";

/* What the lines of a file said; offsets are of the line's first byte. */
struct sections {
    bool has_up;
    bool has_down;
    size_t up;
    size_t down;
    struct slice up_options;
    struct slice down_options;
};

static bool refuse_line(size_t line_number, struct error *err, const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s (line %zu)", what, line_number);
    error_hint(err, "%s", hint);
    return false;
}

static bool is_blank_or_comment(struct slice line)
{
    line = slice_trim(line);
    return !line.len || slice_starts_with(line, "--");
}

static bool take_up(struct sections *sections, size_t offset, size_t line_number, struct error *err)
{
    if (sections->has_up)
        return refuse_line(line_number, err, "a second -- migrate:up in one file",
                           "dbmate would record the version twice and fail: make it a file of its "
                           "own");
    sections->has_up = true;
    sections->up = offset;
    return true;
}

static bool take_down(struct sections *sections, size_t offset, size_t line_number,
                      struct error *err)
{
    if (sections->has_down)
        return refuse_line(line_number, err, "a second -- migrate:down in one file",
                           "each -- migrate:down needs its own -- migrate:up before it");
    sections->has_down = true;
    sections->down = offset;
    return true;
}

static bool take_line(struct sections *sections, struct slice line, size_t offset,
                      size_t line_number, struct error *err)
{
    struct slice rest;

    if (directive_match(line, up_word, &rest)) {
        sections->up_options = rest;
        return take_up(sections, offset, line_number, err);
    }
    if (sections->has_up && directive_match(line, down_word, &rest)) {
        sections->down_options = rest;
        return take_down(sections, offset, line_number, err);
    }
    if (!sections->has_up && !is_blank_or_comment(line))
        return refuse_line(line_number, err, "a statement before the -- migrate:up directive",
                           "put it below the directive, which must begin in the first column");
    return true;
}

static bool check_complete(const struct sections *sections, struct slice source, struct error *err)
{
    if (sections->has_up && sections->has_down)
        return true;
    if (!source.len)
        error_set(err, ERR_CONFIG, "the file is empty");
    else
        error_set(err, ERR_CONFIG, "no -- migrate:%s directive", sections->has_up ? "down" : "up");
    error_hint(err, "a dbmate migration has a line -- migrate:up and, below it, a line "
                    "-- migrate:down; nothing needs to follow either");
    return false;
}

static bool read_sections(struct slice source, struct sections *sections, struct error *err)
{
    struct slice rest = source, line;
    size_t line_number = 0, offset = 0;

    *sections = (struct sections){0};
    while (slice_next_line(&rest, &line)) {
        if (!take_line(sections, line, offset, ++line_number, err))
            return false;
        offset = source.len - rest.len;
    }
    return check_complete(sections, source, err);
}

static bool is_transactional(struct slice options)
{
    return !slice_equal_text(directive_option(options, "transaction"), "false");
}

static bool is_migration_name(const struct tree_entry *entry)
{
    return tree_entry_is_top_sql(entry) && version_digits(entry->path).len;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct slice source, name = entry->path;
    struct sections sections;
    struct migration migration;

    if (!tree_entry_text(tree, entry, &source, err))
        return false;
    if (!read_sections(source, &sections, err))
        return error_wrap(err, "%s/%s", tree_entry_root(tree, entry), name.ptr);
    migration = (struct migration){
        .id = arena_text(arena, version_digits(name)),
        .name = arena_text(arena, slice_sub(name, 0, name.len - 4)),
        .path = name.ptr,
        .folder = entry->root,
        .source = source,
        .up = slice_sub(source, sections.up, sections.down),
        .is_transactional = is_transactional(sections.up_options),
    };
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++)
        if (is_migration_name(&tree->entries[i]) &&
            !list_entry(tree, &tree->entries[i], arena, out, err))
            return false;
    if (!out->count) {
        error_set(err, ERR_CONFIG, "no migration files");
        error_hint(err, "dbmate's files are named <digits>_<name>.sql and lie at the top");
        return error_wrap(err, "%s", tree->root);
    }
    return migration_list_check_unique(out, tree, arena, err);
}

static const char *mark(struct slice line, struct slice text, struct arena *arena)
{
    struct slice options;

    (void)text, (void)arena;
    return directive_match(line, up_word, &options) ? "-- migrate:up" : NULL;
}

/*
 * The type tells dbmate's table from those of golang-migrate and Ecto, which have the same name and
 * a numeric version. Rails' is the very same as dbmate's, but has ar_internal_metadata beside it:
 * asked for by a SELECT of its own, once and not for each row.
 */
static struct slice read_history(struct sql_name table, struct arena *arena)
{
    struct sql_name rails = {.schema = table.schema, .table = SLICE("ar_internal_metadata")};
    struct buf sql = buf_in(arena), rails_name = buf_in(arena);

    sql_quote_name(&rails_name, rails);
    buf_add_text(&sql,
                 "SELECT version, pg_catalog.pg_typeof(version), (SELECT pg_catalog.to_regclass(");
    sql_quote_literal(&sql, buf_slice(&rails_name));
    buf_add_text(&sql, ") IS NOT NULL) FROM ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " ORDER BY version");
    return buf_slice(&sql);
}

static bool is_text_type(struct slice type)
{
    return slice_equal_text(type, "character varying") || slice_equal_text(type, "text");
}

static bool refuse_table(struct error *err, const char *found)
{
    error_set(err, ERR_CONFIG, "the bookkeeping table is not dbmate's: %s", found);
    error_hint(err,
               "other tools (Rails, golang-migrate, Ecto) have a table of this name, too: name the "
               "right format ([migrate] format) or another table ([migrate] table)");
    return false;
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != 3)
        return refuse_table(err, "it has other columns");
    if (rowset_bool(rows, 0, 2))
        return refuse_table(err, "ar_internal_metadata beside it says that it is Rails'");
    for (size_t i = 0; i < rows->row_count; i++) {
        if (!is_text_type(rowset_get(rows, i, 1)))
            return refuse_table(err, "its version is no text");
        applied_list_add(
            out, arena,
            (struct applied){.id = arena_text(arena, rowset_get(rows, i, 0)), .duration_ms = -1});
    }
    return true;
}

/* The part may be empty: dbmate deletes the row all the same. */
static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    struct slice source = migration->source;
    struct sections sections;

    (void)options, (void)arena;
    if (!read_sections(source, &sections, err))
        return migration_place(tree, migration, err);
    migration->up = slice_sub(source, sections.down, source.len);
    migration->is_transactional = is_transactional(sections.down_options);
    return true;
}

const struct format format_dbmate = {
    .name = "dbmate",
    .features = FORMAT_TAKES_SEVERAL_FOLDERS,
    .default_table = "schema_migrations",
    .no_transaction_mark = "-- migrate:up transaction:false",
    .mark = mark,
    .list = list,
    .history_table = "CREATE TABLE {table} (version varchar PRIMARY KEY)",
    .history_insert = "INSERT INTO {table} (version) VALUES ({id})",
    .read_history = read_history,
    .applied = applied,
    .down = down,
    .no_transaction_mark_down = "-- migrate:down transaction:false",
    .compare_ids = strcmp,
    .id_column = "version",
};
