#include "formats/foreign.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "formats/directive.h"
#include "formats/format.h"
#include "formats/version.h"

enum mark_kind {
    MARK_PATH,         /* this path in the folder */
    MARK_BELOW,        /* a file of this name in a sub-folder */
    MARK_MILLISECONDS, /* ... which is named by a time in milliseconds */
    MARK_SUFFIX,       /* a top file whose name ends so */
    MARK_NUMBERED,     /* the same, with a number before */
    MARK_COMMENT,      /* a line "--", blanks, and this, in any .sql file */
    MARK_CONTENT,      /* this text in a file whose name ends so */
    MARK_SCRIPT,       /* this text in a file of JavaScript or TypeScript */
};

/* In command and besides, {dir} is the folder and {file} the file that has the mark. */
struct mark {
    enum mark_kind kind;
    const char *text;
    const char *ending; /* of MARK_CONTENT */
    const char *tool;
    const char *command;
    const char *besides; /* what to set besides: whether anything is to be done is then known */
};

#define ALL_OF_IT "inputs = {dir}/**"

#define ATLAS                                                                                      \
    "atlas", "atlas migrate apply --dir \"file://{dir}\" --url \"$DATABASE_URL\"", ALL_OF_IT
#define SQITCH                                                                                     \
    "Sqitch", "cd {dir} && sqitch deploy \"db:$DATABASE_URL\"",                                    \
        "inputs = {dir}/sqitch.plan {dir}/deploy/**"
#define FLASK     "Flask-Migrate", "flask db upgrade", "dir = {dir}"
#define ALEMBIC   "Alembic", "alembic upgrade head"
#define DJANGO    "Django", "python manage.py migrate --noinput"
#define RAILS     "Rails", "bundle exec rails db:migrate", "inputs = {dir}/**/*.rb"
#define LIQUIBASE "Liquibase", "liquibase update --changelog-file={file}", ALL_OF_IT
#define HASURA    "Hasura", "hasura migrate apply --skip-update-check", ALL_OF_IT
#define GOLANG    "golang-migrate", "migrate ... up", NULL
#define PUSH                                                                                       \
    "Drizzle without migrations", "npx drizzle-kit push --force",                                  \
        "success = Changes applied | No changes detected"
#define NODE "a Node.js tool (Knex, TypeORM, Sequelize, ...)", "npx knex migrate:latest", ALL_OF_IT

/*
 * Facts: each tool's own folders, in the versions that were current in 2026. What a file says comes
 * before how it is named, and names that several tools share come last.
 */
