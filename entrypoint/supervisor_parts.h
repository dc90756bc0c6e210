/*
 * entrypoint/supervisor_parts - what the rooms of the supervisor share
 *
 *   supervisor           the machine's turn: events in, actions out; start and end
 *   supervisor_reports   what the preparer says, and what follows from how it ended
 *   supervisor_app       starting the app, in a child or in place; the terminal that it has
 *   supervisor_signals   what comes by the signalfd, and what of it reaches the app
 *   supervisor_children  who has died or stopped
 */
#ifndef MIGRINIT_ENTRYPOINT_SUPERVISOR_PARTS_H
#define MIGRINIT_ENTRYPOINT_SUPERVISOR_PARTS_H

#include "entrypoint/health.h"
#include "entrypoint/loop.h"
#include "entrypoint/machine.h"
#include "entrypoint/notify.h"
#include "entrypoint/restart.h"
#include "entrypoint/supervisor.h"
#include "migrate/report.h"

struct supervisor {
    const struct supervisor_plan *plan;
    struct loop *loop;
    enum machine_state state;

    struct loop_watch *reports;   /* the preparer's lines; NULL where there will be none */
    struct loop_watch *notice;    /* the end of exec: what failed, or nothing when it succeeded */
    struct loop_watch *questions; /* NULL where nobody can ask */
    struct loop_watch *app_words; /* what the app notifies; NULL unless it is to */
    struct loop_watch *probe;     /* whether the app is ready; NULL unless it is probed */
    struct loop_timer *probe_timer;
    struct loop_timer *notify_timer;
    struct loop_timer *timer;
    int signal_fd;
    bool is_idle;  /* nothing is to be prepared */
    int report_fd; /* -1 then */
    int report_write_fd;
    int notice_fd;
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
    struct verdict verdict;
    struct privilege_failure app_failure; /* why the app could not be run; all 0 when it could */
    int app_code;
    struct restart_history restarts;
    struct restart_verdict again; /* of the app's last end */
    int exit_code;
    bool has_warned; /* that a signal could not be passed on */

    struct health_record health;
    bool is_ready;     /* the app that runs now */
    int control_fd;    /* -1 where nobody can ask */
    int control_tries; /* how often its name is still tried for; 0 once it is had, or given up */
    struct loop_timer *control_timer;
    struct notify notify;
    int app_notify_fd; /* where the app notifies; -1 for nowhere */
    struct ready_check ready;
};

/* ---- supervisor ---- */

/* Look the event up, say its sentence, go to the next state, perform the actions. */
void supervisor_dispatch(struct supervisor *s, enum machine_event event, const char *what);

/* Its reading end, which is ours, does not block. */
bool supervisor_open_pipe(int *read_fd, int *write_fd, struct error *err) MUST_CHECK;

/* ---- supervisor_health ---- */

/* What can be asked is a help, not a duty: what cannot be opened is told, and goes on without. */
void supervisor_open_health(struct supervisor *s);
void supervisor_watch_health(struct supervisor *s);
void supervisor_start_health(struct supervisor *s);
void supervisor_close_health(struct supervisor *s);

/* The one place that hears of every new state, of every phase of the preparation, and readiness. */
void supervisor_phase_changed(struct supervisor *s);

/* ---- supervisor_ready ---- */

bool supervisor_open_ready(struct supervisor *s, struct error *err);
void supervisor_watch_ready(struct supervisor *s);

/* About to be started; its program runs; it counts as ready; it is no more. */
void supervisor_app_starting(struct supervisor *s);
void supervisor_app_started(struct supervisor *s);
void supervisor_app_ready(struct supervisor *s);
void supervisor_app_over(struct supervisor *s);

/* ---- supervisor_reports ---- */

/* What the preparer is to report by; nothing where the settings leave nothing to prepare. */
bool supervisor_open_reports(struct supervisor *s, struct error *err);
void supervisor_start_preparer(struct supervisor *s);
void supervisor_read_reports(struct supervisor *s);
void supervisor_preparer_ended(struct supervisor *s, const char *how);

/* ---- supervisor_app ---- */

void supervisor_start_app(struct supervisor *s);
void supervisor_read_notice(struct supervisor *s);
void supervisor_app_unstartable(struct supervisor *s);
bool supervisor_app_failed(const struct supervisor *s);

/* The shell that started us gets its terminal back from the app, and the app from the shell. */
void supervisor_take_terminal(const struct supervisor *s);
void supervisor_hand_terminal(const struct supervisor *s);

/* ---- supervisor_signals ---- */

void supervisor_read_signals(struct supervisor *s);

/* The signal at hand, as the app is to see it. */
void supervisor_forward(struct supervisor *s);

/* To the app, or to its group. */
void supervisor_kill_app(struct supervisor *s);

/* Stop like a job of a shell does: nothing when this is PID 1. */
void supervisor_stop_self(struct supervisor *s);

/* By the kernel, when our parent dies. A parent that is dead already counts as the same. */
void supervisor_follow_parent(struct supervisor *s);

/* ---- supervisor_children ---- */

/* One SIGCHLD may stand for many deaths: until none is left to be told of. */
void supervisor_reap(struct supervisor *s);

#endif
