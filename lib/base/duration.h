/*
 * base/duration - "500ms", "30s", "5m", "1h" to milliseconds and back; a bare number is seconds
 */
#ifndef MIGRINIT_BASE_DURATION_H
#define MIGRINIT_BASE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/slice.h"

/* False for anything else, for negative numbers, and for more than a hundred days. */
bool duration_parse(struct slice text, int64_t *ms) MUST_CHECK;

/* For people: "38 ms", "1.2 s", "2 min 5 s". */
void duration_format(int64_t ms, char *out, size_t out_size);

/* As a setting is written, exactly: "500ms", "30s", "5m". */
void duration_write(int64_t ms, char *out, size_t out_size);

#endif
