/*
 * entrypoint/restart - whether an app that has ended is started again, and after what pause
 *
 * Why here   An app that cannot come up must not be tried for ever behind a container that looks
 *            well: the budget of restarts in a window is spent, and the container ends with the
 *            app's code, where the orchestrator sees it.
 * Purity     values in, values out; the history is a ring of the times of the last restarts
 */
#ifndef MIGRINIT_ENTRYPOINT_RESTART_H
#define MIGRINIT_ENTRYPOINT_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/config.h"

struct restart_policy {
    enum restart_when when;
    unsigned limit;    /* restarts in a window, at most RESTART_LIMIT_MAX; 0 = no limit */
    int64_t window_ms; /* 0 = the window never ends */
};

struct restart_history {
    int64_t at_ms[RESTART_LIMIT_MAX];
    unsigned next; /* where the next one is kept */
    unsigned count;
};

struct restart_verdict {
    bool restarts;
    bool is_spent;    /* it would have been, but for the budget */
    unsigned recent;  /* restarts in the window before this one */
    int64_t pause_ms; /* grows with each recent one */
};

/* `random` is from [0, 1). */
struct restart_verdict restart_decide(const struct restart_policy *policy,
                                      const struct restart_history *history, int exit_code,
                                      int64_t now_ms, double random);

void restart_record(struct restart_history *history, int64_t now_ms);

#endif
