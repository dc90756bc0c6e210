#include "pg/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "pg/conn_intern.h"

/* --- what a phase counts ----------------------------------------------------------------- */

enum unit { NOTHING, LOCKERS, BLOCKS, TUPLES, TABLES, BYTES };

static const char *const unit_names[] = {NULL, "sessions", "blocks", "tuples", "tables", "bytes"};

/* The first that a phase contains. */
static const struct {
    const char *words;
    enum unit unit;
} phases[] = {
    {"rebuilding", NOTHING},           {"waiting for", LOCKERS},        {"sorting", NOTHING},
    {"loading tuples", TUPLES},        {"writing new heap", TUPLES},    {"merging tuples", TUPLES},
    {"inherited sample rows", TABLES}, {"index scanning heap", TUPLES}, {"scanning", BLOCKS},
    {"building index", BLOCKS},        {"vacuuming heap", BLOCKS},      {"sample rows", BLOCKS},
};

static enum unit unit_of(const char *phase)
{
    if (!phase[0])
        return BYTES; /* COPY has none */
    for (size_t i = 0; i < COUNT_OF(phases); i++)
        if (strstr(phase, phases[i].words))
            return phases[i].unit;
    return NOTHING;
}

static const int64_t *counts_of(const struct pg_counts *counts, enum unit unit)
{
    static const int64_t none[2];

    switch (unit) {
    case LOCKERS: return counts->lockers;
    case BLOCKS: return counts->blocks;
    case TUPLES: return counts->tuples;
    case TABLES: return counts->tables;
    case BYTES: return counts->bytes;
    case NOTHING: break;
    }
    return none;
}

/*
 * What comes from the client (COPY ... FROM STDIN) has no known size: then rows say more than bytes,
 * where they are counted yet (PostgreSQL 18 does so a buffer at a time).
 */
void pg_progress_count(struct pg_progress *progress, const struct pg_counts *counts)
{
    enum unit unit = unit_of(progress->phase);
    const int64_t *count;

    if (unit == BYTES && !counts->bytes[1] && counts->tuples[0])
        unit = TUPLES;
    count = counts_of(counts, unit);
    progress->percent = PG_PROGRESS_UNKNOWN;
    progress->unit = count[0] > 0 || count[1] > 0 ? unit_names[unit] : NULL;
    progress->done = count[0];
    progress->total = count[1] >= count[0] ? count[1] : 0; /* an estimate that did not hold */
    if (progress->total)
        progress->percent = (int)((double)count[0] * 100 / (double)count[1]);
}

/* --- asking ------------------------------------------------------------------------------ */

/* Each gives its row the same columns: enum column, from COMMAND to BYTES_TOTAL. */
static const struct {
    int since; /* server version */
    const char *name, *columns;
} views[] = {
    {120000, "create_index",
     "command, relid, phase, lockers_done, lockers_total, blocks_done, blocks_total, tuples_done, "
     "tuples_total, partitions_done, partitions_total, 0, 0"},
    {120000, "cluster",
     "command, relid, phase, 0, 0, heap_blks_scanned, heap_blks_total, "
     "CASE phase WHEN 'writing new heap' THEN heap_tuples_written ELSE heap_tuples_scanned END, "
     "CASE phase WHEN 'writing new heap' THEN heap_tuples_scanned ELSE 0 END, 0, 0, 0, 0"},
    {120000, "vacuum",
     "'VACUUM', relid, phase, 0, 0, "
     "CASE phase WHEN 'vacuuming heap' THEN heap_blks_vacuumed ELSE heap_blks_scanned END, "
     "heap_blks_total, 0, 0, 0, 0, 0, 0"},
    {130000, "analyze",
     "'ANALYZE', relid, phase, 0, 0, sample_blks_scanned, sample_blks_total, 0, 0, "
     "child_tables_done, child_tables_total, 0, 0"},
    {140000, "copy",
     "command, relid, NULL, 0, 0, 0, 0, tuples_processed, 0, 0, 0, bytes_processed, bytes_total"},
};

enum column {
    WAIT_TYPE,
    WAIT,
    RELATION,
    COMMAND,
    PHASE,
    LOCKERS_DONE,
    BLOCKS_DONE = LOCKERS_DONE + 2,
    TUPLES_DONE = BLOCKS_DONE + 2,
    TABLES_DONE = TUPLES_DONE + 2,
    BYTES_DONE = TABLES_DONE + 2,
};

static void add_views(struct buf *sql, int server_version)
{
    for (size_t i = 0; i < COUNT_OF(views) && views[i].since <= server_version; i++)
        buf_printf(sql, "%sSELECT pid, %s FROM pg_catalog.pg_stat_progress_%s",
                   i ? " UNION ALL " : "", views[i].columns, views[i].name);
}

