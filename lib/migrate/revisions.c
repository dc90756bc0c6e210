#include "migrate/revisions.h"

#include <string.h>

#include "formats/alembic_env.h"
#include "formats/alembic_ini.h"
#include "formats/shell_words.h"
#include "sys/fs.h"
#include "sys/log.h"

enum { INI_BYTES_MAX = 1 << 20 };

/* One reading of a folder; what is not understood ends it with `why`. */
struct finder {
    const struct step *step;
    struct arena *arena;
    const char *ini;  /* the path of alembic.ini */
    const char *base; /* what its relative paths are relative to */
    struct alembic_ini settings;
    struct alembic_script *scripts;
    size_t count, capacity;
    const char *why;
};

static bool give_up(struct finder *finder, const char *where, const char *why)
{
    finder->why = where ? arena_printf(finder->arena, "%s %s", where, why) : why;
    return false;
}

/* --- paths ------------------------------------------------------------------------------- */

static const char *join(const char *folder, const char *path, struct arena *arena)
{
    if (path[0] == '/' || strcmp(folder, ".") == 0)
        return path;
    return arena_printf(arena, "%s/%s", folder, path);
}

static const char *folder_of(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return ".";
    return arena_text(arena, (struct slice){path, slash == path ? 1 : (size_t)(slash - path)});
}

/* --- alembic.ini ------------------------------------------------------------------------- */

static bool read_ini(struct finder *finder, const char *path)
{
    struct slice text;
    struct error err;

    finder->ini = path;
    if (!fs_read_file(path, INI_BYTES_MAX, finder->arena, &text, &err))
        return give_up(finder, path, "cannot be read");
    return alembic_ini_read(text, folder_of(path, finder->arena), finder->arena, &finder->settings,
                            &finder->why) ||
           give_up(finder, path, finder->why);
}

/* Whether the file is about this folder; relative paths mean the working directory's, or, when the
 * command changes into it, the file's own. */
static bool ini_is_about(struct finder *finder, const char *dir)
{
    const char *location = finder->settings.script_location;
    const char *own = folder_of(finder->ini, finder->arena);

    finder->base = ".";
    if (!location)
        return fs_is_same(own, dir);
    if (fs_is_same(location, dir))
        return true;
    finder->base = own;
    return fs_is_same(join(own, location, finder->arena), dir);
}

static bool try_ini(struct finder *finder, const char *path, const char *dir, bool *is_found)
{
    if (*is_found || !fs_exists(path))
        return true;
    if (!read_ini(finder, path))
        return false;
    *is_found = ini_is_about(finder, dir);
    return true;
}

/* "-c backend/alembic.ini" of the command; NULL where it does not say. */
static const char *ini_of_command(const struct finder *finder)
{
    const char *path = shell_words_option(finder->step->command, "-c", "--config", finder->arena);

    return path && slice_ends_with(slice_from(path), ".ini") ? path : NULL;
}

/* In the folder itself (Flask-Migrate), in the working directory, in the folders above. */
static bool find_ini(struct finder *finder, const char *dir)
{
    const char *named = ini_of_command(finder), *above = dir;
    bool is_found = false;

    if (!try_ini(finder, named ? named : join(dir, "alembic.ini", finder->arena), dir, &is_found) ||
        (!named && !try_ini(finder, "alembic.ini", dir, &is_found)))
        return false;
    while (!named && !is_found && strchr(above, '/') && strcmp(above, "/") != 0) {
        above = folder_of(above, finder->arena);
        if (!try_ini(finder, join(above, "alembic.ini", finder->arena), dir, &is_found))
            return false;
    }
    return is_found ||
           give_up(finder, NULL, "no alembic.ini whose script_location is this folder was found");
}

