#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/waitstat.h"
#include "entrypoint/supervisor_parts.h"
#include "sys/log.h"

/* ---- out ---- */

/* What the signal reaches the app as; 0 for not at all. */
static int app_signal(const struct supervisor *s, int signal)
{
    const struct app_config *app = s->plan->app;
    bool is_stop = signal == SIGTERM || signal == SIGINT;

    if (is_stop && app->stop_signal && !app->signals.is_set[signal])
        return app->stop_signal;
    return remap_apply(&app->signals, signal);
}

/* The group is there before we know of it, and may be gone before the app, which can leave it. */
static bool send_signal(const struct supervisor *s, int signal)
{
    if (s->plan->app->signal_to == SIGNAL_TO_GROUP && kill(-s->app_group, signal) == 0)
        return true;
    return kill(s->app, signal) == 0;
}

static void tell_rewritten(int came, int goes)
{
    char from[32], to[32];

    if (came == goes)
        return;
    signal_name(came, from, sizeof from);
    signal_name(goes, to, sizeof to);
    log_line(LOG_DEBUG, LOG_INIT, "signal.rewritten", "[app] settings: %s %s%s", from,
             goes ? "becomes " : "is dropped", goes ? to : "");
}

/*
 * Without the privilege to signal another user an init must not fall over (EPERM), nor when the app
 * is gone already (ESRCH).
 */
void supervisor_forward(struct supervisor *s)
{
    int signal = app_signal(s, s->signal);
    char name[32];

    if (!s->app)
        return;
    tell_rewritten(s->signal, signal);
    if (!signal)
        return;
    if (s->signal == SIGCONT)
        supervisor_hand_terminal(s);
    if (send_signal(s, signal) || errno == ESRCH || s->has_warned)
        return;
    s->has_warned = true;
    signal_name(signal, name, sizeof name);
    log_line(LOG_WARN, LOG_INIT, "signal.refused", "%s cannot be passed on to the app: %s", name,
             strerror(errno));
}

void supervisor_kill_app(struct supervisor *s)
{
    if (!s->app)
        return;
    if (s->plan->app->signal_to == SIGNAL_TO_GROUP)
        kill(-s->app_group, SIGKILL);
    kill(s->app, SIGKILL);
}

void supervisor_stop_self(struct supervisor *s)
{
    (void)s;
    if (getpid() != 1)
        kill(getpid(), SIGSTOP);
}

/* ---- in ---- */

/* A write to a closed pipe raises SIGPIPE in ourselves: no news for the app. */
static bool is_own(const struct signalfd_siginfo *info)
{
    return info->ssi_code <= 0 && info->ssi_pid == (uint32_t)getpid();
}

/* A stop signal that the app is not to see is no stop once the app runs. */
static enum machine_event event_of(const struct supervisor *s, int signal)
{
    enum machine_event event = machine_signal_event(signal);

    if (event != EVENT_STOP || !s->app)
        return event;
    if (!app_signal(s, signal))
        return EVENT_SIGNAL;
    if (s->state == STATE_STOPPING_APP && s->plan->app->stop_timeout_ms > 0)
        return EVENT_STOP_AGAIN;
    return EVENT_STOP;
}

static void take_signal(struct supervisor *s, int signal)
{
    char name[32];

    s->signal = signal;
    signal_name(signal, name, sizeof name);
    supervisor_dispatch(s, event_of(s, signal), name);
}

/*
 * One signal for each read, never a batch: in exec mode a SIGCHLD may be the last that we handle,
 * and a TERM behind it must still be pending then, where the guard of exec meets it.
 */
void supervisor_read_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;

    while (s->state != STATE_ENDED && read(s->signal_fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            supervisor_reap(s);
        else if (!is_own(&info))
            take_signal(s, (int)info.ssi_signo);
    }
}

void supervisor_follow_parent(struct supervisor *s)
{
    int signal = s->plan->app->parent_death_signal;

    if (!signal || s->plan->execs || s->state == STATE_ENDED)
        return;
    prctl(PR_SET_PDEATHSIG, signal);
    if (getppid() != s->plan->origin->parent)
        take_signal(s, signal);
}
