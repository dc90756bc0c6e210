/*
 * entrypoint/settings - fetch what the settings are made of, and have them merged
 *
 * Why here   conf is pure; the INI file, the environment and *_FILE secrets are fetched for it
 * here.
 */
#ifndef MIGRINIT_ENTRYPOINT_SETTINGS_H
#define MIGRINIT_ENTRYPOINT_SETTINGS_H

#include "conf/config.h"
#include "conf/identity.h"
#include "entrypoint/cli.h"

/*
 * The INI file is the one of --config, else of MIGRINIT_CONFIG (both must exist), else
 * /etc/migrinit.ini if there is one. Errors: ERR_CONFIG, ERR_USAGE
 */
bool settings_read(const struct cli *cli, struct arena *arena, struct config *config,
                   struct error *err) MUST_CHECK;

/* The variables of [app] env_file. Errors: ERR_CONFIG */
bool settings_read_env_files(const struct config *config, struct arena *arena,
                             struct text_list *variables, struct error *err) MUST_CHECK;

/* Who [app] user is. Only to be asked when it is set. Errors: ERR_CONFIG */
bool settings_read_identity(const struct config *config, struct arena *arena,
                            struct identity *identity, struct error *err) MUST_CHECK;

#endif
