#include "formats/collate.h"

#include <string.h>

/* Letters of both cases share a place. */
static const char order[] =
    " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static const char *place_of(char c)
{
    return memchr(order, lower(c), sizeof order - 1);
}

bool collate_is_known(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!place_of(name.ptr[i]))
            return false;
    return true;
}

static int compare_places(struct slice a, struct slice b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        const char *left = place_of(a.ptr[i]), *right = place_of(b.ptr[i]);

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
