#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "conf/options.h"

/* The best of the names seen so far. */
struct nearest {
    const char *wanted;
    char *out;
    size_t out_size;
    unsigned distance;
};

/* A third of the name may differ: one slip in a short word, a few in a long name. */
static unsigned allowed_distance(const char *name)
{
    return (unsigned)strlen(name) / 3 + 1;
}

static struct nearest nearest_to(const char *wanted, char *out, size_t out_size)
{
    out[0] = '\0';
    return (struct nearest){wanted, out, out_size, allowed_distance(wanted)};
}

static void consider(struct nearest *nearest, const char *candidate)
{
    unsigned distance = text_distance(nearest->wanted, candidate);

    if (distance >= nearest->distance + (nearest->out[0] == '\0'))
        return;
    nearest->distance = distance;
    snprintf(nearest->out, nearest->out_size, "%s", candidate);
}

const char *option_nearest_env(const char *name, char *out, size_t out_size)
{
    const char *stem =
        name +
        (slice_starts_with(slice_from(name), option_env_prefix) ? strlen(option_env_prefix) : 0);
    struct nearest nearest = nearest_to(name, out, out_size);
    char candidate[OPTION_NAME_MAX], of_file[OPTION_NAME_MAX + sizeof "_FILE"];
    bool is_file;

    /* MIGRINIT_AUTO_MIGRATE: the prefix is too much */
    if (option_of_env(slice_from(stem), &is_file))
        return snprintf(out, out_size, "%s", stem), out;
    nearest.distance = allowed_distance(stem);
    for (size_t i = 0; i < option_count; i++) {
        option_env_name(&options[i], candidate, sizeof candidate);
        consider(&nearest, candidate);
        snprintf(of_file, sizeof of_file, "%s%s", candidate, option_file_suffix);
        if (options[i].flags & OPTION_HAS_FILE)
            consider(&nearest, of_file);
    }
    for (size_t i = 0; option_other_names[i]; i++)
        consider(&nearest, option_other_names[i]);
    return out[0] ? out : NULL;
}

const char *option_nearest_flag(const char *name, char *out, size_t out_size)
{
    struct nearest nearest = nearest_to(name, out, out_size);
    char candidate[OPTION_NAME_MAX];

    for (size_t i = 0; i < option_count; i++) {
        if (options[i].flags & OPTION_NO_FLAG)
            continue;
        option_flag_name(&options[i], candidate, sizeof candidate);
        consider(&nearest, candidate);
    }
    return out[0] ? out : NULL;
}

const char *option_nearest_section(const char *section, char *out, size_t out_size)
{
    struct nearest nearest = nearest_to(section, out, out_size);

    for (size_t i = 0; i < option_count; i++)
        consider(&nearest, options[i].section);
    return out[0] ? out : NULL;
}

const char *option_nearest_key(const char *section, const char *key, char *out, size_t out_size)
{
    struct nearest nearest = nearest_to(key, out, out_size);

    for (size_t i = 0; i < option_count; i++)
        if (strcmp(options[i].section, section) == 0)
            consider(&nearest, options[i].key);
    return out[0] ? out : NULL;
}