static const struct mark marks[] = {
    {MARK_PATH, "sqitch.plan", NULL, SQITCH},
    {MARK_PATH, "sqitch.conf", NULL, SQITCH},
    {MARK_CONTENT, "current_app", "env.py", FLASK},
    {MARK_PATH, "env.py", NULL, ALEMBIC, "dir = {dir}"},
    {MARK_PATH, "alembic.ini", NULL, ALEMBIC, "dir = {dir}"},
    {MARK_CONTENT, "\ndown_revision", ".py", ALEMBIC, "dir = {dir}/.."},
    {MARK_PATH, "manage.py", NULL, DJANGO, "inputs = {dir}/**/migrations/*.py"},
    {MARK_CONTENT, "migrations.Migration", ".py", DJANGO, "inputs = {dir}/**/*.py"},
    {MARK_CONTENT, "yoyo", ".py", "yoyo", "yoyo apply --batch --database \"$DATABASE_URL\" {dir}",
     "inputs = {dir}/**/*.py"},
    {MARK_CONTENT, "tortoise", ".py", "Aerich", "aerich upgrade", "inputs = {dir}/**/*.py"},
    {MARK_CONTENT, "Sequel.migration", ".rb", "Sequel",
     "bundle exec sequel -m {dir} \"$DATABASE_URL\"", ALL_OF_IT},
    {MARK_CONTENT, "ActiveRecord::Migration", ".rb", RAILS},
    {MARK_CONTENT, "databaseChangeLog", ".xml", LIQUIBASE},
    {MARK_CONTENT, "databaseChangeLog", ".yaml", LIQUIBASE},
    {MARK_CONTENT, "databaseChangeLog", ".yml", LIQUIBASE},
    {MARK_CONTENT, "databaseChangeLog", ".json", LIQUIBASE},
    {MARK_CONTENT, "Doctrine\\Migrations", ".php", "Doctrine",
     "php bin/console doctrine:migrations:migrate --no-interaction", ALL_OF_IT},
    {MARK_CONTENT, "Phinx\\", ".php", "Phinx", "vendor/bin/phinx migrate", ALL_OF_IT},
    {MARK_CONTENT, "MigrationBuilder", ".cs", "EF Core", "dotnet ef database update", ALL_OF_IT},
    {MARK_SCRIPT, "MigrationInterface", NULL, "TypeORM",
     "npx typeorm migration:run --dataSource dist/data-source.js", ALL_OF_IT},
    {MARK_SCRIPT, "@mikro-orm/migrations", NULL, "MikroORM", "npx mikro-orm migration:up",
     ALL_OF_IT},
    {MARK_SCRIPT, "@adonisjs/lucid", NULL, "AdonisJS", "node ace migration:run --force", ALL_OF_IT},
    {MARK_SCRIPT, "queryInterface", NULL, "Sequelize", "npx sequelize-cli db:migrate", ALL_OF_IT},
    {MARK_SCRIPT, "kysely", NULL, "Kysely", "npx kysely migrate:latest", ALL_OF_IT},
    {MARK_SCRIPT, "knex", NULL, "Knex", "npx knex migrate:latest", ALL_OF_IT},
    {MARK_SCRIPT, "pgm.", NULL, "node-pg-migrate with JavaScript",
     "npx node-pg-migrate up --migrations-dir {dir}", ALL_OF_IT},
    {MARK_SCRIPT, "drizzle-orm/pg-core", NULL, PUSH ", " ALL_OF_IT},
    {MARK_PATH, "drizzle.config.ts", NULL, PUSH},
    {MARK_PATH, "drizzle.config.js", NULL, PUSH},
    {MARK_PATH, "drizzle.config.mjs", NULL, PUSH},
    {MARK_PATH, "drizzle.config.json", NULL, PUSH},
    {MARK_COMMENT, "+migrate", NULL, "sql-migrate", "sql-migrate up", ALL_OF_IT},
    {MARK_COMMENT, "atlas:", NULL, ATLAS},
    {MARK_COMMENT, "liquibase formatted sql", NULL, LIQUIBASE},
    {MARK_COMMENT, "no-transaction", NULL, "sqlx", "sqlx migrate run", NULL},
    {MARK_BELOW, "ops.json", NULL, "Prisma 8", "npx prisma-next migrate --db \"$DATABASE_URL\"",
     ALL_OF_IT},
    {MARK_PATH, "migrations/migration_lock.toml", NULL, "Prisma", NULL, "dir = {dir}/migrations"},
    {MARK_BELOW, "migration.sql", NULL, "Prisma's as well as Drizzle's", NULL, NULL},
    {MARK_PATH, "schema.prisma", NULL, "Prisma without migrations", "npx prisma db push",
     "inputs = {dir}/*.prisma"},
    {MARK_MILLISECONDS, "/up.sql", NULL, HASURA},
    {MARK_BELOW, "up.sql", NULL, "diesel", "diesel migration run", NULL},
    {MARK_SUFFIX, ".up.sql", NULL, GOLANG},
    {MARK_SUFFIX, ".down.sql", NULL, GOLANG},
    {MARK_NUMBERED, ".js", NULL, NODE},
    {MARK_NUMBERED, ".cjs", NULL, NODE},
    {MARK_NUMBERED, ".mjs", NULL, NODE},
    {MARK_NUMBERED, ".ts", NULL, NODE},
    {MARK_NUMBERED, ".py", NULL, DJANGO, "inputs = {dir}/**/*.py"},
    {MARK_NUMBERED, ".go", NULL, "goose with Go migrations",
     "the program that has them compiled in", NULL},
    {MARK_NUMBERED, ".rb", NULL, RAILS},
    {MARK_NUMBERED, ".exs", NULL, "Ecto", "mix ecto.migrate", "inputs = {dir}/*.exs"},
    {MARK_NUMBERED, ".php", NULL, "Laravel", "php artisan migrate --force", "inputs = {dir}/*.php"},
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
    while (directive_next_line(&bytes, line))
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

static bool is_script(struct slice name)
{
    static const char *const endings[] = {".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"};

    for (size_t i = 0; i < COUNT_OF(endings); i++)
        if (slice_ends_with(name, endings[i]))
            return true;
    return false;
}

static bool has_top_sql(const struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree_entry_is_top(&tree->entries[i]) && slice_ends_with(tree->entries[i].path, ".sql"))
            return true;
    return false;
}

