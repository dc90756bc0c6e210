#include "sql/loss.h"

#include "sql/loss_parts.h"

/* --- CREATE: what the run makes ---------------------------------------------------------- */

static void create_schema(struct judge *judge, struct sql_cursor cursor)
{
    struct slice name;

    if (!sql_cursor_take_all(&cursor, "if not exists") &&
        !sql_cursor_is(&cursor, "authorization") && sql_cursor_take_name(&cursor, &name))
        made_add_schema(judge->made, name);
}

/* IF NOT EXISTS of a temporary one looks among temporary ones only. */
static void create_table(struct judge *judge, struct sql_cursor cursor, bool is_temporary)
{
    bool may_be_older = sql_cursor_take_all(&cursor, "if not exists") && !is_temporary;
    struct slice name;

    if (!may_be_older && sql_cursor_take_name(&cursor, &name))
        made_add_table(judge->made, name, is_temporary);
}

static void judge_create(struct judge *judge, struct sql_cursor cursor)
{
    struct sql_cursor first = cursor;
    bool is_temporary;

    sql_cursor_step(&cursor);
    if (sql_cursor_take(&cursor, "schema")) {
        if (!judge->is_conditional)
            create_schema(judge, cursor);
        return;
    }
    if (!sql_cursor_take(&cursor, "global"))
        sql_cursor_take(&cursor, "local");
    is_temporary = sql_cursor_take(&cursor, "temp") || sql_cursor_take(&cursor, "temporary");
    sql_cursor_take(&cursor, "unlogged");
    if (!sql_cursor_take(&cursor, "table") && !sql_cursor_take_all(&cursor, "materialized view"))
        return;
    loss_judge_rows(judge, first); /* CREATE TABLE ... AS WITH ... */
    if (!judge->is_conditional)
        create_table(judge, cursor, is_temporary);
}

/* --- DROP -------------------------------------------------------------------------------- */

struct droppable {
    const char *words;
    enum loss_kind kind;
    bool needs_cascade; /* without it the server refuses while there is something in it */
    bool (*is_made)(const struct made *made, struct slice name);
    void (*forget)(struct made *made, struct slice name);
};

static const struct droppable droppables[] = {
    {"table", LOSS_DROP_TABLE, false, made_has_table, made_forget_table},
    {"materialized view", LOSS_DROP_MATERIALIZED_VIEW, false, made_has_table, made_forget_table},
    {"schema", LOSS_DROP_SCHEMA, true, made_has_schema, made_forget_schema},
    {"database", LOSS_DROP_DATABASE, false, NULL, NULL},
    {"owned by", LOSS_DROP_OWNED, false, NULL, NULL},
};

static void drop_each(struct judge *judge, const struct droppable *droppable, struct slice where,
                      struct sql_cursor cursor)
{
    bool is_loss = !droppable->needs_cascade || sql_cursor_awaits(cursor, "cascade"),
         goes_on = true;
    struct slice name;

    sql_cursor_take_all(&cursor, "if exists");
    while (goes_on && sql_cursor_take_name(&cursor, &name)) {
        if (is_loss && !(droppable->is_made && droppable->is_made(judge->made, name)))
            loss_add(judge, droppable->kind, where, name, (struct slice){0});
        if (droppable->forget)
            droppable->forget(judge->made, name);
        goes_on = sql_cursor_skip_to_comma(&cursor);
        sql_cursor_step(&cursor);
    }
}

/* "TYPE role", "FUNCTION f(int)": all that stands before the CASCADE. */
static void drop_other(struct judge *judge, struct slice where, struct sql_cursor cursor)
{
    size_t start = cursor.token.start, end = start;

    for (; !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor)) {
        if (end > start && sql_cursor_is(&cursor, "cascade")) {
            loss_add(judge, LOSS_CASCADE, where, slice_sub(cursor.text, start, end),
                     (struct slice){0});
            return;
        }
        end = cursor.token.end;
    }
}

static void judge_drop(struct judge *judge, struct sql_cursor cursor)
{
    struct slice where = sql_cursor_text(&cursor);

    sql_cursor_step(&cursor);
    for (size_t i = 0; i < COUNT_OF(droppables); i++) {
        if (!sql_cursor_take_all(&cursor, droppables[i].words))
            continue;
        drop_each(judge, &droppables[i], where, cursor);
        return;
    }
    drop_other(judge, where, cursor);
}

/* --- what changes the meaning of names --------------------------------------------------- */

