#include "formats/flyway_check.h"

#include <stdlib.h>
#include <string.h>

#include "formats/flyway_name.h"
#include "formats/resolve.h"

/* The rows by id, the newest of each id last; and the versions that decide. "" is below all. */
struct state {
    const struct applied **rows;
    size_t count;
    const char *baseline;      /* the highest one that was recorded */
    const char *highest_row;   /* the highest version with a row, a baseline's too */
    const char *highest_file;  /* the highest version with a file */
    const char *next_baseline; /* of the script that runs first in an empty database */
    bool takes_late;           /* outOfOrder */
};

static bool is_repeatable(const char *id)
{
    return strncmp(id, "R ", 2) == 0;
}

/* "5" of "5", "B 5" and "baseline 5"; "" of a repeatable one. */
static const char *version_of(const char *id)
{
    const char *blank = strchr(id, ' ');

    if (is_repeatable(id))
        return "";
    return blank ? blank + 1 : id;
}

int flyway_compare_ids(const char *left, const char *right)
{
    return flyway_version_compare(version_of(left), version_of(right));
}

static bool is_baseline_script(const struct migration *migration)
{
    return strncmp(migration->id, "B ", 2) == 0;
}

static bool is_baseline_row(const struct applied *row)
{
    return strcmp(row->kind, "BASELINE") == 0 || strcmp(row->kind, "SQL_BASELINE") == 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct applied *const *left = a, *const *right = b;
    int order = strcmp((*left)->id, (*right)->id);

    return order ? order : (*left > *right) - (*left < *right);
}

static void raise_to(const char **version, const char *candidate)
{
    if (candidate[0] && (!**version || flyway_version_compare(candidate, *version) > 0))
        *version = candidate;
}

static bool is_above(const char *version, const char *other)
{
    return !other[0] || flyway_version_compare(version, other) > 0;
}

static void look_at_rows(struct state *state, const struct applied_list *applied)
{
    for (size_t i = 0; i < applied->count; i++) {
        const struct applied *row = &applied->items[i];

        state->rows[i] = row;
        raise_to(&state->highest_row, version_of(row->id));
        if (is_baseline_row(row))
            raise_to(&state->baseline, version_of(row->id));
    }
    if (state->count)
        qsort(state->rows, state->count, sizeof *state->rows, compare_rows);
}

static struct state look(const struct migration_list *migrations,
                         const struct applied_list *applied, struct arena *arena)
{
    struct state state = {.rows = arena_array(arena, applied->count, sizeof *state.rows),
                          .count = applied->count,
                          .baseline = "",
                          .highest_row = "",
                          .highest_file = "",
                          .next_baseline = "",
                          .takes_late = migration_list_takes_late(migrations)};

    look_at_rows(&state, applied);
    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];

        raise_to(&state.highest_file, version_of(migration->id));
        if (is_baseline_script(migration) && !state.highest_row[0])
            raise_to(&state.next_baseline, version_of(migration->id));
    }
    return state;
}

/* The newest row of this id. */
static const struct applied *row_find(const struct state *state, const char *id)
{
    size_t low = 0, high = state->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(state->rows[middle]->id, id) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low && strcmp(state->rows[low - 1]->id, id) == 0 ? state->rows[low - 1] : NULL;
}

static bool is_changed(const struct migration *migration, const struct applied *row)
{
    return !row->checksum || !migration_fits(migration, row);
}

static bool is_needed(const struct state *state, const struct migration *migration)
{
    const struct applied *row = row_find(state, migration->id);
    const char *version = version_of(migration->id);

    if (is_repeatable(migration->id))
        return !row || is_changed(migration, row);
    if (is_baseline_script(migration))
        return state->next_baseline[0] &&
               flyway_version_compare(version, state->next_baseline) == 0;
    return !row && is_above(version, state->baseline) && is_above(version, state->next_baseline);
}

bool flyway_pending(const struct migration_list *migrations, const struct applied_list *applied,
                    bool *is_pending, struct error *err)
{
    struct arena *arena = arena_new();
    struct state state = look(migrations, applied, arena);

    (void)err;
    for (size_t i = 0; i < migrations->count; i++)
        is_pending[i] = is_needed(&state, &migrations->items[i]);
    arena_free(arena);
    return true;
}

static bool refuse_failed(const struct applied *row, bool has_file, struct error *err)
{
    error_set(err, ERR_MIGRATION,
              "%s has failed before, and what it did outside a transaction stays", row->id);
    resolve_hint(err, "undo or finish by hand what it has left behind", row->id, has_file);
    return false;
}

