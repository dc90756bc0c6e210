#include "entrypoint/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "entrypoint/leftovers.h"
#include "entrypoint/supervisor_parts.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/log.h"

/* Half of what a container runtime grants, so that the exit code and the log survive. */
enum { PREPARER_GRACE_MS = 5000 };

/* ---- actions ---- */

static void keep_signal(struct supervisor *s)
{
    s->kept_signal = s->signal;
}

static void term_preparer(struct supervisor *s)
{
    if (s->preparer)
        kill(s->preparer, SIGTERM);
}

/* A command step has a group of its own, and goes with its parent by its parent-death signal. */
static void kill_preparer(struct supervisor *s)
{
    if (s->preparer)
        kill(-s->preparer, SIGKILL);
}

static void arm_grace(struct supervisor *s)
{
    loop_timer_arm(s->timer, PREPARER_GRACE_MS);
}

static void arm_stop_timeout(struct supervisor *s)
{
    if (s->plan->app->stop_timeout_ms > 0)
        loop_timer_arm(s->timer, s->plan->app->stop_timeout_ms);
}

static void arm_pause(struct supervisor *s)
{
    restart_record(&s->restarts, clock_monotonic_ms());
    s->health.restarts++;
    loop_timer_arm(s->timer, s->again.pause_ms);
}

static enum leftovers leftovers_of(const struct supervisor *s)
{
    bool goes_on = s->state == STATE_CLEARING || s->state == STATE_PAUSING;

    return goes_on ? LEFTOVERS_DESCENDANTS : LEFTOVERS_ALL;
}

static void kill_leftovers(struct supervisor *s)
{
    leftovers_signal(leftovers_of(s), SIGKILL, s->app_group);
}

/* Who is not waited for is not asked to end either. */
static void drain(struct supervisor *s)
{
    int64_t timeout_ms = s->plan->app->leftover_timeout_ms;

    loop_timer_stop(s->timer);
    if (timeout_ms == 0) {
        supervisor_dispatch(s, EVENT_ALONE, "not waiting for what the app may have left");
        return;
    }
    leftovers_signal(leftovers_of(s), SIGTERM, s->app_group);
    loop_timer_arm(s->timer, timeout_ms);
}

static void end_by_signal(struct supervisor *s)
{
    s->exit_code = 128 + s->kept_signal;
    loop_end(s->loop);
}

static void end_by_verdict(struct supervisor *s)
{
    s->exit_code = s->verdict.exit_code;
    loop_end(s->loop);
}

static void end_by_app(struct supervisor *s)
{
    s->exit_code = s->app_code;
    loop_end(s->loop);
}

/* ---- the machine's turn ---- */

static const struct {
    enum machine_action action;
    void (*perform)(struct supervisor *s);
} performers[] = {
    {ACTION_KEEP_SIGNAL, keep_signal},
    {ACTION_TERM_PREPARER, term_preparer},
    {ACTION_KILL_PREPARER, kill_preparer},
    {ACTION_ARM_GRACE, arm_grace},
    {ACTION_FORWARD, supervisor_forward},
    {ACTION_STOP_SELF, supervisor_stop_self},
    {ACTION_ARM_STOP_TIMEOUT, arm_stop_timeout},
    {ACTION_KILL_APP, supervisor_kill_app},
    {ACTION_KILL_LEFTOVERS, kill_leftovers},
    {ACTION_ARM_PAUSE, arm_pause},
    {ACTION_START_APP, supervisor_start_app},
    {ACTION_DRAIN, drain},
    {ACTION_END_BY_SIGNAL, end_by_signal},
    {ACTION_END_BY_VERDICT, end_by_verdict},
    {ACTION_END_BY_APP, end_by_app},
};

/*
 * The state changes before the actions: starting the app, and draining, may bring the next event by
 * themselves.
 */
