#include "base/glob.h"

static bool is_special(char c)
{
    return c == '*' || c == '?' || c == '[';
}

bool glob_is_pattern(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_special(text.ptr[i]))
            return true;
    return false;
}

struct slice glob_root(struct slice pattern)
{
    size_t slash = 0;

    for (size_t i = 0; i < pattern.len && !is_special(pattern.ptr[i]); i++)
        if (pattern.ptr[i] == '/')
            slash = i ? i : 1; /* of an absolute path the root itself */
    return slice_sub(pattern, 0, slash);
}

/* Behind the ']' that closes the set; 0 when none does: then '[' is itself. */
static size_t set_len(struct slice pattern)
{
    size_t i = pattern.len > 1 && pattern.ptr[1] == '!' ? 2 : 1;

    for (i++; i < pattern.len; i++)
        if (pattern.ptr[i] == ']')
            return i + 1;
    return 0;
}

static bool set_has(struct slice set, char c)
{
    bool is_negated = set.ptr[1] == '!', has = false;

    for (size_t i = is_negated ? 2 : 1; i < set.len - 1; i++) {
        if (i + 2 < set.len - 1 && set.ptr[i + 1] == '-') {
            has |= set.ptr[i] <= c && c <= set.ptr[i + 2];
            i += 2;
        } else {
            has |= set.ptr[i] == c;
        }
    }
    return has != is_negated;
}

static struct slice rest_of(struct slice s, size_t from)
{
    return slice_sub(s, from, s.len);
}

/* One part of a path against one part of a pattern. */
static bool match_part(struct slice pattern, struct slice part)
{
    size_t len;

    if (!pattern.len)
        return !part.len;
    if (pattern.ptr[0] == '*') {
        for (size_t i = 0; i <= part.len; i++)
            if (match_part(rest_of(pattern, 1), rest_of(part, i)))
                return true;
        return false;
    }
    if (!part.len)
        return false;
    len = pattern.ptr[0] == '[' ? set_len(pattern) : 0;
    if (len)
        return set_has(slice_sub(pattern, 0, len), part.ptr[0]) &&
               match_part(rest_of(pattern, len), rest_of(part, 1));
    return (pattern.ptr[0] == '?' || pattern.ptr[0] == part.ptr[0]) &&
           match_part(rest_of(pattern, 1), rest_of(part, 1));
}

static struct slice first_part(struct slice path)
{
    return slice_sub(path, 0, slice_find(path, '/'));
}

static struct slice other_parts(struct slice path)
{
    size_t len = slice_find(path, '/');

    return rest_of(path, len < path.len ? len + 1 : len);
}

/* is_folder: the path need not reach the pattern's end, but must leave something of it. */
static bool match_parts(struct slice pattern, struct slice path, bool is_folder)
{
    struct slice part = first_part(pattern);

    if (!path.len)
        return is_folder ? pattern.len > 0 : !pattern.len || slice_equal_text(pattern, "**");
    if (!pattern.len)
        return false;
    if (!slice_equal_text(part, "**"))
        return match_part(part, first_part(path)) &&
               match_parts(other_parts(pattern), other_parts(path), is_folder);
    return is_folder || match_parts(other_parts(pattern), path, false) ||
           match_parts(pattern, other_parts(path), false);
}

bool glob_match(struct slice pattern, struct slice path)
{
    return match_parts(pattern, path, false);
}

bool glob_reaches(struct slice pattern, struct slice folder)
{
    return match_parts(pattern, folder, true);
}
