#include "formats/plain_record.h"

#include "formats/directive.h"

/* In a transaction the server knows best how long it has taken. */
static void add_duration(struct buf *sql, int64_t duration_ms)
{
    if (duration_ms < 0)
        buf_add_text(sql, "(extract(epoch FROM pg_catalog.clock_timestamp() - "
                          "pg_catalog.transaction_timestamp()) * 1000)::bigint");
    else
        buf_printf(sql, "%lld", (long long)duration_ms);
}

static void add_who(struct buf *sql)
{
    buf_add_text(sql, "pg_catalog.concat_ws(' / ', "
                      "nullif(pg_catalog.current_setting('application_name'), ''), current_user)");
}

static struct slice record_begun(struct sql_name table, const struct migration *migration,
                                 struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "INSERT INTO ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " (id, checksum, applied_at, applied_by) VALUES (");
    sql_quote_literal(&sql, slice_from(migration->id));
    buf_add_text(&sql, ", ");
    sql_quote_literal(&sql, slice_from(migration->checksum));
    buf_printf(&sql, ", '%s', ", PLAIN_NOT_YET);
    add_who(&sql);
    buf_add_text(&sql, ")");
    return buf_slice(&sql);
}

static struct slice forget_begun(struct sql_name table, const struct migration *migration,
                                 struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "DELETE FROM ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " WHERE id = ");
    sql_quote_literal(&sql, slice_from(migration->id));
    buf_printf(&sql, " AND applied_at = '%s'", PLAIN_NOT_YET);
    return buf_slice(&sql);
}

static struct slice record_applied(struct sql_name table, const struct migration *migration,
                                   const struct record_request *request, struct arena *arena)
{
    bool is_in_transaction = request->phase == RECORD_APPLIED;
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "INSERT INTO ");
    sql_quote_name(&sql, table);
    if (!is_in_transaction)
        buf_add_text(&sql, " AS m");
    buf_add_text(&sql, " (id, checksum, duration_ms, applied_by) VALUES (");
    sql_quote_literal(&sql, slice_from(migration->id));
    buf_add_text(&sql, ", ");
    sql_quote_literal(&sql, slice_from(migration->checksum));
    buf_add_text(&sql, ", ");
    add_duration(&sql, request->duration_ms);
    buf_add_text(&sql, ", ");
    add_who(&sql);
    buf_add_text(&sql, ")");
    if (!is_in_transaction) /* there a second row is to be an error */
        buf_printf(&sql,
                   " ON CONFLICT (id) DO UPDATE SET checksum = EXCLUDED.checksum, "
                   "applied_at = EXCLUDED.applied_at, duration_ms = EXCLUDED.duration_ms, "
                   "applied_by = EXCLUDED.applied_by WHERE m.applied_at = '%s'",
                   PLAIN_NOT_YET);
    return buf_slice(&sql);
}

struct slice plain_record(struct sql_name table, const struct migration *migration,
                          const struct record_request *request, struct arena *arena)
{
    bool has_begun_row = !directive_drops_invalid(migration->up);

    if (record_is_of_success(request))
        return record_applied(table, migration, request, arena);
    if (request->phase == RECORD_STARTED && has_begun_row)
        return record_begun(table, migration, arena);
    if (request->phase == RECORD_FAILED && has_begun_row && request->statements_done == 0)
        return forget_begun(table, migration, arena);
    return SLICE("");
}
