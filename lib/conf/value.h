/*
 * conf/value - a setting's text to its typed value, and back
 *
 * Why here   Where a text came from is conf/config's business; what it means depends on the row
 *            alone.
 * Owns       nothing; texts are copied into the arena
 * Errors     ERR_CONFIG: what the setting is called, what was given, what is allowed. What was
 *            given is told only when it is short and no URL: somebody who puts a URL into DB_PORT,
 *            or a secret where its file belongs, shall not read it in the log.
 */
#ifndef MIGRINIT_CONF_VALUE_H
#define MIGRINIT_CONF_VALUE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"
#include "conf/options.h"

/* Parse `text` and store it at `place`, which has the type that conf/options tells for the row. */
bool value_store(const struct option *option, struct slice text, struct arena *arena, void *place,
                 struct error *err) MUST_CHECK;

/*
 * The value at `place` as it would be written. "" when unset, a secret as "****", a password in a
 * URL that stands in a text (a command, a target) as "****" as well.
 */
const char *value_write(const struct option *option, const void *place, struct arena *arena);

#endif