static bool refuse_missing(const struct applied *row, struct error *err)
{
    char word[160];

    resolve_word(row->id, word, sizeof word);
    error_set(err, ERR_MIGRATION, "%s (%s, type %s) is applied, and its file is not here", row->id,
              row->description, row->kind);
    error_hint(err,
               "bring the file back; if it was removed on purpose, mark it as deleted, as flyway "
               "repair does: `migrinit resolve --rolled-back %s`",
               word);
    return false;
}

static bool refuse_changed(const struct migration *migration, const char *what, const char *was,
                           const char *is, struct error *err)
{
    error_set(err, ERR_MIGRATION, "%s: its %s was %s when it was applied, and is %s now",
              migration->path, what, was, is);
    error_hint(err, "bring the file of then back, and make the change a migration of its own; if "
                    "both come to the same, let Flyway accept it: flyway repair");
    return false;
}

static bool refuse_out_of_order(const struct state *state, const struct migration *migration,
                                struct error *err)
{
    error_set(err, ERR_MIGRATION, "%s is not applied, and version %s above it is", migration->path,
              state->highest_row);
    error_hint(err,
               "Flyway refuses it, too: give the file a version above %s, or set [migrate] "
               "out_of_order = apply (FLYWAY_OUT_OF_ORDER=true)",
               state->highest_row);
    return false;
}

bool flyway_check_down(const struct migration_list *migrations, const struct applied_list *applied,
                       struct error *err)
{
    for (size_t i = 0; i < applied->count; i++)
        if (applied->items[i].is_failed)
            return refuse_failed(&applied->items[i],
                                 migration_list_find(migrations, applied->items[i].id), err);
    return true;
}

static bool check_row(const struct applied *row, const struct state *state, bool has_file,
                      struct error *err)
{
    const char *version = version_of(row->id);

    if (row->is_failed)
        return refuse_failed(row, has_file, err);
    if (has_file || row->is_mark)
        return true;
    if (version[0] && is_above(version, state->highest_file))
        return true;
    if (version[0] && flyway_version_compare(version, state->highest_file) == 0)
        return true;
    return refuse_missing(row, err);
}

static bool check_file(const struct migration *migration, const struct state *state,
                       struct error *err)
{
    const struct applied *row = row_find(state, migration->id);
    const char *version = version_of(migration->id);
    const char *kind = is_baseline_script(migration) ? "SQL_BASELINE" : "SQL";

    if (is_repeatable(migration->id) || (row && !is_above(version, state->baseline)))
        return true;
    if (!row)
        return is_baseline_script(migration) || !is_above(version, state->baseline) ||
               is_above(version, state->highest_row) || state->takes_late ||
               refuse_out_of_order(state, migration, err);
    if (strcmp(row->kind, kind) != 0)
        return refuse_changed(migration, "type", row->kind, kind, err);
    if (is_changed(migration, row))
        return refuse_changed(migration, "checksum", row->checksum ? row->checksum : "NULL",
                              migration->checksum, err);
    if (strcmp(row->description, migration->description) != 0)
        return refuse_changed(migration, "description", row->description, migration->description,
                              err);
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;

    return strcmp(*left, *right);
}

static bool check_rows(const struct migration_list *migrations, const struct applied_list *applied,
                       const struct state *state, struct arena *arena, struct error *err)
{
    const char **ids = arena_array(arena, migrations->count, sizeof *ids);

    for (size_t i = 0; i < migrations->count; i++)
        ids[i] = migrations->items[i].id;
    if (migrations->count)
        qsort(ids, migrations->count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < applied->count; i++) {
        const char *id = applied->items[i].id;
        bool has_file = bsearch(&id, ids, migrations->count, sizeof *ids, compare_ids) != NULL;

        if (!check_row(&applied->items[i], state, has_file, err))
            return false;
    }
    return true;
}

bool flyway_check(const struct migration_list *migrations, const struct applied_list *applied,
                  struct error *err)
{
    struct arena *arena = arena_new();
    struct state state = look(migrations, applied, arena);
    bool is_right = check_rows(migrations, applied, &state, arena, err);

    for (size_t i = 0; is_right && i < migrations->count; i++)
        is_right = check_file(&migrations->items[i], &state, err);
    arena_free(arena);
    return is_right;
}
