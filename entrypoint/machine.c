#include "entrypoint/machine.h"

#include <signal.h>

#define CELL(state, does, severity, why)                                                           \
    {                                                                                              \
        .next = (state), .actions = (does), .level = (severity), .sentence = (why)                 \
    }
#define STAY(state, why)     CELL(state, 0, LOG_DEBUG, why)
#define IMPOSSIBLE(state)    CELL(state, 0, LOG_ERROR, not_expected)
#define STOP_PREPARER        (ACTION_KEEP_SIGNAL | ACTION_TERM_PREPARER | ACTION_ARM_GRACE)
#define DROPPED_EARLY        "dropped, no app is running yet"
#define DROPPED_LATE         "dropped, no app is running any more"
#define STOPPING_PREPARATION "stopping the preparation, the app will not be started"
#define KILLING_PREPARER     "asked again, killing the preparer"
#define ENDING_AS_ASKED      "ending as the stop signal asked"
#define FORWARDED            "passed on to the app"
#define NOTHING_TO_SUPERVISE "there is nothing to supervise"
#define NOT_AGAIN            "ending, the app will not be started again"
#define ENDING_LIKE_APP      "ending with the app's code"
#define CLEARED              "starting the app again after a pause"
#define KILLING_LEFTOVERS    "the app left processes that did not end, killing them"
#define TOO_LATE             "too late, ending already"

static const char not_expected[] = "not expected now, left alone";

/*
 * The app's code is the container's code, whoever stopped it. HUP and QUIT do not count as a stop
 * once the app runs: with a stop timeout set, a reload or a JVM's thread dump would kill it. Where
 * no app is running they can mean nothing but the end.
 */
