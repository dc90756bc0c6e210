/*
 * formats/flyway_callback - scripts that `flyway migrate` runs along with the migrations
 *
 * Files      <event>.sql and <event>__<description>.sql; those of one event by description, the one
 *            without first
 * Facts      Flyway 13.0.0, SqlScriptCallbackFactory, DefaultCallbackExecutor and DbMigrate, read.
 *            beforeMigrate, afterVersioned and afterMigrate run whenever `flyway migrate` does,
 *            pending migrations or not; beforeEachMigrate and afterEachMigrate in the migration's
 *            own transaction. Nothing is recorded. What has to do with Flyway's way to connect, to
 *            validate and to send single statements has no counterpart here, and is refused.
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_CALLBACK_H
#define MIGRINIT_FORMATS_FLYWAY_CALLBACK_H

#include "formats/flyway_name.h"
#include "formats/format.h"

/* Errors: ERR_CONFIG, naming the file */
bool flyway_callback_add(const struct tree *tree, const struct tree_entry *entry,
                         const struct flyway_name *name, struct arena *arena,
                         struct migration_list *out, struct error *err) MUST_CHECK;

/* Put them in order. Errors: ERR_CONFIG, two of one name */
bool flyway_callbacks_finish(const struct tree *tree, struct migration_list *out,
                             struct error *err) MUST_CHECK;

#endif
