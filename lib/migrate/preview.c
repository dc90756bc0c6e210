#include "migrate/preview.h"

#include "migrate/frame.h"
#include "sql/split.h"

struct preview preview_in(struct arena *arena)
{
    return (struct preview){.text = buf_in(arena)};
}

static void add_line_end(struct buf *text, const char *end)
{
    if (text->len && text->bytes[text->len - 1] != '\n')
        buf_add_text(text, end);
}

static void add_heading(struct buf *text, const struct source *source,
                        const struct migration *migration)
{
    buf_printf(text, "\n-- %s/%s%s\n", source->dir, migration->path,
               migration->is_transactional ? "" : " (not in a transaction)");
}

static void add_file(struct buf *text, const struct source *source,
                     const struct migration *migration)
{
    add_heading(text, source, migration);
    buf_add(text, migration->cut_done ? slice_trim(migration_text(migration)) : migration->up);
    add_line_end(text, "\n");
}

static void add_record(struct buf *text, const struct source *source, const struct history *history,
                       const struct migration *migration, struct record_request request)
{
    struct slice record =
        format_record(source->format, history->table, migration, &request, text->arena);

    if (record.len)
        buf_printf(text, "%.*s;\n", SLICE_ARG(record));
}

/* As a tool cuts it, it may have its ';' with it, and a comment may be its end. */
static void add_statement(struct buf *text, const struct migration *migration,
                          struct slice statement)
{
    const char *end = migration->cut ? "\n;" : ";";

    buf_printf(text, "%.*s%s\n", SLICE_ARG(statement), slice_ends_with(statement, ";") ? "" : end);
}

static void add_statements(struct buf *text, const struct source *source,
                           const struct history *history, const struct migration *migration)
{
    bool is_counted = (source->format->features & FORMAT_COUNTS_STATEMENTS) != 0;
    struct sql_statements statements = {0};
    struct error ignored;

    /* list() has refused what cannot be split. */
    if (!migration_split(migration, text->arena, &statements, &ignored))
        return;
    for (size_t i = 0; i < statements.count; i++) {
        add_statement(text, migration, statements.items[i].text);
        if (is_counted && i + 1 < statements.count)
            add_record(
                text, source, history, migration,
                (struct record_request){.phase = RECORD_STATEMENT, .statements_done = i + 1});
    }
}

static void add_script(struct buf *text, const struct source *source, const struct history *history,
                       const struct migration *migration)
{
    struct message_frame frame = frame_of_step(source->step, text->arena);
    struct message message;

    add_heading(text, source, migration);
    if (migration->is_transactional) {
        message = message_compose(source->format, history->table, migration, &frame, text->arena);
        buf_printf(text, "%.*s;\n", SLICE_ARG(message.sql));
        return;
    }
    add_record(text, source, history, migration, (struct record_request){.phase = RECORD_STARTED});
    add_statements(text, source, history, migration);
    add_record(text, source, history, migration, (struct record_request){.phase = RECORD_FINISHED});
}

static void add_migration(struct buf *text, const struct source *source,
                          const struct history *history, const struct migration *migration,
                          bool is_script)
{
    if (is_script)
        add_script(text, source, history, migration);
    else
        add_file(text, source, migration);
}

static void add_summary(struct buf *text, const struct source *source, const struct plan *plan)
{
    buf_printf(text, "-- %s: %zu of %zu migrations pending in %s\n", source->label,
               plan->pending_count, plan->applied_count + plan->pending_count, source->dir);
    if (source->step->command)
        buf_printf(text, "-- %s: to be applied by: %s\n", source->label, source->step->command);
}

void preview_add(struct preview *preview, const struct source *source,
                 const struct history *history, bool is_script)
{
    const struct plan *plan = &history->plan;
    struct buf *text = &preview->text;

    add_summary(text, source, plan);
    if (is_script && plan->pending_count && !history->has_table)
        buf_printf(text, "%.*s;\n",
                   SLICE_ARG(format_begin_history(source->format, history->table, text->arena)));
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->entries[i].state == PLAN_PENDING)
            add_migration(text, source, history, plan->entries[i].migration, is_script);
    }
}

void preview_add_down(struct preview *preview, const struct source *source,
                      const struct history *history, const struct revert_plan *plan, bool is_script)
{
    buf_printf(&preview->text, "-- %s: the last %zu of %zu applied migrations in %s undone\n",
               source->label, plan->count, plan->applied_count, source->dir);
    for (size_t i = 0; i < plan->count; i++)
        add_migration(&preview->text, source, history, &plan->items[i], is_script);
}

void preview_add_command(struct preview *preview, const struct source *source,
                         const struct plan *plan, bool is_needed)
{
    buf_printf(&preview->text, "-- %s: %s: %s\n", source->label,
               is_needed ? "would run" : "nothing to do, would not run", source->step->command);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].state == PLAN_PENDING)
            buf_printf(&preview->text, "--   pending: %s\n", plan->entries[i].migration->name);
}

struct slice preview_text(const struct preview *preview)
{
    return buf_slice(&preview->text);
}
