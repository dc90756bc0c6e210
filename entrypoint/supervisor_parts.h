/*
 * entrypoint/supervisor_parts - what the rooms of the supervisor share
 *
 *   supervisor           the machine's turn: events in, actions out; start and end
 *   supervisor_reports   what the preparer says, and what follows from how it ended
 *   supervisor_app       starting the app, in a child or in place
 *   supervisor_children  who has died
 */
#ifndef MIGRINIT_ENTRYPOINT_SUPERVISOR_PARTS_H
#define MIGRINIT_ENTRYPOINT_SUPERVISOR_PARTS_H

#include "entrypoint/loop.h"
#include "entrypoint/machine.h"
#include "entrypoint/supervisor.h"
#include "migrate/report.h"

struct supervisor {
    const struct supervisor_plan *plan;
    struct loop *loop;
    enum machine_state state;

    struct loop_watch *reports; /* the preparer's lines */
    struct loop_watch *notice;  /* the end of exec: errno, or nothing when it succeeded */
    struct loop_timer *timer;
    int signal_fd;
    int report_fd;
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
    struct report progress; /* the last phase that the preparer told */
    struct verdict verdict;
    int app_errno; /* why the app's program could not be run; 0 when it could */
    int app_code;
    int exit_code;
    bool has_warned; /* that a signal could not be passed on */
};

/* ---- supervisor ---- */

/* Look the event up, say its sentence, go to the next state, perform the actions. */
void supervisor_dispatch(struct supervisor *s, enum machine_event event, const char *what);

/* The one place that hears of every new state, and of every phase of the preparation. */
void supervisor_phase_changed(const struct supervisor *s);

/* ---- supervisor_reports ---- */

void supervisor_start_preparer(struct supervisor *s);
void supervisor_read_reports(struct supervisor *s);
void supervisor_preparer_ended(struct supervisor *s, const char *how);

/* ---- supervisor_app ---- */

void supervisor_start_app(struct supervisor *s);
void supervisor_read_notice(struct supervisor *s);
void supervisor_app_unstartable(struct supervisor *s);

/* ---- supervisor_children ---- */

/* One SIGCHLD may stand for many deaths: until none is left. */
void supervisor_reap(struct supervisor *s);

#endif
