#include "migrate/status.h"

#include "base/duration.h"

void status_init(struct status *status, struct arena *arena)
{
    *status = (struct status){.arena = arena, .text = buf_in(arena), .steps = json_new_array()};
}

void status_clear(struct status *status)
{
    json_free(status->steps);
    status->steps = NULL;
}

static void add_line(struct status *status, const struct plan_entry *entry)
{
    const struct applied *applied = entry->applied;
    char duration[32] = "";

    if (applied && applied->duration_ms >= 0)
        duration_format(applied->duration_ms, duration, sizeof duration);
    buf_printf(&status->text, "  %-12s  %-29.29s  %10s  %s\n", plan_entry_state(entry),
               applied && applied->applied_at ? applied->applied_at : "", duration,
               plan_entry_name(entry));
}

static struct json *entry_json(const struct plan_entry *entry)
{
    const struct applied *applied = entry->applied;
    struct json *json = json_new_object();

    json_set_text(json, "id", entry->id);
    json_set_text(json, "name", plan_entry_name(entry));
    json_set_text(json, "state", plan_entry_state(entry));
    json_set_text(json, "applied_at", applied ? applied->applied_at : NULL);
    if (applied && applied->duration_ms >= 0)
        json_set_int(json, "duration_ms", applied->duration_ms);
    else
        json_set_null(json, "duration_ms");
    json_set_text(json, "checksum", plan_checksum_name(plan_entry_checksum(entry)));
    return json;
}

static const char *refusal_text(const struct status *status, const struct error *refusal)
{
    char text[1024];

    if (!refusal)
        return NULL;
    error_format(refusal, text, sizeof text);
    return arena_text(status->arena, slice_from(text));
}

static void add_refusal(struct status *status, const struct error *refusal)
{
    if (!refusal)
        return;
    buf_printf(&status->text, "refused: %s\n", refusal_text(status, refusal));
    if (refusal->hint[0])
        buf_printf(&status->text, "hint: %s\n", refusal->hint);
}

/* A table that the search_path finds has no schema that is known here. */
static const char *table_text(const struct status *status, struct sql_name table)
{
    return arena_printf(status->arena, "%.*s%s%.*s", SLICE_ARG(table.schema),
                        table.schema.len ? "." : "", SLICE_ARG(table.table));
}

static void add_text(struct status *status, const struct source *source,
                     const struct history *history)
{
    const struct plan *plan = &history->plan;

    buf_printf(&status->text, "%s: %s, recorded in %s\n", source_reader_name(source), source->dir,
               table_text(status, history->table));
    for (size_t i = 0; i < plan->count; i++)
        add_line(status, &plan->entries[i]);
    for (size_t i = 0; i < plan->remarks.count; i++)
        buf_printf(&status->text, "note: %s\n", plan->remarks.items[i].text);
    buf_printf(&status->text,
               "%zu applied, %zu pending, %zu changed, %zu failed, %zu out of order, %zu missing, "
               "%zu ahead, %zu skipped\n",
               plan->applied_count, plan->pending_count, plan->changed_count, plan->failed_count,
               plan->late_count, plan->unknown_count - plan->newer_count, plan->newer_count,
               plan->skipped_count);
}

static struct json *remarks_json(const struct remark_list *remarks)
{
    struct json *json = json_new_array();

    for (size_t i = 0; i < remarks->count; i++)
        json_append_text(json, remarks->items[i].text);
    return json;
}

static void set_counts(struct json *json, const struct plan *plan)
{
    json_set_int(json, "applied", (int64_t)plan->applied_count);
    json_set_int(json, "pending", (int64_t)plan->pending_count);
    json_set_int(json, "changed", (int64_t)plan->changed_count);
    json_set_int(json, "failed", (int64_t)plan->failed_count);
    json_set_int(json, "out_of_order", (int64_t)plan->late_count);
    json_set_int(json, "missing", (int64_t)(plan->unknown_count - plan->newer_count));
    json_set_int(json, "ahead", (int64_t)plan->newer_count);
    json_set_int(json, "skipped", (int64_t)plan->skipped_count);
}

static void set_folder(const struct status *status, struct json *json, const struct source *source,
                       const struct history *history, const struct error *refusal)
{
    const struct plan *plan = &history->plan;
    struct json *migrations = json_new_array();

    json_set_text(json, "format", source_reader_name(source));
    json_set_text(json, "dir", source->dir);
    json_set_text(json, "table", table_text(status, history->table));
    set_counts(json, plan);
    json_set_text(json, "refusal", refusal_text(status, refusal));
    for (size_t i = 0; i < plan->count; i++)
        json_append(migrations, entry_json(&plan->entries[i]));
    json_set(json, "migrations", migrations);
    json_set(json, "remarks", remarks_json(&plan->remarks));
}

static const char *inputs_state(const struct source *source, const struct inputs_record *record)
{
    if (!record->hash)
        return "new";
    return inputs_differ(&source->inputs, record) ? "changed" : "current";
}

static void add_inputs_text(struct status *status, const struct source *source,
                            const struct inputs_record *record)
{
    char duration[32] = "";

    buf_printf(&status->text, "%s: %zu input file%s, ", source->label, source->inputs.file_count,
               source->inputs.file_count == 1 ? "" : "s");
    if (!record->hash) {
        buf_add_text(&status->text, "pending: it has not succeeded yet\n");
        return;
    }
    if (record->duration_ms >= 0)
        duration_format(record->duration_ms, duration, sizeof duration);
    buf_printf(&status->text, "%s since its last success: %s %s\n",
               inputs_differ(&source->inputs, record) ? "pending: changed" : "unchanged",
               record->finished_at, duration);
}

static void set_inputs(struct json *json, const struct source *source,
                       const struct inputs_record *record)
{
    struct json *inputs = json_new_object();

    json_set_int(inputs, "files", (int64_t)source->inputs.file_count);
    json_set_text(inputs, "state", inputs_state(source, record));
    json_set_text(inputs, "finished_at", record->finished_at);
    if (record->duration_ms >= 0)
        json_set_int(inputs, "duration_ms", record->duration_ms);
    else
        json_set_null(inputs, "duration_ms");
    json_set(json, "inputs", inputs);
}

void status_add(struct status *status, const struct source *source, const struct history *history,
                const struct inputs_record *inputs, const struct error *refusal)
{
    bool has_reader = source_reader_name(source);
    struct json *json = json_new_object();

    json_set_text(json, "step", source->step->name);
    if (source->step->command)
        json_set_text(json, "command", source->step->command);
    if (has_reader) {
        add_text(status, source, history);
        add_refusal(status, refusal);
        set_folder(status, json, source, history, refusal);
    }
    if (source->inputs.file_count) {
        add_inputs_text(status, source, inputs);
        set_inputs(json, source, inputs);
    }
    if (!source_tells(source))
        buf_printf(&status->text,
                   "%s: a command step; whether it has anything to do is not known\n",
                   source->label);
    json_append(status->steps, json);
}

struct slice status_text(const struct status *status, bool is_json)
{
    struct buf line = buf_in(status->arena);

    if (!is_json)
        return buf_slice(&status->text);
    buf_add_text(&line, "{\"steps\":");
    buf_add(&line, json_write(status->steps, status->arena));
    buf_add_text(&line, "}\n");
    return buf_slice(&line);
}
