#include "formats/drizzle_journal.h"

#include "base/json.h"
#include "base/text.h"

/* What JavaScript counts exactly. */
static const int64_t when_max_ms = INT64_C(1) << 53;

static const char regenerate_hint[] = "drizzle-kit generate writes this file: restore it, or mend "
                                      "what a merge has left";

static bool refuse_entry(size_t index, const char *what, struct error *err)
{
    error_set(err, ERR_CONFIG, "entry %zu of \"entries\" (from 0) %s", index, what);
    error_hint(err, "%s", regenerate_hint);
    return false;
}

static bool check_dialect(const struct json *root, struct error *err)
{
    const struct json *dialect = json_member(root, "dialect");
    struct slice name = SLICE("");
    char printable[40];

    if (!dialect)
        return true;
    json_get_text(dialect, &name);
    if (slice_equal_text(name, "postgresql") || slice_equal_text(name, "pg"))
        return true;
    text_sanitize(name, printable, sizeof printable);
    error_set(err, ERR_CONFIG, "the dialect is \"%s\", not postgresql", printable);
    error_hint(err, "these migrations are for another kind of database");
    return false;
}

static bool read_entry(const struct json *json, size_t index, struct arena *arena,
                       struct drizzle_entry *out, struct error *err)
{
    struct slice tag;

    if (!json_get_text(json_member(json, "tag"), &tag) || !tag.len)
        return refuse_entry(index, "has no \"tag\", the file's name", err);
    if (!json_get_int(json_member(json, "when"), &out->when_ms) || out->when_ms < 0 ||
        out->when_ms > when_max_ms)
        return refuse_entry(index, "has no \"when\", a whole number of milliseconds", err);
    out->tag = arena_text(arena, tag);
    return true;
}

static bool read_entries(const struct json *root, struct arena *arena, struct drizzle_journal *out,
                         struct error *err)
{
    const struct json *entries = json_member(root, "entries");

    if (!json_is_list(entries, &out->count)) {
        error_set(err, ERR_CONFIG, "has no list \"entries\"");
        error_hint(err, "%s", regenerate_hint);
        return false;
    }
    out->entries = arena_array(arena, out->count, sizeof *out->entries);
    for (size_t i = 0; i < out->count; i++)
        if (!read_entry(json_item(entries, i), i, arena, &out->entries[i], err))
            return false;
    return true;
}

bool drizzle_journal_read(struct slice text, struct arena *arena, struct drizzle_journal *out,
                          struct error *err)
{
    struct json *root;
    bool is_read;

    *out = (struct drizzle_journal){0};
    if (!json_read(text, &root, err)) {
        error_hint(err, "%s", regenerate_hint);
        return false;
    }
    is_read = check_dialect(root, err) && read_entries(root, arena, out, err);
    json_free(root);
    return is_read;
}
