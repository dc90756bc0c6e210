#include "sql/loss_parts.h"

static bool take_table(struct sql_cursor *cursor, struct slice *table)
{
    sql_cursor_take(cursor, "only");
    return sql_cursor_take_name(cursor, table);
}

/* --- TRUNCATE ---------------------------------------------------------------------------- */

/* With CASCADE every table goes along that refers to it, and that one may be older. */
void loss_judge_truncate(struct judge *judge, struct sql_cursor cursor)
{
    struct slice where = sql_cursor_text(&cursor), table;
    bool is_wide = sql_cursor_awaits(cursor, "cascade");

    sql_cursor_step(&cursor);
    sql_cursor_take(&cursor, "table");
    while (take_table(&cursor, &table)) {
        if (is_wide || !made_has_table(judge->made, table))
            loss_add(judge, LOSS_TRUNCATE, where, table, (struct slice){0});
        if (!sql_cursor_skip_to_comma(&cursor))
            return;
        sql_cursor_step(&cursor);
    }
}

/* --- DELETE and UPDATE ------------------------------------------------------------------- */

static void judge_delete(struct judge *judge, struct sql_cursor cursor)
{
    struct slice where = sql_cursor_text(&cursor), table;

    sql_cursor_step(&cursor);
    if (sql_cursor_take(&cursor, "from") && take_table(&cursor, &table) &&
        !sql_cursor_awaits(cursor, "where") && !made_has_table(judge->made, table))
        loss_add(judge, LOSS_DELETE, where, table, (struct slice){0});
}

/* One that is set, or several in parentheses. */
static bool sets_made_ones(const struct judge *judge, struct slice table, struct sql_cursor *cursor)
{
    bool is_list = cursor->token.kind == SQL_TOKEN_OPEN;
    struct slice column;

    do {
        if (is_list)
            sql_cursor_step(cursor);
        if (!sql_cursor_take_name(cursor, &column) || !made_has_column(judge->made, table, column))
            return false;
    } while (is_list && sql_cursor_is_mark(cursor, ','));
    if (is_list)
        sql_cursor_step(cursor);
    return true;
}

/* What fills columns that the run has added overwrites nothing. Commas behind FROM are not of SET,
 * and "IS DISTINCT FROM" before them makes this give up early. */
static bool fills_new_columns(const struct judge *judge, struct slice table,
                              struct sql_cursor cursor)
{
    while (sets_made_ones(judge, table, &cursor)) {
        for (; !sql_cursor_is_mark(&cursor, ','); sql_cursor_step_over(&cursor))
            if (sql_cursor_is_closed(&cursor) || sql_cursor_is(&cursor, "from") ||
                sql_cursor_is(&cursor, "returning"))
                return true;
        sql_cursor_step(&cursor);
    }
    return false;
}

static void judge_update(struct judge *judge, struct sql_cursor cursor)
{
    struct slice where = sql_cursor_text(&cursor), table, alias;

    sql_cursor_step(&cursor);
    if (!take_table(&cursor, &table))
        return;
    if (sql_cursor_is_mark(&cursor, '*'))
        sql_cursor_step(&cursor);
    sql_cursor_take(&cursor, "as");
    if (!sql_cursor_is(&cursor, "set") && !sql_cursor_take_name(&cursor, &alias))
        return;
    if (sql_cursor_take(&cursor, "set") && !sql_cursor_awaits(cursor, "where") &&
        !fills_new_columns(judge, table, cursor))
        loss_add(judge, LOSS_UPDATE, where, table, (struct slice){0});
}

static void judge_here(struct judge *judge, struct sql_cursor cursor)
{
    if (sql_cursor_is(&cursor, "delete"))
        judge_delete(judge, cursor);
    else if (sql_cursor_is(&cursor, "update"))
        judge_update(judge, cursor);
}

/* The ways a query's own statement can stand: first of all, behind "AS (" or "MATERIALIZED (", and
 * behind the last ")" of WITH. */
enum before { BEFORE_FIRST, BEFORE_AS, BEFORE_QUERY, BEFORE_CLOSE, BEFORE_OTHER };

static enum before step_before(enum before before, const struct sql_cursor *cursor, size_t depth)
{
    if (sql_cursor_is(cursor, "as") || sql_cursor_is(cursor, "materialized"))
        return BEFORE_AS;
    if (cursor->token.kind == SQL_TOKEN_OPEN && before == BEFORE_AS)
        return BEFORE_QUERY;
    if (cursor->token.kind == SQL_TOKEN_CLOSE && !depth)
        return BEFORE_CLOSE;
    return BEFORE_OTHER;
}

static size_t depth_after(const struct sql_cursor *cursor, size_t depth)
{
    if (cursor->token.kind == SQL_TOKEN_OPEN)
        return depth + 1;
    return cursor->token.kind == SQL_TOKEN_CLOSE && depth ? depth - 1 : depth;
}

void loss_judge_rows(struct judge *judge, struct sql_cursor cursor)
{
    bool has_with = sql_cursor_is(&cursor, "with");
    enum before before = BEFORE_FIRST;
    size_t depth = 0;

    for (; !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor)) {
        if (before == BEFORE_FIRST || before == BEFORE_QUERY ||
            (before == BEFORE_CLOSE && has_with))
            judge_here(judge, cursor);
        depth = depth_after(&cursor, depth);
        before = step_before(before, &cursor, depth);
    }
}
