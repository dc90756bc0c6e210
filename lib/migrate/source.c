#include "migrate/source.h"

#include "base/buf.h"
#include "formats/registry.h"
#include "migrate/folder.h"
#include "migrate/order.h"
#include "migrate/revisions.h"
#include "sys/fs.h"
#include "sys/log.h"

/* Where the tools put their folders by default, the most telling first; and where a container is
 * given one that is not the image's. */
static const char *const well_known_dirs[] = {
    "drizzle", "prisma/migrations", "db/migrations", "migrations", "/migrations",
};

static const char *find_well_known(void)
{
    for (size_t i = 0; i < COUNT_OF(well_known_dirs); i++)
        if (fs_is_directory(well_known_dirs[i]))
            return well_known_dirs[i];
    return NULL;
}

const char *source_folder(const struct source *source, const struct migration *migration)
{
    return migration->folder ? migration->folder : source->dir;
}

bool source_exists(const struct step *step)
{
    return step->dir || step->command || find_well_known();
}

static bool no_folder(struct arena *arena, struct error *err)
{
    struct buf places = buf_in(arena);

    for (size_t i = 0; i < COUNT_OF(well_known_dirs); i++)
        buf_printf(&places, "%s%s", i ? ", " : "", well_known_dirs[i]);
    error_set(err, ERR_CONFIG, "no migrations found: none of %s is here", buf_text(&places));
    error_hint(err, "name the folder with MIGRINIT_MIGRATE_DIR, or set AUTO_MIGRATE=false to only "
                    "wait for the database");
    return false;
}

static bool choose_dir(const struct step *step, struct arena *arena, const char **dir,
                       struct error *err)
{
    *dir = step->dir ? step->dir : find_well_known();
    if (!*dir)
        return no_folder(arena, err);
    if (!step->dir)
        log_event(LOG_INFO, LOG_MIGRATION, "migration.folder", LOG_FIELDS(log_str("dir", *dir)),
                  "Using %s%s: the first well-known migration folder that is here "
                  "(MIGRINIT_MIGRATE_DIR names another)",
                  **dir == '/' ? "" : "./", *dir);
    return true;
}

static bool choose_format(const struct step *step, const struct tree *tree, struct arena *arena,
                          const struct format **format, struct error *err)
{
    const char *why;

    if (step->format)
        return format_by_name(step->format, format, err);
    if (!format_detect(tree, arena, format, &why, err))
        return false;
    log_event(LOG_INFO, LOG_MIGRATION, "migration.format",
              LOG_FIELDS(log_str("format", (*format)->name), log_str("why", why)),
              "%s looks like %s: %s", tree->root, (*format)->name, why);
    return true;
}

static struct format_options options_of(const struct step *step, const struct source_facts *facts)
{
    return (struct format_options){
        .out_of_order = order_wish(step),
        .placeholders = step->placeholders.items,
        .placeholder_count = step->placeholders.count,
        .keeps_placeholders = !step->replaces_placeholders,
        .placeholder_prefix = step->placeholder_prefix,
        .placeholder_suffix = step->placeholder_suffix,
        .baseline_version = step->baselines ? step->baseline_version : NULL,
        .splits_statements = facts->splits_statements,
        .environment = facts->variables,
    };
}

static bool refuse_several(const struct source *source, struct error *err)
{
    error_set(err, ERR_CONFIG, "several folders, and %s has one", source->format->name);
    error_hint(err, "make each a step of its own, [migrate:NAME], with a table of its own");
    return error_wrap(err, "%s", source->dir);
}

static bool list_migrations(struct source *out, struct arena *arena, struct error *err)
{
    out->migrations = (struct migration_list){.options = &out->options};
    return out->format->list(&out->tree, arena, &out->migrations, err);
}

static bool read_folder(const struct step *step, const struct source_facts *facts,
                        struct arena *arena, struct source *out, struct error *err)
{
    size_t folder_count;
    const char *table;

