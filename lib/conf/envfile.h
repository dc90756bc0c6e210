/*
 * conf/envfile - [app] env_file: variables that the app is given from files
 *
 * Why here   Secrets come as files; many an app takes variables only. The rules are those of
 *            conf/filevalue, which are those of NAME_FILE in the official images: the variable set
 *            as well is an error, and an empty one counts as not set.
 * Purity     the reading itself comes in as a function
 * Errors     ERR_CONFIG that names the variable; never what the file says
 */
#ifndef MIGRINIT_CONF_ENVFILE_H
#define MIGRINIT_CONF_ENVFILE_H

#include "conf/config.h"

/* Whether each is NAME:/path, and each NAME stands there once. */
bool envfile_check(const struct text_list *pairs);

/*
 * Of pairs that are so, the variables "NAME=value". The sources' environment and reader are used.
 */
bool envfile_read(const struct config_sources *sources, const struct text_list *pairs,
                  struct arena *arena, struct text_list *variables, struct error *err) MUST_CHECK;

#endif
