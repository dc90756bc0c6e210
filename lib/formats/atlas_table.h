/*
 * formats/atlas_table - the rows of atlas_schema_revisions
 *
 * Table      `version` is the key; `applied` of `total` statements are done; `hash` is the file's
 *            of atlas.sum. `partial_hashes` is JSON's null but for a file that stopped half-way:
 *            then a list of "h1:" and SHA-256 in base64 of the texts of all statements up to each.
 *            `type` is 1 for a baseline, 2 for a migration that was run, 4 is added where `atlas
 *            migrate set` resolved it. The row ".atlas_cloud_identifier" is none of a migration.
 *            What is written is in atlas_record.
 * Facts      community 1.2.3, sql/migrate/migrate.go and cmd/atlas/internal/migrate
 */
#ifndef MIGRINIT_FORMATS_ATLAS_TABLE_H
#define MIGRINIT_FORMATS_ATLAS_TABLE_H

#include "formats/format.h"

/*
 * Of struct format. `number` of a row is how many statements are done, `progress` is partial_hashes
 * where that is not all. Where there is no row at all, `obstacle` is the name of a table.
 */
struct slice atlas_read_history(struct sql_name table, struct arena *arena);
bool atlas_applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                   struct error *err) MUST_CHECK;
struct slice atlas_create_history(struct sql_name table, struct arena *arena);
struct slice atlas_emptiness_check(struct sql_name table, struct arena *arena);

/* What can be done about a database that existed before its first run. */
extern const char atlas_hint_not_clean[];

#endif
