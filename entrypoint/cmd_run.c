#include "entrypoint/commands.h"

#include <errno.h>
#include <unistd.h>

#include "base/outcome.h"
#include "base/variables.h"
#include "entrypoint/environment.h"
#include "entrypoint/privileges.h"
#include "entrypoint/settings.h"
#include "entrypoint/supervisor.h"
#include "sys/log.h"

static enum duty duty_of(enum cli_verb verb)
{
    switch (verb) {
    case VERB_MIGRATE: return DUTY_MIGRATE;
    case VERB_WAIT: return DUTY_WAIT;
    case VERB_STATUS: return DUTY_STATUS;
    case VERB_PLAN: return DUTY_PLAN;
    case VERB_DOWN: return DUTY_DOWN;
    case VERB_VERIFY: return DUTY_VERIFY;
    case VERB_RESOLVE:
    case VERB_BASELINE: return DUTY_REPAIR;
    case VERB_RUN:
    case VERB_CONFIG:
    case VERB_HEALTH:
    case VERB_HELP:
    case VERB_VERSION:
    case VERB_LICENSE: break;
    }
    return DUTY_RUN;
}

static struct repair repair_of(const struct cli *cli)
{
    if (cli->verb == VERB_BASELINE)
        return (struct repair){REPAIR_BASELINE, cli->argument, cli->step};
    if (cli->rolled_back)
        return (struct repair){REPAIR_ROLLED_BACK, cli->rolled_back, cli->step};
    return (struct repair){REPAIR_APPLIED, cli->applied, cli->step};
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

/* What the app is started with. */
struct app_start {
    struct identity identity;
    struct privileges privileges;
    struct app_environment environment;
};

static bool prepare_privileges(struct app_start *start, struct supervisor_plan *plan,
                               struct arena *arena, struct error *err)
{
    const struct config *config = plan->job.config;
    bool has_user = config->app.user != NULL, is_for_work = config->migrate_as == MIGRATE_AS_APP;

    if (!plan->command && !is_for_work)
        return true;
    if (has_user && !settings_read_identity(config, arena, &start->identity, err))
        return false;
    privileges_init(config, has_user ? &start->identity : NULL, arena, &start->privileges);
    if (privileges_change(&start->privileges))
        plan->privileges = &start->privileges;
    plan->job.privileges = is_for_work ? plan->privileges : NULL;
    return true;
}

static enum notify_handover handover_of(const struct supervisor_plan *plan)
{
    if (plan->ready.kind != READY_NOTIFY)
        return NOTIFY_WITHHELD;
    return plan->execs ? NOTIFY_AS_IT_CAME : NOTIFY_OURS;
}

static bool prepare_environment(struct app_start *start, struct supervisor_plan *plan,
                                struct arena *arena, struct error *err)
{
    const struct app_config *app = plan->app;
    struct app_environment_source source = {.environment = spawn_environment(),
                                            .own_pid = getpid(),
                                            .handover = handover_of(plan),
                                            .keeps_all = app->keep_env,
                                            .identity = app->user ? &start->identity : NULL};

    plan->environment = &start->environment;
    if (!plan->command)
        return true;
    if (!settings_read_env_files(plan->job.config, arena, &source.additions, err))
        return false;
    app_environment_build(&source, arena, &start->environment);
    return true;
}

static bool prepare_app(struct app_start *start, struct supervisor_plan *plan, struct arena *arena,
                        struct error *err)
{
    return prepare_privileges(start, plan, arena, err) &&
           prepare_environment(start, plan, arena, err);
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
    bool has_command = cli->command != NULL;
    struct app_start start = {0};
    struct error err;
    struct supervisor_plan plan = {
        .job = {.config = config,
                .duty = duty_of(cli->verb),
                .has_command = has_command,
                .answer = cli->answer,
                .down = cli->down,
                .repair = repair_of(cli)},
        .policy = {.duty = duty_of(cli->verb),
                   .has_command = has_command,
                   .auto_migrate = config->auto_migrate,
                   .fail_on_error = config->fail_on_error},
        .command = cli->command,
        .origin = origin,
        .execs = chooses_exec(config, has_command),
        .app = &config->app,
        .is_init = has_command || getpid() == 1,
        .notify_socket = variables_get(spawn_environment(), SLICE("NOTIFY_SOCKET")),
    };

    if (!control_users_parse(&config->health.users, &plan.users, &err) ||
        !ready_rule_parse(config->app.ready, arena, &plan.ready, &err) ||
        !open_web(config, &plan, arena, &err))
        return refuse(&err);
    if (plan.execs)
        tell_what_exec_leaves_out(config, &plan.ready);
    if (!prepare_app(&start, &plan, arena, &err))
        return refuse(&err);
    return supervisor_run(&plan);
}
