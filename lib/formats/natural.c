#include "formats/natural.h"

#include "formats/version.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char small(char c)
{
    return is_capital(c) ? (char)(c - 'A' + 'a') : c;
}

static bool is_punctuation(char c)
{
    return c == '_' || c == '-' || c == '.' || c == ' ';
}

bool natural_is_known(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = small(name.ptr[i]);

        if (!is_digit(c) && !is_punctuation(c) && !(c >= 'a' && c <= 'z'))
            return false;
    }
    return true;
}

/* A run of digits or one other character; empty at the end. */
static struct slice next_token(struct slice *rest)
{
    struct slice token;

    while (rest->len && is_punctuation(rest->ptr[0]))
        *rest = slice_sub(*rest, 1, rest->len);
    token = version_digits(*rest);
    if (!token.len)
        token = slice_sub(*rest, 0, rest->len ? 1 : 0);
    *rest = slice_sub(*rest, token.len, rest->len);
    return token;
}

static int compare_tokens(struct slice a, struct slice b)
{
    if (!a.len || !b.len)
        return (a.len > 0) - (b.len > 0);
    if (is_digit(a.ptr[0]) && is_digit(b.ptr[0]))
        return version_compare(a, b);
    return small(a.ptr[0]) - small(b.ptr[0]);
}

int natural_compare(struct slice a, struct slice b)
{
    int by_case = 0;

    for (;;) {
        struct slice left = next_token(&a), right = next_token(&b);
        int order = compare_tokens(left, right);

        if (order)
            return order;
        if (!left.len)
            return by_case;
        if (!by_case)
            by_case = is_capital(left.ptr[0]) - is_capital(right.ptr[0]);
    }
}
