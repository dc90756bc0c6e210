#include <string.h>

#include "conf/layer.h"

/* Anything else may be a value that lost its flag, and is not repeated. */
static bool looks_like_flag(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

    return len && !name[len] && len < OPTION_NAME_MAX;
}

static bool refuse_unknown(struct builder *builder, const char *name)
{
    char nearest[OPTION_NAME_MAX];

    if (!looks_like_flag(name))
        return error_set(builder->err, ERR_USAGE, "unknown option");
    if (option_nearest_flag(name, nearest, sizeof nearest))
        return error_set(builder->err, ERR_USAGE, "unknown option --%s; did you mean --%s?", name,
                         nearest);
    return error_set(builder->err, ERR_USAGE, "unknown option --%s", name);
}

static bool refuse_secret(struct builder *builder, const struct option *option)
{
    char own[OPTION_NAME_MAX];
    const char *name = option->aliases[0];

    option_env_name(option, own, sizeof own);
    if (!name)
        name = own;
    error_set(builder->err, ERR_USAGE,
              "not taken on the command line, where ps(1) would show the password");
    error_hint(builder->err, "set %s in the environment, or %s_FILE to the path of a file", name,
               name);
    return false;
}

static bool lay_value(struct builder *builder, const struct option *option, const char *value,
                      struct origin origin)
{
    struct slice text = slice_from(!value && option->type == OPTION_BOOL ? "true" : value);

    if (option->flags & OPTION_NO_FLAG)
        return refuse_secret(builder, option);
    text = layer_tidy(option, text);
    if (!text.len)
        return error_set(builder->err, ERR_USAGE, "needs a value");
    if (layer_lay(builder, &builder->unnamed, option, text, origin))
        return true;
    builder->err->code = ERR_USAGE;
    return false;
}

static bool lay_flag(struct builder *builder, const struct flag_value *flag)
{
    const struct option *option = option_of_flag(slice_from(flag->name));
    struct origin origin = {ORIGIN_FLAG, arena_printf(builder->arena, "--%s", flag->name)};

    if (!option)
        return refuse_unknown(builder, flag->name);
    return lay_value(builder, option, flag->value, origin) ||
           error_wrap(builder->err, "%s", origin.name);
}

bool layer_flags(struct builder *builder)
{
    for (size_t i = 0; i < builder->sources->flag_count; i++)
        if (!lay_flag(builder, &builder->sources->flags[i]))
            return false;
    return true;
}