static const struct machine_cell cells[STATE_COUNT][EVENT_COUNT] =
    {
        [STATE_PREPARING] =
            {
                [EVENT_STOP] =
                    CELL(STATE_STOPPING_PREPARER, STOP_PREPARER, LOG_INFO, STOPPING_PREPARATION),
                [EVENT_STOP_AGAIN] = IMPOSSIBLE(STATE_PREPARING),
                [EVENT_HUP_OR_QUIT] =
                    CELL(STATE_STOPPING_PREPARER, STOP_PREPARER, LOG_INFO, STOPPING_PREPARATION),
                [EVENT_TERMINAL_STOP] = STAY(STATE_PREPARING, DROPPED_EARLY),
                [EVENT_SIGNAL] = STAY(STATE_PREPARING, DROPPED_EARLY),
                [EVENT_PREPARED_START] =
                    CELL(STATE_RUNNING, ACTION_START_APP, LOG_DEBUG, "starting the app"),
                [EVENT_PREPARED_END] = CELL(STATE_ENDED, ACTION_END_BY_VERDICT, LOG_DEBUG,
                                            "ending without starting an app"),
                [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_PREPARING),
                [EVENT_APP_AGAIN] = IMPOSSIBLE(STATE_PREPARING),
                [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_PREPARING),
                [EVENT_ALONE] = IMPOSSIBLE(STATE_PREPARING),
                [EVENT_TIMER] = IMPOSSIBLE(STATE_PREPARING),
            },
        [STATE_STOPPING_PREPARER] =
            {
                [EVENT_STOP] =
                    CELL(STATE_STOPPING_PREPARER, ACTION_KILL_PREPARER, LOG_WARN, KILLING_PREPARER),
                [EVENT_STOP_AGAIN] = IMPOSSIBLE(STATE_STOPPING_PREPARER),
                [EVENT_HUP_OR_QUIT] =
                    CELL(STATE_STOPPING_PREPARER, ACTION_KILL_PREPARER, LOG_WARN, KILLING_PREPARER),
                [EVENT_TERMINAL_STOP] = STAY(STATE_STOPPING_PREPARER, DROPPED_EARLY),
                [EVENT_SIGNAL] = STAY(STATE_STOPPING_PREPARER, DROPPED_EARLY),
                /* A commit may have crossed the signal: what was migrated stays. */
                [EVENT_PREPARED_START] =
                    CELL(STATE_ENDED, ACTION_END_BY_SIGNAL, LOG_INFO, ENDING_AS_ASKED),
                [EVENT_PREPARED_END] =
                    CELL(STATE_ENDED, ACTION_END_BY_SIGNAL, LOG_INFO, ENDING_AS_ASKED),
                [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_STOPPING_PREPARER),
                [EVENT_APP_AGAIN] = IMPOSSIBLE(STATE_STOPPING_PREPARER),
                [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_STOPPING_PREPARER),
                [EVENT_ALONE] = IMPOSSIBLE(STATE_STOPPING_PREPARER),
                [EVENT_TIMER] = CELL(STATE_STOPPING_PREPARER, ACTION_KILL_PREPARER, LOG_WARN,
                                     "the preparer did not stop, killing it"),
            },
        [STATE_RUNNING] =
            {
                [EVENT_STOP] = CELL(STATE_STOPPING_APP, ACTION_FORWARD | ACTION_ARM_STOP_TIMEOUT,
                                    LOG_INFO, FORWARDED),
                [EVENT_STOP_AGAIN] = IMPOSSIBLE(STATE_RUNNING),
                [EVENT_HUP_OR_QUIT] = CELL(STATE_RUNNING, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
                [EVENT_TERMINAL_STOP] =
                    CELL(STATE_RUNNING, ACTION_FORWARD | ACTION_STOP_SELF, LOG_DEBUG, FORWARDED),
                [EVENT_SIGNAL] = CELL(STATE_RUNNING, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
                [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_RUNNING),
                [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_RUNNING),
                [EVENT_APP_ENDED] = CELL(STATE_DRAINING, ACTION_DRAIN, LOG_DEBUG, NOT_AGAIN),
                [EVENT_APP_AGAIN] =
                    CELL(STATE_CLEARING, ACTION_DRAIN, LOG_WARN, "it is to be started again"),
                [EVENT_APP_UNSTARTABLE] =
                    CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, NOTHING_TO_SUPERVISE),
                [EVENT_ALONE] = IMPOSSIBLE(STATE_RUNNING),
                [EVENT_TIMER] = IMPOSSIBLE(STATE_RUNNING),
            },
        [STATE_STOPPING_APP] =
            {
                [EVENT_STOP] = CELL(STATE_STOPPING_APP, ACTION_FORWARD, LOG_INFO, FORWARDED),
                [EVENT_STOP_AGAIN] = CELL(STATE_STOPPING_APP, ACTION_KILL_APP, LOG_WARN,
                                          "asked again, killing the app"),
                [EVENT_HUP_OR_QUIT] =
                    CELL(STATE_STOPPING_APP, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
                [EVENT_TERMINAL_STOP] = CELL(STATE_STOPPING_APP, ACTION_FORWARD | ACTION_STOP_SELF,
                                             LOG_DEBUG, FORWARDED),
                [EVENT_SIGNAL] = CELL(STATE_STOPPING_APP, ACTION_FORWARD, LOG_DEBUG, FORWARDED),
                [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_STOPPING_APP),
                [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_STOPPING_APP),
                [EVENT_APP_ENDED] =
                    CELL(STATE_STOPPING_LEFTOVERS, ACTION_DRAIN, LOG_DEBUG, NOT_AGAIN),
                [EVENT_APP_AGAIN] = IMPOSSIBLE(STATE_STOPPING_APP),
                [EVENT_APP_UNSTARTABLE] =
                    CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, NOTHING_TO_SUPERVISE),
                [EVENT_ALONE] = IMPOSSIBLE(STATE_STOPPING_APP),
                [EVENT_TIMER] = CELL(STATE_STOPPING_APP, ACTION_KILL_APP, LOG_WARN,
                                     "the app did not stop, killing it"),
            },
        [STATE_CLEARING] =
            {
                [EVENT_STOP] = CELL(STATE_STOPPING_LEFTOVERS, 0, LOG_INFO, NOT_AGAIN),
                [EVENT_STOP_AGAIN] = IMPOSSIBLE(STATE_CLEARING),
                [EVENT_HUP_OR_QUIT] = CELL(STATE_STOPPING_LEFTOVERS, 0, LOG_INFO, NOT_AGAIN),
                [EVENT_TERMINAL_STOP] = STAY(STATE_CLEARING, DROPPED_LATE),
                [EVENT_SIGNAL] = STAY(STATE_CLEARING, DROPPED_LATE),
                [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_CLEARING),
                [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_CLEARING),
                [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_CLEARING),
                [EVENT_APP_AGAIN] = IMPOSSIBLE(STATE_CLEARING),
                [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_CLEARING),
                [EVENT_ALONE] = CELL(STATE_PAUSING, ACTION_ARM_PAUSE, LOG_DEBUG, CLEARED),
                [EVENT_TIMER] = CELL(STATE_PAUSING, ACTION_KILL_LEFTOVERS | ACTION_ARM_PAUSE,
                                     LOG_WARN, KILLING_LEFTOVERS),
            },
        [STATE_PAUSING] =
            {
                [EVENT_STOP] = CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_INFO, NOT_AGAIN),
                [EVENT_STOP_AGAIN] = IMPOSSIBLE(STATE_PAUSING),
                [EVENT_HUP_OR_QUIT] = CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_INFO, NOT_AGAIN),
                [EVENT_TERMINAL_STOP] = STAY(STATE_PAUSING, DROPPED_LATE),
                [EVENT_SIGNAL] = STAY(STATE_PAUSING, DROPPED_LATE),
                [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_PAUSING),
                [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_PAUSING),
                [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_PAUSING),
                [EVENT_APP_AGAIN] = IMPOSSIBLE(STATE_PAUSING),
                [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_PAUSING),
                [EVENT_ALONE] = STAY(STATE_PAUSING, "the pause goes on"),
                [EVENT_TIMER] =
                    CELL(STATE_RUNNING, ACTION_START_APP, LOG_INFO, "starting the app again"),
            },
        [STATE_DRAINING] =
            {
                [EVENT_STOP] = CELL(STATE_STOPPING_LEFTOVERS, 0, LOG_INFO,
                                    "what the app left is ending already, once more kills it"),
                [EVENT_STOP_AGAIN] = IMPOSSIBLE(STATE_DRAINING),
                [EVENT_HUP_OR_QUIT] = STAY(STATE_DRAINING, DROPPED_LATE),
                [EVENT_TERMINAL_STOP] = STAY(STATE_DRAINING, DROPPED_LATE),
                [EVENT_SIGNAL] = STAY(STATE_DRAINING, DROPPED_LATE),
                [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_DRAINING),
                [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_DRAINING),
                [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_DRAINING),
                [EVENT_APP_AGAIN] = IMPOSSIBLE(STATE_DRAINING),
                [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_DRAINING),
                [EVENT_ALONE] = CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, ENDING_LIKE_APP),
                [EVENT_TIMER] = CELL(STATE_ENDED, ACTION_KILL_LEFTOVERS | ACTION_END_BY_APP,
                                     LOG_WARN, KILLING_LEFTOVERS),
            },
        [STATE_STOPPING_LEFTOVERS] =
            {
                [EVENT_STOP] = CELL(STATE_ENDED, ACTION_KILL_LEFTOVERS | ACTION_END_BY_APP,
                                    LOG_WARN, "asked again, killing what the app left"),
                [EVENT_STOP_AGAIN] = IMPOSSIBLE(STATE_STOPPING_LEFTOVERS),
                [EVENT_HUP_OR_QUIT] = STAY(STATE_STOPPING_LEFTOVERS, DROPPED_LATE),
                [EVENT_TERMINAL_STOP] = STAY(STATE_STOPPING_LEFTOVERS, DROPPED_LATE),
                [EVENT_SIGNAL] = STAY(STATE_STOPPING_LEFTOVERS, DROPPED_LATE),
                [EVENT_PREPARED_START] = IMPOSSIBLE(STATE_STOPPING_LEFTOVERS),
                [EVENT_PREPARED_END] = IMPOSSIBLE(STATE_STOPPING_LEFTOVERS),
                [EVENT_APP_ENDED] = IMPOSSIBLE(STATE_STOPPING_LEFTOVERS),
                [EVENT_APP_AGAIN] = IMPOSSIBLE(STATE_STOPPING_LEFTOVERS),
                [EVENT_APP_UNSTARTABLE] = IMPOSSIBLE(STATE_STOPPING_LEFTOVERS),
                [EVENT_ALONE] = CELL(STATE_ENDED, ACTION_END_BY_APP, LOG_DEBUG, ENDING_LIKE_APP),
                [EVENT_TIMER] = CELL(STATE_ENDED, ACTION_KILL_LEFTOVERS | ACTION_END_BY_APP,
                                     LOG_WARN, KILLING_LEFTOVERS),
            },
        [STATE_ENDED] =
            {
                [EVENT_STOP] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_STOP_AGAIN] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_HUP_OR_QUIT] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_TERMINAL_STOP] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_SIGNAL] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_PREPARED_START] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_PREPARED_END] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_APP_ENDED] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_APP_AGAIN] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_APP_UNSTARTABLE] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_ALONE] = STAY(STATE_ENDED, TOO_LATE),
                [EVENT_TIMER] = STAY(STATE_ENDED, TOO_LATE),
            },
};

