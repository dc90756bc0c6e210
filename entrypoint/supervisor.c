#include "entrypoint/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#include <ev.h>
#pragma GCC diagnostic pop

#include "base/waitstat.h"
#include "entrypoint/machine.h"
#include "migrate/report.h"
#include "migrate/runner.h"
#include "sys/fd.h"
#include "sys/log.h"

/* Half of what a container runtime grants, so that the exit code and the log survive. */
static const double preparer_grace_s = 5.0;

/* Far enough away never to come, near enough for libev's arithmetic. */
static const double never = 4e9;

struct supervisor {
    const struct supervisor_plan *plan;
    struct ev_loop *loop;
    enum machine_state state;

    ev_io signals; /* the signalfd */
    ev_io reports; /* the preparer's lines */
    ev_io notice;  /* the end of exec: errno, or nothing when it succeeded */
    ev_timer timer;
    ev_periodic clock_jump;
    int report_write_fd;
    int notice_write_fd;
    int terminal_fd; /* where the app may have taken the foreground; -1 for none */

    pid_t preparer; /* 0 when there is none */
    pid_t app;
    pid_t app_group;

    int signal;      /* the one being handled */
    int kept_signal; /* the one that ended the preparation */
    char line[REPORT_LINE_MAX];
    size_t line_len;
    bool has_outcome;
    enum outcome outcome;
    enum phase phase;
    struct verdict verdict;
    int app_errno; /* why the app's program could not be run; 0 when it could */
    int app_code;
    int exit_code;
    bool has_warned; /* that a signal could not be passed on */
};

static void dispatch(struct supervisor *s, enum machine_event event, const char *what);

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

static void arm(struct supervisor *s, double after_s)
{
    ev_now_update(s->loop);
    ev_timer_stop(s->loop, &s->timer);
    ev_timer_set(&s->timer, after_s, 0.);
    ev_timer_start(s->loop, &s->timer);
}

static void arm_grace(struct supervisor *s)
{
    arm(s, preparer_grace_s);
}

static void arm_stop_timeout(struct supervisor *s)
{
    if (s->plan->stop_timeout_ms > 0)
        arm(s, (double)s->plan->stop_timeout_ms / 1000.);
}

/*
 * Without the privilege to signal another user an init must not fall over (EPERM), nor when the app
 * is gone already (ESRCH).
 */
static void forward(struct supervisor *s)
{
    char name[32];

    if (!s->app || kill(s->app, s->signal) == 0 || errno == ESRCH || s->has_warned)
        return;
    s->has_warned = true;
    signal_name(s->signal, name, sizeof name);
    log_line(LOG_WARN, LOG_INIT, "signal.refused", "%s cannot be passed on to the app: %s", name,
             strerror(errno));
}

static void kill_app(struct supervisor *s)
{
    if (s->app)
        kill(s->app, SIGKILL);
}

static void end_by_signal(struct supervisor *s)
{
    s->exit_code = 128 + s->kept_signal;
    ev_break(s->loop, EVBREAK_ALL);
}

static void end_by_verdict(struct supervisor *s)
{
    s->exit_code = s->verdict.exit_code;
    ev_break(s->loop, EVBREAK_ALL);
}

static void end_by_app(struct supervisor *s)
{
    s->exit_code = s->app_code;
    ev_break(s->loop, EVBREAK_ALL);
}

/* ---- starting the app ---- */

static void app_unstartable(struct supervisor *s)
{
    struct error err;

    s->app_code = spawn_explain(s->plan->command[0], s->app_errno, &err);
    log_error(LOG_ERROR, LOG_INIT, "app.unstartable", &err);
    dispatch(s, EVENT_APP_UNSTARTABLE, "the app cannot be run");
}

static void finish_environment(void *context)
{
    app_environment_set_pid(context, getpid());
}

/*
 * From here on the app has its own copies. Held by us, standard input and output would keep a
 * pipe's other end from seeing the end, an inherited descriptor a socket from closing, and the
 * directory a mount from being unmounted.
 */
static void let_go(struct supervisor *s)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (tcgetpgrp(STDIN_FILENO) >= 0)
        s->terminal_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (null_fd >= 0) {
        dup2(null_fd, STDIN_FILENO);
        dup2(null_fd, STDOUT_FILENO);
        close(null_fd);
    }
    spawn_close_inherited();
    if (chdir("/") != 0)
        log_line(LOG_DEBUG, LOG_INIT, "init.directory", "cannot leave the directory: %s",
                 strerror(errno));
}

