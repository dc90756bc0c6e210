#include "formats/flyway_callback.h"

#include <stdlib.h>
#include <string.h>

#include "formats/flyway_script.h"

static const struct {
    const char *name;
    enum callback_event event;
} events[] = {
    {"beforeMigrate", CALLBACK_BEFORE_RUN},
    {"beforeEachMigrate", CALLBACK_BEFORE_EACH},
    {"afterEachMigrate", CALLBACK_AFTER_EACH},
    {"afterVersioned", CALLBACK_AFTER_VERSIONED},
    {"beforeRepeatables", CALLBACK_BEFORE_REPEATABLES},
    {"afterMigrateApplied", CALLBACK_AFTER_APPLIED},
    {"afterMigrate", CALLBACK_AFTER_RUN},
    {"afterMigrateError", CALLBACK_AFTER_ERROR},
};

static bool find_event(const char *name, enum callback_event *event)
{
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        *event = events[i].event;
        if (strcmp(name, events[i].name) == 0)
            return true;
    }
    return false;
}

static bool refuse_event(const struct tree *tree, const struct tree_entry *entry, struct error *err)
{
    return file_refuse(tree, entry, err, "is a callback that cannot be run here",
                       "supported: beforeMigrate, beforeEachMigrate, afterEachMigrate, "
                       "afterVersioned, beforeRepeatables, afterMigrateApplied, afterMigrate, "
                       "afterMigrateError; or run Flyway itself as a step: [migrate] command = "
                       "flyway migrate");
}

bool flyway_callback_add(const struct tree *tree, const struct tree_entry *entry,
                         const struct flyway_name *name, struct arena *arena,
                         struct migration_list *out, struct error *err)
{
    struct slice file = tree_entry_name(entry);
    struct callback callback = {.script = {.path = entry->path.ptr,
                                           .folder = entry->root,
                                           .description = name->description}};
    struct migration *script = &callback.script;

    if (!name->is_sql || !find_event(name->event, &callback.event))
        return refuse_event(tree, entry, err);
    script->id = script->name = arena_text(arena, slice_sub(file, 0, file.len - 4));
    if (!tree_entry_text(tree, entry, &script->source, err) ||
        !flyway_script_read(tree, script, arena, out, err))
        return false;
    out->callbacks = arena_grow(arena, out->callbacks, &out->callback_capacity, out->callback_count,
                                sizeof *out->callbacks);
    out->callbacks[out->callback_count++] = callback;
    return true;
}

static int compare_callbacks(const void *a, const void *b)
{
    const struct callback *left = a, *right = b;

    if (left->event != right->event)
        return left->event < right->event ? -1 : 1;
    return strcmp(left->script.description, right->script.description);
}

bool flyway_callbacks_finish(const struct tree *tree, struct migration_list *out, struct error *err)
{
    if (out->callback_count)
        qsort(out->callbacks, out->callback_count, sizeof *out->callbacks, compare_callbacks);
    for (size_t i = 1; i < out->callback_count; i++) {
        const struct migration *script = &out->callbacks[i].script;

        if (compare_callbacks(&out->callbacks[i - 1], &out->callbacks[i]) != 0)
            continue;
        error_set(err, ERR_CONFIG, "two callbacks of the name %s: %s and %s", script->name,
                  out->callbacks[i - 1].script.path, script->path);
        error_hint(err, "Flyway refuses it, too: give one of them another description");
        return error_wrap(err, "%s", tree->root);
    }
    return true;
}
