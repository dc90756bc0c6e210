#include "migrate/source.h"

#include "base/buf.h"
#include "formats/registry.h"
#include "migrate/folder.h"
#include "sys/fs.h"
#include "sys/log.h"

/* Where the tools put their folders by default, the most telling first. */
static const char *const well_known_dirs[] = {
    "drizzle",
    "prisma/migrations",
    "db/migrations",
    "migrations",
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
                  "Using ./%s: the first well-known migration folder that is here "
                  "(MIGRINIT_MIGRATE_DIR names another)",
                  *dir);
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
    static const enum out_of_order wishes[] = {
        [ORDER_AUTO] = OUT_OF_ORDER_AUTO,     [ORDER_APPLY] = OUT_OF_ORDER_APPLY,
        [ORDER_REFUSE] = OUT_OF_ORDER_REFUSE, [ORDER_SKIP] = OUT_OF_ORDER_SKIP,
        [ORDER_TRUE] = OUT_OF_ORDER_APPLY,    [ORDER_FALSE] = OUT_OF_ORDER_REFUSE,
    };

    return (struct format_options){
        .out_of_order = wishes[step->out_of_order],
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

bool source_read(const struct step *step, const struct source_facts *facts, struct arena *arena,
                 struct source *out, struct error *err)
{
    *out = (struct source){.step = step, .label = step->name[0] ? step->name : "command"};
    if (step->command && !step->dir)
        return true;
    if (!read_folder(step, facts, arena, out, err))
        return step->name[0] ? error_wrap(err, "[migrate:%s]", step->name) : false;
    if (!step->name[0] && !step->command)
        out->label = out->format->name;
    return true;
}

bool source_bind(const struct source *source, const struct format_session *session,
                 struct arena *arena, struct source *out, struct error *err)
{
    *out = *source;
    out->options.session = session;
    return list_migrations(out, arena, err);
}
