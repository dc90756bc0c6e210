/*
 * entrypoint/machine - what PID 1 does: a table of state and event
 *
 * Why here   Whoever is woken at night must be able to read what the init does in which moment.
 *            Each cell says where it leads, what is done, and the sentence that the log prints;
 *            docs/state-machine.md is printed from it.
 * Purity     one table; the supervisor brings the events and performs the actions
 * Extending  A new state is a row of cells, a new event a column; the unit test fails until every
 *            cell is filled, `make check-machine` until the page in docs is printed again.
 */
#ifndef MIGRINIT_ENTRYPOINT_MACHINE_H
#define MIGRINIT_ENTRYPOINT_MACHINE_H

#include <stdbool.h>

#include "sys/log.h"

enum machine_state {
    STATE_PREPARING,          /* the preparer waits and migrates */
    STATE_STOPPING_PREPARER,  /* a stop signal came first; the app will never be started */
    STATE_RUNNING,            /* the app is up */
    STATE_STOPPING_APP,       /* the app was asked to stop */
    STATE_CLEARING,           /* before a restart, what the last app left is asked to end */
    STATE_PAUSING,            /* the pause before a restart */
    STATE_DRAINING,           /* the app has ended for good; what it left is asked to end */
    STATE_STOPPING_LEFTOVERS, /* the same, and a stop signal has come */
    STATE_ENDED,
    STATE_COUNT
};

enum machine_event {
    EVENT_STOP,            /* SIGTERM, SIGINT */
    EVENT_STOP_AGAIN,      /* one more of them while the app's stop timeout runs */
    EVENT_HUP_OR_QUIT,     /* end a preparation; to a running app they mean reload or thread dump */
    EVENT_TERMINAL_STOP,   /* SIGTSTP, SIGTTIN, SIGTTOU */
    EVENT_SIGNAL,          /* any other signal */
    EVENT_PREPARED_START,  /* the preparer is gone, and the policy says: start the app */
    EVENT_PREPARED_END,    /* the preparer is gone, and the policy says: end */
    EVENT_APP_ENDED,       /* and will not be started again */
    EVENT_APP_AGAIN,       /* it ended, and the restart policy says: start it again */
    EVENT_APP_UNSTARTABLE, /* the app's program could not be run */
    EVENT_ALONE,           /* no child is left, or nobody is to wait for one */
    EVENT_TIMER,           /* the time that an action armed is over */
    EVENT_COUNT
};

enum machine_action {
    ACTION_KEEP_SIGNAL = 1 << 0, /* remember the signal: the end code will be 128 + n */
    ACTION_TERM_PREPARER = 1 << 1,
    ACTION_KILL_PREPARER = 1 << 2,
    ACTION_ARM_GRACE = 1 << 3,        /* the preparer's time to cancel and roll back */
    ACTION_FORWARD = 1 << 4,          /* the signal at hand, to the app */
    ACTION_STOP_SELF = 1 << 5,        /* as a job of a shell does; never as PID 1 */
    ACTION_ARM_STOP_TIMEOUT = 1 << 6, /* the app's time to stop; nothing when none is set */
    ACTION_KILL_APP = 1 << 7,
    ACTION_KILL_LEFTOVERS = 1 << 8,
    ACTION_ARM_PAUSE = 1 << 9, /* the restart policy's pause */
    /* These may bring the next event by themselves: nothing but an end comes behind them. */
    ACTION_START_APP = 1 << 10,
    ACTION_DRAIN = 1 << 11,          /* TERM to what is left, and its time to end */
    ACTION_END_BY_SIGNAL = 1 << 12,  /* end with 128 + the kept signal */
    ACTION_END_BY_VERDICT = 1 << 13, /* end with the policy's code */
    ACTION_END_BY_APP = 1 << 14,     /* end with the app's code */
};

enum { ACTION_COUNT = 15 };

enum { ACTIONS_THAT_END = ACTION_END_BY_SIGNAL | ACTION_END_BY_VERDICT | ACTION_END_BY_APP };

struct machine_cell {
    const char *sentence; /* follows what happened: "SIGTERM: stopping the preparation" */
    enum log_level level;
    enum machine_state next;
    unsigned actions; /* performed in the order of their bits */
};

/* Never NULL: an event that cannot happen in a state is logged and leaves everything as it is. */
const struct machine_cell *machine_cell(enum machine_state state, enum machine_event event);

/* Which event a signal is. SIGCHLD is none: the supervisor reaps. */
enum machine_event machine_signal_event(int signal);

/* "preparing"; "signal.stop", the event's stable name in the log; "TERM or INT"; "forward" */
const char *machine_state_name(enum machine_state state);
const char *machine_event_name(enum machine_event event);
const char *machine_event_meaning(enum machine_event event);
const char *machine_action_name(enum machine_action action);

/* Whether the event can come in the state at all. */
bool machine_is_possible(enum machine_state state, enum machine_event event);

#endif
