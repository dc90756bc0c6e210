#include "sql/loss_parts.h"

void loss_add(struct judge *judge, enum loss_kind kind, struct slice where, struct slice object,
              struct slice column)
{
    struct loss_list *out = judge->out;

    out->items =
        arena_grow(judge->made->arena, out->items, &out->capacity, out->count, sizeof *out->items);
    out->items[out->count++] = (struct loss){
        .kind = kind,
        .at = (size_t)(where.ptr - judge->statement.ptr),
        .object = object,
        .column = column,
    };
}