static void spawn(struct supervisor *s, const struct spawn_app *app)
{
    struct error err;

    if (!spawn_app(app, &s->app, &err)) {
        log_error(LOG_ERROR, LOG_INIT, "app.unstartable", &err);
        s->app_code = 126;
        dispatch(s, EVENT_APP_UNSTARTABLE, "the app cannot be run");
        return;
    }
    s->app_group = s->app;
    fd_close(&s->notice_write_fd);
    ev_io_start(s->loop, &s->notice);
    let_go(s);
}

static void start_app(struct supervisor *s)
{
    struct spawn_app app = {
        .argv = s->plan->command,
        .origin = s->plan->origin,
        .environment = (char *const *)s->plan->environment->variables,
        .prepare = s->plan->execs ? NULL : finish_environment,
        .context = s->plan->environment,
        .notice_fd = s->notice_write_fd,
    };

    app_environment_set_status(s->plan->environment, s->verdict.app_status);
    spawn_close_filled_on_exec(s->plan->origin);
    if (!s->plan->execs) {
        spawn(s, &app);
        return;
    }
    s->app_errno = spawn_exec_in_place(&app);
    app_unstartable(s);
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
    {ACTION_START_APP, start_app},
    {ACTION_FORWARD, forward},
    {ACTION_ARM_STOP_TIMEOUT, arm_stop_timeout},
    {ACTION_KILL_APP, kill_app},
    {ACTION_END_BY_SIGNAL, end_by_signal},
    {ACTION_END_BY_VERDICT, end_by_verdict},
    {ACTION_END_BY_APP, end_by_app},
};

/* The state changes before the actions: starting the app may bring the next event by itself. */
static void dispatch(struct supervisor *s, enum machine_event event, const char *what)
{
    const struct machine_cell *cell = machine_cell(s->state, event);

    log_event(cell->level, LOG_INIT, machine_event_name(event),
              LOG_FIELDS(log_str("state", machine_state_name(s->state)),
                         log_str("next", machine_state_name(cell->next))),
              "%s: %s", what, cell->sentence);
    s->state = cell->next;
    for (size_t i = 0; i < COUNT_OF(performers); i++) {
        if (cell->actions & performers[i].action)
            performers[i].perform(s);
    }
}

/* ---- what the preparer says ---- */

static void take_report(struct supervisor *s, struct slice line)
{
    struct report report;

    if (!report_decode(line, &report))
        return;
    if (report.kind == REPORT_PHASE) {
        s->phase = report.phase;
        return;
    }
    s->outcome = report.outcome;
    s->has_outcome = true;
}

/* A line that is too long is no report: its bytes are dropped as they come. */
static void take_report_bytes(struct supervisor *s, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            if (s->line_len < sizeof s->line)
                take_report(s, (struct slice){s->line, s->line_len});
            s->line_len = 0;
        } else if (s->line_len < sizeof s->line) {
            s->line[s->line_len++] = bytes[i];
        }
    }
}

static void read_reports(struct supervisor *s)
{
    char bytes[512];
    ssize_t len = 1;

    while (s->reports.fd >= 0 && len > 0) {
        len = read(s->reports.fd, bytes, sizeof bytes);
        if (len > 0)
            take_report_bytes(s, bytes, (size_t)len);
    }
    if (len == 0)
        ev_io_stop(s->loop, &s->reports);
}

static void on_reports(struct ev_loop *loop, ev_io *watcher, int revents)
{
    (void)watcher;
    (void)revents;
    read_reports(ev_userdata(loop));
}

/* ---- children ---- */

static void describe_end(int wait_status, char *out, size_t out_size)
{
    waitstat_describe(wait_status, out, out_size);
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL)
        snprintf(out + strlen(out), out_size - strlen(out), ", out of memory?");
}

/* The preparer that was told to stop early ends by default action, without a word. */
static enum outcome outcome_of_silence(const struct supervisor *s, const char *how)
{
    if (s->state == STATE_STOPPING_PREPARER)
        return OUTCOME_INTERRUPTED;
    log_event(LOG_ERROR, LOG_INIT, "preparer.died",
              LOG_FIELDS(log_str("phase", phase_name(s->phase))), "the preparer died while %s (%s)",
              phase_name(s->phase), how);
    return OUTCOME_CRASHED;
}

static void tell_verdict(const struct verdict *verdict)
{
    enum log_level level = LOG_INFO;

    if (verdict->is_failure)
        level = verdict->starts_app ? LOG_WARN : LOG_ERROR;
    if (verdict->sentence)
        log_line(level, LOG_MIGRATION, "policy.decided", "%s", verdict->sentence);
}

