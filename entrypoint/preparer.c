#include "entrypoint/preparer.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "entrypoint/command.h"
#include "entrypoint/environment.h"
#include "entrypoint/spawn.h"
#include "migrate/report.h"
#include "migrate/runner.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/log.h"

/* How long a log line, and a report, may wait for a reader that sleeps. */
enum { LOG_PATIENCE_MS = 2000, REPORT_PATIENCE_MS = 1000 };

struct preparer {
    const struct preparer_job *job;
    int stop_fd; /* -1 until armed */
    struct arena *arena;
};

static void report(void *context, const struct report *report)
{
    const struct preparer *preparer = context;
    char line[REPORT_LINE_MAX];
    size_t len = report_encode(report, line, sizeof line);

    if (preparer->job->report_fd >= 0)
        fd_write_all(preparer->job->report_fd, (struct slice){line, len},
                     clock_monotonic_ms() + REPORT_PATIENCE_MS);
}

/*
 * Until now a stop signal ended this process by default action, which was right: nothing had been
 * begun. From now on it is a readable descriptor, so that the running statement can be cancelled
 * and rolled back.
 */
static int arm_stop(void *context)
{
    struct preparer *preparer = context;
    sigset_t stops;

    if (preparer->stop_fd >= 0)
        return preparer->stop_fd;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGHUP);
    sigaddset(&stops, SIGQUIT);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    preparer->stop_fd = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    return preparer->stop_fd;
}

static bool answer(void *context, struct slice text, struct error *err)
{
    (void)context;
    if (fd_write_all(STDOUT_FILENO, text, INT64_MAX))
        return true;
    return error_set(err, ERR_SYSTEM, "standard output does not take the answer");
}

static bool run_command(void *context, const struct command_request *request, struct error *err)
{
    const struct preparer *preparer = context;

    return command_run(request, preparer->arena, err);
}

static void configure_log(const struct config *config)
{
    struct log_settings settings = {.format = (enum log_format)config->log.format,
                                    .level = (enum log_level)config->log.level,
                                    .timestamps = config->log.timestamps,
                                    .patience_ms = LOG_PATIENCE_MS};

    log_configure(&settings);
}

static void tell_error(enum outcome outcome, const struct error *err)
{
    enum log_level level = outcome == OUTCOME_INTERRUPTED ? LOG_WARN : LOG_ERROR;

    if (err->code != ERR_NONE)
        log_error(level, LOG_MIGRATION,
                  outcome == OUTCOME_INTERRUPTED ? "migration.interrupted" : "migration.failed",
                  err);
}

/* With the HOME that libpq and commands look for their files in. */
static bool become_app_user(const struct preparer *preparer, struct error *err)
{
    const struct privileges *privileges = preparer->job->privileges;
    struct privilege_failure failure;
    pid_t parent = getppid();

    if (!privileges)
        return true;
    if (!privileges_assume(privileges, &failure))
        return privileges_explain(privileges, &failure, err);
    spawn_die_with_parent(parent, SIGTERM);
    if (privileges->has_identity)
        environ =
            (char **)environment_of(&privileges->identity, spawn_environment(), preparer->arena);
    return true;
}

/*
 * This process holds the passwords: a core of it would, too, and who may trace it could read them.
 * What it starts is as usual again. Not PID 1 itself: writing to /proc/1/fd/1 is how many a job of
 * an image logs, and would be refused.
 */
static void leave_no_core(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int preparer_main(const struct preparer_job *job)
{
    struct preparer preparer = {.job = job, .stop_fd = -1, .arena = arena_new()};
    struct run_hooks hooks = {.context = &preparer,
                              .report = report,
                              .arm_stop = arm_stop,
                              .answer = answer,
                              .run_command = run_command};
    struct runner_job run = {.config = job->config,
                             .duty = job->duty,
                             .answer = job->answer,
                             .down = job->down,
                             .repair = job->repair,
                             .hooks = &hooks};
    struct report last = {.kind = REPORT_OUTCOME};
    struct error err = {0};

    configure_log(job->config);
    if (become_app_user(&preparer, &err)) {
        leave_no_core();
        last.outcome = runner_run(&run, preparer.arena, &err);
    } else {
        last.outcome = outcome_of_error(err.code);
    }
    tell_error(last.outcome, &err);
    report(&preparer, &last);
    arena_free(preparer.arena);
    return outcome_exit_code(last.outcome);
}
