#include "migrate/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/glob.h"
#include "formats/bookkeeping.h"
#include "formats/format.h"
#include "sys/fs.h"

static struct sql_name table_name(void)
{
    return sql_name_parse(SLICE("migrinit.inputs"));
}

/* --- files ------------------------------------------------------------------------------- */

struct gathering {
    struct arena *arena;
    struct slice pattern;
    struct slice root; /* where the walk begins; may be empty */
    struct tree found; /* paths as the patterns have them */
};

static struct slice whole_path(const struct gathering *gathering, struct slice path)
{
    const char *between = slice_ends_with(gathering->root, "/") ? "" : "/";

    if (!gathering->root.len)
        return path;
    return slice_from(arena_printf(gathering->arena, "%.*s%s%.*s", SLICE_ARG(gathering->root),
                                   between, SLICE_ARG(path)));
}

static enum fs_wish wish_file(void *context, struct slice path)
{
    const struct gathering *gathering = context;

    return glob_match(gathering->pattern, whole_path(gathering, path)) ? FS_BYTES : FS_NOTHING;
}

static bool wants_folder(void *context, struct slice path)
{
    const struct gathering *gathering = context;

    return glob_reaches(gathering->pattern, whole_path(gathering, path));
}

static bool add_file(struct gathering *gathering, const struct tree_entry *entry, struct error *err)
{
    struct slice path = whole_path(gathering, entry->path);

    if (entry->kind == TREE_UNUSABLE) {
        error_set(err, ERR_CONFIG, "%s", entry->problem);
        return error_wrap(err, "%.*s", SLICE_ARG(path));
    }
    if (entry->kind == TREE_FILE)
        tree_add(&gathering->found, gathering->arena,
                 (struct tree_entry){.path = path, .kind = TREE_FILE, .bytes = entry->bytes});
    return true;
}

static bool refuse_pattern(const struct gathering *gathering, struct error *err)
{
    error_set(err, ERR_CONFIG, "no file fits %.*s", SLICE_ARG(gathering->pattern));
    error_hint(err, "[migrate] inputs is a list of files that the command is made of; paths are "
                    "looked for from the working directory, names that begin with a dot are "
                    "passed over");
    return false;
}

static bool gather_pattern(struct gathering *gathering, struct error *err)
{
    struct fs_filter filter = {
        .wish_file = wish_file, .wants_folder = wants_folder, .context = gathering};
    size_t before = gathering->found.count;
    const char *root;
    struct tree tree;

    gathering->root = glob_root(gathering->pattern);
    root = gathering->root.len ? arena_text(gathering->arena, gathering->root) : ".";
    if (!fs_is_directory(root))
        return refuse_pattern(gathering, err);
    if (!fs_read_tree(root, &filter, gathering->arena, &tree, err))
        return false;
    for (size_t i = 0; i < tree.count; i++)
        if (!add_file(gathering, &tree.entries[i], err))
            return false;
    return gathering->found.count > before || refuse_pattern(gathering, err);
}

static bool gather_file(struct gathering *gathering, struct error *err)
{
    struct tree_entry entry = {.path = gathering->pattern, .kind = TREE_FILE};

    gathering->root = (struct slice){0};
    return fs_read_file(arena_text(gathering->arena, gathering->pattern), FS_FILE_MAX,
                        gathering->arena, &entry.bytes, err) &&
           add_file(gathering, &entry, err);
}

/* A folder means all that is in it. */
static bool gather(struct gathering *gathering, const char *pattern, struct error *err)
{
    gathering->pattern = slice_from(pattern);
    if (glob_is_pattern(gathering->pattern))
        return gather_pattern(gathering, err);
    if (!fs_exists(pattern))
        return refuse_pattern(gathering, err);
    if (!fs_is_directory(pattern))
        return gather_file(gathering, err);
    while (gathering->pattern.len > 1 && slice_ends_with(gathering->pattern, "/"))
        gathering->pattern.len--;
    gathering->pattern =
        slice_from(arena_printf(gathering->arena, "%.*s/**", SLICE_ARG(gathering->pattern)));
    return gather_pattern(gathering, err);
}

static void add_digest(struct buf *sum, struct slice name, struct slice bytes)
{
    char hex[DIGEST_SHA256_HEX + 1];

    digest_sha256_hex(bytes, hex);
    buf_add(sum, name);
    buf_add_char(sum, '\0');
    buf_add_text(sum, hex);
    buf_add_char(sum, '\n');
}

static void sum_up(const struct step *step, struct tree *found, struct arena *arena,
                   struct inputs *out)
{
    struct buf sum = buf_in(arena);

    tree_sort(found);
    add_digest(&sum, SLICE("command"), slice_from(step->command));
    add_digest(&sum, SLICE("success"), slice_from(step->success));
    for (size_t i = 0; i < found->count; i++) {
        if (i && slice_equal(found->entries[i].path, found->entries[i - 1].path))
            continue;
        add_digest(&sum, found->entries[i].path, found->entries[i].bytes);
        out->file_count++;
    }
    digest_sha256_hex(buf_slice(&sum), out->hash);
}

