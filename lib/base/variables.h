/*
 * base/variables - an environment as a value: a NULL-terminated list of "NAME=value"
 *
 * Why here   Settings, libpq's variables, migrations that name some, and what the app gets are all
 *            read from such lists; getenv() would be a second truth behind them.
 */
#ifndef MIGRINIT_BASE_VARIABLES_H
#define MIGRINIT_BASE_VARIABLES_H

#include "base/arena.h"
#include "base/slice.h"

/* NULL when it is not set, or the list is NULL. */
const char *variables_get(const char *const *variables, struct slice name);

/* The list with one more "NAME=value", in place of any that it had of this name. */
const char *const *variables_with(const char *const *variables, const char *variable,
                                  struct arena *arena);

#endif
