#include "formats/atlas_directive.h"

#include <stdint.h>
#include <string.h>

static const char mark[] = "atlas:";

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct slice first_line(struct slice text)
{
    return slice_sub(text, 0, slice_find(text, '\n'));
}

/* Behind the last mark that a word follows, with nothing but printable ASCII before; or SIZE_MAX.
 */
static size_t mark_end(struct slice line)
{
    size_t found = SIZE_MAX, len = strlen(mark);

    for (size_t at = 0; at < line.len; at++) {
        struct slice rest = slice_sub(line, at, line.len);

        if (slice_starts_with(rest, mark) && rest.len > len && is_word(rest.ptr[len]))
            found = at + len;
        if (line.ptr[at] < ' ' || line.ptr[at] > '~')
            break;
    }
    return found;
}

bool atlas_directive(struct slice line, const char *name, struct slice *value)
{
    size_t start = mark_end(line), end = start;

    if (start == SIZE_MAX)
        return false;
    while (end < line.len && is_word(line.ptr[end]))
        end++;
    if (!slice_equal_text(slice_sub(line, start, end), name))
        return false;
    *value = slice_sub(line, end, line.len);
    if (!slice_starts_with(*value, " "))
        *value = SLICE("");
    while (slice_starts_with(*value, " "))
        *value = slice_sub(*value, 1, value->len);
    return true;
}

bool atlas_delimiter(struct slice file, struct slice *value)
{
    static const char prefix[] = "-- ";
    struct slice line = first_line(file);

    return slice_starts_with(line, prefix) && mark_end(line) == strlen(prefix) + strlen(mark) &&
           atlas_directive(line, "delimiter", value);
}

static bool is_top_comment(struct slice text)
{
    return slice_starts_with(text, "--") || slice_starts_with(text, "#");
}

/* Take the next comment line off *rest. A last one without a line end stays in it. */
static bool next_comment(struct slice *rest, struct slice *line, bool *is_last)
{
    if (*is_last || !is_top_comment(*rest))
        return false;
    *line = slice_trim(first_line(*rest));
    *is_last = slice_find(*rest, '\n') == rest->len;
    if (!*is_last)
        *rest = slice_sub(*rest, slice_find(*rest, '\n') + 1, rest->len);
    return true;
}

static size_t count_in_comments(struct slice *file, const char *name, struct slice *value)
{
    bool is_last = false;
    struct slice line, found;
    size_t count = 0;

    while (next_comment(file, &line, &is_last))
        if (atlas_directive(line, name, &found) && count++ == 0)
            *value = found;
    return count;
}

static bool counts(struct slice below)
{
    if (!below.len)
        return true;
    while (slice_starts_with(below, " ") || slice_starts_with(below, "\t"))
        below = slice_sub(below, 1, below.len);
    return slice_starts_with(below, "\n");
}

size_t atlas_file_directive(struct slice file, const char *name, struct slice *value)
{
    struct slice found;
    size_t count = count_in_comments(&file, name, &found);

    if (!count || !counts(file))
        return 0;
    *value = found;
    return count;
}

bool atlas_directive_is_passed_over(struct slice file, const char *name)
{
    struct slice value;

    return count_in_comments(&file, name, &value) && !counts(file);
}
