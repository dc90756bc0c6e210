#include "conf/config.h"

#include <string.h>

#include "conf/layer.h"
#include "conf/value.h"

static bool has_own_settings(const struct step *step)
{
    for (size_t i = 0; i < option_count; i++)
        if (step->origins[i].kind != ORIGIN_DEFAULT)
            return true;
    return false;
}

/* Put [migrate] where it stands in the file, if it is a step at all (conf/config.h, Steps). */
static void finish_steps(struct builder *builder)
{
    struct config *config = &builder->config;
    size_t at = builder->unnamed_at;

    if (config->step_count && !has_own_settings(&builder->unnamed))
        return;
    config->steps = arena_grow(builder->arena, config->steps, &builder->step_capacity,
                               config->step_count, sizeof *config->steps);
    memmove(config->steps + at + 1, config->steps + at,
            (config->step_count - at) * sizeof *config->steps);
    config->steps[at] = builder->unnamed;
    config->step_count++;
}

static const char *const *libpq_variables(const char *const *environment, struct arena *arena)
{
    const char **found = NULL;
    size_t count = 0, capacity = 0;

    for (; environment && *environment; environment++) {
        if (!slice_starts_with(slice_from(*environment), "PG"))
            continue;
        found = arena_grow(arena, found, &capacity, count, sizeof *found);
        found[count++] = arena_text(arena, slice_from(*environment));
    }
    found = arena_grow(arena, found, &capacity, count, sizeof *found);
    found[count] = NULL;
    return found;
}

bool config_build(const struct config_sources *sources, struct arena *arena, struct config *config,
                  struct error *err)
{
    struct builder builder = {.sources = sources, .arena = arena, .err = err};

    if (!layer_defaults(&builder) || !layer_ini(&builder) || !layer_environment(&builder) ||
        !layer_flags(&builder))
        return false;
    finish_steps(&builder);
    builder.config.environment = libpq_variables(sources->environment, arena);
    builder.config.variables = sources->environment;
    *config = builder.config;
    return true;
}

const char *config_value_text(const struct config *config, const struct step *step,
                              const struct option *option, struct arena *arena)
{
    bool is_per_step = option->flags & OPTION_PER_STEP;
    const char *base = is_per_step ? (const char *)step : (const char *)config;

    return base ? value_write(option, base + option->offset, arena) : "";
}

struct origin config_origin(const struct config *config, const struct step *step,
                            const struct option *option)
{
    bool is_per_step = option->flags & OPTION_PER_STEP;
    const struct origin *origins = is_per_step ? step ? step->origins : NULL : config->origins;

    return origins ? origins[option - options] : (struct origin){ORIGIN_DEFAULT, NULL};
}
