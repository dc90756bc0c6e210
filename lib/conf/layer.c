#include "conf/layer.h"

#include "conf/filevalue.h"
#include "conf/value.h"

struct slice layer_tidy(const struct option *option, struct slice text)
{
    bool is_literal = option->type == OPTION_TEXT || option->type == OPTION_LIST;

    if (option->type == OPTION_SECRET)
        return text;
    text = slice_trim(text);
    if (!is_literal && text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        text = slice_trim(slice_sub(text, 1, text.len - 1));
    return text;
}

struct origin *layer_origin(struct builder *builder, struct step *step, const struct option *option)
{
    bool is_per_step = step && (option->flags & OPTION_PER_STEP);

    return (is_per_step ? step->origins : builder->config.origins) + (option - options);
}

bool layer_lay(struct builder *builder, struct step *step, const struct option *option,
               struct slice text, struct origin origin)
{
    char *base = option->flags & OPTION_PER_STEP ? (char *)step : (char *)&builder->config;

    if (!value_store(option, text, builder->arena, base + option->offset, builder->err))
        return false;
    *layer_origin(builder, step, option) = origin;
    return true;
}

bool layer_lay_file(struct builder *builder, struct step *step, const struct option *option,
                    struct slice path, struct origin origin)
{
    struct slice text;

    return filevalue_read(builder->sources, path, builder->arena, &text, builder->err) &&
           layer_lay(builder, step, option, layer_tidy(option, text), origin);
}

static bool lay_defaults(struct builder *builder, struct step *step, unsigned per_step)
{
    const struct origin origin = {ORIGIN_DEFAULT, NULL};

    for (size_t i = 0; i < option_count; i++)
        if ((options[i].flags & OPTION_PER_STEP) == per_step && options[i].default_value &&
            !layer_lay(builder, step, &options[i], slice_from(options[i].default_value), origin))
            return false;
    return true;
}

bool step_init(struct builder *builder, const char *name, struct step *step)
{
    *step = (struct step){
        .name = name,
        .origins = arena_array(builder->arena, option_count, sizeof *step->origins),
    };
    return lay_defaults(builder, step, OPTION_PER_STEP);
}

bool layer_defaults(struct builder *builder)
{
    builder->config.origins =
        arena_array(builder->arena, option_count, sizeof *builder->config.origins);
    return lay_defaults(builder, NULL, 0) && step_init(builder, "", &builder->unnamed);
}
