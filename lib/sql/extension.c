#include "sql/extension.h"

#include <ctype.h>

#include "base/buf.h"
#include "sql/cursor.h"

static const char *unquoted(struct slice name, struct arena *arena)
{
    struct buf text = buf_in(arena);
    bool is_quoted = slice_starts_with(name, "\"");

    for (size_t i = is_quoted; i + is_quoted < name.len; i++) {
        buf_add_char(&text, is_quoted ? name.ptr[i] : (char)tolower((unsigned char)name.ptr[i]));
        i += is_quoted && name.ptr[i] == '"'; /* a doubled quote is one */
    }
    return buf_text(&text);
}

const char *sql_created_extension(struct slice statement, struct arena *arena)
{
    struct sql_cursor cursor = sql_cursor_at(statement, 0);
    struct slice name;

    if (!sql_cursor_take_all(&cursor, "create extension"))
        return NULL;
    sql_cursor_take_all(&cursor, "if not exists");
    if (!sql_cursor_take_name(&cursor, &name) || sql_name_has_schema(name) ||
        (name.len > 2 && name.ptr[1] == '&'))
        return NULL;
    return unquoted(name, arena);
}
