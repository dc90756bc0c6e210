#include "formats/version.h"

struct slice version_digits(struct slice name)
{
    size_t len = 0;

    while (len < name.len && name.ptr[len] >= '0' && name.ptr[len] <= '9')
        len++;
    return slice_sub(name, 0, len);
}

bool version_is_milliseconds(struct slice name)
{
    return version_digits(name).len == 13;
}

static struct slice without_leading_zeros(struct slice digits)
{
    size_t zeros = 0;

    while (zeros < digits.len && digits.ptr[zeros] == '0')
        zeros++;
    return slice_sub(digits, zeros, digits.len);
}

int version_compare(struct slice a, struct slice b)
{
    a = without_leading_zeros(a);
    b = without_leading_zeros(b);
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return slice_compare(a, b);
}
