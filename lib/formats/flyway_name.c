#include "formats/flyway_name.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "formats/version.h"

/* varchar(200); Flyway cuts longer ones. */
enum { DESCRIPTION_MAX = 200, DESCRIPTION_KEPT = 197 };

static const char *const other_suffixes[] = {
    ".java", ".class", ".kt", ".groovy", ".sh", ".bash", ".py", ".ps1", ".bat", ".cmd", ".exe",
};

/* Those that `flyway migrate` runs; those of clean, info, repair, baseline it does not. */
static const char *const callbacks[] = {
    "beforeMigrate",
    "beforeRepeatables",
    "beforeEachMigrate",
    "beforeEachMigrateStatement",
    "afterEachMigrateStatement",
    "afterEachMigrateStatementError",
    "afterEachMigrate",
    "afterEachMigrateError",
    "afterMigrate",
    "afterMigrateApplied",
    "afterVersioned",
    "afterMigrateError",
    "afterMigrateOperationFinish",
    "beforeValidate",
    "afterValidate",
    "afterValidateError",
    "beforeCreateSchema",
    "createSchema",
    "beforeConnect",
    "afterConnect",
};

static const char *const undo_callbacks[] = {
    "beforeUndo",
    "beforeEachUndo",
    "beforeEachUndoStatement",
    "afterEachUndoStatement",
    "afterEachUndoStatementError",
    "afterEachUndo",
    "afterEachUndoError",
    "afterUndo",
    "afterUndoError",
    "afterUndoOperationFinish",
};

/* The name without ".sql" in any letter case, or without another suffix of something that runs. */
static bool strip_suffix(struct slice name, struct slice *stem, bool *is_sql)
{
    *is_sql = name.len >= 4 && strncasecmp(name.ptr + name.len - 4, ".sql", 4) == 0;
    *stem = slice_sub(name, 0, name.len - (*is_sql ? 4 : 0));
    for (size_t i = 0; i < COUNT_OF(other_suffixes) && !*is_sql; i++) {
        if (!slice_ends_with(name, other_suffixes[i]))
            continue;
        *stem = slice_sub(name, 0, name.len - strlen(other_suffixes[i]));
        return true;
    }
    return *is_sql;
}

/* Where "__" is, or the end. */
static size_t separator_find(struct slice text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == '_' && text.ptr[i + 1] == '_')
            return i;
    return text.len;
}

bool flyway_is_version(struct slice text)
{
    for (;;) {
        struct slice digits = version_digits(text);

        if (!digits.len)
            return false;
        if (digits.len == text.len)
            return true;
        if (text.ptr[digits.len] != '.' && text.ptr[digits.len] != '_')
            return false;
        text = slice_sub(text, digits.len + 1, text.len);
    }
}

static const char *replaced(struct slice text, char with, struct arena *arena)
{
    char *out = arena_text(arena, text);

    for (size_t i = 0; i < text.len; i++)
        if (out[i] == '_')
            out[i] = with;
    return out;
}

static size_t character_count_len(const char *text, size_t characters)
{
    size_t len = 0;

    for (; text[len] && characters; characters--)
        do
            len++;
        while (((unsigned char)text[len] & 0xC0) == 0x80);
    return len;
}

static const char *description_of(struct slice text, struct arena *arena)
{
    const char *whole = replaced(text, ' ', arena);

    if (!whole[character_count_len(whole, DESCRIPTION_MAX)])
        return whole;
    return arena_printf(arena, "%.*s...", (int)character_count_len(whole, DESCRIPTION_KEPT), whole);
}

const char *flyway_version_normal(struct slice version, struct arena *arena)
{
    struct buf out = buf_in(arena);
    size_t len = 0; /* up to the last part that is not zero */

    if (!flyway_is_version(version))
        return arena_text(arena, version);
    while (version.len) {
        struct slice digits = version_digits(version);

        version = slice_sub(version, digits.len + 1, version.len);
        while (digits.len > 1 && digits.ptr[0] == '0')
            digits = slice_sub(digits, 1, digits.len);
        if (out.len)
            buf_add_char(&out, '.');
        buf_add(&out, digits);
        if (!len || !slice_equal_text(digits, "0"))
            len = out.len;
    }
    return arena_text(arena, slice_sub(buf_slice(&out), 0, len));
}

