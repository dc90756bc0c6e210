/*
 * formats/flyway_resolve - what `flyway repair` and `flyway baseline` do to the history
 *
 * Facts      Flyway 10.22.0: repair removes failed rows, and takes a migration without a file back
 *            with a row of type DELETE; baseline writes one row of type BASELINE at rank 1, version
 *            1 unless told otherwise. skipExecutingMigrations writes the row of a migration that
 *            was not run as if it had been, in 0 ms.
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_RESOLVE_H
#define MIGRINIT_FORMATS_FLYWAY_RESOLVE_H

#include "formats/format.h"

/* As format.h has them. */
bool flyway_resolve(const struct resolve_request *request, struct arena *arena, struct slice *sql,
                    struct error *err);
bool flyway_baseline(const struct baseline_request *request, struct arena *arena, struct slice *sql,
                     struct error *err);

#endif