static void judge_preparation(struct supervisor *s, const char *what)
{
    bool has_app;

    s->verdict = policy_decide(&s->plan->policy, s->outcome);
    has_app = s->verdict.starts_app && s->plan->command;
    if (s->state == STATE_PREPARING)
        tell_verdict(&s->verdict);
    dispatch(s, has_app ? EVENT_PREPARED_START : EVENT_PREPARED_END, what);
}

static void preparer_ended(struct supervisor *s, int wait_status)
{
    char how[64], what[96];

    s->preparer = 0;
    /* The last words are in the pipe before the death is known: they say what the code cannot. */
    read_reports(s);
    describe_end(wait_status, how, sizeof how);
    if (!s->has_outcome)
        s->outcome = outcome_of_silence(s, how);
    snprintf(what, sizeof what, "the preparer ended (%s)", how);
    judge_preparation(s, what);
}

static void read_notice(struct supervisor *s)
{
    ssize_t len = read(s->notice.fd, &s->app_errno, sizeof s->app_errno);

    if (len >= 0)
        ev_io_stop(s->loop, &s->notice);
    if (len == 0)
        log_event(LOG_DEBUG, LOG_INIT, "app.started", LOG_FIELDS(log_int("pid", s->app)),
                  "the app has started");
}

static void on_notice(struct ev_loop *loop, ev_io *watcher, int revents)
{
    (void)watcher;
    (void)revents;
    read_notice(ev_userdata(loop));
}

static void app_ended(struct supervisor *s, int wait_status)
{
    char how[64], what[96];

    s->app = 0;
    if (ev_is_active(&s->notice))
        read_notice(s);
    if (s->app_errno) {
        app_unstartable(s);
        return;
    }
    s->app_code = waitstat_exit_code(wait_status);
    describe_end(wait_status, how, sizeof how);
    if (WIFSIGNALED(wait_status) && s->state == STATE_RUNNING)
        log_line(LOG_WARN, LOG_INIT, "app.killed", "the app was not asked to stop: %s", how);
    snprintf(what, sizeof what, "the app ended (%s)", how);
    dispatch(s, EVENT_APP_ENDED, what);
}

static void orphan_ended(pid_t pid, int wait_status)
{
    char how[64];

    waitstat_describe(wait_status, how, sizeof how);
    log_event(LOG_DEBUG, LOG_INIT, "orphan.reaped", LOG_FIELDS(log_int("pid", pid)),
              "reaped process %d (%s)", (int)pid, how);
}

/* One SIGCHLD may stand for many deaths: until none is left. */
static void reap(struct supervisor *s)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        if (pid == s->preparer)
            preparer_ended(s, wait_status);
        else if (pid == s->app)
            app_ended(s, wait_status);
        else
            orphan_ended(pid, wait_status);
    }
}

/* ---- signals and time ---- */

/* A write to a closed pipe raises SIGPIPE in ourselves: no news for the app. */
static bool is_own(const struct signalfd_siginfo *info)
{
    return info->ssi_code <= 0 && info->ssi_pid == (uint32_t)getpid();
}

static void take_signal(struct supervisor *s, const struct signalfd_siginfo *info)
{
    char name[32];

    s->signal = (int)info->ssi_signo;
    if (s->signal == SIGCHLD) {
        reap(s);
        return;
    }
    if (is_own(info))
        return;
    signal_name(s->signal, name, sizeof name);
    dispatch(s, machine_signal_event(s->signal), name);
}

/*
 * One signal for each read, never a batch: in exec mode a SIGCHLD may be the last that we handle,
 * and a TERM behind it must still be pending then, where the guard of exec meets it.
 */
static void on_signals(struct ev_loop *loop, ev_io *watcher, int revents)
{
    struct supervisor *s = ev_userdata(loop);
    struct signalfd_siginfo info;

    (void)revents;
    while (s->state != STATE_ENDED && read(watcher->fd, &info, sizeof info) == sizeof info)
        take_signal(s, &info);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int revents)
{
    (void)watcher;
    (void)revents;
    dispatch(ev_userdata(loop), EVENT_TIMER, "time is up");
}

static void on_clock_jump(struct ev_loop *loop, ev_periodic *watcher, int revents)
{
    (void)loop;
    (void)watcher;
    (void)revents;
}

/* ---- start and end ---- */

static bool open_pipe(ev_io *watcher, void (*callback)(struct ev_loop *, ev_io *, int),
                      int *write_fd, struct error *err)
{
    int read_fd;

    if (!fd_pipe(&read_fd, write_fd, err))
        return false;
    fcntl(read_fd, F_SETFL, O_NONBLOCK);
    ev_io_init(watcher, callback, read_fd, EV_READ);
    return true;
}