/* `dir` may be the folder of alembic.ini alone; gives that of env.py. */
static bool find_scripts(struct finder *finder, const char **dir)
{
    const char *location;

    *dir = finder->step->dir;
    if (fs_exists(join(*dir, "env.py", finder->arena)))
        return true;
    if (!read_ini(finder, join(*dir, "alembic.ini", finder->arena)))
        return false;
    location = finder->settings.script_location;
    if (!location)
        return give_up(finder, finder->ini, "has no script_location");
    *dir = fs_exists(join(location, "env.py", finder->arena))
               ? location
               : join(folder_of(finder->ini, finder->arena), location, finder->arena);
    return fs_exists(join(*dir, "env.py", finder->arena)) || give_up(finder, *dir, "has no env.py");
}

static bool check_pyproject(struct finder *finder)
{
    static const char mark[] = "[tool.alembic";
    const char *path = join(finder->base, "pyproject.toml", finder->arena);
    struct slice text;
    struct error err;

    if (!fs_exists(path))
        return true;
    if (fs_read_file(path, INI_BYTES_MAX, finder->arena, &text, &err) &&
        !memmem(text.ptr, text.len, mark, strlen(mark)))
        return true;
    return give_up(finder, path, "may have settings of Alembic");
}

/* --- revisions --------------------------------------------------------------------------- */

static enum fs_wish wish_file(void *context, struct slice path)
{
    size_t start = path.len;

    (void)context;
    while (start > 0 && path.ptr[start - 1] != '/')
        start--;
    return alembic_script_is_named(slice_sub(path, start, path.len)) ? FS_BYTES : FS_NOTHING;
}

static bool wants_folder(void *context, struct slice path)
{
    const struct finder *finder = context;

    (void)path;
    return finder->settings.is_recursive;
}

static bool add_script(struct finder *finder, const char *location, const struct tree_entry *entry)
{
    const char *path = arena_printf(finder->arena, "%s/%.*s", location, SLICE_ARG(entry->path));
    struct alembic_script script;

    if (entry->kind != TREE_FILE)
        return entry->kind == TREE_DIRECTORY || give_up(finder, path, entry->problem);
    if (!alembic_script_read(entry->bytes, path, finder->arena, &script, &finder->why))
        return give_up(finder, path, finder->why);
    finder->scripts = arena_grow(finder->arena, finder->scripts, &finder->capacity, finder->count,
                                 sizeof *finder->scripts);
    finder->scripts[finder->count++] = script;
    return true;
}

static bool read_location(struct finder *finder, const char *location)
{
    struct fs_filter filter = {
        .wish_file = wish_file, .wants_folder = wants_folder, .context = finder};
    struct tree tree;
    struct error err;

    if (!fs_is_directory(location))
        return true;
    if (!fs_read_tree(location, &filter, finder->arena, &tree, &err))
        return give_up(finder, location, "cannot be read");
    for (size_t i = 0; i < tree.count; i++)
        if (!add_script(finder, location, &tree.entries[i]))
            return false;
    return true;
}

static bool read_scripts(struct finder *finder, const char *dir)
{
    const struct alembic_names *locations = &finder->settings.version_locations;

    if (!locations->count && !read_location(finder, join(dir, "versions", finder->arena)))
        return false;
    for (size_t i = 0; i < locations->count; i++)
        if (!read_location(finder, join(finder->base, locations->items[i], finder->arena)))
            return false;
    return finder->count || give_up(finder, NULL, "there are no revisions");
}

/* --- the table, and the command ---------------------------------------------------------- */

static bool read_env(struct finder *finder, const char *dir, struct sql_name *table)
{
    const char *path = join(dir, "env.py", finder->arena);
    struct alembic_env env;
    struct slice text;
    struct error err;

    *table = (struct sql_name){.table = SLICE("alembic_version")};
    if (finder->step->probe != PROBE_ON) {
        if (!fs_read_file(path, INI_BYTES_MAX, finder->arena, &text, &err))
            return give_up(finder, path, "cannot be read");
        if (!alembic_env_read(text, !finder->step->table, finder->arena, &env, &finder->why))
            return give_up(finder, path, finder->why);
        table->table = env.table.len ? env.table : table->table;
        table->schema = env.schema;
    }
    if (finder->step->table)
        *table = sql_name_parse(slice_from(finder->step->table));
    return true;
}

