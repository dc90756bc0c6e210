#include "formats/collate.h"

#include <limits.h>

/* Letters of both cases share a place; 0 is for what is not known. */
static const unsigned char places[UCHAR_MAX + 1] = {
    [' '] = 1,  ['_'] = 2,  ['-'] = 3,   [','] = 4,  [';'] = 5,  [':'] = 6,  ['!'] = 7,
    ['?'] = 8,  ['.'] = 9,  ['\''] = 10, ['"'] = 11, ['('] = 12, [')'] = 13, ['['] = 14,
    [']'] = 15, ['{'] = 16, ['}'] = 17,  ['@'] = 18, ['*'] = 19, ['/'] = 20, ['\\'] = 21,
    ['&'] = 22, ['#'] = 23, ['%'] = 24,  ['`'] = 25, ['^'] = 26, ['+'] = 27, ['<'] = 28,
    ['='] = 29, ['>'] = 30, ['|'] = 31,  ['~'] = 32, ['$'] = 33, ['0'] = 34, ['1'] = 35,
    ['2'] = 36, ['3'] = 37, ['4'] = 38,  ['5'] = 39, ['6'] = 40, ['7'] = 41, ['8'] = 42,
    ['9'] = 43, ['a'] = 44, ['A'] = 44,  ['b'] = 45, ['B'] = 45, ['c'] = 46, ['C'] = 46,
    ['d'] = 47, ['D'] = 47, ['e'] = 48,  ['E'] = 48, ['f'] = 49, ['F'] = 49, ['g'] = 50,
    ['G'] = 50, ['h'] = 51, ['H'] = 51,  ['i'] = 52, ['I'] = 52, ['j'] = 53, ['J'] = 53,
    ['k'] = 54, ['K'] = 54, ['l'] = 55,  ['L'] = 55, ['m'] = 56, ['M'] = 56, ['n'] = 57,
    ['N'] = 57, ['o'] = 58, ['O'] = 58,  ['p'] = 59, ['P'] = 59, ['q'] = 60, ['Q'] = 60,
    ['r'] = 61, ['R'] = 61, ['s'] = 62,  ['S'] = 62, ['t'] = 63, ['T'] = 63, ['u'] = 64,
    ['U'] = 64, ['v'] = 65, ['V'] = 65,  ['w'] = 66, ['W'] = 66, ['x'] = 67, ['X'] = 67,
    ['y'] = 68, ['Y'] = 68, ['z'] = 69,  ['Z'] = 69,
};

static unsigned char place_of(char c)
{
    return places[(unsigned char)c];
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
        unsigned char left = place_of(a.ptr[i]), right = place_of(b.ptr[i]);

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