    if (!choose_dir(step, arena, &out->dir, err) ||
        !folder_read(out->dir, arena, &out->tree, &folder_count, err) ||
        !choose_format(step, &out->tree, arena, &out->format, err))
        return false;
    if (folder_count != 1 && !(out->format->features & FORMAT_TAKES_SEVERAL_FOLDERS))
        return refuse_several(out, err);
    out->format = format_layout(out->format, &out->tree);
    out->options = options_of(step, facts);
    if (!list_migrations(out, arena, err))
        return false;
    table = step->table ? step->table : out->format->default_table;
    out->table = sql_name_parse(slice_from(table));
    return true;
}

bool source_tells(const struct source *source)
{
    return source->format || source->revisions || source->inputs.file_count;
}

const char *source_reader_name(const struct source *source)
{
    if (source->revisions)
        return "alembic";
    return source->format ? source->format->name : NULL;
}

static void tell_silent(const struct source *source, const char *why)
{
    log_event(LOG_INFO, LOG_MIGRATION, "probe.silent",
              LOG_FIELDS(log_str("dir", source->step->dir), log_str("reason", why)),
              "%s: %s does not tell whether anything is pending (%s)%s", source->label,
              source->step->dir, why,
              source->inputs.file_count ? "" : ": the command is run at every start");
}

/* What is not understood is the command's own affair, unless the format was named. */
static bool read_folder_of_command(const struct step *step, const struct source_facts *facts,
                                   struct arena *arena, struct source *out, struct error *err)
{
    struct source tried = *out;
    struct error refusal = {0};
    char why[sizeof refusal.what + sizeof refusal.where];
    const char *reason;

    if (!fs_is_directory(step->dir) || step->format)
        return read_folder(step, facts, arena, out, err);
    out->dir = step->dir;
    if (revisions_are_in(step->dir)) {
        out->revisions = revisions_read(step, arena, &reason);
        if (!out->revisions)
            tell_silent(out, reason);
        return true;
    }
    if (read_folder(step, facts, arena, &tried, &refusal)) {
        *out = tried;
        out->migrations.options = &out->options;
        return true;
    }
    error_format(&refusal, why, sizeof why);
    tell_silent(out, why);
    return true;
}

static bool read_command(const struct step *step, const struct source_facts *facts,
                         struct arena *arena, struct source *out, struct error *err)
{
    if (!inputs_read(step, arena, &out->inputs, err))
        return false;
    if (!step->dir || step->probe == PROBE_OFF)
        return true;
    return read_folder_of_command(step, facts, arena, out, err);
}

static bool refuse_without_command(const char *key, struct error *err)
{
    error_set(err, ERR_CONFIG, "[migrate] %s is of a command, and there is none", key);
    error_hint(err, "a native format knows by itself what is pending; a command step needs "
                    "[migrate] command");
    return false;
}

static bool read_native(const struct step *step, const struct source_facts *facts,
                        struct arena *arena, struct source *out, struct error *err)
{
    if (step->inputs.count)
        return refuse_without_command("inputs", err);
    if (step->success)
        return refuse_without_command("success", err);
    if (!read_folder(step, facts, arena, out, err))
        return false;
    if (!step->name[0])
        out->label = out->format->name;
    return true;
}

bool source_read(const struct step *step, const struct source_facts *facts, struct arena *arena,
                 struct source *out, struct error *err)
{
    *out = (struct source){.step = step, .label = step->name[0] ? step->name : "command"};
    if (step->command ? read_command(step, facts, arena, out, err)
                      : read_native(step, facts, arena, out, err))
        return true;
    return step->name[0] ? error_wrap(err, "[migrate:%s]", step->name) : false;
}

bool source_bind(const struct source *source, const struct format_session *session,
                 struct arena *arena, struct source *out, struct error *err)
{
    *out = *source;
    out->options.session = session;
    out->migrations.options = &out->options;
    return !source->migrations.awaits_session || list_migrations(out, arena, err);
}
