#include "conf/envfile.h"

#include <string.h>

#include "conf/filevalue.h"

/* What is no name may be a part of a secret, and is not repeated. */
static bool is_name(struct slice text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

    for (size_t i = 0; i < text.len; i++)
        if (!text.ptr[i] || !strchr(letters, text.ptr[i]))
            return false;
    return text.len && (text.ptr[0] < '0' || text.ptr[0] > '9');
}

static bool check_name(const struct config_sources *sources, const char *name,
                       const struct text_list *variables, struct error *err)
{
    const char *set = environment_get(sources->environment, name);

    if (strcmp(name, "MIGRINIT_STATUS") == 0)
        return error_set(err, ERR_CONFIG, "%s is what migrinit tells the app; use another name",
                         name);
    if (set && set[0])
        return error_set(err, ERR_CONFIG,
                         "%s is set in the environment as well; remove one of them", name);
    for (size_t i = 0; i < variables->count; i++) {
        if (strncmp(variables->items[i], name, strlen(name)) == 0 &&
            variables->items[i][strlen(name)] == '=')
            return error_set(err, ERR_CONFIG, "%s stands there twice", name);
    }
    return true;
}

static bool read_pair(const struct config_sources *sources, struct slice pair, struct arena *arena,
                      struct text_list *variables, struct error *err)
{
    size_t colon = slice_find(pair, ':');
    struct slice name = slice_sub(pair, 0, colon), value;
    const char *name_text = arena_text(arena, name);

    if (colon == pair.len || !is_name(name))
        return error_set(err, ERR_CONFIG, "entry %zu is no NAME:/path", variables->count + 1);
    if (!check_name(sources, name_text, variables, err))
        return false;
    if (!filevalue_read(sources, slice_sub(pair, colon + 1, pair.len), arena, &value, err))
        return error_wrap(err, "%s", name_text);
    variables->items[variables->count++] =
        arena_printf(arena, "%s=%.*s", name_text, SLICE_ARG(value));
    return true;
}

bool envfile_read(const struct config_sources *sources, const struct text_list *pairs,
                  struct arena *arena, struct text_list *variables, struct error *err)
{
    *variables =
        (struct text_list){.items = arena_array(arena, pairs->count, sizeof *variables->items)};
    for (size_t i = 0; i < pairs->count; i++)
        if (!read_pair(sources, slice_from(pairs->items[i]), arena, variables, err))
            return false;
    return true;
}