static bool has_word(struct sql_cursor cursor, const char *const *words)
{
    for (; !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor))
        for (size_t i = 0; words[i]; i++)
            if (sql_cursor_is(&cursor, words[i]))
                return true;
    return false;
}

/* A role matters as well: "$user" is in the path by default. */
static bool changes_path(const struct sql_cursor *cursor)
{
    static const char *const of_set[] = {"search_path",   "schema", "role",
                                         "authorization", "all",    NULL};
    static const char *const of_select[] = {"set_config", NULL};

    if (sql_cursor_is(cursor, "set") || sql_cursor_is(cursor, "reset") ||
        sql_cursor_is(cursor, "discard"))
        return has_word(*cursor, of_set);
    return sql_cursor_is(cursor, "select") && has_word(*cursor, of_select);
}

/* --- bodies of DO ------------------------------------------------------------------------ */

static void judge_statement(struct judge *judge, struct sql_cursor cursor);

/* Behind these a statement of PL/pgSQL begins. */
static bool is_before_statement(const struct sql_cursor *cursor)
{
    static const char *const words[] = {"begin", "then", "else", "loop"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (sql_cursor_is(cursor, words[i]))
            return true;
    return cursor->token.kind == SQL_TOKEN_SEMICOLON;
}

static struct slice up_to_semicolon(struct sql_cursor cursor)
{
    size_t start = cursor.token.start;

    while (!sql_cursor_is_over(&cursor) && cursor.token.kind != SQL_TOKEN_SEMICOLON)
        sql_cursor_step(&cursor);
    return slice_sub(cursor.text, start, cursor.token.start);
}

static void judge_body(struct judge *judge, struct slice body)
{
    struct sql_cursor cursor = sql_cursor_at(body, 0);
    bool is_first = true;

    judge->is_conditional = true;
    for (; !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor)) {
        if (is_first)
            judge_statement(judge, sql_cursor_at(up_to_semicolon(cursor), 0));
        if (sql_cursor_is(&cursor, "search_path") || sql_cursor_is(&cursor, "set_config"))
            made_change_path(judge->made);
        is_first = is_before_statement(&cursor);
    }
    judge->is_conditional = false;
}

static struct slice between_tags(const struct sql_cursor *cursor)
{
    size_t tag_len = sql_dollar_tag_len(cursor->text, cursor->token.start);

    return slice_sub(cursor->text, cursor->token.start + tag_len, cursor->token.end - tag_len);
}

/* DO [LANGUAGE plpgsql] $$ ... $$, or with LANGUAGE behind it. */
static void judge_do(struct judge *judge, struct sql_cursor cursor)
{
    struct slice body = {0};

    for (sql_cursor_step(&cursor); !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor)) {
        if (sql_cursor_take(&cursor, "language") && !sql_cursor_is(&cursor, "plpgsql"))
            return;
        if (slice_starts_with(sql_cursor_text(&cursor), "$"))
            body = between_tags(&cursor);
    }
    judge_body(judge, body);
}

/* --- all of them ------------------------------------------------------------------------- */

static bool is_of_rows(const struct sql_cursor *cursor)
{
    return sql_cursor_is(cursor, "delete") || sql_cursor_is(cursor, "update") ||
           sql_cursor_is(cursor, "with") || sql_cursor_is(cursor, "insert");
}

static void judge_statement(struct judge *judge, struct sql_cursor cursor)
{
    if (sql_cursor_is(&cursor, "create"))
        judge_create(judge, cursor);
    else if (sql_cursor_is(&cursor, "drop"))
        judge_drop(judge, cursor);
    else if (sql_cursor_is(&cursor, "alter"))
        loss_judge_alter(judge, cursor);
    else if (sql_cursor_is(&cursor, "truncate"))
        loss_judge_truncate(judge, cursor);
    else if (is_of_rows(&cursor))
        loss_judge_rows(judge, cursor);
    else if (sql_cursor_is(&cursor, "do"))
        judge_do(judge, cursor);
    else if (sql_cursor_is(&cursor, "rollback") || sql_cursor_is(&cursor, "abort"))
        made_forget_all(judge->made);
    else if (changes_path(&cursor))
        made_change_path(judge->made);
}

void loss_judge(struct slice statement, struct made *made, struct loss_list *out)
{
    struct judge judge = {.statement = statement, .made = made, .out = out};

    judge_statement(&judge, sql_cursor_at(statement, 0));
}