int flyway_version_compare(const char *a, const char *b)
{
    struct slice left = slice_from(a), right = slice_from(b);

    while (left.len || right.len) {
        struct slice left_part = slice_sub(left, 0, slice_find(left, '.'));
        struct slice right_part = slice_sub(right, 0, slice_find(right, '.'));
        int order = version_compare(left_part, right_part);

        if (order)
            return order;
        left = slice_sub(left, left_part.len + 1, left.len);
        right = slice_sub(right, right_part.len + 1, right.len);
    }
    return 0;
}

static bool parse_callback(struct slice stem, struct flyway_name *out, struct arena *arena)
{
    size_t at = separator_find(stem);

    for (size_t i = 0; i < COUNT_OF(callbacks); i++) {
        if (!slice_equal_text(slice_sub(stem, 0, at), callbacks[i]))
            continue;
        out->kind = FLYWAY_CALLBACK;
        out->event = callbacks[i];
        out->description = description_of(slice_sub(stem, at + 2, stem.len), arena);
        return true;
    }
    return false;
}

static bool is_undo_callback(struct slice stem, struct flyway_name *out)
{
    struct slice event = slice_sub(stem, 0, separator_find(stem));

    for (size_t i = 0; i < COUNT_OF(undo_callbacks); i++) {
        if (!slice_equal_text(event, undo_callbacks[i]))
            continue;
        out->kind = FLYWAY_UNDO_CALLBACK;
        return true;
    }
    return false;
}

static enum flyway_kind kind_of_letter(char letter)
{
    switch (letter) {
    case 'V': return FLYWAY_VERSIONED;
    case 'B': return FLYWAY_BASELINE;
    case 'R': return FLYWAY_REPEATABLE;
    case 'U': return FLYWAY_UNDO;
    default: return FLYWAY_NOTHING;
    }
}

/* v1__a, V1_a, Vx__a, R1__a: its author meant a migration. */
static bool is_misnamed(struct slice stem)
{
    struct slice rest = slice_sub(stem, 1, stem.len);

    if (!stem.len || !strchr("VBRvbr", stem.ptr[0]))
        return false;
    return version_digits(rest).len ||
           (separator_find(rest) < rest.len && strchr("VBR", stem.ptr[0]));
}

static bool parse_migration(struct slice stem, struct flyway_name *out, struct arena *arena)
{
    struct slice rest = slice_sub(stem, 1, stem.len);
    size_t at = separator_find(rest);
    struct slice version = slice_sub(rest, 0, at);

    out->kind = stem.len ? kind_of_letter(stem.ptr[0]) : FLYWAY_NOTHING;
    if (out->kind == FLYWAY_NOTHING)
        return false;
    out->description = description_of(slice_sub(rest, at + 2, rest.len), arena);
    out->id = arena_printf(arena, "R %s", out->description);
    if (out->kind == FLYWAY_REPEATABLE)
        return !version.len;
    if (!flyway_is_version(version))
        return false;
    out->version = replaced(version, '.', arena);
    out->id = flyway_version_normal(version, arena);
    if (out->kind == FLYWAY_BASELINE)
        out->id = arena_printf(arena, "B %s", out->id);
    return true;
}

struct flyway_name flyway_name_parse(struct slice name, struct arena *arena)
{
    struct flyway_name out = {.kind = FLYWAY_NOTHING};
    struct slice stem;

    if (!strip_suffix(name, &stem, &out.is_sql))
        return out;
    if (parse_callback(stem, &out, arena) || is_undo_callback(stem, &out))
        return out;
    if (parse_migration(stem, &out, arena))
        return out;
    out = (struct flyway_name){.is_sql = out.is_sql};
    if (out.is_sql && is_misnamed(stem))
        out.kind = FLYWAY_MISNAMED;
    return out;
}