static bool open_signals(struct supervisor *s, struct error *err)
{
    sigset_t all;
    int fd;

    spawn_fill_signals(&all);
    fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "signalfd");
    ev_io_init(&s->signals, on_signals, fd, EV_READ);
    return true;
}

static bool open_loop(struct supervisor *s, struct error *err)
{
    s->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!s->loop)
        s->loop = ev_loop_new(EVBACKEND_POLL | EVFLAG_NOENV);
    if (!s->loop)
        return error_set(err, ERR_SYSTEM, "no event loop: epoll and poll are both refused");
    ev_set_userdata(s->loop, s);
    ev_timer_init(&s->timer, on_timer, 0., 0.);
    ev_periodic_init(&s->clock_jump, on_clock_jump, never, 0., NULL);
    return true;
}

/*
 * libev's arrays grow when a watcher first needs room, and a failing realloc aborts. So each
 * watcher is started, and made pending, once before anything depends on us.
 */
static void start_watchers(struct supervisor *s)
{
    ev_watcher *watchers[] = {(ev_watcher *)&s->signals, (ev_watcher *)&s->reports,
                              (ev_watcher *)&s->notice, (ev_watcher *)&s->timer};

    ev_io_start(s->loop, &s->signals);
    ev_io_start(s->loop, &s->reports);
    ev_io_start(s->loop, &s->notice);
    arm_grace(s);
    /* With a periodic watcher libev hears of clock jumps by a timerfd, and no longer wakes up every
     * minute to look for them. */
    ev_periodic_start(s->loop, &s->clock_jump);
    for (size_t i = 0; i < COUNT_OF(watchers); i++)
        ev_feed_event(s->loop, watchers[i], 0);
    for (size_t i = 0; i < COUNT_OF(watchers); i++)
        ev_clear_pending(s->loop, watchers[i]);
    ev_timer_stop(s->loop, &s->timer);
    ev_io_stop(s->loop, &s->notice);
}

static bool supervisor_open(struct supervisor *s, struct error *err)
{
    return open_loop(s, err) && open_signals(s, err) &&
           open_pipe(&s->reports, on_reports, &s->report_write_fd, err) &&
           open_pipe(&s->notice, on_notice, &s->notice_write_fd, err);
}

/* In the preparer: what it has of us but its end of the report pipe goes. */
static int preparer_body(void *context)
{
    struct supervisor *s = context;
    struct preparer_job job = s->plan->job;

    job.report_fd = s->report_write_fd;
    close(s->signals.fd);
    close(s->reports.fd);
    close(s->notice.fd);
    close(s->notice_write_fd);
    ev_loop_destroy(s->loop);
    return preparer_main(&job);
}

static void start_preparer(struct supervisor *s)
{
    struct error err;

    if (runner_is_idle(s->plan->job.config, s->plan->job.duty, &s->outcome)) {
        judge_preparation(s, "nothing is to be prepared");
        return;
    }
    if (spawn_worker(preparer_body, s, &s->preparer, &err)) {
        fd_close(&s->report_write_fd);
        return;
    }
    log_error(LOG_ERROR, LOG_INIT, "preparer.unstartable", &err);
    s->outcome = OUTCOME_CRASHED;
    judge_preparation(s, "the preparer cannot be started");
}

/* Outside of PID 1's place orphans pass us by unless we ask for them. */
static void adopt_orphans(const struct supervisor *s)
{
    if (getpid() != 1 && !s->plan->execs)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* A shell that started us without job control of its own would find its terminal taken by the dead.
 */
static void give_terminal_back(struct supervisor *s)
{
    if (s->terminal_fd >= 0 && tcgetpgrp(s->terminal_fd) == s->app_group)
        tcsetpgrp(s->terminal_fd, getpgrp());
}

int supervisor_run(const struct supervisor_plan *plan)
{
    struct supervisor s = {.plan = plan,
                           .report_write_fd = -1,
                           .notice_write_fd = -1,
                           .terminal_fd = -1,
                           .exit_code = 1};
    struct error err;

    if (!supervisor_open(&s, &err)) {
        log_error(LOG_ERROR, LOG_INIT, "init.failed", &err);
        return s.exit_code;
    }
    start_watchers(&s);
    adopt_orphans(&s);
    start_preparer(&s);
    if (s.state != STATE_ENDED)
        ev_run(s.loop, 0);
    give_terminal_back(&s);
    ev_loop_destroy(s.loop);
    return s.exit_code;
}
