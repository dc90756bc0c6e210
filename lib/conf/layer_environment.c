#include <string.h>

#include "base/text.h"
#include "base/variables.h"
#include "conf/layer.h"

/* Room for a foreign variable's name in a message. */
enum { SHOWN_NAME_MAX = 96 };

static bool refuse_name(struct builder *builder, const char *name)
{
    char shown[SHOWN_NAME_MAX], nearest[OPTION_NAME_MAX];

    text_sanitize(slice_from(name), shown, sizeof shown);
    if (option_nearest_env(name, nearest, sizeof nearest))
        return error_set(builder->err, ERR_CONFIG,
                         "the environment variable %s is no setting; did you mean %s?", shown,
                         nearest);
    return error_set(builder->err, ERR_CONFIG, "the environment variable %s is no setting", shown);
}

/* Which rows the environment may name: the others are not looked for in it. */
static bool *find_named(struct builder *builder)
{
    bool *named = arena_array(builder->arena, option_count, sizeof *named), is_file;
    const char *const *variable = builder->sources->environment;

    for (; variable && *variable; variable++) {
        struct slice text = slice_from(*variable);
        const struct option *option =
            option_of_env(slice_sub(text, 0, slice_find(text, '=')), &is_file);

        if (option)
            named[option - options] = true;
    }
    return named;
}

static bool check_names(struct builder *builder)
{
    const char *const *variable = builder->sources->environment;

    for (; variable && *variable; variable++) {
        struct slice text = slice_from(*variable);
        const char *name;

        if (!slice_starts_with(text, option_env_prefix))
            continue;
        name = arena_text(builder->arena, slice_sub(text, 0, slice_find(text, '=')));
        if (option_env_is_unknown(name))
            return refuse_name(builder, name);
    }
    return true;
}

/* Kubernetes sets DB_PORT=tcp://10.0.0.1:5432 for a Service called db: nobody's setting. */
static bool is_service_link(const struct option *option, struct slice text)
{
    return option->type == OPTION_INT && slice_starts_with(text, "tcp://");
}

static struct slice variable_text(struct builder *builder, const struct option *option,
                                  const char *name)
{
    struct slice text = layer_tidy(
        option, slice_from(variables_get(builder->sources->environment, slice_from(name))));

    return is_service_link(option, text) ? SLICE("") : text;
}

/* Lay NAME, or what NAME_FILE names. *is_set tells whether either of them is set. */
static bool lay_name(struct builder *builder, const struct option *option, const char *name,
                     bool *is_set)
{
    const char *file_name = arena_printf(builder->arena, "%s_FILE", name);
    struct slice text = variable_text(builder, option, name), path = SLICE("");
    struct origin origin = {ORIGIN_ENV, arena_text(builder->arena, slice_from(name))};

    if (option->flags & OPTION_HAS_FILE)
        path = slice_trim(
            slice_from(variables_get(builder->sources->environment, slice_from(file_name))));
    *is_set = text.len || path.len;
    if (text.len && path.len)
        return error_set(builder->err, ERR_CONFIG, "%s and %s are both set; remove one of them",
                         name, file_name);
    if (path.len)
        origin = (struct origin){ORIGIN_ENV_FILE, file_name};
    if (path.len ? layer_lay_file(builder, &builder->unnamed, option, path, origin)
                 : !text.len || layer_lay(builder, &builder->unnamed, option, text, origin))
        return true;
    return error_wrap(builder->err, "%s", origin.name);
}

/* The MIGRINIT_ name, then the aliases, until one is set. */
static bool lay_row(struct builder *builder, const struct option *option)
{
    char name[OPTION_NAME_MAX];
    bool is_set;

    option_env_name(option, name, sizeof name);
    if (!lay_name(builder, option, name, &is_set))
        return false;
    for (size_t i = 0; i < OPTION_ALIASES_MAX && option->aliases[i] && !is_set; i++)
        if (!lay_name(builder, option, option->aliases[i], &is_set))
            return false;
    return true;
}

bool layer_environment(struct builder *builder)
{
    const bool *named;

    if (!check_names(builder))
        return false;
    named = find_named(builder);
    for (size_t i = 0; i < option_count; i++)
        if (named[i] && !lay_row(builder, &options[i]))
            return false;
    return true;
}
