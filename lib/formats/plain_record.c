#include "formats/plain_record.h"

#include "formats/bookkeeping.h"
#include "formats/directive.h"

#define WHO                                                                                        \
    "pg_catalog.concat_ws(' / ', nullif(pg_catalog.current_setting('application_name'), ''), "     \
    "current_user)"

static const char begun[] = "INSERT INTO {table} (id, checksum, applied_at, applied_by) "
                            "VALUES ({id}, {checksum}, '" PLAIN_NOT_YET "', " WHO ")";

static const char forgotten[] = "DELETE FROM {table} WHERE id = {id} "
                                "AND applied_at = '" PLAIN_NOT_YET "'";

/* A second row is to be an error. */
static const char applied[] = "INSERT INTO {table} (id, checksum, duration_ms, applied_by) "
                              "VALUES ({id}, {checksum}, {duration_ms}, " WHO ")";

/* Over the row of one that was begun. */
static const char finished[] =
    "INSERT INTO {table} AS m (id, checksum, duration_ms, applied_by) "
    "VALUES ({id}, {checksum}, {duration_ms}, " WHO ") "
    "ON CONFLICT (id) DO UPDATE SET checksum = EXCLUDED.checksum, "
    "applied_at = EXCLUDED.applied_at, duration_ms = EXCLUDED.duration_ms, "
    "applied_by = EXCLUDED.applied_by WHERE m.applied_at = '" PLAIN_NOT_YET "'";

static const char *statement_of(const struct migration *migration,
                                const struct record_request *request)
{
    bool has_begun_row = !directive_drops_invalid(migration->up);

    if (record_is_of_success(request))
        return request->phase == RECORD_APPLIED ? applied : finished;
    if (request->phase == RECORD_STARTED && has_begun_row)
        return begun;
    if (request->phase == RECORD_FAILED && has_begun_row && request->statements_done == 0)
        return forgotten;
    return "";
}

struct slice plain_record(struct sql_name table, const struct migration *migration,
                          const struct record_request *request, struct arena *arena)
{
    return bookkeeping_fill(statement_of(migration, request), table, migration,
                            request->duration_ms, arena);
}
