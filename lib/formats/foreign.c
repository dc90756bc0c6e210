#include "formats/foreign.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "formats/format.h"
#include "formats/version.h"

enum mark_kind {
    MARK_PATH,         /* this path in the folder */
    MARK_BELOW,        /* a file of this name in a sub-folder */
    MARK_MILLISECONDS, /* ... which is named by a time in milliseconds */
    MARK_SUFFIX,       /* a top file whose name ends so */
    MARK_NUMBERED,     /* the same, with a number before */
    MARK_COMMENT,      /* a line "--", blanks, and this, in any .sql file */
};

struct mark {
    enum mark_kind kind;
    const char *text;
    const char *tool;
    const char *command;
};

#define ATLAS   "atlas", "atlas migrate apply --env NAME"
#define SQITCH  "Sqitch", "sqitch deploy"
#define ALEMBIC "Alembic", "alembic upgrade head"
#define HASURA  "Hasura", "hasura migrate apply --skip-update-check"
#define GOLANG  "golang-migrate", "migrate ... up"
#define NODE    "a Node.js tool (Knex, TypeORM, Sequelize, ...)", "npx knex migrate:latest"

/*
 * Facts: each tool's own folders, in the versions that were current in 2026. Names that several
 * tools share come last.
 */
static const struct mark marks[] = {
    {MARK_PATH, "atlas.sum", ATLAS},
    {MARK_PATH, "sqitch.plan", SQITCH},
    {MARK_PATH, "sqitch.conf", SQITCH},
    {MARK_PATH, "env.py", ALEMBIC},
    {MARK_PATH, "alembic.ini", ALEMBIC},
    {MARK_COMMENT, "+migrate", "sql-migrate", "sql-migrate up"},
    {MARK_COMMENT, "atlas:", ATLAS},
    {MARK_COMMENT, "liquibase formatted sql", "Liquibase", "liquibase update"},
    {MARK_COMMENT, "no-transaction", "sqlx", "sqlx migrate run"},
    {MARK_BELOW, "migration.sql", "Prisma's as well as Drizzle's", NULL},
    {MARK_MILLISECONDS, "/up.sql", HASURA},
    {MARK_BELOW, "up.sql", "diesel", "diesel migration run"},
    {MARK_SUFFIX, ".up.sql", GOLANG},
    {MARK_SUFFIX, ".down.sql", GOLANG},
    {MARK_NUMBERED, ".js", NODE},
    {MARK_NUMBERED, ".cjs", NODE},
    {MARK_NUMBERED, ".mjs", NODE},
    {MARK_NUMBERED, ".ts", NODE},
    {MARK_NUMBERED, ".py", "Django", "python manage.py migrate"},
    {MARK_NUMBERED, ".go", "goose with Go migrations", "the program that has them compiled in"},
    {MARK_NUMBERED, ".rb", "Rails", "bundle exec rails db:migrate"},
    {MARK_NUMBERED, ".exs", "Ecto", "mix ecto.migrate"},
    {MARK_NUMBERED, ".php", "Laravel", "php artisan migrate"},
};

static bool comment_begins_with(struct slice line, const char *text)
{
    size_t len = strlen(text);

    if (!slice_starts_with(line, "--"))
        return false;
    line = slice_trim(slice_sub(line, 2, line.len));
    return line.len >= len && strncasecmp(line.ptr, text, len) == 0;
}

static bool find_comment(struct slice bytes, const char *text, struct slice *line)
{
    while (slice_next_line(&bytes, line))
        if (comment_begins_with(*line, text))
            return true;
    return false;
}

/* The last folder of an entry's path, and what follows. */
static struct slice folder_name(const struct tree_entry *entry)
{
    size_t start = entry->path.len - tree_entry_name(entry).len;

    for (start -= start > 0; start > 0 && entry->path.ptr[start - 1] != '/';)
        start--;
    return slice_sub(entry->path, start, entry->path.len);
}

static bool mark_fits(const struct mark *mark, const struct tree_entry *entry)
{
    struct slice name = tree_entry_name(entry);
    bool is_top = tree_entry_is_top(entry);
    struct slice line;

    switch (mark->kind) {
    case MARK_PATH: return slice_equal_text(entry->path, mark->text);
    case MARK_BELOW: return !is_top && slice_equal_text(name, mark->text);
    case MARK_MILLISECONDS:
        return version_is_milliseconds(folder_name(entry)) &&
               slice_ends_with(entry->path, mark->text);
    case MARK_SUFFIX: return is_top && slice_ends_with(name, mark->text);
    case MARK_NUMBERED:
        return is_top && version_digits(name).len && slice_ends_with(name, mark->text);
    case MARK_COMMENT:
        return entry->kind == TREE_FILE && slice_ends_with(name, ".sql") &&
               find_comment(entry->bytes, mark->text, &line);
    }
    return false;
}

static const struct tree_entry *mark_find(const struct mark *mark, const struct tree *tree,
                                          struct arena *arena)
{
    for (size_t i = 0; tree->entries && i < tree->count; i++)
        if (mark_fits(mark, &tree->entries[i]) &&
            !tree_entry_is_plain_down(tree, &tree->entries[i], arena))
            return &tree->entries[i];
    return NULL;
}

static const char *evidence_of(const struct mark *mark, const struct tree_entry *entry,
                               struct arena *arena)
{
    struct slice line;
    char printable[48];

    if (mark->kind != MARK_COMMENT || !find_comment(entry->bytes, mark->text, &line))
        return entry->path.ptr;
    text_sanitize(line, printable, sizeof printable);
    return arena_printf(arena, "a line \"%s\" in %s", printable, entry->path.ptr);
}

bool foreign_find(const struct tree *tree, struct arena *arena, struct foreign_sign *out)
{
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        const struct tree_entry *entry = mark_find(&marks[i], tree, arena);

        if (!entry)
            continue;
        *out = (struct foreign_sign){marks[i].tool, marks[i].command,
                                     evidence_of(&marks[i], entry, arena)};
        return true;
    }
    return false;
}
