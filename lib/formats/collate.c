#include "formats/collate.h"

#include <string.h>

/* In this order, ahead of the digits and the letters, which are in their own. */
static const char marks[] = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

enum { UNKNOWN = -1, DIGITS = sizeof marks - 1, LETTERS = DIGITS + 10 };

/* Letters of both cases share a place. */
static int place_of(char c)
{
    const char *mark;

    if (c >= 'a' && c <= 'z')
        return LETTERS + (c - 'a');
    if (c >= 'A' && c <= 'Z')
        return LETTERS + (c - 'A');
    if (c >= '0' && c <= '9')
        return DIGITS + (c - '0');
    mark = memchr(marks, c, sizeof marks - 1);
    return mark ? (int)(mark - marks) : UNKNOWN;
}

bool collate_is_known(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (place_of(name.ptr[i]) == UNKNOWN)
            return false;
    return true;
}

static int compare_places(struct slice a, struct slice b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int left = place_of(a.ptr[i]), right = place_of(b.ptr[i]);

        if (left != right)
            return left < right ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

int collate_compare(struct slice a, struct slice b)
{
    int by_place = compare_places(a, b);

    if (by_place)
        return by_place;
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (a.ptr[i] != b.ptr[i])
            return a.ptr[i] > b.ptr[i] ? -1 : 1; /* small letters are the greater bytes */
    return 0;
}