bool inputs_read(const struct step *step, struct arena *arena, struct inputs *out,
                 struct error *err)
{
    struct gathering gathering = {.arena = arena};

    *out = (struct inputs){0};
    if (!step->inputs.count)
        return true;
    for (size_t i = 0; i < step->inputs.count; i++)
        if (!gather(&gathering, step->inputs.items[i], err))
            return error_wrap(err, "inputs");
    sum_up(step, &gathering.found, arena, out);
    return true;
}

/* --- the database ------------------------------------------------------------------------ */

static bool add_context(struct error *err)
{
    return error_wrap(err, "migrinit.inputs");
}

bool inputs_look(struct session *session, const struct step *step, struct arena *arena,
                 struct inputs_record *out, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct buf sql = buf_in(arena);
    struct rowset rows;

    *out = (struct inputs_record){.duration_ms = -1};
    buf_add_text(&sql, "SELECT hash, finished_at, duration_ms FROM ");
    sql_quote_name(&sql, table_name());
    buf_add_text(&sql, " WHERE step = ");
    sql_quote_literal(&sql, slice_from(step->name));
    if (!pg_query(session->conn, buf_slice(&sql), &limits, arena, &rows, err)) {
        if (strcmp(err->sqlstate, "42P01") != 0)
            return add_context(err);
        *err = (struct error){0};
        return true;
    }
    out->has_table = true;
    out->hash = cell_text(rowset_get(&rows, 0, 0), arena);
    out->finished_at = cell_text(rowset_get(&rows, 0, 1), arena);
    out->duration_ms = rowset_int(&rows, 0, 2, -1);
    return true;
}

bool inputs_differ(const struct inputs *inputs, const struct inputs_record *record)
{
    return !record->hash || strcmp(inputs->hash, record->hash) != 0;
}

/* The schema, or the table's type, made by somebody else in this moment: try again. */
static bool is_there_already(const struct error *err)
{
    return strcmp(err->sqlstate, "42P06") == 0 || strcmp(err->sqlstate, "42710") == 0 ||
           strcmp(err->sqlstate, "23505") == 0;
}

static struct slice create_sql(struct arena *arena)
{
    struct buf sql = buf_in(arena);

    history_add_schema(&sql, table_name());
    buf_add_text(&sql, "CREATE TABLE ");
    sql_quote_name(&sql, table_name());
    buf_add_text(&sql, " (step text PRIMARY KEY, hash text NOT NULL, "
                       "finished_at timestamptz NOT NULL DEFAULT now(), duration_ms bigint, "
                       "finished_by text)");
    return buf_slice(&sql);
}

/* Gives false when there is no use in trying again. */
static bool create_once(struct session *session, bool *is_there, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct pg_run run;

    *is_there = pg_run(session->conn, create_sql(session->arena), &limits, &run, err) ||
                strcmp(err->sqlstate, "42P07") == 0;
    return *is_there || is_there_already(err);
}

bool inputs_prepare(struct session *session, const struct inputs_record *record, struct error *err)
{
    enum { TRIES = 3 }; /* the schema made by one, the table by another */
    bool is_there = record->has_table;

    for (int i = 0; i < TRIES && !is_there; i++)
        if (!create_once(session, &is_there, err))
            break;
    if (is_there) {
        *err = (struct error){0};
        return true;
    }
    if (strcmp(err->sqlstate, "42501") == 0)
        error_hint(err, "[migrate] inputs are remembered in the schema migrinit: grant CREATE on "
                        "the database, or make the schema and give it to the role");
    error_wrap(err, "creating");
    return add_context(err);
}

bool inputs_keep(struct session *session, const struct step *step, const struct inputs *inputs,
                 int64_t duration_ms, struct error *err)
{
    /* No stop signal may come between what is done and its record. */
    struct pg_limits limits = {.deadline_ms = INT64_MAX, .stop_fd = -1};
    struct buf sql = buf_in(session->arena);
    struct pg_run run;

    buf_add_text(&sql, "INSERT INTO ");
    sql_quote_name(&sql, table_name());
    buf_add_text(&sql, " (step, hash, duration_ms, finished_by) VALUES (");
    sql_quote_literal(&sql, slice_from(step->name));
    buf_printf(&sql, ", '%s', %lld, ", inputs->hash, (long long)duration_ms);
    buf_add_text(&sql, "pg_catalog.concat_ws(' / ', "
                       "nullif(pg_catalog.current_setting('application_name'), ''), "
                       "current_user)) ON CONFLICT (step) DO UPDATE SET hash = excluded.hash, "
                       "finished_at = excluded.finished_at, duration_ms = excluded.duration_ms, "
                       "finished_by = excluded.finished_by");
    if (pg_run(session->conn, buf_slice(&sql), &limits, &run, err))
        return true;
    error_hint(err, "the command has succeeded, its record has not: it will be run again");
    return add_context(err);
}
