#include "formats/directive.h"

#include <string.h>

/* The offset of the next "--", or text.len. */
static size_t find_dashes(struct slice text)
{
    size_t at = 0;

    for (;;) {
        at += slice_find(slice_sub(text, at, text.len), '-');
        if (at + 1 >= text.len)
            return text.len;
        if (text.ptr[at + 1] == '-')
            return at;
        at++;
    }
}

bool directive_next_line(struct slice *rest, struct slice *line)
{
    size_t start = find_dashes(*rest);

    if (start == rest->len)
        return false;
    while (start && rest->ptr[start - 1] != '\n')
        start--;
    *rest = slice_sub(*rest, start, rest->len);
    return slice_next_line(rest, line);
}

/* *rest: what follows the word, as it is. */
static bool begins_with(struct slice line, const char *word, struct slice *rest)
{
    struct slice body;

    if (!slice_starts_with(line, "--"))
        return false;
    body = slice_trim_start(slice_sub(line, 2, line.len));
    if (!slice_starts_with(body, word))
        return false;
    *rest = slice_sub(body, strlen(word), body.len);
    return true;
}

bool directive_match(struct slice line, const char *word, struct slice *rest)
{
    struct slice behind;

    if (!begins_with(line, word, &behind) || (behind.len && !byte_is_space(behind.ptr[0])))
        return false;
    *rest = slice_trim(behind);
    return true;
}

bool directive_match_own(struct slice line, struct slice *rest)
{
    struct slice behind;

    if (!begins_with(line, "migrinit:", &behind))
        return false;
    *rest = slice_trim(behind);
    return true;
}

bool directive_drops_invalid(struct slice up)
{
    struct slice line, rest;

    while (slice_next_line(&up, &line)) {
        line = slice_trim(line);
        if (line.len && !slice_starts_with(line, "--"))
            return false;
        if (directive_match_own(line, &rest) && slice_equal_text(rest, "drop-invalid"))
            return true;
    }
    return false;
}

static struct slice next_option(struct slice *rest)
{
    struct slice option;
    size_t len = 0;

    *rest = slice_trim_start(*rest);
    while (len < rest->len && !byte_is_space(rest->ptr[len]))
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
