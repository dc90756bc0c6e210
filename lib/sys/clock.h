/*
 * sys/clock - monotonic time for deadlines, wall time for people, and a little randomness for
 * jitter
 */
#ifndef MIGRINIT_SYS_CLOCK_H
#define MIGRINIT_SYS_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since some fixed moment; steps of the wall clock do not move it. */
int64_t clock_monotonic_ms(void);

/* "2026-11-21T01:25:17.123Z"; of a time since 1970 */
void clock_wall_format(char *out, size_t out_size);
void clock_format(int64_t unix_ms, char *out, size_t out_size);

/* From [0, 1), seeded by the kernel: replicas that start together must not draw alike. */
double clock_random(void);

#endif
