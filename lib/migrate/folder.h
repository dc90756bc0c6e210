/*
 * migrate/folder - the folder of a step, or several of them read as one
 *
 * Why here   Flyway and dbmate take several: "db/migration, db/views", as FLYWAY_LOCATIONS has
 * them, "filesystem:" before each or not. Their files have one order together, and each keeps its
 * path below the folder that it came from.
 */
#ifndef MIGRINIT_MIGRATE_FOLDER_H
#define MIGRINIT_MIGRATE_FOLDER_H

#include "base/tree.h"

/* *count: how many there were. Errors: ERR_CONFIG that names the folder */
bool folder_read(const char *dir, struct arena *arena, struct tree *tree, size_t *count,
                 struct error *err) MUST_CHECK;

#endif
