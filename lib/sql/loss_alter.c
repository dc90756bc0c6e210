#include "sql/loss_parts.h"

/* --- ALTER TABLE ------------------------------------------------------------------------- */

/* Of ADD without COLUMN these begin a constraint; all but the last are reserved words. */
static bool is_constraint(const struct sql_cursor *cursor)
{
    static const char *const words[] = {"constraint", "primary", "unique",
                                        "check",      "foreign", "exclude"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (sql_cursor_is(cursor, words[i]))
            return true;
    return false;
}

static void add_column(struct judge *judge, struct slice table, struct sql_cursor cursor)
{
    struct slice column;

    if (!sql_cursor_take(&cursor, "column") && is_constraint(&cursor))
        return;
    if (!sql_cursor_take_all(&cursor, "if not exists") && !judge->is_conditional &&
        sql_cursor_take_name(&cursor, &column))
        made_add_column(judge->made, table, column);
}

static void drop_column(struct judge *judge, struct slice where, struct slice table,
                        struct sql_cursor cursor)
{
    struct slice column;

    if (sql_cursor_is(&cursor, "constraint"))
        return;
    sql_cursor_take(&cursor, "column");
    sql_cursor_take_all(&cursor, "if exists");
    if (!sql_cursor_take_name(&cursor, &column))
        return;
    if (!made_has_column(judge->made, table, column))
        loss_add(judge, LOSS_DROP_COLUMN, where, table, column);
    made_forget_column(judge->made, table, column);
}

/* Every value can be written as text, and read back. */
static bool is_text_alone(struct sql_cursor cursor)
{
    if (!sql_cursor_take(&cursor, "text") && !sql_cursor_take(&cursor, "varchar") &&
        !sql_cursor_take_all(&cursor, "character varying"))
        return false;
    return sql_cursor_is_over(&cursor) || sql_cursor_is_mark(&cursor, ',') ||
           sql_cursor_is(&cursor, "collate");
}

static bool has_using(struct sql_cursor cursor)
{
    size_t depth = 0;

    for (; !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor)) {
        if (!depth && sql_cursor_is_mark(&cursor, ','))
            return false;
        if (!depth && sql_cursor_is(&cursor, "using"))
            return true;
        depth += cursor.token.kind == SQL_TOKEN_OPEN;
        depth -= cursor.token.kind == SQL_TOKEN_CLOSE && depth;
    }
    return false;
}

static void alter_column(struct judge *judge, struct slice where, struct slice table,
                         struct sql_cursor cursor)
{
    struct slice column;

    sql_cursor_take(&cursor, "column");
    if (!sql_cursor_take_name(&cursor, &column))
        return;
    sql_cursor_take_all(&cursor, "set data");
    if (sql_cursor_take(&cursor, "type") && (!is_text_alone(cursor) || has_using(cursor)) &&
        !made_has_column(judge->made, table, column))
        loss_add(judge, LOSS_ALTER_TYPE, where, table, column);
}

static void rename(struct judge *judge, struct slice table, struct sql_cursor cursor)
{
    struct slice from, to;

    if (sql_cursor_take(&cursor, "to")) {
        if (sql_cursor_take_name(&cursor, &to))
            made_rename_table(judge->made, table, to);
        return;
    }
    if (sql_cursor_is(&cursor, "constraint"))
        return;
    sql_cursor_take(&cursor, "column");
    if (sql_cursor_take_name(&cursor, &from) && sql_cursor_take(&cursor, "to") &&
        sql_cursor_take_name(&cursor, &to))
        made_rename_column(judge->made, table, from, to);
}

/* What is older may be in what was made afterwards, and would go with it. */
static void take_in_older(struct judge *judge, struct slice table, struct sql_cursor cursor)
{
    struct slice name;

    if (sql_cursor_take_all(&cursor, "attach partition")) {
        made_forget_table(judge->made, table);
    } else if (sql_cursor_take(&cursor, "inherit")) {
        if (sql_cursor_take_name(&cursor, &name))
            made_forget_table(judge->made, name);
    } else if (sql_cursor_take_all(&cursor, "set schema")) {
        made_forget_table(judge->made, table);
        if (sql_cursor_take_name(&cursor, &name))
            made_forget_schema(judge->made, name);
    }
}

static void judge_action(struct judge *judge, struct slice table, struct sql_cursor cursor)
{
    struct slice where = sql_cursor_text(&cursor);

    if (sql_cursor_take(&cursor, "drop"))
        drop_column(judge, where, table, cursor);
    else if (sql_cursor_take(&cursor, "alter"))
        alter_column(judge, where, table, cursor);
    else if (sql_cursor_take(&cursor, "add"))
        add_column(judge, table, cursor);
    else if (sql_cursor_take(&cursor, "rename"))
        rename(judge, table, cursor);
    else
        take_in_older(judge, table, cursor);
}

static void alter_table(struct judge *judge, struct sql_cursor cursor)
{
    struct slice table;

    sql_cursor_take_all(&cursor, "if exists");
    sql_cursor_take(&cursor, "only");
    if (!sql_cursor_take_name(&cursor, &table))
        return;
    if (sql_cursor_is_mark(&cursor, '*'))
        sql_cursor_step(&cursor);
    judge_action(judge, table, cursor);
    while (sql_cursor_skip_to_comma(&cursor)) {
        sql_cursor_step(&cursor);
        judge_action(judge, table, cursor);
    }
}

/* --- ALTER of anything else -------------------------------------------------------------- */

/* Of a composite type: that a table uses it does not keep the server from it. */
static void drop_attribute(struct judge *judge, struct slice type, struct sql_cursor cursor)
{
    struct slice where = sql_cursor_text(&cursor), attribute;

    if (!sql_cursor_take_all(&cursor, "drop attribute"))
        return;
    sql_cursor_take_all(&cursor, "if exists");
    if (sql_cursor_take_name(&cursor, &attribute))
        loss_add(judge, LOSS_DROP_ATTRIBUTE, where, type, attribute);
}

static void alter_type(struct judge *judge, struct sql_cursor cursor)
{
    struct slice type;

    if (!sql_cursor_take_name(&cursor, &type))
        return;
    drop_attribute(judge, type, cursor);
    while (sql_cursor_skip_to_comma(&cursor)) {
        sql_cursor_step(&cursor);
        drop_attribute(judge, type, cursor);
    }
}

static void alter_other(struct judge *judge, struct sql_cursor cursor)
{
    struct slice name;

    sql_cursor_take(&cursor, "materialized");
    if (sql_cursor_take(&cursor, "schema")) {
        if (sql_cursor_take_name(&cursor, &name))
            made_forget_schema(judge->made, name);
    } else if (sql_cursor_take(&cursor, "view")) {
        sql_cursor_take_all(&cursor, "if exists");
        if (sql_cursor_take_name(&cursor, &name))
            made_forget_table(judge->made, name);
    }
}

void loss_judge_alter(struct judge *judge, struct sql_cursor cursor)
{
    sql_cursor_step(&cursor);
    if (sql_cursor_take(&cursor, "table"))
        alter_table(judge, cursor);
    else if (sql_cursor_take(&cursor, "type"))
        alter_type(judge, cursor);
    else
        alter_other(judge, cursor);
}
