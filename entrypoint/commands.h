/*
 * entrypoint/commands - what each verb does, once the settings are read
 */
#ifndef MIGRINIT_ENTRYPOINT_COMMANDS_H
#define MIGRINIT_ENTRYPOINT_COMMANDS_H

#include "base/arena.h"
#include "conf/config.h"
#include "entrypoint/cli.h"
#include "entrypoint/spawn.h"

/* Each gives the exit code. */

/* Every verb that needs a database: prepare under supervision, then the app if the policy says so.
 */
int cmd_run(const struct cli *cli, const struct config *config, const struct spawn_origin *origin,
            struct arena *arena);

/* config: every setting on standard output. */
int cmd_config(const struct config *config, struct arena *arena);

/* health: asks the running init of this container; its answer is one line on standard output. */
int cmd_health(enum health_question question);

#endif
