#include "entrypoint/commands.h"

#include <stdio.h>
#include <string.h>

#include "pg/conn.h"

enum { VALUE_WIDTH_MAX = 48 };

/* The longest of each column, so that the next one stands straight. */
struct widths {
    int key;
    int value;
};

static const char *shown(const char *value)
{
    return value[0] ? value : "-";
}

static void widen(int *width, const char *text)
{
    int len = (int)strlen(text);

    if (len > *width)
        *width = len > VALUE_WIDTH_MAX ? VALUE_WIDTH_MAX : len;
}

static const char *origin_text(struct origin origin, struct arena *arena)
{
    switch (origin.kind) {
    case ORIGIN_DEFAULT: return "default";
    case ORIGIN_INI: return origin.name;
    case ORIGIN_ENV: return arena_printf(arena, "environment %s", origin.name);
    case ORIGIN_ENV_FILE: return arena_printf(arena, "file named by %s", origin.name);
    case ORIGIN_FLAG: return arena_printf(arena, "command line %s", origin.name);
    }
    return "";
}

static bool belongs(const struct option *option, const struct step *step)
{
    return !(option->flags & OPTION_PER_STEP) == (step == NULL);
}

static void measure(const struct config *config, const struct step *step, struct arena *arena,
                    struct widths *widths)
{
    for (size_t i = 0; i < option_count; i++) {
        if (!belongs(&options[i], step))
            continue;
        widen(&widths->key, options[i].key);
        widen(&widths->value, shown(config_value_text(config, step, &options[i], arena)));
    }
}

static void print_setting(const struct config *config, const struct step *step,
                          const struct option *option, struct widths widths, struct arena *arena)
{
    printf("  %-*s  %-*s  %s\n", widths.key, option->key, widths.value,
           shown(config_value_text(config, step, option, arena)),
           origin_text(config_origin(config, step, option), arena));
}

static void print_section(const struct config *config, const char *section, struct widths widths,
                          struct arena *arena)
{
    for (size_t i = 0; i < option_count; i++) {
        if (belongs(&options[i], NULL) && strcmp(options[i].section, section) == 0)
            print_setting(config, NULL, &options[i], widths, arena);
    }
}

static void print_step_settings(const struct config *config, const struct step *step,
                                struct widths widths, struct arena *arena)
{
    for (size_t i = 0; i < option_count; i++) {
        if (belongs(&options[i], step))
            print_setting(config, step, &options[i], widths, arena);
    }
}

/* The step of [migrate] itself, or those of [migrate:NAME]. */
static void print_steps(const struct config *config, bool are_named, struct widths widths,
                        struct arena *arena)
{
    for (size_t i = 0; i < config->step_count; i++) {
        const struct step *step = &config->steps[i];

        if ((step->name[0] != '\0') != are_named)
            continue;
        if (are_named)
            printf("[migrate:%s]\n", step->name);
        print_step_settings(config, step, widths, arena);
    }
}

static void print_global(const struct config *config, struct widths widths, struct arena *arena)
{
    const char *section = "";

    for (size_t i = 0; i < option_count; i++) {
        if (!belongs(&options[i], NULL) || strcmp(options[i].section, section) == 0)
            continue;
        section = options[i].section;
        printf("[%s]\n", section);
        print_section(config, section, widths, arena);
        if (strcmp(section, "migrate") == 0)
            print_steps(config, false, widths, arena);
    }
}

/* What all the settings about the place of the database come to, for which no single one stands. */
static void print_database(const struct config *config, struct arena *arena)
{
    struct pg_target target;
    struct error err;

    if (!pg_target_is_configured(config, NULL))
        printf("\nNo database is configured.\n");
    else if (pg_target_resolve(config, NULL, arena, &target, &err))
        printf("\nThe database is %s\n", target.display);
    else
        printf("\nThe database URL cannot be used: %s\n", err.what);
}

int cmd_config(const struct config *config, struct arena *arena)
{
    struct widths widths = {0};

    measure(config, NULL, arena, &widths);
    for (size_t i = 0; i < config->step_count; i++)
        measure(config, &config->steps[i], arena, &widths);
    print_global(config, widths, arena);
    print_steps(config, true, widths, arena);
    print_database(config, arena);
    return fflush(stdout) == 0 ? 0 : 1;
}
