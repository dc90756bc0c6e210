#include "migrate/preview.h"

#include "formats/bookkeeping.h"
#include "migrate/frame.h"
#include "sql/split.h"

struct preview preview_in(const struct session *session)
{
    return (struct preview){.text = buf_in(session->arena), .session = session};
}

static void add_line_end(struct buf *text, const char *end)
{
    if (text->len && text->bytes[text->len - 1] != '\n')
        buf_add_text(text, end);
}

static void add_heading(struct buf *text, const struct source *source,
                        const struct migration *migration)
{
    buf_printf(text, "\n-- %s/%s%s\n", source_folder(source, migration), migration->path,
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
        bookkeeping_record(source->format, history->table, migration, &request, text->arena);

    if (record.len)
        buf_printf(text, "%.*s;\n", SLICE_ARG(record));
}

/* As a tool cuts it, it may have its ';' with it, and a comment may be its end. */
static void add_statement(struct buf *text, const struct migration *migration,
                          const struct sql_statement *statement)
{
    const char *end = migration->cut ? "\n;" : ";";

    buf_printf(text, "%.*s%s\n", SLICE_ARG(statement->text),
               slice_ends_with(statement->text, ";") ? "" : end);
    if (statement->has_data)
        buf_printf(text, "%.*s\\.\n", SLICE_ARG(statement->data));
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
        add_statement(text, migration, &statements.items[i]);
        if (is_counted && i + 1 < statements.count)
            add_record(
                text, source, history, migration,
                (struct record_request){.phase = RECORD_STATEMENT, .statements_done = i + 1});
    }
}

static void add_callbacks(struct buf *text, const struct source *source, enum callback_event event)
{
    for (size_t i = 0; i < source->migrations.callback_count; i++) {
        const struct callback *callback = &source->migrations.callbacks[i];

        if (callback->event != event)
            continue;
        add_heading(text, source, &callback->script);
        buf_add(text, migration_text(&callback->script));
        buf_add_text(text, "\n;\n");
    }
}

static void add_callbacks_around(struct buf *text, const struct source *source,
                                 const struct migration *migration, enum callback_event event)
{
    if (!migration->is_down)
        add_callbacks(text, source, event);
}

static void add_transaction(struct preview *preview, const struct source *source,
                            const struct history *history, const struct migration *migration)
{
    struct message_frame frame = frame_when_new(preview->session, source->step);
    struct buf *text = &preview->text;

    buf_add(text, frame.before);
    add_callbacks_around(text, source, migration, CALLBACK_BEFORE_EACH);
    buf_add(text, migration_text(migration));
    add_callbacks_around(text, source, migration, CALLBACK_AFTER_EACH);
    buf_add(text, message_after(source->format, history->table, migration, &frame, text->arena));
    buf_add_text(text, ";\n");
}

static void add_script(struct preview *preview, const struct source *source,
                       const struct history *history, const struct migration *migration)
{
    struct buf *text = &preview->text;

    add_heading(text, source, migration);
    if (migration->is_transactional) {
        add_transaction(preview, source, history, migration);
        return;
    }
    add_record(text, source, history, migration, (struct record_request){.phase = RECORD_STARTED});
    add_callbacks_around(text, source, migration, CALLBACK_BEFORE_EACH);
    add_statements(text, source, history, migration);
    add_callbacks_around(text, source, migration, CALLBACK_AFTER_EACH);
    add_record(text, source, history, migration, (struct record_request){.phase = RECORD_FINISHED});
}

/* As migrate/work runs it. */
static void add_pending(struct preview *preview, const struct source *source,
                        const struct history *history)
{
    const struct plan *plan = &history->plan;
    struct buf *text = &preview->text;
    bool is_versioned = true;

    add_callbacks(text, source, CALLBACK_BEFORE_RUN);
    for (size_t i = 0; i < plan->count; i++) {
        const struct migration *migration = plan->entries[i].migration;

        if (plan->entries[i].state != PLAN_PENDING)
            continue;
        if (is_versioned && migration->is_repeatable) {
            is_versioned = false;
            add_callbacks(text, source, CALLBACK_AFTER_VERSIONED);
            add_callbacks(text, source, CALLBACK_BEFORE_REPEATABLES);
        }
        add_script(preview, source, history, migration);
    }
    if (is_versioned)
        add_callbacks(text, source, CALLBACK_AFTER_VERSIONED);
    if (plan->pending_count)
        add_callbacks(text, source, CALLBACK_AFTER_APPLIED);
    add_callbacks(text, source, CALLBACK_AFTER_RUN);
}

static void add_summary(struct buf *text, const struct source *source, const struct plan *plan)
{
    buf_printf(text, "-- %s: %zu of %zu migrations pending in %s\n", source->label,
               plan->pending_count, plan->applied_count + plan->pending_count, source->dir);
    if (source->step->command)
        buf_printf(text, "-- %s: to be applied by: %s\n", source->label, source->step->command);
    for (size_t i = 0; i < plan->remarks.count; i++)
        buf_printf(text, "-- note: %s\n", plan->remarks.items[i].text);
}

void preview_add(struct preview *preview, const struct source *source,
                 const struct history *history, bool is_script)
{
    const struct plan *plan = &history->plan;
    struct buf *text = &preview->text;

    add_summary(text, source, plan);
    if (is_script && plan->pending_count && !history->has_table)
        buf_printf(text, "%.*s;\n",
                   SLICE_ARG(history_create_sql(source, history->table, text->arena)));
    if (is_script && history->upgrade.len)
        buf_printf(text, "BEGIN;\n%.*s;\nCOMMIT;\n", SLICE_ARG(history->upgrade));
    if (is_script)
        add_pending(preview, source, history);
    for (size_t i = 0; i < plan->count && !is_script; i++)
        if (plan->entries[i].state == PLAN_PENDING)
            add_file(text, source, plan->entries[i].migration);
}

void preview_add_down(struct preview *preview, const struct source *source,
                      const struct history *history, const struct revert_plan *plan, bool is_script)
{
    buf_printf(&preview->text, "-- %s: the last %zu of %zu applied migrations in %s undone\n",
               source->label, plan->count, plan->applied_count, source->dir);
    for (size_t i = 0; i < plan->count; i++)
        if (is_script)
            add_script(preview, source, history, &plan->items[i]);
        else
            add_file(&preview->text, source, &plan->items[i]);
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
