#include "entrypoint/machine.h"

#include <signal.h>

#define CELL(state, does, severity, why)                                                           \
    {                                                                                              \
        .next = (state), .actions = (does), .level = (severity), .sentence = (why)                 \
    }
#define STAY(state, why)     CELL(state, 0, LOG_DEBUG, why)
#define IMPOSSIBLE(state)    CELL(state, 0, LOG_ERROR, "not expected now, left alone")
#define STOP_PREPARER        (ACTION_KEEP_SIGNAL | ACTION_TERM_PREPARER | ACTION_ARM_GRACE)
#define DROPPED              "dropped, no app is running yet"
#define STOPPING_PREPARATION "stopping the preparation, the app will not be started"
#define KILLING_PREPARER     "asked again, killing the preparer"
#define ENDING_AS_ASKED      "ending as the stop signal asked"
#define FORWARDED            "passed on to the app"
#define TOO_LATE             "too late, ending already"

/*
 * The app's code is the container's code, whoever stopped it. HUP and QUIT do not count as a stop
 * once the app runs: with a stop timeout set, a reload or a JVM's thread dump would kill it.
 */
static const struct machine_cell cells[STATE_COUNT][EVENT_COUNT] = {
    [STATE_PREPARING] =
        {
            [EVENT_STOP] =
                CELL(STATE_STOPPING_PREPARER, STOP_PREPARER, LOG_INFO, STOPPING_PREPARATION),
            [EVENT_HUP_OR_QUIT] =
                CELL(STATE_STOPPING_PREPARER, STOP_PREPARER, LOG_INFO, STOPPING_PREPARATION),
            [EVENT_SIGNAL] = STAY(STATE_PREPARING, DROPPED),
            [EVENT_PREPARED_START] =
                CELL(STATE_RUNNING, ACTION_START_APP, LOG_DEBUG, "starting the app"),
            [EVENT_PREPARED_END] = CELL(STATE_ENDED, ACTION_END_BY_VERDICT, LOG_DEBUG,
                                        "ending without starting an app"),
            [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_PREPARING),
            [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_PREPARING),
            [EVENT_TIMER] = IMPOSSIBLE(STATE_PREPARING),
        },
    [STATE_STOPPING_PREPARER] =
        {
            [EVENT_STOP] =
                CELL(STATE_STOPPING_PREPARER, ACTION_KILL_PREPARER, LOG_WARN, KILLING_PREPARER),
            [EVENT_HUP_OR_QUIT] =
                CELL(STATE_STOPPING_PREPARER, ACTION_KILL_PREPARER, LOG_WARN, KILLING_PREPARER),
            [EVENT_SIGNAL] = STAY(STATE_STOPPING_PREPARER, DROPPED),
            /* A commit may have crossed the signal: what was migrated stays, the app stays out. */
            [EVENT_PREPARED_START] =
                CELL(STATE_ENDED, ACTION_END_BY_SIGNAL, LOG_INFO, ENDING_AS_ASKED),
            [EVENT_PREPARED_END] =
                CELL(STATE_ENDED, ACTION_END_BY_SIGNAL, LOG_INFO, ENDING_AS_ASKED),
            [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_STOPPING_PREPARER),
            [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_STOPPING_PREPARER),
            [EVENT_TIMER] = CELL(STATE_STOPPING_PREPARER, ACTION_KILL_PREPARER, LOG_WARN,
                                 "the preparer did not stop, killing it"),
        },
    [STATE_RUNNING] =
        {
            [EVENT_STOP] = CELL(STATE_STOPPING_APP, ACTION_FORWARD | ACTION_ARM_STOP_TIMEOUT,
                                LOG_INFO, FORWARDED),
            [EVENT_HUP_OR_QUIT] = CELL(STATE_RUNNING, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
            [EVENT_SIGNAL] = CELL(STATE_RUNNING, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
            [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_RUNNING),
            [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_RUNNING),
            [EVENT_APP_ENDED] =
                CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, "ending with its code"),
            [EVENT_APP_UNSTARTABLE] =
                CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, "there is nothing to supervise"),
            [EVENT_TIMER] = IMPOSSIBLE(STATE_RUNNING),
        },
    [STATE_STOPPING_APP] =
        {
            [EVENT_STOP] = CELL(STATE_STOPPING_APP, ACTION_FORWARD, LOG_INFO, FORWARDED),
            [EVENT_HUP_OR_QUIT] = CELL(STATE_STOPPING_APP, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
            [EVENT_SIGNAL] = CELL(STATE_STOPPING_APP, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
            [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_STOPPING_APP),
            [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_STOPPING_APP),
            [EVENT_APP_ENDED] =
                CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, "ending with its code"),
            [EVENT_APP_UNSTARTABLE] =
                CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, "there is nothing to supervise"),
            [EVENT_TIMER] = CELL(STATE_STOPPING_APP, ACTION_KILL_APP, LOG_WARN,
                                 "the app did not stop, killing it"),
        },
    [STATE_ENDED] =
        {
            [EVENT_STOP] = STAY(STATE_ENDED, TOO_LATE),
            [EVENT_HUP_OR_QUIT] = STAY(STATE_ENDED, TOO_LATE),
            [EVENT_SIGNAL] = STAY(STATE_ENDED, TOO_LATE),
            [EVENT_PREPARED_START] = STAY(STATE_ENDED, TOO_LATE),
            [EVENT_PREPARED_END] = STAY(STATE_ENDED, TOO_LATE),
            [EVENT_APP_ENDED] = STAY(STATE_ENDED, TOO_LATE),
            [EVENT_APP_UNSTARTABLE] = STAY(STATE_ENDED, TOO_LATE),
            [EVENT_TIMER] = STAY(STATE_ENDED, TOO_LATE),
        },
};

static const char *const state_names[STATE_COUNT] = {
    [STATE_PREPARING] = "preparing", [STATE_STOPPING_PREPARER] = "stopping-preparer",
    [STATE_RUNNING] = "running",     [STATE_STOPPING_APP] = "stopping-app",
    [STATE_ENDED] = "ended",
};

static const char *const event_names[EVENT_COUNT] = {
    [EVENT_STOP] = "signal.stop",
    [EVENT_HUP_OR_QUIT] = "signal.hup-or-quit",
    [EVENT_SIGNAL] = "signal.other",
    [EVENT_PREPARED_START] = "preparer.ended",
    [EVENT_PREPARED_END] = "preparer.ended",
    [EVENT_APP_ENDED] = "app.ended",
    [EVENT_APP_UNSTARTABLE] = "app.unstartable",
    [EVENT_TIMER] = "init.timer",
};

const struct machine_cell *machine_cell(enum machine_state state, enum machine_event event)
{
    return &cells[state][event];
}

enum machine_event machine_signal_event(int signal)
{
    switch (signal) {
    case SIGTERM:
    case SIGINT: return EVENT_STOP;
    case SIGHUP:
    case SIGQUIT: return EVENT_HUP_OR_QUIT;
    default: return EVENT_SIGNAL;
    }
}

const char *machine_state_name(enum machine_state state)
{
    return state_names[state];
}

const char *machine_event_name(enum machine_event event)
{
    return event_names[event];
}
