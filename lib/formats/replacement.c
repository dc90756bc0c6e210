#include "formats/replacement.h"

struct replacement *replacement_new(struct arena *arena)
{
    struct replacement *replacement = arena_alloc(arena, sizeof *replacement);

    replacement->text = buf_in(arena);
    return replacement;
}

static void add_seam(struct replacement *replacement, struct slice text, size_t from, bool is_value)
{
    replacement->seams =
        arena_grow(replacement->text.arena, replacement->seams, &replacement->capacity,
                   replacement->count, sizeof *replacement->seams);
    replacement->seams[replacement->count++] = (struct seam){replacement->text.len, from, is_value};
    buf_add(&replacement->text, text);
}

void replacement_keep(struct replacement *replacement, struct slice piece, size_t from)
{
    add_seam(replacement, piece, from, false);
}

void replacement_put(struct replacement *replacement, struct slice value, size_t from)
{
    add_seam(replacement, value, from, true);
}

size_t replacement_origin(const struct replacement *replacement, size_t offset)
{
    size_t low = 0, high = replacement->count;
    const struct seam *seam;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (replacement->seams[middle].to <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return 0;
    seam = &replacement->seams[low - 1];
    return seam->from + (seam->is_value ? 0 : offset - seam->to);
}
