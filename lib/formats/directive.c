#include "formats/directive.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice skip_blanks(struct slice text)
{
    while (text.len && is_blank(text.ptr[0]))
        text = slice_sub(text, 1, text.len);
    return text;
}

bool directive_match(struct slice line, const char *word, struct slice *rest)
{
    struct slice body;

    if (!slice_starts_with(line, "--"))
        return false;
    body = skip_blanks(slice_sub(line, 2, line.len));
    if (!slice_starts_with(body, word))
        return false;
    body = slice_sub(body, strlen(word), body.len);
    if (body.len && !is_blank(body.ptr[0]))
        return false;
    *rest = slice_trim(body);
    return true;
}

bool directive_drops_invalid(struct slice up)
{
    struct slice line, rest;

    while (slice_next_line(&up, &line)) {
        line = slice_trim(line);
        if (line.len && !slice_starts_with(line, "--"))
            return false;
        if (directive_match(line, "migrinit:", &rest) && slice_equal_text(rest, "drop-invalid"))
            return true;
    }
    return false;
}

static struct slice next_option(struct slice *rest)
{
    struct slice option;
    size_t len = 0;

    *rest = skip_blanks(*rest);
    while (len < rest->len && !is_blank(rest->ptr[len]))
        len++;
    option = slice_sub(*rest, 0, len);
    *rest = slice_sub(*rest, len, rest->len);
    return option;
}

struct slice directive_option(struct slice options, const char *key)
{
    struct slice found = SLICE(""), option;

    while ((option = next_option(&options)).len) {
        size_t colon = slice_find(option, ':');
        struct slice value = slice_sub(option, colon + 1, option.len);

        if (colon < option.len && slice_find(value, ':') == value.len &&
            slice_equal_text(slice_sub(option, 0, colon), key))
            found = value;
    }
    return found;
}
