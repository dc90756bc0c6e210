/*
 * formats/drizzle - what Drizzle's two layouts share
 *
 * Why here   They differ in where the order comes from and in the columns of the table, and in
 *            nothing else.
 */
#ifndef MIGRINIT_FORMATS_DRIZZLE_H
#define MIGRINIT_FORMATS_DRIZZLE_H

#include "formats/format.h"

extern const struct format format_drizzle_folders;

extern const char drizzle_journal_path[]; /* "meta/_journal.json" */

/* A folder's migration.sql, the first at or behind *at; NULL when there is none. */
const struct tree_entry *drizzle_next_folder(const struct tree *tree, size_t *at);

/* Drizzle passes over files that lie beside its migrations without being one; that is said. */
void drizzle_remark_unlisted(const struct tree *tree, const char *why, struct arena *arena,
                             struct migration_list *out);

/*
 * The text of a file, ready to be sent, and its hash: fills path, source, up, sent, checksum and
 * is_transactional. Errors: ERR_CONFIG
 */
bool drizzle_file_read(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration *out, struct error *err) MUST_CHECK;

/*
 * One query for both shapes of the table. Its first column says which one it is; there is a row
 * even when the table has none.
 */
struct slice drizzle_table_read(struct sql_name table, struct arena *arena);

/*
 * The rows of a table that has, or must not have, names; its ids are names or times. One that has
 * none yet is_outdated, its ids are those of the rows.
 */
bool drizzle_table_rows(const struct rowset *rows, bool has_names, struct arena *arena,
                        struct applied_list *out, struct error *err) MUST_CHECK;

/* See format.h. */
bool drizzle_upgrade(struct sql_name table, const struct migration_list *migrations,
                     struct applied_list *applied, struct arena *arena, struct slice *sql,
                     struct error *err) MUST_CHECK;

#endif
