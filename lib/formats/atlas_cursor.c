#include "formats/atlas_cursor.h"

#include <string.h>

#include "formats/atlas_blank.h"

struct slice cursor_rest(const struct cursor *cursor, size_t at)
{
    return slice_sub(cursor->text, at, cursor->text.len);
}

void cursor_skip_spaces(struct cursor *cursor)
{
    struct slice rest = atlas_trim_start(cursor_rest(cursor, cursor->at));

    cursor->start = cursor->at = cursor->text.len - rest.len;
}

bool cursor_fault(const struct cursor *cursor, size_t offset, const char *what, const char *hint,
                  struct error *err)
{
    struct sql_position position = sql_position_at(cursor->text, offset);

    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    sql_excerpt(cursor->text, offset, err);
    return error_wrap(err, "%u:%u", position.line, position.column);
}

static bool is_word_byte(char c)
{
    return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* E'...', and not like'...' */
static bool is_escape_string(const struct cursor *cursor, size_t quote_at)
{
    size_t before = quote_at - cursor->start;
    const char *quote = cursor->text.ptr + quote_at;

    return *quote == '\'' && before && (quote[-1] == 'E' || quote[-1] == 'e') &&
           (before == 1 || !is_word_byte(quote[-2]));
}

bool cursor_skip_quoted(struct cursor *cursor, struct error *err)
{
    size_t opened = cursor->at - 1;
    bool has_escapes = is_escape_string(cursor, opened);

    while (cursor->at < cursor->text.len) {
        char c = cursor->text.ptr[cursor->at++];

        if (c == '\\' && has_escapes)
            cursor->at += cursor->at < cursor->text.len;
        else if (c == cursor->text.ptr[opened])
            return true;
    }
    return cursor_fault(cursor, opened, "the quote that begins here has no end, as Atlas reads it",
                        "close it; Atlas takes ` for a quote as well as ' and \"", err);
}

void cursor_skip_dollar_quoted(struct cursor *cursor, size_t tag_len)
{
    const char *tag = cursor->text.ptr + cursor->at - 1, *found;
    struct slice body;

    cursor->at += tag_len - 1;
    body = cursor_rest(cursor, cursor->at);
    found = body.len ? memmem(body.ptr, body.len, tag, tag_len) : NULL;
    cursor->at = found ? (size_t)(found - cursor->text.ptr) + tag_len : cursor->text.len;
}

/* The tool would end the statement in it, and run what is left of the comment. */
static void note_cut_comment(const struct cursor *cursor, struct slice rest)
{
    const struct slice *delimiter = &cursor->delimiter;
    const char *found =
        rest.len ? memmem(rest.ptr, rest.len, delimiter->ptr, delimiter->len) : NULL;
    size_t end = found ? (size_t)(found - rest.ptr) + delimiter->len : rest.len;

    if (cursor->scan->depth == 0 && atlas_trim(slice_sub(rest, end, rest.len)).len)
        cursor->scan->cut_comment_at = cursor->at - 2;
}

void cursor_skip_comment(struct cursor *cursor, const char *end)
{
    struct slice rest = cursor_rest(cursor, cursor->at);
    const char *found = rest.len ? memmem(rest.ptr, rest.len, end, strlen(end)) : NULL;
    bool is_before_statement = cursor->at - cursor->start == 2;

    if (!found) {
        if (*end == '\n')
            note_cut_comment(cursor, rest);
        return;
    }
    cursor->at = (size_t)(found - cursor->text.ptr) + strlen(end);
    if (is_before_statement)
        cursor_skip_spaces(cursor);
}