void supervisor_dispatch(struct supervisor *s, enum machine_event event, const char *what)
{
    const struct machine_cell *cell = machine_cell(s->state, event);

    log_event(cell->level, LOG_INIT, machine_event_name(event),
              LOG_FIELDS(log_str("state", machine_state_name(s->state)),
                         log_str("next", machine_state_name(cell->next))),
              "%s: %s", what, cell->sentence);
    if (cell->next != s->state) {
        s->state = cell->next;
        if (s->state != STATE_RUNNING)
            supervisor_app_over(s);
        supervisor_phase_changed(s);
    }
    for (size_t i = 0; i < COUNT_OF(performers); i++) {
        if (cell->actions & performers[i].action)
            performers[i].perform(s);
    }
}

/* ---- what the loop brings ---- */

static void on_signals(void *context)
{
    supervisor_read_signals(context);
}

static void on_timer(void *context)
{
    supervisor_dispatch(context, EVENT_TIMER, "time is up");
}

static void on_reports(void *context)
{
    supervisor_read_reports(context);
}

static void on_notice(void *context)
{
    supervisor_read_notice(context);
}

/* ---- start and end ---- */

bool supervisor_open_pipe(int *read_fd, int *write_fd, struct error *err)
{
    if (!fd_pipe(read_fd, write_fd, err))
        return false;
    fcntl(*read_fd, F_SETFL, O_NONBLOCK);
    return true;
}

static bool open_signals(struct supervisor *s, struct error *err)
{
    sigset_t all;

    spawn_fill_signals(&all);
    s->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signal_fd < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "signalfd");
    return true;
}

static bool supervisor_open(struct supervisor *s, struct error *err)
{
    s->loop = loop_open(s, err);
    return s->loop && open_signals(s, err) && supervisor_open_reports(s, err) &&
           supervisor_open_pipe(&s->notice_fd, &s->notice_write_fd, err) &&
           supervisor_open_ready(s, err);
}

static void watch(struct supervisor *s)
{
    struct loop_watch *signals = loop_watch_new(s->loop, s->signal_fd, on_signals);

    if (s->report_fd >= 0)
        s->reports = loop_watch_new(s->loop, s->report_fd, on_reports);
    s->notice = loop_watch_new(s->loop, s->notice_fd, on_notice);
    s->timer = loop_timer_new(s->loop, on_timer);
    supervisor_watch_health(s);
    supervisor_watch_ready(s);
    loop_settle(s->loop);
    loop_watch_start(signals);
    if (s->reports)
        loop_watch_start(s->reports);
    supervisor_start_health(s);
}

/* Outside of PID 1's place orphans pass us by unless we ask for them. */
static void adopt_orphans(const struct supervisor *s)
{
    if (getpid() != 1 && !s->plan->execs)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void run(struct supervisor *s)
{
    supervisor_start_preparer(s);
    supervisor_follow_parent(s);
    if (s->state != STATE_ENDED)
        loop_run(s->loop);
}

/* No database is touched for an app that cannot be started. */
static bool rehearse(struct supervisor *s)
{
    const struct supervisor_plan *plan = s->plan;
    bool is_signalled = plan->job.privileges || !plan->execs;
    struct error err;

    if (!plan->privileges || privileges_rehearse(plan->privileges, is_signalled, &err))
        return true;
    log_error(LOG_ERROR, LOG_INIT, "settings.wrong", &err);
    s->exit_code = outcome_exit_code(outcome_of_error(err.code));
    return false;
}

int supervisor_run(const struct supervisor_plan *plan)
{
    struct supervisor s = {.plan = plan,
                           .report_fd = -1,
                           .report_write_fd = -1,
                           .terminal_fd = -1,
                           .control_fd = -1,
                           .notify.fd = -1,
                           .app_notify_fd = -1,
                           .ready.probe.fd = -1,
                           .exit_code = 1};
    struct error err;

    if (!supervisor_open(&s, &err)) {
        log_error(LOG_ERROR, LOG_INIT, "init.failed", &err);
        return s.exit_code;
    }
    supervisor_open_health(&s);
    watch(&s);
    adopt_orphans(&s);
    if (rehearse(&s))
        run(&s);
    supervisor_take_terminal(&s);
    loop_close(s.loop);
    return s.exit_code;
}
