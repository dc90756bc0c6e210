#include "entrypoint/commands.h"

#include <errno.h>
#include <unistd.h>

#include "base/outcome.h"
#include "entrypoint/environment.h"
#include "entrypoint/supervisor.h"
#include "sys/log.h"

static enum duty duty_of(enum cli_verb verb)
{
    switch (verb) {
    case VERB_MIGRATE: return DUTY_MIGRATE;
    case VERB_WAIT: return DUTY_WAIT;
    case VERB_STATUS: return DUTY_STATUS;
    case VERB_PLAN: return DUTY_PLAN;
    case VERB_RUN:
    case VERB_CONFIG:
    case VERB_HEALTH:
    case VERB_HELP:
    case VERB_VERSION: break;
    }
    return DUTY_RUN;
}

/* A container has an init already when we are not it: one more process would be in the way. */
static bool chooses_exec(const struct config *config, bool has_command)
{
    if (!has_command || config->app.mode != APP_AUTO)
        return has_command && config->app.mode == APP_EXEC;
    if (getpid() == 1)
        return false;
    log_line(LOG_INFO, LOG_INIT, "app.mode",
             "not PID 1: the app will replace migrinit ([app] mode = supervise to stay)");
    return true;
}

static void tell_what_exec_leaves_out(const struct config *config, const struct ready_rule *ready)
{
    if (ready_rule_is_probed(ready))
        log_line(LOG_WARN, LOG_INIT, "app.mode",
                 "[app] ready has no effect where the app replaces migrinit");
    if (config->app.restart != RESTART_NEVER)
        log_line(LOG_WARN, LOG_INIT, "app.mode",
                 "[app] restart has no effect where the app replaces migrinit");
}

static enum notify_handover handover_of(const struct supervisor_plan *plan)
{
    if (plan->ready.kind != READY_NOTIFY)
        return NOTIFY_WITHHELD;
    return plan->execs ? NOTIFY_AS_IT_CAME : NOTIFY_OURS;
}

/* Who runs a command beside the init, in the same environment, finds the port in use. */
static bool open_web(const struct config *config, struct supervisor_plan *plan, struct arena *arena,
                     struct error *err)
{
    if (!config->health.listen || !plan->is_init)
        return true;
    plan->web = web_open(config->health.listen, arena, err);
    if (plan->web || getpid() == 1 || err->sys_errno != EADDRINUSE)
        return plan->web != NULL;
    log_error(LOG_WARN, LOG_INIT, "health.unavailable", err);
    return true;
}

static int refuse(const struct error *err)
{
    log_error(LOG_ERROR, LOG_INIT, "settings.wrong", err);
    return outcome_exit_code(outcome_of_error(err->code));
}

int cmd_run(const struct cli *cli, const struct config *config, const struct spawn_origin *origin,
            struct arena *arena)
{
    struct app_environment environment = {0};
    bool has_command = cli->command != NULL;
    struct error err;
    struct supervisor_plan plan = {
        .job = {.config = config,
                .duty = duty_of(cli->verb),
                .has_command = has_command,
                .answer = cli->answer},
        .policy = {.duty = duty_of(cli->verb),
                   .has_command = has_command,
                   .auto_migrate = config->auto_migrate,
                   .fail_on_error = config->fail_on_error},
        .command = cli->command,
        .environment = &environment,
        .origin = origin,
        .execs = chooses_exec(config, has_command),
        .app = &config->app,
        .is_init = has_command || getpid() == 1,
        .notify_socket = environment_get(spawn_environment(), "NOTIFY_SOCKET"),
    };

    if (!control_users_parse(&config->health.users, &plan.users, &err) ||
        !ready_rule_parse(config->app.ready, arena, &plan.ready, &err) ||
        !open_web(config, &plan, arena, &err))
        return refuse(&err);
    if (plan.execs)
        tell_what_exec_leaves_out(config, &plan.ready);
    app_environment_build(spawn_environment(), getpid(), handover_of(&plan), arena, &environment);
    return supervisor_run(&plan);
}
