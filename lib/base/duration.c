#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

static const int64_t longest_ms = INT64_C(100) * 24 * 3600 * 1000;

static bool unit_ms(struct slice name, int64_t *ms)
{
    if (!name.len) {
        *ms = 1000;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (slice_equal_text(name, units[i].name)) {
            *ms = units[i].ms;
            return true;
        }
    }
    return false;
}

bool duration_parse(struct slice text, int64_t *ms)
{
    size_t digits = 0;
    int64_t number = 0, unit;

    for (; digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9'; digits++) {
        number = number * 10 + (text.ptr[digits] - '0');
        if (number > longest_ms)
            return false;
    }
    if (!digits || !unit_ms(slice_sub(text, digits, text.len), &unit) || number > longest_ms / unit)
        return false;
    *ms = number * unit;
    return true;
}

void duration_format(int64_t ms, char *out, size_t out_size)
{
    if (ms < 1000)
        snprintf(out, out_size, "%" PRId64 " ms", ms);
    else if (ms < 60000)
        snprintf(out, out_size, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
    else
        snprintf(out, out_size, "%" PRId64 " min %" PRId64 " s", ms / 60000, ms % 60000 / 1000);
}

void duration_write(int64_t ms, char *out, size_t out_size)
{
    size_t i = 0;

    if (ms == 0) {
        snprintf(out, out_size, "0s");
        return;
    }
    while (ms % units[i].ms)
        i++;
    snprintf(out, out_size, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}
