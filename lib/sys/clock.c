#include "sys/clock.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static struct timespec clock_now(clockid_t clock)
{
    struct timespec now = {0};

    clock_gettime(clock, &now);
    return now;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now = clock_now(CLOCK_MONOTONIC);

    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_wall_format(char *out, size_t out_size)
{
    struct timespec now = clock_now(CLOCK_REALTIME);
    char seconds[32];
    struct tm utc;

    out[0] = '\0';
    if (gmtime_r(&now.tv_sec, &utc) && strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc))
        snprintf(out, out_size, "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000));
}

/* For a kernel that refuses entropy (early boot, a strict seccomp profile): the time, well stirred.
 */
static uint64_t random_from_time(void)
{
    struct timespec now = clock_now(CLOCK_REALTIME);
    uint64_t bits = (uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 48;

    bits = (bits ^ bits >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94D049BB133111EB);
    return bits ^ bits >> 31;
}

double clock_random(void)
{
    uint64_t bits;

    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits)
        bits = random_from_time();
    return (double)(bits >> 11) * 0x1p-53; /* 53 bits: as many as a double holds exactly */
}
