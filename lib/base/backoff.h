/*
 * base/backoff - how long to pause before the next try
 *
 * Why here   A fixed one-second sleep makes an app start a second late, and two hundred replicas
 *            that sleep alike come back together. The pause grows by a factor up to a cap, and is
 *            spread by jitter, so that replicas started in the same moment drift apart.
 * Purity     the caller brings the randomness; base has no clock and no entropy
 */
#ifndef MIGRINIT_BASE_BACKOFF_H
#define MIGRINIT_BASE_BACKOFF_H

#include <stdint.h>

/* A named policy: constant data. */
struct backoff_policy {
    int64_t first_ms;
    int64_t cap_ms;
    double factor;
    double jitter; /* 0.5 spreads a pause over 50% to 150% of itself */
};

extern const struct backoff_policy backoff_connect; /* nobody there yet: 25 ms, x1.6, 2 s */
extern const struct backoff_policy backoff_refused; /* credentials: 1 s, x1.6, 10 s: no lock-out */
extern const struct backoff_policy backoff_crowded; /* no free slot: 100 ms, x2, 5 s, wide jitter */
extern const struct backoff_policy backoff_lock;    /* lock held: 50 ms, x1.6, 2 s */
extern const struct backoff_policy backoff_restart; /* the app ended: 100 ms, x2, 30 s */

/* The pause before try number `retry` (0 = the first retry); random is from [0, 1). */
int64_t backoff_pause_ms(const struct backoff_policy *policy, unsigned retry, double random);

/* A deadline that many milliseconds from now; 0 means none, which is INT64_MAX. */
int64_t deadline_after(int64_t now_ms, int64_t timeout_ms);

/* The milliseconds left, never negative; INT64_MAX stays what it is. */
int64_t deadline_left(int64_t deadline_ms, int64_t now_ms);

#endif
