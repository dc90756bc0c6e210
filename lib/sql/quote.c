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
        return (struct sql_name){first, next_part(&rest)};
    return (struct sql_name){first, rest};
}

void sql_quote_name(struct buf *out, struct sql_name name)
{
    if (name.schema.len) {
        sql_quote_identifier(out, name.schema);
        buf_add_char(out, '.');
    }
    sql_quote_identifier(out, name.table);
}
