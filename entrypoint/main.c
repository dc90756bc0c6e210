/*
 * migrinit - wait for PostgreSQL, bring the schema up to date, run the app as its init
 */
#include <stdio.h>
#include <unistd.h>

#include "base/outcome.h"
#include "entrypoint/cli.h"
#include "entrypoint/commands.h"
#include "entrypoint/licence.h"
#include "entrypoint/settings.h"
#include "entrypoint/spawn.h"
#include "sys/fd.h"
#include "sys/log.h"

static int refuse(const char *event, const struct error *err)
{
    log_error(LOG_ERROR, LOG_INIT, event, err);
    return outcome_exit_code(outcome_of_error(err->code));
}

static int refuse_usage(const struct error *err)
{
    int code = refuse("usage.wrong", err);

    if (!err->hint[0])
        cli_print_usage(stderr);
    return code;
}

/* PID 1 never waits for whoever reads its log. */
static void open_log(const struct config *config)
{
    struct log_settings settings = {.format = (enum log_format)config->log.format,
                                    .level = (enum log_level)config->log.level,
                                    .timestamps = config->log.timestamps,
                                    .patience_ms = 0};

    log_configure(&settings);
}

static int answer(const struct spawn_origin *origin, void (*print)(FILE *out))
{
    spawn_leave(origin);
    print(stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int answer_config(const struct spawn_origin *origin, const struct config *config,
                         struct arena *arena)
{
    spawn_leave(origin);
    return cmd_config(config, arena);
}

/* No setting may stand in the way of a probe: none is read. */
static int answer_health(const struct spawn_origin *origin, enum health_question question)
{
    spawn_leave(origin);
    return cmd_health(question);
}

static int run(int argc, char **argv, const struct spawn_origin *origin, struct arena *arena)
{
    struct config config;
    struct cli cli;
    struct error err;

    if (!cli_parse(argc, argv, arena, &cli, &err))
        return refuse_usage(&err);
    if (cli.verb == VERB_HELP)
        return answer(origin, cli_print_help);
    if (cli.verb == VERB_VERSION)
        return answer(origin, cli_print_version);
    if (cli.verb == VERB_LICENSE)
        return answer(origin, licence_print);
    if (cli.verb == VERB_HEALTH)
        return answer_health(origin, cli.question);
    if (!settings_read(&cli, arena, &config, &err))
        return refuse("settings.wrong", &err);

    open_log(&config);
    if (cli.verb == VERB_CONFIG)
        return answer_config(origin, &config, arena);
    return cmd_run(&cli, &config, origin, arena);
}

int main(int argc, char **argv)
{
    struct spawn_origin origin;
    struct arena *arena;
    int exit_code;

    spawn_enter(&origin);
    origin.closed_stdio = fd_fill_standard();

    arena = arena_new();
    exit_code = run(argc, argv, &origin, arena);
    arena_free(arena);
    _exit(exit_code); /* as a worker does: entrypoint/spawn.h */
}
