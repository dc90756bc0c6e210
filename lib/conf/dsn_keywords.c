#include "conf/dsn_parts.h"

/* What libpq's conninfo_parse() reads: name = value, or name = 'value', a backslash escapes. */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct slice *rest)
{
    while (rest->len && is_blank(rest->ptr[0]))
        *rest = slice_sub(*rest, 1, rest->len);
}

/* Give the next byte of a value; false at its end, which is `end` or, where that is 0, a blank. */
static bool next_byte(struct slice *rest, char end, char *byte)
{
    if (!rest->len || (end ? rest->ptr[0] == end : is_blank(rest->ptr[0])))
        return false;
    if (rest->ptr[0] == '\\' && rest->len > 1)
        *rest = slice_sub(*rest, 1, rest->len);
    *byte = rest->ptr[0];
    *rest = slice_sub(*rest, 1, rest->len);
    return true;
}

static bool read_value(struct dsn_reader *reader, struct slice *rest, struct slice *value)
{
    struct buf out = buf_in(reader->arena);
    char quote = rest->len && rest->ptr[0] == '\'' ? '\'' : 0, byte;

    *rest = slice_sub(*rest, quote != 0, rest->len);
    while (next_byte(rest, quote, &byte))
        buf_add_char(&out, byte);
    if (quote && !rest->len)
        return error_set(reader->err, ERR_CONFIG, "the connection string has an unclosed quote");
    *rest = slice_sub(*rest, quote != 0, rest->len);
    *value = buf_slice(&out);
    return true;
}

bool dsn_read_keywords(struct dsn_reader *reader, struct slice text)
{
    struct slice name, value = {0};

    reader->refuses_unknown = true;
    for (skip_blanks(&text); text.len; skip_blanks(&text)) {
        size_t equals = slice_find(text, '=');

        name = slice_trim(slice_sub(text, 0, equals));
        if (equals == text.len)
            return error_set(reader->err, ERR_CONFIG,
                             "the connection string has a keyword without a value");
        text = slice_sub(text, equals + 1, text.len);
        skip_blanks(&text);
        if (!read_value(reader, &text, &value) || !dsn_take_param(reader, name, value))
            return false;
    }
    return true;
}
