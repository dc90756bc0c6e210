/*
 * formats/prisma_script - what Prisma Migrate's files say: the lock file and the scripts
 */
#ifndef MIGRINIT_FORMATS_PRISMA_SCRIPT_H
#define MIGRINIT_FORMATS_PRISMA_SCRIPT_H

#include "formats/format.h"

extern const char prisma_lock_file[]; /* "migration_lock.toml" */

/* Errors: ERR_CONFIG, where it is of another kind of database */
bool prisma_check_lock_file(const struct tree *tree, struct error *err) MUST_CHECK;

/* Set up, checksum and is_transactional by source and path. Errors: ERR_CONFIG, naming the file */
bool prisma_script_read(const struct tree *tree, struct migration *migration, struct arena *arena,
                        struct error *err) MUST_CHECK;

#endif
