#include "formats/bookkeeping.h"

#include <assert.h>
#include <inttypes.h>

/* --- texts with places --- */

struct places {
    struct sql_name table;
    const struct migration *migration;
    int64_t duration_ms;
};

static void add_literal(struct buf *out, const char *text)
{
    if (text)
        sql_quote_literal(out, slice_from(text));
    else
        buf_add_text(out, "NULL");
}

static void add_duration(struct buf *out, int64_t duration_ms, int64_t units_per_ms)
{
    if (duration_ms < 0)
        buf_printf(out,
                   "(extract(epoch FROM pg_catalog.clock_timestamp() - "
                   "pg_catalog.transaction_timestamp()) * %" PRId64 ")::bigint",
                   1000 * units_per_ms);
    else
        buf_printf(out, "%" PRId64, duration_ms * units_per_ms);
}

static void add_value(struct buf *out, struct slice place, const struct places *places)
{
    const struct migration *migration = places->migration;

    if (slice_equal_text(place, "table"))
        sql_quote_name(out, places->table);
    else if (slice_equal_text(place, "id"))
        add_literal(out, migration->id);
    else if (slice_equal_text(place, "name"))
        add_literal(out, migration->name);
    else if (slice_equal_text(place, "checksum"))
        add_literal(out, migration->checksum);
    else if (slice_equal_text(place, "description"))
        add_literal(out, migration->description);
    else if (slice_equal_text(place, "number"))
        buf_printf(out, "%" PRId64, migration->number);
    else if (slice_equal_text(place, "duration_ms"))
        add_duration(out, places->duration_ms, 1);
    else if (slice_equal_text(place, "duration_ns"))
        add_duration(out, places->duration_ms, 1000000);
    else
        assert(!"a place of a format's text that nobody fills");
}

static void add_filled(struct buf *out, const char *text, const struct places *places)
{
    struct slice rest = slice_from(text);

    while (rest.len) {
        size_t open = slice_find(rest, '{'), close = slice_find(rest, '}');

        buf_add(out, slice_sub(rest, 0, open));
        if (open < rest.len)
            add_value(out, slice_sub(rest, open + 1, close), places);
        rest = slice_sub(rest, open < rest.len ? close + 1 : open, rest.len);
    }
}

struct slice bookkeeping_fill(const char *text, struct sql_name table,
                              const struct migration *migration, int64_t duration_ms,
                              struct arena *arena)
{
    static const struct migration none;
    struct places places = {table, migration ? migration : &none, duration_ms};
    struct buf sql = buf_in(arena);

    add_filled(&sql, text, &places);
    return buf_slice(&sql);
}

/* --- reading --- */

struct slice bookkeeping_query(const struct format *format, struct sql_name table,
                               struct arena *arena)
{
    if (format->read_history)
        return format->read_history(table, arena);
    return bookkeeping_fill(format->history_query, table, NULL, -1, arena);
}

static void take_cell(struct applied *row, struct slice cell, struct slice text,
                      struct arena *arena)
{
    if (slice_equal_text(cell, "id"))
        row->id = arena_text(arena, text);
    else if (slice_equal_text(cell, "checksum"))
        row->checksum = cell_text(text, arena);
    else if (slice_equal_text(cell, "applied_at"))
        row->applied_at = cell_text(text, arena);
    else
        assert(!"a cell of a format's rows that nobody takes");
}

static size_t count_words(struct slice text)
{
    struct slice word;
    size_t count = 0;

    while (slice_next_word(&text, &word))
        count++;
    return count;
}

static struct applied take_row(const struct rowset *rows, size_t index, struct slice cells,
                               struct arena *arena)
{
    struct applied row = {.duration_ms = -1};
    struct slice cell;

    for (size_t column = 0; slice_next_word(&cells, &cell); column++)
        if (slice_equal_text(cell, "duration_ms"))
            row.duration_ms = rowset_int(rows, index, column, -1);
        else
            take_cell(&row, cell, rowset_get(rows, index, column), arena);
    return row;
}

bool bookkeeping_rows(const struct format *format, const struct rowset *rows, struct arena *arena,
                      struct applied_list *out, struct error *err)
{
    struct slice cells = slice_from(format->history_cells);

    if (format->applied)
        return format->applied(rows, arena, out, err);
    if (rows->column_count != count_words(cells))
        return history_refuse(err, format->name, "it has other columns");
    for (size_t i = 0; i < rows->row_count; i++)
        applied_list_add(out, arena, take_row(rows, i, cells, arena));
    return true;
}

bool history_refuse(struct error *err, const char *tool, const char *found)
{
    error_set(err, ERR_CONFIG, "the bookkeeping table is not %s's: %s", tool, found);
    error_hint(err, "name the right format ([migrate] format) or another table ([migrate] table)");
    return false;
}

/* --- beginning --- */

void history_add_schema(struct buf *out, struct sql_name table)
{
    struct buf body = buf_in(out->arena);

    if (!table.schema.len || table.schema_exists)
        return;
    buf_add_text(&body,
                 "BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ");
    sql_quote_literal(&body, table.schema);
    buf_add_text(&body, ") THEN CREATE SCHEMA ");
    sql_quote_identifier(&body, table.schema);
    buf_add_text(&body, "; END IF; END");
    buf_add_text(out, "DO ");
    sql_quote_literal(out, buf_slice(&body));
    buf_add_text(out, ";\n");
}

struct slice bookkeeping_create(const struct format *format, struct sql_name table,
                                struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (format->create_history)
        return format->create_history(table, arena);
    history_add_schema(&sql, table);
    buf_add(&sql, bookkeeping_fill(format->history_table, table, NULL, -1, arena));
    return buf_slice(&sql);
}

struct slice bookkeeping_begin(const struct format *format, struct sql_name table,
                               struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (format->emptiness_check) {
        buf_add(&sql, format->emptiness_check(table, arena));
        buf_add_text(&sql, ";\n");
    }
    buf_add(&sql, bookkeeping_create(format, table, arena));
    return buf_slice(&sql);
}

/* --- recording --- */

bool record_is_of_success(const struct record_request *request)
{
    return request->phase == RECORD_APPLIED || request->phase == RECORD_FINISHED ||
           request->phase == RECORD_RESOLVED;
}

static struct slice record_delete(const struct format *format, struct sql_name table,
                                  const struct migration *migration, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "DELETE FROM ");
    sql_quote_name(&sql, table);
    buf_printf(&sql, " WHERE %s = ", format->id_column);
    sql_quote_literal(&sql, slice_from(migration->id));
    return buf_slice(&sql);
}

struct slice bookkeeping_record(const struct format *format, struct sql_name table,
                                const struct migration *migration,
                                const struct record_request *request, struct arena *arena)
{
    if (migration->is_down && format->record_down)
        return format->record_down(table, migration, request, arena);
    if (!migration->is_down && format->record)
        return format->record(table, migration, request, arena);
    if (!record_is_of_success(request))
        return SLICE("");
    if (migration->is_down)
        return record_delete(format, table, migration, arena);
    return bookkeeping_fill(format->history_insert, table, migration, request->duration_ms, arena);
}
