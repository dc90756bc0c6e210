/*
 * formats/bookkeeping - the SQL around a tool's table: read it, begin it, record in it, take back
 *
 * Why here   Most tools read their table with one SELECT, make it with one CREATE TABLE, record with
 *            one INSERT. Their formats hold these as texts, which can be laid beside the tool's own
 *            source; where a text is not enough a format has a function. Callers need not know.
 * Places     in braces in such a text:
 *              {table}                      quoted, with its schema
 *              {id} {name} {checksum} {description}   the migration's, as literals; or NULL
 *              {number}                     the migration's
 *              {duration_ms} {duration_ns}  in a transaction the server's own clock tells it
 */
#ifndef MIGRINIT_FORMATS_BOOKKEEPING_H
#define MIGRINIT_FORMATS_BOOKKEEPING_H

#include "formats/format.h"

/* SELECT of the rows; fails with 42P01 on the server when there is no table yet. */
struct slice bookkeeping_query(const struct format *format, struct sql_name table,
                               struct arena *arena);

/* Its rows as values. Errors: ERR_CONFIG when the table is not of this tool. */
bool bookkeeping_rows(const struct format *format, const struct rowset *rows, struct arena *arena,
                      struct applied_list *out, struct error *err) MUST_CHECK;

/* Statements that create the table, and its schema, as the tool does; run under the lock. */
struct slice bookkeeping_create(const struct format *format, struct sql_name table,
                                struct arena *arena);

/* The statements that begin the bookkeeping: emptiness_check(), then bookkeeping_create(). */
struct slice bookkeeping_begin(const struct format *format, struct sql_name table,
                               struct arena *arena);

/* What records a migration, or takes the record of one back that format_down() has made; empty
 * where the tool writes nothing in this phase. */
struct slice bookkeeping_record(const struct format *format, struct sql_name table,
                                const struct migration *migration,
                                const struct record_request *request, struct arena *arena);

/* --- for formats --- */

/* Such a text with its places filled; migration NULL where none but {table} is in it, duration_ms -1
 * in a transaction. */
struct slice bookkeeping_fill(const char *text, struct sql_name table,
                              const struct migration *migration, int64_t duration_ms,
                              struct arena *arena);

/*
 * Append a statement that creates the table's schema when it is absent; nothing when no schema is
 * named, or it is known to be there: DO has the server load PL/pgSQL, which takes a millisecond and
 * may have been dropped. CREATE SCHEMA IF NOT EXISTS will not do: it asks for CREATE on the database
 * even when the schema exists (PostgreSQL 15, 42501).
 */
void history_add_schema(struct buf *out, struct sql_name table);

/* ERR_CONFIG, false: the table that was found is not of this tool. */
bool history_refuse(struct error *err, const char *tool, const char *found);

/* Whether a migration is done, or said to be, and to be recorded; most tools write nothing in the
 * other phases. */
bool record_is_of_success(const struct record_request *request);

#endif