/* Beside SQL, a file without a number may be no migration but the app's. */
static bool content_fits(const struct mark *mark, const struct tree *tree,
                         const struct tree_entry *entry)
{
    struct slice name = tree_entry_name(entry);
    bool is_named =
        mark->kind == MARK_SCRIPT ? is_script(name) : slice_ends_with(name, mark->ending);

    return entry->kind == TREE_FILE && is_named &&
           (version_digits(name).len || !has_top_sql(tree)) &&
           memmem(entry->bytes.ptr, entry->bytes.len, mark->text, strlen(mark->text));
}

static bool mark_fits(const struct mark *mark, const struct tree *tree,
                      const struct tree_entry *entry)
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
    case MARK_CONTENT:
    case MARK_SCRIPT: return content_fits(mark, tree, entry);
    }
    return false;
}

static const struct tree_entry *mark_find(const struct mark *mark, const struct tree *tree,
                                          struct arena *arena)
{
    for (size_t i = 0; tree->entries && i < tree->count; i++)
        if (mark_fits(mark, tree, &tree->entries[i]) &&
            !tree_entry_is_plain_down(tree, &tree->entries[i], arena))
            return &tree->entries[i];
    return NULL;
}

static const char *evidence_of(const struct mark *mark, const struct tree_entry *entry,
                               struct arena *arena)
{
    struct slice line;
    char printable[48];

    if (mark->kind == MARK_CONTENT || mark->kind == MARK_SCRIPT)
        return arena_printf(arena, "\"%s\" in %s", mark->text + (mark->text[0] == '\n'),
                            entry->path.ptr);
    if (mark->kind != MARK_COMMENT || !find_comment(entry->bytes, mark->text, &line))
        return entry->path.ptr;
    text_sanitize(line, printable, sizeof printable);
    return arena_printf(arena, "a line \"%s\" in %s", printable, entry->path.ptr);
}

static struct slice folder_text(const struct tree *tree)
{
    struct slice root = slice_from(tree->root);

    while (root.len > 1 && slice_ends_with(root, "/"))
        root.len--;
    return root;
}

/* {dir} and {file} put in; NULL stays NULL. */
static const char *expand(const char *text, const struct tree *tree, const struct tree_entry *entry,
                          struct arena *arena)
{
    struct slice rest = slice_from(text), folder = folder_text(tree);
    struct buf out = buf_in(arena);

    if (!text)
        return NULL;
    while (rest.len) {
        size_t plain = slice_find(rest, '{');

        buf_add(&out, slice_sub(rest, 0, plain));
        rest = slice_sub(rest, plain, rest.len);
        if (!rest.len)
            break;
        buf_add(&out, folder);
        if (slice_starts_with(rest, "{file}"))
            buf_printf(&out, "/%s", entry->path.ptr);
        rest = slice_sub(rest, slice_find(rest, '}') + 1, rest.len);
    }
    return buf_text(&out);
}

bool foreign_find(const struct tree *tree, struct arena *arena, struct foreign_sign *out)
{
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        const struct tree_entry *entry = mark_find(&marks[i], tree, arena);

        if (!entry)
            continue;
        *out = (struct foreign_sign){.tool = marks[i].tool,
                                     .command = expand(marks[i].command, tree, entry, arena),
                                     .besides = expand(marks[i].besides, tree, entry, arena),
                                     .evidence = evidence_of(&marks[i], entry, arena)};
        return true;
    }
    return false;
}
