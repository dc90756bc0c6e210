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

static const char *entry_name(const struct plan_entry *entry)
{
    return entry->migration ? entry->migration->name : entry->id;
}

static void add_line(struct status *status, const struct plan_entry *entry)
{
    const struct applied *applied = entry->applied;
    char duration[32] = "";

    if (applied && applied->duration_ms >= 0)
        duration_format(applied->duration_ms, duration, sizeof duration);
    buf_printf(&status->text, "  %-8s  %-29.29s  %10s  %s\n", plan_state_name(entry->state),
               applied && applied->applied_at ? applied->applied_at : "", duration,
               entry_name(entry));
}

static struct json *entry_json(const struct plan_entry *entry)
{
    const struct applied *applied = entry->applied;
    struct json *json = json_new_object();

    json_set_text(json, "id", entry->id);
    json_set_text(json, "name", entry_name(entry));
    json_set_text(json, "state", plan_state_name(entry->state));
    json_set_text(json, "applied_at", applied ? applied->applied_at : NULL);
    if (applied && applied->duration_ms >= 0)
        json_set_int(json, "duration_ms", applied->duration_ms);
    else
        json_set_null(json, "duration_ms");
    return json;
}

static void add_text(struct status *status, const struct source *source,
                     const struct history *history)
{
    const struct plan *plan = &history->plan;

    buf_printf(&status->text, "%s: %s, recorded in %.*s.%.*s\n", source->format->name, source->dir,
               SLICE_ARG(history->table.schema), SLICE_ARG(history->table.table));
    for (size_t i = 0; i < plan->count; i++)
        add_line(status, &plan->entries[i]);
    for (size_t i = 0; i < plan->remarks.count; i++)
        buf_printf(&status->text, "note: %s\n", plan->remarks.items[i].text);
    buf_printf(&status->text, "%zu applied, %zu pending, %zu changed, %zu failed, %zu unknown\n",
               plan->applied_count, plan->pending_count, plan->changed_count, plan->failed_count,
               plan->unknown_count);
}

static struct json *remarks_json(const struct remark_list *remarks)
{
    struct json *json = json_new_array();

    for (size_t i = 0; i < remarks->count; i++)
        json_append_text(json, remarks->items[i].text);
    return json;
}

static struct json *step_json(const struct status *status, const struct source *source,
                              const struct history *history)
{
    const struct plan *plan = &history->plan;
    struct json *json = json_new_object(), *migrations = json_new_array();

    json_set_text(json, "step", source->step->name);
    json_set_text(json, "format", source->format->name);
    json_set_text(json, "dir", source->dir);
    json_set_text(json, "table",
                  arena_printf(status->arena, "%.*s.%.*s", SLICE_ARG(history->table.schema),
                               SLICE_ARG(history->table.table)));
    json_set_int(json, "applied", (int64_t)plan->applied_count);
    json_set_int(json, "pending", (int64_t)plan->pending_count);
    json_set_int(json, "changed", (int64_t)plan->changed_count);
    json_set_int(json, "failed", (int64_t)plan->failed_count);
    json_set_int(json, "unknown", (int64_t)plan->unknown_count);
    for (size_t i = 0; i < plan->count; i++)
        json_append(migrations, entry_json(&plan->entries[i]));
    json_set(json, "migrations", migrations);
    json_set(json, "remarks", remarks_json(&plan->remarks));
    return json;
}

void status_add(struct status *status, const struct source *source, const struct history *history)
{
    add_text(status, source, history);
    json_append(status->steps, step_json(status, source, history));
}

void status_add_command(struct status *status, const struct source *source)
{
    struct json *json = json_new_object();

    buf_printf(&status->text, "%s: a command step; whether it has anything to do is not known\n",
               source->label);
    json_set_text(json, "step", source->step->name);
    json_set_text(json, "command", source->step->command);
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
