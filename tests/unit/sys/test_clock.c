#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "sys/clock.h"

static void clock_monotonic_ms_never_goes_back(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ms();

    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_ms();

        assert_true(now >= before);
        before = now;
    }
}

static void clock_monotonic_ms_counts_milliseconds(void **state)
{
    (void)state;
    const struct timespec pause = {.tv_nsec = 20 * 1000000};
    int64_t before = clock_monotonic_ms();

    nanosleep(&pause, NULL);
    assert_in_range(clock_monotonic_ms() - before, 19, 10000);
}

static void clock_wall_format_is_utc_now_with_milliseconds(void **state)
{
    (void)state;
    char text[32], rest;
    struct tm utc = {0};
    int ms;

    setenv("TZ", "XYZ-5", 1); /* whatever the container's zone is */
    tzset();
    clock_wall_format(text, sizeof text);
    assert_int_equal(strlen(text), strlen("2026-11-21T01:25:17.123Z"));
    assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d%c", &utc.tm_year, &utc.tm_mon,
                            &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &ms, &rest),
                     8);
    assert_int_equal(rest, 'Z');
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    assert_in_range(time(NULL) - timegm(&utc), 0, 5);
}

static void clock_wall_format_short_buffer_is_not_overrun(void **state)
{
    (void)state;
    char text[16];

    memset(text, '#', sizeof text);
    clock_wall_format(text, 5);
    assert_int_equal(strlen(text), 4);
    assert_int_equal(text[5], '#');
}

static void clock_random_is_spread_over_zero_to_one(void **state)
{
    (void)state;
    enum { DRAWS = 4000 };
    unsigned in_quarter[4] = {0};

    for (int i = 0; i < DRAWS; i++) {
        double random = clock_random();

        assert_true(random >= 0.0 && random < 1.0);
        in_quarter[(int)(random * 4)]++;
    }
    for (int i = 0; i < 4; i++)
        assert_in_range(in_quarter[i], DRAWS / 5, DRAWS / 3); /* 7 sigma and more */
}

/* As the C library tells it, around every end of a month, and at the ends of the day. */
static void clock_format_is_the_calendar_s(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 366 * 200; day++) {
        const int64_t times[] = {day * 86400, day * 86400 + 86399, day * 86400 + day % 86400};

        for (size_t i = 0; i < COUNT_OF(times); i++) {
            const time_t seconds = (time_t)times[i];
            char text[32], expected[32], whole[40];
            struct tm utc;

            gmtime_r(&seconds, &utc);
            strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S", &utc);
            snprintf(whole, sizeof whole, "%s.%03dZ", expected, (int)(day % 1000));
            clock_format(times[i] * 1000 + day % 1000, text, sizeof text);
            assert_string_equal(text, whole);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_format_is_the_calendar_s),
        cmocka_unit_test(clock_monotonic_ms_never_goes_back),
        cmocka_unit_test(clock_monotonic_ms_counts_milliseconds),
        cmocka_unit_test(clock_wall_format_is_utc_now_with_milliseconds),
        cmocka_unit_test(clock_wall_format_short_buffer_is_not_overrun),
        cmocka_unit_test(clock_random_is_spread_over_zero_to_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