/* Parallel workers have pids of their own. A pid after a failover is a stranger's. */
static struct slice progress_sql(const struct pg_conn *beside, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT a.wait_event_type, a.wait_event, "
                       "(SELECT oid::pg_catalog.regclass FROM pg_catalog.pg_class "
                       "WHERE oid = p.relid), p.command, p.phase, p.lockers_done, p.lockers_total, "
                       "p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total, "
                       "p.tables_done, p.tables_total, p.bytes_done, p.bytes_total "
                       "FROM pg_catalog.pg_stat_activity AS a LEFT JOIN (");
    add_views(&sql, beside->session.server_version);
    buf_printf(&sql,
               ") AS p (pid, command, relid, phase, lockers_done, lockers_total, blocks_done, "
               "blocks_total, tuples_done, tuples_total, tables_done, tables_total, bytes_done, "
               "bytes_total) ON p.pid = a.pid "
               "WHERE a.pid = %d AND a.datname = pg_catalog.current_database() "
               "AND a.usename = SESSION_USER AND NOT pg_catalog.pg_is_in_recovery() LIMIT 1",
               beside->session.backend_pid);
    return buf_slice(&sql);
}

static void take_pair(const struct rowset *rows, size_t column, int64_t pair[2])
{
    pair[0] = rowset_int(rows, 0, column, 0);
    pair[1] = rowset_int(rows, 0, column + 1, 0);
}

static void take_counts(const struct rowset *rows, struct pg_progress *out)
{
    struct pg_counts counts = {0};

    take_pair(rows, LOCKERS_DONE, counts.lockers);
    take_pair(rows, BLOCKS_DONE, counts.blocks);
    take_pair(rows, TUPLES_DONE, counts.tuples);
    take_pair(rows, TABLES_DONE, counts.tables);
    take_pair(rows, BYTES_DONE, counts.bytes);
    pg_progress_count(out, &counts);
    if (out->unit == unit_names[TABLES])
        return;
    out->parts = counts.tables[1];
    out->part = counts.tables[0] < out->parts ? counts.tables[0] + 1 : out->parts;
}

static void take_text(const struct pg_conn *conn, struct slice cell, char *out, size_t out_size)
{
    pg_conn_redact(conn, cell, out, out_size);
}

static void take_row(const struct pg_conn *conn, const struct rowset *rows, struct pg_progress *out)
{
    struct slice type = rowset_get(rows, 0, WAIT_TYPE), wait = rowset_get(rows, 0, WAIT);

    *out = (struct pg_progress){.percent = PG_PROGRESS_UNKNOWN};
    out->needs_lock = slice_equal_text(type, "Lock");
    if (wait.len)
        snprintf(out->wait, sizeof out->wait, "%.*s: %.*s", SLICE_ARG(type), SLICE_ARG(wait));
    take_text(conn, rowset_get(rows, 0, COMMAND), out->command, sizeof out->command);
    take_text(conn, rowset_get(rows, 0, RELATION), out->relation, sizeof out->relation);
    take_text(conn, rowset_get(rows, 0, PHASE), out->phase, sizeof out->phase);
    if (out->command[0])
        take_counts(rows, out);
}

bool pg_progress_ask(struct pg_aside *aside, struct pg_progress *out, struct error *err)
{
    struct arena *arena = arena_new();
    struct rowset rows;
    bool is_told = pg_aside_query(aside, progress_sql(aside->beside, arena), arena, &rows, err);

    if (is_told && rows.row_count == 0)
        is_told = error_set(err, ERR_DB_UNREACHABLE, "the session is not to be seen from beside");
    else if (is_told)
        take_row(aside->conn, &rows, out);
    arena_free(arena);
    return is_told;
}

/* --- in words ---------------------------------------------------------------------------- */

struct text {
    char *out;
    size_t len, size;
};

static PRINTF_LIKE(2, 3) void add(struct text *text, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text->out + text->len, text->size - text->len, format, args);
    va_end(args);
    if (len > 0)
        text->len +=
            (size_t)len < text->size - text->len ? (size_t)len : text->size - text->len - 1;
}

static void add_count(struct text *text, const struct pg_progress *progress)
{
    if (progress->percent != PG_PROGRESS_UNKNOWN)
        add(text, ", %d%% (%lld of %lld %s)", progress->percent, (long long)progress->done,
            (long long)progress->total, progress->unit);
    else if (progress->unit)
        add(text, ", %lld %s so far", (long long)progress->done, progress->unit);
}

void pg_progress_text(const struct pg_progress *progress, char *out, size_t out_size)
{
    struct text text = {out, 0, out_size};

    out[0] = '\0';
    if (!progress->command[0]) {
        if (progress->wait[0])
            add(&text, "waits for %s", progress->wait);
        return;
    }
    add(&text, "%s", progress->command);
    if (progress->relation[0])
        add(&text, " on %s", progress->relation);
    if (progress->parts)
        add(&text, ", part %lld of %lld", (long long)progress->part, (long long)progress->parts);
    if (progress->phase[0])
        add(&text, ", %s", progress->phase);
    add_count(&text, progress);
}
