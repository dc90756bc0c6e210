#include "conf/envfile.h"

#include "base/variables.h"
#include "conf/filevalue.h"

static struct slice name_of(const char *pair)
{
    struct slice text = slice_from(pair);

    return slice_sub(text, 0, slice_find(text, ':'));
}

static struct slice path_of(const char *pair)
{
    struct slice text = slice_from(pair);

    return slice_sub(text, slice_find(text, ':') + 1, text.len);
}

static bool is_name(struct slice text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

    return text.len && slice_has_only(text, letters) && (text.ptr[0] < '0' || text.ptr[0] > '9') &&
           !slice_equal_text(text, "MIGRINIT_STATUS");
}

bool envfile_check(const struct text_list *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        struct slice name = name_of(pairs->items[i]);

        if (!is_name(name) || !filevalue_is_path(path_of(pairs->items[i])))
            return false;
        for (size_t j = 0; j < i; j++)
            if (slice_equal(name, name_of(pairs->items[j])))
                return false;
    }
    return true;
}

static bool read_pair(const struct config_sources *sources, const char *pair, struct arena *arena,
                      const char **variable, struct error *err)
{
    const char *name = arena_text(arena, name_of(pair));
    const char *set = variables_get(sources->environment, slice_from(name));
    struct slice value;

    if (set && set[0])
        return error_set(err, ERR_CONFIG,
                         "%s is set in the environment as well; remove one of them", name);
    if (!filevalue_read(sources, path_of(pair), arena, &value, err))
        return error_wrap(err, "%s", name);
    *variable = arena_printf(arena, "%s=%.*s", name, SLICE_ARG(value));
    return true;
}

bool envfile_read(const struct config_sources *sources, const struct text_list *pairs,
                  struct arena *arena, struct text_list *variables, struct error *err)
{
    *variables = (struct text_list){
        .items = arena_array(arena, pairs->count, sizeof *variables->items), .count = pairs->count};
    for (size_t i = 0; i < pairs->count; i++)
        if (!read_pair(sources, pairs->items[i], arena, &variables->items[i], err))
            return false;
    return true;
}
