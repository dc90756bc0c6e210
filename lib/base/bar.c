#include "base/bar.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { CELLS = 20, BAR_COLUMNS = CELLS + 8, TEXT_COLUMNS_MIN = 20 };

static int in_range(int percent)
{
    return percent > 100 ? 100 : percent;
}

static unsigned add_bar(int percent, unsigned columns, char *out, size_t out_size)
{
    char cells[CELLS + 1];
    int full = in_range(percent) * CELLS / 100;

    out[0] = '\0';
    if (percent < 0 || columns < BAR_COLUMNS + TEXT_COLUMNS_MIN || out_size <= BAR_COLUMNS)
        return 0;
    memset(cells, '-', CELLS);
    memset(cells, '#', (size_t)full);
    cells[CELLS] = '\0';
    snprintf(out, out_size, "[%s] %3d%% ", cells, in_range(percent));
    return BAR_COLUMNS;
}

static size_t fitting_len(struct slice text, unsigned columns)
{
    size_t len = 0;

    while (len < text.len) {
        size_t character = text_character_len(slice_sub(text, len, text.len));
        unsigned width = character >= 3 ? 2 : 1;

        if (width > columns)
            break;
        columns -= width;
        len += character;
    }
    return len;
}

void bar_render(int percent, const char *text, unsigned columns, char *out, size_t out_size)
{
    unsigned used = add_bar(percent, columns, out, out_size);
    char safe[512];
    size_t safe_len = text_sanitize(slice_from(text), safe, sizeof safe);
    size_t len = fitting_len((struct slice){safe, safe_len}, columns - used);

    text_sanitize((struct slice){safe, len}, out + used, out_size - used);
}
