#include "sql/quote.h"

static void add_doubling(struct buf *out, struct slice text, const char *doubled)
{
    for (size_t i = 0; i < text.len; i++) {
        if (slice_find(slice_from(doubled), text.ptr[i]) < slice_from(doubled).len)
            buf_add_char(out, text.ptr[i]);
        buf_add_char(out, text.ptr[i]);
    }
}

void sql_quote_literal(struct buf *out, struct slice text)
{
    bool has_backslash = slice_find(text, '\\') < text.len;

    /* The blank keeps the E off a word before it, as libpq's own function does. */
    buf_add_text(out, has_backslash ? " E'" : "'");
    add_doubling(out, text, has_backslash ? "'\\" : "'");
    buf_add_char(out, '\'');
}

void sql_quote_identifier(struct buf *out, struct slice name)
{
    buf_add_char(out, '"');
    add_doubling(out, name, "\"");
    buf_add_char(out, '"');
}

/* The end of a name in a list: the next comma that is not between double quotes. */
static size_t list_item_len(struct slice list)
{
    bool is_quoted = false;
    size_t len = 0;

    for (; len < list.len && (is_quoted || list.ptr[len] != ','); len++)
        is_quoted ^= list.ptr[len] == '"';
    return len;
}

static void add_folded(struct buf *out, struct slice name)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    buf_add_char(out, '"');
}

/* What stands between the quotes is doubled already where it has to be. */
static void add_list_item(struct buf *out, struct slice name)
{
    bool is_quoted = name.len > 1 && slice_starts_with(name, "\"") && slice_ends_with(name, "\"");

    if (is_quoted)
        buf_add(out, name);
    else if (slice_find(name, '"') < name.len)
        sql_quote_identifier(out, name);
    else
        add_folded(out, name);
}

void sql_quote_name_list(struct buf *out, struct slice list)
{
    bool is_first = true;

    while (list.len) {
        size_t len = list_item_len(list);
        struct slice name = slice_trim(slice_sub(list, 0, len));

        list = slice_sub(list, len + 1, list.len);
        if (!name.len)
            continue;
        buf_add_text(out, is_first ? "" : ", ");
        add_list_item(out, name);
        is_first = false;
    }
}

/* Take a name off *rest: up to the dot, or what stands between double quotes. */
static struct slice next_part(struct slice *rest)
{
    bool is_quoted = slice_starts_with(*rest, "\"");
    struct slice body = is_quoted ? slice_sub(*rest, 1, rest->len) : *rest, part;
    size_t end = slice_find(body, is_quoted ? '"' : '.');

    part = slice_sub(body, 0, end);
    *rest = slice_sub(body, is_quoted ? end + 1 : end, body.len);
    return is_quoted ? part : slice_trim(part);
}

struct sql_name sql_name_parse(struct slice text)
{
    struct slice rest = slice_trim(text), first = next_part(&rest);

    rest = slice_trim(rest);
    if (!slice_starts_with(rest, "."))
        return (struct sql_name){.table = first};
    rest = slice_trim(slice_sub(rest, 1, rest.len));
    if (slice_starts_with(rest, "\""))
        return (struct sql_name){.schema = first, .table = next_part(&rest)};
    return (struct sql_name){.schema = first, .table = rest};
}

void sql_quote_name(struct buf *out, struct sql_name name)
{
    if (name.schema.len) {
        sql_quote_identifier(out, name.schema);
        buf_add_char(out, '.');
    }
    sql_quote_identifier(out, name.table);
}
