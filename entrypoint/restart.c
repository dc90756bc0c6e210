#include "entrypoint/restart.h"

#include "base/backoff.h"

static unsigned count_recent(const struct restart_policy *policy,
                             const struct restart_history *history, int64_t now_ms)
{
    unsigned recent = 0;

    for (unsigned i = 0; i < history->count; i++) {
        if (policy->window_ms == 0 || now_ms - history->at_ms[i] < policy->window_ms)
            recent++;
    }
    return recent;
}

static bool is_wanted(const struct restart_policy *policy, int exit_code)
{
    switch (policy->when) {
    case RESTART_NEVER: return false;
    case RESTART_ON_FAILURE: return exit_code != 0;
    case RESTART_ALWAYS: return true;
    }
    return false;
}

struct restart_verdict restart_decide(const struct restart_policy *policy,
                                      const struct restart_history *history, int exit_code,
                                      int64_t now_ms, double random)
{
    struct restart_verdict verdict = {.recent = count_recent(policy, history, now_ms)};

    if (!is_wanted(policy, exit_code))
        return verdict;
    verdict.is_spent = policy->limit && verdict.recent >= policy->limit;
    verdict.restarts = !verdict.is_spent;
    verdict.pause_ms = backoff_pause_ms(&backoff_restart, verdict.recent, random);
    return verdict;
}

void restart_record(struct restart_history *history, int64_t now_ms)
{
    history->at_ms[history->next] = now_ms;
    history->next = (history->next + 1) % RESTART_LIMIT_MAX;
    if (history->count < RESTART_LIMIT_MAX)
        history->count++;
}