static bool check_command(struct finder *finder)
{
    static const char *const words[] = {"downgrade", "stamp", "--sql", "-n", "--name"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (shell_words_have(finder->step->command, words[i]))
            return give_up(finder, "the command says", words[i]);
    return true;
}

/* --- the whole --------------------------------------------------------------------------- */

bool revisions_are_in(const char *dir)
{
    struct arena *arena = arena_new();
    bool is_found =
        fs_exists(join(dir, "env.py", arena)) || fs_exists(join(dir, "alembic.ini", arena));

    arena_free(arena);
    return is_found;
}

static struct migration migration_of(const struct alembic_script *script, struct arena *arena)
{
    const char *slash = strrchr(script->path, '/');
    struct slice name = slice_from(slash ? slash + 1 : script->path);

    return (struct migration){.id = script->revision,
                              .name = arena_text(arena, slice_sub(name, 0, name.len - 3)),
                              .path = script->path};
}

static bool find(struct finder *finder, struct revisions *out)
{
    if (!check_command(finder) || !find_scripts(finder, &out->dir) || !find_ini(finder, out->dir) ||
        !check_pyproject(finder) || !read_env(finder, out->dir, &out->table) ||
        !read_scripts(finder, out->dir))
        return false;
    return alembic_graph_build(finder->scripts, finder->count, finder->arena, &out->graph,
                               &finder->why);
}

const struct revisions *revisions_read(const struct step *step, struct arena *arena,
                                       const char **why)
{
    struct finder finder = {.step = step, .arena = arena, .base = "."};
    struct revisions *revisions = arena_alloc(arena, sizeof *revisions);

    if (!find(&finder, revisions)) {
        *why = finder.why;
        return NULL;
    }
    for (size_t i = 0; i < revisions->graph.count; i++)
        migration_list_add(&revisions->migrations, arena,
                           migration_of(&revisions->graph.nodes[i].script, arena));
    revisions->wants_heads = shell_words_have(step->command, "heads");
    return revisions;
}

/* --- the database ------------------------------------------------------------------------ */

static bool read_rows(struct session *session, const struct revisions *revisions,
                      struct arena *arena, struct history *out, struct error *err)
{
    struct pg_limits limits = session_limits(session, INT64_MAX);
    struct buf sql = buf_in(arena);
    struct rowset rows;

    buf_add_text(&sql, "SELECT version_num FROM ");
    sql_quote_name(&sql, revisions->table);
    out->has_table = pg_query(session->conn, buf_slice(&sql), &limits, arena, &rows, err);
    if (!out->has_table && !err->sqlstate[0])
        return error_wrap(err, "reading %.*s", SLICE_ARG(revisions->table.table));
    if (!out->has_table && strcmp(err->sqlstate, "42P01") != 0)
        log_event(LOG_INFO, LOG_MIGRATION, "probe.table", LOG_FIELDS(log_str("reason", err->what)),
                  "%.*s does not tell whether anything is pending: %s",
                  SLICE_ARG(revisions->table.table), err->what);
    for (size_t i = 0; out->has_table && i < rows.row_count; i++)
        if (!rowset_is_null(&rows, i, 0))
            applied_list_add(
                &out->applied, arena,
                (struct applied){.id = rowset_get(&rows, i, 0).ptr, .duration_ms = -1});
    *err = (struct error){0};
    return true;
}

bool revisions_look(struct session *session, const struct revisions *revisions, struct arena *arena,
                    struct history *out, struct error *err)
{
    bool *is_pending = arena_array(arena, revisions->graph.count, sizeof *is_pending);

    *out = (struct history){.table = revisions->table};
    if (!read_rows(session, revisions, arena, out, err))
        return false;
    alembic_graph_pending(&revisions->graph, &out->applied, is_pending);
    out->is_settled =
        alembic_graph_is_settled(&revisions->graph, &out->applied, revisions->wants_heads);
    out->plan = plan_compare(NULL, &revisions->migrations, &out->applied, is_pending, arena);
    return true;
}
