#include "sql/concurrent.h"

#include "base/text.h"
#include "sql/lexer.h"

enum { NAME_BYTES_MAX = 63 }; /* NAMEDATALEN - 1 */

/* Where one is in a statement. */
struct cursor {
    struct slice text;
    struct sql_token token;
    struct arena *arena;
};

static void advance(struct cursor *cursor)
{
    cursor->token = sql_token_next(cursor->text, cursor->token.end);
}

static struct slice here(const struct cursor *cursor)
{
    return slice_sub(cursor->text, cursor->token.start, cursor->token.end);
}

static bool is_at(const struct cursor *cursor, const char *keyword)
{
    return cursor->token.kind == SQL_TOKEN_WORD && sql_word_is(here(cursor), keyword);
}

static bool take(struct cursor *cursor, const char *keyword)
{
    bool is_there = is_at(cursor, keyword);

    if (is_there)
        advance(cursor);
    return is_there;
}

static bool take_sign(struct cursor *cursor, const char *sign)
{
    bool is_there = slice_equal_text(here(cursor), sign);

    if (is_there)
        advance(cursor);
    return is_there;
}

/* ---- names ---- */

static struct slice cut(struct slice name)
{
    return name.len > NAME_BYTES_MAX ? text_without_partial(slice_sub(name, 0, NAME_BYTES_MAX))
                                     : name;
}

static struct slice folded(struct slice word, struct arena *arena)
{
    struct buf name = buf_in(arena);

    for (size_t i = 0; i < word.len; i++)
        buf_add_char(&name, word.ptr[i] >= 'A' && word.ptr[i] <= 'Z' ? (char)(word.ptr[i] | ' ')
                                                                     : word.ptr[i]);
    return cut(buf_slice(&name));
}

static struct slice unquoted(struct slice quoted, struct arena *arena)
{
    struct buf name = buf_in(arena);

    for (size_t i = 1; i + 1 < quoted.len; i++) {
        buf_add_char(&name, quoted.ptr[i]);
        i += quoted.ptr[i] == '"';
    }
    return cut(buf_slice(&name));
}

static bool take_part(struct cursor *cursor, struct slice *part)
{
    struct slice text = here(cursor);
    bool is_quoted = cursor->token.kind == SQL_TOKEN_OTHER && slice_starts_with(text, "\"");

    if (!is_quoted && cursor->token.kind != SQL_TOKEN_WORD)
        return false;
    *part = is_quoted ? unquoted(text, cursor->arena) : folded(text, cursor->arena);
    advance(cursor);
    return true;
}

/* A database before the schema can only be the one that is there. */
static bool take_name(struct cursor *cursor, struct sql_name *name)
{
    *name = (struct sql_name){0};
    if (!take_part(cursor, &name->table))
        return false;
    while (take_sign(cursor, ".")) {
        name->schema = name->table;
        if (!take_part(cursor, &name->table))
            return false;
    }
    return true;
}

/* ---- statements ---- */

static bool take_if_exists(struct cursor *cursor)
{
    if (!take(cursor, "if"))
        return true;
    take(cursor, "not");
    return take(cursor, "exists");
}

static size_t create_index(struct cursor *cursor, struct sql_concurrent *out)
{
    out->kind = SQL_CREATE_INDEX;
    take(cursor, "unique");
    if (!take(cursor, "index"))
        return 0;
    take(cursor, "concurrently");
    if (!take_if_exists(cursor) || is_at(cursor, "on") || !take_name(cursor, &out->name) ||
        !take(cursor, "on"))
        return 0;
    take(cursor, "only");
    return take_name(cursor, &out->table);
}

/* "(VERBOSE, CONCURRENTLY)" */
static bool take_options(struct cursor *cursor)
{
    bool is_concurrent = false;

    if (cursor->token.kind != SQL_TOKEN_OPEN)
        return false;
    while (cursor->token.kind != SQL_TOKEN_CLOSE && cursor->token.kind != SQL_TOKEN_END) {
        is_concurrent |= is_at(cursor, "concurrently");
        advance(cursor);
    }
    advance(cursor);
    return is_concurrent;
}

static size_t reindex(struct cursor *cursor, struct sql_concurrent *out)
{
    bool is_concurrent = take_options(cursor);

    out->kind = is_at(cursor, "index")   ? SQL_REINDEX_INDEX
                : is_at(cursor, "table") ? SQL_REINDEX_TABLE
                                         : SQL_REINDEX_MANY;
    advance(cursor);
    is_concurrent |= take(cursor, "concurrently");
    take_name(cursor, &out->name);
    return is_concurrent;
}

static size_t drop_index(struct cursor *cursor, struct sql_concurrent *out, size_t max)
{
    size_t count = 0;

    take(cursor, "concurrently");
    if (!take_if_exists(cursor))
        return 0;
    do {
        out[count] = (struct sql_concurrent){.kind = SQL_DROP_INDEX};
        if (!take_name(cursor, &out[count].name))
            break;
        count++;
    } while (count < max && take_sign(cursor, ","));
    return count;
}

static size_t alter_table(struct cursor *cursor, struct sql_concurrent *out)
{
    if (!take_if_exists(cursor))
        return 0;
    take(cursor, "only");
    if (!take_name(cursor, &out->table) || !take(cursor, "detach") || !take(cursor, "partition") ||
        !take_name(cursor, &out->name))
        return 0;
    out->kind = is_at(cursor, "finalize") ? SQL_DETACH_FINALIZE : SQL_DETACH;
    return is_at(cursor, "finalize") || is_at(cursor, "concurrently");
}

size_t sql_concurrent(struct slice statement, struct arena *arena, struct sql_concurrent *out,
                      size_t max)
{
    struct cursor cursor = {.text = statement, .arena = arena};

    if (!max)
        return 0;
    *out = (struct sql_concurrent){0};
    advance(&cursor);
    if (take(&cursor, "create"))
        return create_index(&cursor, out);
    if (take(&cursor, "reindex"))
        return reindex(&cursor, out);
    if (take(&cursor, "drop") && take(&cursor, "index"))
        return drop_index(&cursor, out, max);
    if (is_at(&cursor, "alter")) {
        advance(&cursor);
        return take(&cursor, "table") ? alter_table(&cursor, out) : 0;
    }
    return 0;
}
