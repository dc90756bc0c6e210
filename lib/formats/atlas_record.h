/*
 * formats/atlas_record - what is written into atlas_schema_revisions
 *
 * Deviates   A file that is gone on with gets the hash and the total of what it is now; the tool
 *            keeps those of the first try, and crashes later where the total has changed. The time
 *            that a migration took is that of all of it; the tool's begins with the last record.
 * Resolve    `atlas migrate set VERSION` writes what was not run with type 4, 0 of 0 statements and
 *            the file's hash; to a row that stopped half-way it adds 4, and leaves "1 of 3" as it
 *            is. `migrate apply` goes on with that row all the same, so here it is "3 of 3" as
 *            well, with the hash of what the file is now. The tool removes all newer rows, and
 *            fills in all older ones; here one is said at a time, in that order.
 * Baseline   `atlas migrate apply --baseline VERSION` writes one row of type 1, 0 of 0 statements
 *            and no hash; VERSION is no checkpoint file's.
 * Facts      community 1.2.3: sql/migrate/migrate.go (Executor.Pending, Execute, writeRevision),
 *            cmd/atlas/internal/cmdapi/migrate.go (migrateSetRun), read. Nothing reads
 *            `operator_version`; the tool writes "Atlas CLI v1.2.3". Nor is the hash of a row read,
 *            so a file that atlas.sum leaves out gets an empty one; the tool's own set refuses it.
 */
#ifndef MIGRINIT_FORMATS_ATLAS_RECORD_H
#define MIGRINIT_FORMATS_ATLAS_RECORD_H

#include "formats/format.h"

/* Of struct format. */
struct slice atlas_record(struct sql_name table, const struct migration *migration,
                          const struct record_request *request, struct arena *arena);
bool atlas_baseline(const struct baseline_request *request, struct arena *arena, struct slice *sql,
                    struct error *err) MUST_CHECK;

/* What partial_hashes has of a migration's first `count` statements, as far as there are any. */
const char **atlas_partial_hashes(const struct migration *migration, size_t count,
                                  struct arena *arena);

#endif
