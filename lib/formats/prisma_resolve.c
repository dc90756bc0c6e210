#include "formats/prisma_resolve.h"

#include "formats/registry.h"

/* A statement that fails with this message when one row of the migration is, or none is, so. */
static void add_guard(struct buf *out, const struct resolve_request *request, bool refuses_any,
                      const char *condition, const char *message)
{
    struct buf body = buf_in(out->arena), text = buf_in(out->arena);

    buf_printf(&body, "BEGIN IF %s (SELECT FROM ", refuses_any ? "EXISTS" : "NOT EXISTS");
    sql_quote_name(&body, request->table);
    buf_add_text(&body, " WHERE migration_name = ");
    sql_quote_literal(&body, slice_from(request->id));
    buf_printf(&body, "%s) THEN RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = ", condition);
    buf_printf(&text, "%s %s", request->id, message);
    sql_quote_literal(&body, buf_slice(&text));
    buf_add_text(&body, "; END IF; END");
    buf_add_text(out, "DO ");
    sql_quote_literal(out, buf_slice(&body));
    buf_add_text(out, ";\n");
}

static void add_roll_back(struct buf *sql, const struct resolve_request *request)
{
    buf_add_text(sql, "UPDATE ");
    sql_quote_name(sql, request->table);
    buf_add_text(sql, " SET rolled_back_at = pg_catalog.clock_timestamp() WHERE migration_name = ");
    sql_quote_literal(sql, slice_from(request->id));
    buf_add_text(sql, " AND finished_at IS NULL AND rolled_back_at IS NULL");
}

static bool refuse_without_script(const struct resolve_request *request, struct error *err)
{
    error_set(err, ERR_MIGRATION, "%s has no migration.sql here (P3017)", request->id);
    error_hint(err, "only what the folder has can be recorded as applied; --rolled-back needs no "
                    "file");
    return false;
}

/* Rows that were rolled back before count here, and are not in request->applied: the server looks.
 */
bool prisma_resolve(const struct resolve_request *request, struct arena *arena, struct slice *sql,
                    struct error *err)
{
    static const struct record_request resolved = {.phase = RECORD_RESOLVED};
    struct buf text = buf_in(arena);

    if (request->verdict == RESOLVE_APPLIED) {
        if (!request->migration || !request->migration->checksum)
            return refuse_without_script(request, err);
        add_guard(&text, request, true, " AND finished_at IS NOT NULL",
                  "is recorded as applied already (P3008)");
        add_roll_back(&text, request);
        buf_add_text(&text, ";\n");
        buf_add(&text, format_prisma.record(request->table, request->migration, &resolved, arena));
    } else {
        add_guard(&text, request, false, "", "has never been run here (P3011)");
        add_guard(&text, request, false, " AND finished_at IS NULL",
                  "did not fail, and cannot be recorded as rolled back (P3012)");
        add_roll_back(&text, request);
    }
    *sql = buf_slice(&text);
    return true;
}
