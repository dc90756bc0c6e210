#include "migrate/leftover.h"

#include <string.h>

enum { VERSION_14 = 140000, AIMS_MAX = 64, CUT_NAME_BYTES = 62 };

enum column { KIND, OID, SCHEMA, NAME, TABLE_SCHEMA, TABLE, IS_IN_PATH, IS_ATTACHED };

/* ---- looking ---- */

static const char indexes_sql[] =
    "SELECT 'i', i.indexrelid::int8, n.nspname, c.relname, tn.nspname, t.relname, "
    "pg_catalog.pg_table_is_visible(t.oid), c.relispartition "
    "FROM pg_catalog.pg_index i "
    "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_class t ON t.oid = i.indrelid "
    "JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace "
    "WHERE NOT (i.indisvalid AND i.indisready AND i.indislive) AND NOT EXISTS (SELECT "
    "FROM pg_catalog.pg_locks l WHERE l.locktype = 'relation' AND l.granted "
    "AND l.pid <> pg_catalog.pg_backend_pid() AND l.mode = 'ShareUpdateExclusiveLock' "
    "AND l.database = (SELECT oid FROM pg_catalog.pg_database "
    "WHERE datname = pg_catalog.current_database()) "
    "AND (l.relation = i.indexrelid OR (l.relation = i.indrelid AND EXISTS (SELECT "
    "FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = l.pid))))";

static const char partitions_sql[] =
    " UNION ALL "
    "SELECT 'p', h.inhrelid::int8, n.nspname, c.relname, tn.nspname, t.relname, "
    "pg_catalog.pg_table_is_visible(t.oid), false "
    "FROM pg_catalog.pg_inherits h "
    "JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_class t ON t.oid = h.inhparent "
    "JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace "
    "WHERE h.inhdetachpending AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a "
    "WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.state = 'active' "
    "AND a.datname = pg_catalog.current_database() AND a.query ILIKE '%detach%partition%')";

static struct slice look_sql(const struct pg_conn *conn, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, indexes_sql);
    if (pg_conn_session(conn)->server_version >= VERSION_14)
        buf_add_text(&sql, partitions_sql);
    buf_add_text(&sql, " ORDER BY 1, 3, 4");
    return buf_slice(&sql);
}

/* An index of a partition that belongs to its parent's cannot be dropped alone. */
static const char *remedy_of(const struct leftover *leftover, bool is_attached, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (leftover->is_index) {
        buf_add_text(&sql,
                     is_attached ? "REINDEX INDEX CONCURRENTLY " : "DROP INDEX CONCURRENTLY ");
        sql_quote_name(&sql, leftover->name);
        return buf_text(&sql);
    }
    buf_add_text(&sql, "ALTER TABLE ");
    sql_quote_name(&sql, leftover->table);
    buf_add_text(&sql, " DETACH PARTITION ");
    sql_quote_name(&sql, leftover->name);
    buf_add_text(&sql, " FINALIZE");
    return buf_text(&sql);
}

static struct leftover leftover_of_row(const struct rowset *rows, size_t row, struct arena *arena)
{
    struct leftover leftover = {
        .is_index = slice_equal_text(rowset_get(rows, row, KIND), "i"),
        .oid = rowset_int(rows, row, OID, 0),
        .name = {rowset_get(rows, row, SCHEMA), rowset_get(rows, row, NAME)},
        .table = {rowset_get(rows, row, TABLE_SCHEMA), rowset_get(rows, row, TABLE)},
        .is_in_path = rowset_bool(rows, row, IS_IN_PATH),
    };

    leftover.shown = arena_printf(arena, "%.*s.%.*s", SLICE_ARG(leftover.name.schema),
                                  SLICE_ARG(leftover.name.table));
    leftover.remedy = remedy_of(&leftover, rowset_bool(rows, row, IS_ATTACHED), arena);
    return leftover;
}

bool leftover_look(struct pg_conn *conn, const struct pg_limits *limits, struct arena *arena,
                   struct leftover_list *out, struct error *err)
{
    struct rowset rows;

    *out = (struct leftover_list){0};
    if (!pg_query(conn, look_sql(conn, arena), limits, arena, &rows, err))
        return false;
    out->items = arena_array(arena, rows.row_count, sizeof *out->items);
    for (; out->count < rows.row_count; out->count++)
        out->items[out->count] = leftover_of_row(&rows, out->count, arena);
    return true;
}

bool leftover_list_has(const struct leftover_list *list, long long oid)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].oid == oid)
            return true;
    return false;
}

/* ---- what a file is about ---- */

static bool is_same_name(struct sql_name a, struct sql_name b)
{
    return slice_equal(a.table, b.table) &&
           (!a.schema.len || !b.schema.len || slice_equal(a.schema, b.schema));
}

