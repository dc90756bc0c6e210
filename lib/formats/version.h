/*
 * formats/version - the leading number of a migration's name, of any length
 */
#ifndef MIGRINIT_FORMATS_VERSION_H
#define MIGRINIT_FORMATS_VERSION_H

#include <stdbool.h>

#include "base/slice.h"

/* The run of ASCII digits at the start; empty when there is none. */
struct slice version_digits(struct slice name);

/* A number of 13 digits: milliseconds since 1970, until the year 2286. */
bool version_is_milliseconds(struct slice name);

/* By value, whatever the length: leading zeros do not count, 20240101000000 fits. */
int version_compare(struct slice a, struct slice b);

#endif
