/*
 * conf/filevalue - a setting's text from the file that NAME_FILE names
 *
 * Why here   The rules are those of the official images (trailing line ends are dropped), made
 *            strict where a mistake would otherwise show as a refused password much later.
 * Purity     the reading itself comes in as a function
 * Errors     ERR_CONFIG. A name that does not look like a path is not repeated: it may be the
 *            password itself, put into the wrong variable.
 */
#ifndef MIGRINIT_CONF_FILEVALUE_H
#define MIGRINIT_CONF_FILEVALUE_H

#include "conf/config.h"

/* Begins with / or ./ or ../ and has no @ in it, which a URL with a password would. */
bool filevalue_is_path(struct slice text);

bool filevalue_read(const struct config_sources *sources, struct slice path, struct arena *arena,
                    struct slice *text, struct error *err) MUST_CHECK;

#endif
