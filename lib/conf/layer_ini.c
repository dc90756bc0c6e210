#include <string.h>

#include "conf/ini.h"
#include "conf/layer.h"

static const char step_prefix[] = "migrate:";

static bool is_named_step(const char *section)
{
    return slice_starts_with(slice_from(section), step_prefix);
}

static struct step *find_step(struct builder *builder, const char *section)
{
    struct config *config = &builder->config;

    if (!is_named_step(section))
        return &builder->unnamed;
    for (size_t i = 0; i < config->step_count; i++)
        if (strcmp(config->steps[i].name, section + strlen(step_prefix)) == 0)
            return &config->steps[i];
    return NULL;
}

static bool add_step(struct builder *builder, const char *section)
{
    struct config *config = &builder->config;
    const char *name = section + strlen(step_prefix);

    if (!*name)
        return error_set(builder->err, ERR_CONFIG, "[%s] has no name behind the colon", section);
    if (find_step(builder, section))
        return error_set(builder->err, ERR_CONFIG, "section [%s] stands twice", section);
    config->steps = arena_grow(builder->arena, config->steps, &builder->step_capacity,
                               config->step_count, sizeof *config->steps);
    return step_init(builder, name, &config->steps[config->step_count++]);
}

static bool is_section(const char *name)
{
    for (size_t i = 0; i < option_count; i++)
        if (strcmp(options[i].section, name) == 0)
            return true;
    return false;
}

static bool refuse_section(struct builder *builder, const char *name)
{
    char nearest[OPTION_NAME_MAX];

    if (option_nearest_section(name, nearest, sizeof nearest))
        return error_set(builder->err, ERR_CONFIG, "unknown section [%s]; did you mean [%s]?", name,
                         nearest);
    return error_set(builder->err, ERR_CONFIG,
                     "unknown section [%s]; there are [migrate], [migrate:NAME], [database], "
                     "[wait], [app] and [log]",
                     name);
}

static bool read_section(struct builder *builder, const char *name)
{
    if (is_named_step(name))
        return add_step(builder, name);
    if (strcmp(name, "migrate") == 0)
        builder->unnamed_at = builder->config.step_count;
    return is_section(name) || refuse_section(builder, name);
}

/* The row of a key; url_file is the row of url, with *is_file. */
static const struct option *find_key(const char *section, struct slice key, bool *is_file)
{
    const struct option *option = option_find(slice_from(section), key);

    *is_file = false;
    if (option || !slice_ends_with(key, "_file"))
        return option;
    option = option_find(slice_from(section), slice_sub(key, 0, key.len - strlen("_file")));
    *is_file = option && option->flags & OPTION_HAS_FILE;
    return *is_file ? option : NULL;
}

static bool refuse_key(struct builder *builder, const char *section, const char *key)
{
    char nearest[OPTION_NAME_MAX];

    if (!*section)
        return error_set(builder->err, ERR_CONFIG, "%s stands before the first [section]", key);
    if (option_nearest_key(section, key, nearest, sizeof nearest))
        return error_set(builder->err, ERR_CONFIG, "unknown key %s in [%s]; did you mean %s?", key,
                         section, nearest);
    return error_set(builder->err, ERR_CONFIG, "unknown key %s in [%s]", key, section);
}

static bool read_entry(struct builder *builder, const struct ini_entry *entry, struct origin origin)
{
    bool is_file, is_named = is_named_step(entry->section);
    const char *section = is_named ? "migrate" : entry->section;
    const struct option *option = find_key(section, slice_from(entry->key), &is_file);
    struct step *step = find_step(builder, entry->section);
    const struct origin *before;
    struct slice text;

    if (!option)
        return refuse_key(builder, section, entry->key);
    if (is_named && !(option->flags & OPTION_PER_STEP))
        return error_set(builder->err, ERR_CONFIG, "%s belongs in [migrate], not in [%s]",
                         entry->key, entry->section);
    before = layer_origin(builder, step, option);
    if (before->kind == ORIGIN_INI)
        return error_set(builder->err, ERR_CONFIG, "[%s] %s is set already, at %s", entry->section,
                         option->key, before->name);
    text = layer_tidy(option, entry->value);
    if (!text.len)
        return true;
    return is_file ? layer_lay_file(builder, step, option, text, origin)
                   : layer_lay(builder, step, option, text, origin);
}

static bool read_sections(struct builder *builder, const struct ini *ini)
{
    for (size_t i = 0; i < ini->section_count; i++)
        if (!read_section(builder, ini->sections[i].name))
            return error_wrap(builder->err, "%s:%u", builder->sources->ini_file,
                              ini->sections[i].line);
    return true;
}

static bool read_entries(struct builder *builder, const struct ini *ini)
{
    for (size_t i = 0; i < ini->count; i++) {
        struct origin origin = {ORIGIN_INI,
                                arena_printf(builder->arena, "%s:%u", builder->sources->ini_file,
                                             ini->entries[i].line)};

        if (!read_entry(builder, &ini->entries[i], origin))
            return error_wrap(builder->err, "%s", origin.name);
    }
    return true;
}

bool layer_ini(struct builder *builder)
{
    const struct config_sources *sources = builder->sources;
    struct ini ini;

    if (!sources->ini_file)
        return true;
    return ini_read(sources->ini_file, sources->ini_text, builder->arena, &ini, builder->err) &&
           read_sections(builder, &ini) && read_entries(builder, &ini);
}