/* What the file drops is made anew by it; what it finalizes is not in its way. */
static bool is_undone(const struct sql_concurrent *aim, const struct sql_concurrent *later)
{
    return ((aim->kind == SQL_DROP_INDEX && later->kind == SQL_CREATE_INDEX) ||
            (aim->kind == SQL_DETACH_FINALIZE && later->kind == SQL_DETACH)) &&
           is_same_name(aim->name, later->name);
}

static bool is_handled(const struct leftover_aims *aims, const struct sql_concurrent *aim)
{
    for (size_t i = 0; i < aims->count; i++)
        if (is_undone(&aims->items[i], aim))
            return true;
    return false;
}

static void add_statement(struct leftover_aims *aims, struct slice statement, struct arena *arena)
{
    struct sql_concurrent *found = &aims->items[aims->count];
    size_t count = sql_concurrent(statement, arena, found, AIMS_MAX - aims->count);

    if (count == 1 && is_handled(aims, found))
        return;
    aims->count += count;
}

struct leftover_aims leftover_aims_of(const struct migration *migration, struct arena *arena)
{
    struct leftover_aims aims = {.items = arena_array(arena, AIMS_MAX, sizeof *aims.items)};
    struct sql_statements statements = {0};
    struct error ignored;

    if (!migration_split(migration, arena, &statements, &ignored))
        return aims;
    for (size_t i = 0; i < statements.count && aims.count < AIMS_MAX; i++)
        add_statement(&aims, statements.items[i].text, arena);
    return aims;
}

/* ---- whose it is ---- */

static bool is_table(struct sql_name named, const struct leftover *leftover)
{
    return slice_equal(named.table, leftover->table.table) &&
           (named.schema.len ? slice_equal(named.schema, leftover->table.schema)
                             : leftover->is_in_path);
}

/* "i_ccnew", "i_ccold", "i_ccnew1": takes off what REINDEX CONCURRENTLY has put there. */
static bool take_suffix(struct slice *name)
{
    size_t len = name->len;
    struct slice rest;

    while (len && name->ptr[len - 1] >= '0' && name->ptr[len - 1] <= '9')
        len--;
    rest = slice_sub(*name, 0, len);
    if (!slice_ends_with(rest, "_ccnew") && !slice_ends_with(rest, "_ccold"))
        return false;
    *name = slice_sub(rest, 0, len - strlen("_ccnew"));
    return true;
}

/* The server cuts a long name to make room for its suffix. */
static bool is_remade(struct slice left, struct slice name)
{
    bool is_cut = left.len >= CUT_NAME_BYTES;

    return take_suffix(&left) &&
           (slice_equal(left, name) || (is_cut && slice_equal(left, slice_sub(name, 0, left.len))));
}

static bool is_remade_index(const struct sql_concurrent *aim, const struct leftover *leftover)
{
    return is_remade(leftover->name.table, aim->name.table) &&
           (aim->name.schema.len ? slice_equal(aim->name.schema, leftover->name.schema)
                                 : leftover->is_in_path);
}

static bool is_in_the_way(const struct leftover *leftover, const struct sql_concurrent *aim)
{
    if (aim->kind == SQL_CREATE_INDEX)
        return leftover->is_index && slice_equal(aim->name.table, leftover->name.table) &&
               is_table(aim->table, leftover);
    return aim->kind == SQL_DETACH && !leftover->is_index &&
           slice_equal(aim->name.table, leftover->name.table) && is_table(aim->table, leftover);
}

static bool is_of(const struct leftover *leftover, const struct sql_concurrent *aim)
{
    struct slice name = leftover->name.table;

    switch (aim->kind) {
    case SQL_CREATE_INDEX:
    case SQL_DETACH: return is_in_the_way(leftover, aim);
    case SQL_REINDEX_INDEX: return leftover->is_index && is_remade_index(aim, leftover);
    case SQL_REINDEX_TABLE:
        return leftover->is_index && is_table(aim->name, leftover) && take_suffix(&name);
    case SQL_REINDEX_MANY: return leftover->is_index && take_suffix(&name);
    case SQL_DROP_INDEX:
    case SQL_DETACH_FINALIZE: break;
    }
    return false;
}

const struct leftover *leftover_in_the_way(const struct leftover_list *list,
                                           const struct leftover_aims *aims)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < aims->count; k++)
            if (is_in_the_way(&list->items[i], &aims->items[k]))
                return &list->items[i];
    return NULL;
}

bool leftover_is_of(const struct leftover *leftover, const struct leftover_aims *aims)
{
    for (size_t i = 0; i < aims->count; i++)
        if (is_of(leftover, &aims->items[i]))
            return true;
    return false;
}
