/*
 * sql/extension - the extension that a statement creates
 */
#ifndef MIGRINIT_SQL_EXTENSION_H
#define MIGRINIT_SQL_EXTENSION_H

#include "base/arena.h"
#include "base/slice.h"

/*
 * The name of CREATE EXTENSION [IF NOT EXISTS], as the catalog has it: folded, without quotes. NULL
 * for any other statement, and for a name in U&"". What stands in a body of DO may have an answer
 * to a failure, and is none.
 */
const char *sql_created_extension(struct slice statement, struct arena *arena);

#endif