static const char *const state_names[STATE_COUNT] = {
    [STATE_PREPARING] = "preparing", [STATE_STOPPING_PREPARER] = "stopping-preparer",
    [STATE_RUNNING] = "running",     [STATE_STOPPING_APP] = "stopping-app",
    [STATE_CLEARING] = "clearing",   [STATE_PAUSING] = "pausing",
    [STATE_DRAINING] = "draining",   [STATE_STOPPING_LEFTOVERS] = "stopping-leftovers",
    [STATE_ENDED] = "ended",
};

static const struct {
    const char *name;
    const char *meaning;
} event_texts[EVENT_COUNT] = {
    [EVENT_STOP] = {"signal.stop", "TERM or INT"},
    [EVENT_STOP_AGAIN] = {"signal.stop-again", "TERM or INT while the stop timeout runs"},
    [EVENT_HUP_OR_QUIT] = {"signal.hup-or-quit", "HUP or QUIT"},
    [EVENT_TERMINAL_STOP] = {"signal.terminal-stop", "TSTP, TTIN or TTOU"},
    [EVENT_SIGNAL] = {"signal.other", "any other signal"},
    [EVENT_PREPARED_START] = {"preparer.ended", "the preparer ended, an app is to be started"},
    [EVENT_PREPARED_END] = {"preparer.ended", "the preparer ended, no app is to be started"},
    [EVENT_APP_ENDED] = {"app.ended", "the app ended, for good"},
    [EVENT_APP_AGAIN] = {"app.ended", "the app ended, to be started again"},
    [EVENT_APP_UNSTARTABLE] = {"app.unstartable", "the app cannot be run"},
    [EVENT_ALONE] = {"init.alone", "no process is left, or none is waited for"},
    [EVENT_TIMER] = {"init.timer", "the time is over"},
};

static const char *const action_names[ACTION_COUNT] = {
    "keep the signal",
    "TERM the preparer",
    "KILL the preparer",
    "arm the grace",
    "forward",
    "stop itself",
    "arm the stop timeout",
    "KILL the app",
    "KILL the leftovers",
    "arm the pause",
    "start the app",
    "TERM the leftovers",
    "end with 128 + n",
    "end with its own code",
    "end with the app's code",
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
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: return EVENT_TERMINAL_STOP;
    default: return EVENT_SIGNAL;
    }
}

const char *machine_state_name(enum machine_state state)
{
    return state_names[state];
}

const char *machine_event_name(enum machine_event event)
{
    return event_texts[event].name;
}

const char *machine_event_meaning(enum machine_event event)
{
    return event_texts[event].meaning;
}

const char *machine_action_name(enum machine_action action)
{
    return action_names[__builtin_ctz(action)];
}

bool machine_is_possible(enum machine_state state, enum machine_event event)
{
    return cells[state][event].sentence != not_expected;
}
