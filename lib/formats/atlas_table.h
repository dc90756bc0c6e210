/*
 * formats/atlas_table - the rows of atlas_schema_revisions
 *
 * Table      `version` is the key; `applied` of `total` statements are done; `hash` is the file's
 *            of atlas.sum. `partial_hashes` is JSON's null but for a file that stopped half-way:
 *            then a list of "h1:" and SHA-256 in base64 of the texts of all statements up to each.
 *            `type` is 1 for a baseline, 2 for a migration that was run, 4 is added where `atlas
 *            migrate set` resolved it. The row ".atlas_cloud_identifier" is none of a migration.
 * Deviates   A file that is gone on with gets the hash and the total of what it is now; the tool
 *            keeps those of the first try, and crashes later where the total has changed. The time
 *            that a migration took is that of all of it; the tool's begins with the last record.
 * Facts      community 1.2.3, sql/migrate/migrate.go and cmd/atlas/internal/migrate. Nothing reads
 *            `operator_version`; the tool writes "Atlas CLI v1.2.3".
 */
#ifndef MIGRINIT_FORMATS_ATLAS_TABLE_H
#define MIGRINIT_FORMATS_ATLAS_TABLE_H

#include "formats/format.h"

/*
 * Of struct format. `number` of a row is how many statements are done, `progress` is partial_hashes
 * where that is not all. Where there is no row at all, one that is_mark has in `kind` the name of a
 * table that stands in the way of a first run.
 */
struct slice atlas_read_history(struct sql_name table, struct arena *arena);
bool atlas_applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                   struct error *err) MUST_CHECK;
struct slice atlas_create_history(struct sql_name table, struct arena *arena);
struct slice atlas_emptiness_check(struct sql_name table, struct arena *arena);
struct slice atlas_record(struct sql_name table, const struct migration *migration,
                          const struct record_request *request, struct arena *arena);

bool atlas_baseline(struct sql_name table, const struct migration *last, const char *name,
                    struct arena *arena, struct slice *sql, struct error *err);

/* What partial_hashes has of a migration's first `count` statements, as far as there are any. */
const char **atlas_partial_hashes(const struct migration *migration, size_t count,
                                  struct arena *arena);

#endif
