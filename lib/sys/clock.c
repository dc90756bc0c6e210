#include "sys/clock.h"

#include <stdbool.h>
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

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* gmtime_r() looks for the time zone first, which allocates and reads files. */
void clock_format(int64_t unix_ms, char *out, size_t out_size)
{
    int64_t ms_of_day = unix_ms % 86400000, days = unix_ms / 86400000;
    int year = 1970, month = 1, seconds = (int)(ms_of_day / 1000);

    for (; days >= 365 + is_leap(year); year++)
        days -= 365 + is_leap(year);
    for (; days >= days_of_month(year, month); month++)
        days -= days_of_month(year, month);
    snprintf(out, out_size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, (int)days + 1,
             seconds / 3600, seconds / 60 % 60, seconds % 60, (int)(ms_of_day % 1000));
}

void clock_wall_format(char *out, size_t out_size)
{
    struct timespec now = clock_now(CLOCK_REALTIME);

    clock_format((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, out, out_size);
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
