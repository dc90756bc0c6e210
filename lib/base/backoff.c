#include "base/backoff.h"

const struct backoff_policy backoff_connect = {25, 2000, 1.6, 0.5};
const struct backoff_policy backoff_refused = {1000, 10000, 1.6, 0.5};
const struct backoff_policy backoff_crowded = {100, 5000, 2.0, 0.9};
const struct backoff_policy backoff_lock = {50, 2000, 1.6, 0.5};
const struct backoff_policy backoff_restart = {100, 30000, 2.0, 0.5};

int64_t backoff_pause_ms(const struct backoff_policy *policy, unsigned retry, double random)
{
    double pause_ms = (double)policy->first_ms;

    for (unsigned i = 0; i < retry && pause_ms < (double)policy->cap_ms; i++)
        pause_ms *= policy->factor;
    if (pause_ms > (double)policy->cap_ms)
        pause_ms = (double)policy->cap_ms;
    return (int64_t)(pause_ms * (1.0 + policy->jitter * (2.0 * random - 1.0)));
}

int64_t deadline_after(int64_t now_ms, int64_t timeout_ms)
{
    return timeout_ms == 0 || timeout_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + timeout_ms;
}

int64_t deadline_left(int64_t deadline_ms, int64_t now_ms)
{
    if (deadline_ms == INT64_MAX)
        return INT64_MAX;
    return deadline_ms > now_ms ? deadline_ms - now_ms : 0;
}
