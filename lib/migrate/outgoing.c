#include "migrate/outgoing.h"

#include "base/text.h"
#include "migrate/callback.h"

/* Of these, whatever comes beside the migrations: which of them a run reaches is seen in it. */
static void add_scripts(struct outgoing *out, const struct migration_list *list)
{
    for (size_t i = 0; i < list->callback_count; i++)
        out->files[out->count++] = &list->callbacks[i].script;
}

struct outgoing outgoing_of(const struct source *source, const struct plan *plan,
                            struct arena *arena)
{
    size_t most = plan->pending_count + source->migrations.callback_count;
    struct outgoing out = {.files = arena_array(arena, most, sizeof(const struct migration *))};

    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].state == PLAN_PENDING)
            out.files[out.count++] = plan->entries[i].migration;
    out.migration_count = out.count;
    if (out.count || callback_is_of_each_run(source))
        add_scripts(&out, &source->migrations);
    return out;
}

struct sql_statements outgoing_statements(const struct migration *file, struct arena *arena)
{
    struct sql_statements statements = {0};
    struct error ignored;

    if (!migration_split_text(file, arena, &statements, &ignored))
        return (struct sql_statements){0};
    return statements;
}

static size_t offset_of(const struct migration *file, const struct sql_statement *statement,
                        size_t at)
{
    return migration_statement_offset(file, statement,
                                      text_character_count(slice_sub(statement->text, 0, at)) + 1);
}

const char *outgoing_place(const struct source *source, const struct migration *file,
                           const struct sql_statement *statement, size_t at, struct arena *arena)
{
    struct sql_position position = sql_position_at(file->source, offset_of(file, statement, at));

    return arena_printf(arena, "%s/%s:%u:%u", source_folder(source, file), file->path,
                        position.line, position.column);
}

struct slice outgoing_as_written(const struct migration *file,
                                 const struct sql_statement *statement, struct slice piece)
{
    size_t at;

    if (!piece.len)
        return piece;
    at = (size_t)(piece.ptr - statement->text.ptr);
    return slice_trim(slice_sub(file->source, offset_of(file, statement, at),
                                offset_of(file, statement, at + piece.len)));
}
