#include "sql/cursor.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"

struct sql_cursor sql_cursor_at(struct slice text, size_t at)
{
    return (struct sql_cursor){text, sql_token_next(text, at)};
}

/* What has no end is the end: the splitter has refused such a text. */
bool sql_cursor_is_over(const struct sql_cursor *cursor)
{
    return cursor->token.kind == SQL_TOKEN_END ||
           cursor->token.kind >= SQL_TOKEN_UNTERMINATED_STRING;
}

void sql_cursor_step(struct sql_cursor *cursor)
{
    if (!sql_cursor_is_over(cursor))
        cursor->token = sql_token_next(cursor->text, cursor->token.end);
}

struct slice sql_cursor_text(const struct sql_cursor *cursor)
{
    return slice_sub(cursor->text, cursor->token.start, cursor->token.end);
}

bool sql_cursor_is(const struct sql_cursor *cursor, const char *keyword)
{
    return cursor->token.kind == SQL_TOKEN_WORD && sql_word_is(sql_cursor_text(cursor), keyword);
}

bool sql_cursor_take(struct sql_cursor *cursor, const char *keyword)
{
    if (!sql_cursor_is(cursor, keyword))
        return false;
    sql_cursor_step(cursor);
    return true;
}

bool sql_cursor_take_all(struct sql_cursor *cursor, const char *keywords)
{
    struct slice rest = slice_from(keywords), word;
    struct sql_cursor ahead = *cursor;

    while (slice_next_word(&rest, &word)) {
        if (ahead.token.kind != SQL_TOKEN_WORD || word.len != sql_cursor_text(&ahead).len ||
            strncasecmp(sql_cursor_text(&ahead).ptr, word.ptr, word.len) != 0)
            return false;
        sql_cursor_step(&ahead);
    }
    *cursor = ahead;
    return true;
}

bool sql_cursor_is_mark(const struct sql_cursor *cursor, char mark)
{
    struct slice text = sql_cursor_text(cursor);

    return text.len == 1 && text.ptr[0] == mark;
}

bool sql_cursor_is_closed(const struct sql_cursor *cursor)
{
    return sql_cursor_is_over(cursor) || cursor->token.kind == SQL_TOKEN_CLOSE;
}

void sql_cursor_step_over(struct sql_cursor *cursor)
{
    size_t depth = 0;

    do {
        if (cursor->token.kind == SQL_TOKEN_OPEN)
            depth++;
        else if (cursor->token.kind == SQL_TOKEN_CLOSE && depth)
            depth--;
        sql_cursor_step(cursor);
    } while (depth && !sql_cursor_is_over(cursor));
}

bool sql_cursor_skip_to_comma(struct sql_cursor *cursor)
{
    for (; !sql_cursor_is_closed(cursor); sql_cursor_step_over(cursor))
        if (sql_cursor_is_mark(cursor, ','))
            return true;
    return false;
}

bool sql_cursor_awaits(struct sql_cursor cursor, const char *keyword)
{
    for (; !sql_cursor_is_closed(&cursor); sql_cursor_step_over(&cursor))
        if (sql_cursor_is(&cursor, keyword))
            return true;
    return false;
}

static bool is_quoted_name(struct slice part)
{
    return slice_starts_with(part, "\"") || slice_starts_with(part, "U&\"") ||
           slice_starts_with(part, "u&\"");
}

static bool is_name_part(const struct sql_cursor *cursor)
{
    return cursor->token.kind == SQL_TOKEN_WORD ||
           (cursor->token.kind == SQL_TOKEN_OTHER && is_quoted_name(sql_cursor_text(cursor)));
}

bool sql_cursor_take_name(struct sql_cursor *cursor, struct slice *name)
{
    size_t start = cursor->token.start, end;

    if (!is_name_part(cursor))
        return false;
    for (;;) {
        end = cursor->token.end;
        sql_cursor_step(cursor);
        if (!sql_cursor_is_mark(cursor, '.'))
            break;
        sql_cursor_step(cursor);
        if (!is_name_part(cursor))
            break;
    }
    *name = slice_sub(cursor->text, start, end);
    return true;
}

static void add_part(struct buf *key, struct slice part)
{
    if (is_quoted_name(part)) {
        buf_add(key, part);
        return;
    }
    buf_add_text(key, "\"");
    for (size_t i = 0; i < part.len; i++)
        buf_add_char(key, (char)tolower((unsigned char)part.ptr[i]));
    buf_add_text(key, "\"");
}

const char *sql_name_key(struct slice name, struct arena *arena)
{
    struct sql_cursor cursor = sql_cursor_at(name, 0);
    struct buf key = buf_in(arena);

    for (; !sql_cursor_is_over(&cursor); sql_cursor_step(&cursor)) {
        if (sql_cursor_is_mark(&cursor, '.'))
            buf_add_text(&key, ".");
        else
            add_part(&key, sql_cursor_text(&cursor));
    }
    return arena_text(arena, buf_slice(&key));
}

bool sql_name_has_schema(struct slice name)
{
    struct sql_cursor cursor = sql_cursor_at(name, 0);

    sql_cursor_step(&cursor);
    return sql_cursor_is_mark(&cursor, '.');
}
