#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"
#include "formats/foreign.h"
#include "formats/registry.h"

/* A folder "db" with one or two files, and what its users have to write. */
static const struct {
    const char *path, *text, *tool, *command, *besides;
} cases[] = {
    {"sqitch.plan", "", "Sqitch", "cd db && sqitch deploy \"db:$DATABASE_URL\"",
     "inputs = db/sqitch.plan db/deploy/**"},
    {"env.py", "from alembic import context\n", "Alembic", "alembic upgrade head", "dir = db"},
    {"env.py", "from flask import current_app\n", "Flask-Migrate", "flask db upgrade", "dir = db"},
    {"alembic.ini", "[alembic]\n", "Alembic", "alembic upgrade head", "dir = db"},
    {"1a_x.py", "revision = 'a'\ndown_revision = None\n", "Alembic", "alembic upgrade head",
     "dir = db/.."},
    {"manage.py", "", "Django", "python manage.py migrate --noinput",
     "inputs = db/**/migrations/*.py"},
    {"0001_initial.py", "class Migration(migrations.Migration):\n", "Django",
     "python manage.py migrate --noinput", "inputs = db/**/*.py"},
    {"0001_a.py", "from yoyo import step\n", "yoyo",
     "yoyo apply --batch --database \"$DATABASE_URL\" db", "inputs = db/**/*.py"},
    {"0_1_init.py", "from tortoise import BaseDBAsyncClient\n", "Aerich", "aerich upgrade",
     "inputs = db/**/*.py"},
    {"migrate/2024_a.rb", "class A < ActiveRecord::Migration[7.1]\n", "Rails",
     "bundle exec rails db:migrate", "inputs = db/**/*.rb"},
    {"2024_a.rb", "", "Rails", "bundle exec rails db:migrate", "inputs = db/**/*.rb"},
    {"001_a.rb", "Sequel.migration do\n", "Sequel", "bundle exec sequel -m db \"$DATABASE_URL\"",
     "inputs = db/**"},
    {"changelog.xml", "<databaseChangeLog>", "Liquibase",
     "liquibase update --changelog-file=db/changelog.xml", "inputs = db/**"},
    {"changelog/db.yaml", "databaseChangeLog:\n", "Liquibase",
     "liquibase update --changelog-file=db/changelog/db.yaml", "inputs = db/**"},
    {"a.sql", "--liquibase formatted sql\n", "Liquibase",
     "liquibase update --changelog-file=db/a.sql", "inputs = db/**"},
    {"20240101_a.js", "exports.up = function (knex) {};\n", "Knex", "npx knex migrate:latest",
     "inputs = db/**"},
    {"1700-A.ts", "export class A implements MigrationInterface {}\n", "TypeORM",
     "npx typeorm migration:run --dataSource dist/data-source.js", "inputs = db/**"},
    {"2024-a.js", "module.exports = { up: (queryInterface) => 1 };\n", "Sequelize",
     "npx sequelize-cli db:migrate", "inputs = db/**"},
    {"Migration2024.ts", "import { Migration } from '@mikro-orm/migrations';\n", "MikroORM",
     "npx mikro-orm migration:up", "inputs = db/**"},
    {"1_a.ts", "import { BaseSchema } from '@adonisjs/lucid/schema'\n", "AdonisJS",
     "node ace migration:run --force", "inputs = db/**"},
    {"2024_a.mts", "import { Kysely } from 'kysely'\n", "Kysely", "npx kysely migrate:latest",
     "inputs = db/**"},
    {"1_a.cjs", "exports.up = (pgm) => { pgm.sql('x') }\n", "node-pg-migrate with JavaScript",
     "npx node-pg-migrate up --migrations-dir db", "inputs = db/**"},
    {"1_a.js", "", "a Node.js tool (Knex, TypeORM, Sequelize, ...)", "npx knex migrate:latest",
     "inputs = db/**"},
    {"schema.ts", "import { pgTable } from 'drizzle-orm/pg-core'\n", "Drizzle without migrations",
     "npx drizzle-kit push --force",
     "success = Changes applied | No changes detected, inputs = db/**"},
    {"drizzle.config.js", "", "Drizzle without migrations", "npx drizzle-kit push --force",
     "success = Changes applied | No changes detected"},
    {"2024_a/ops.json", "[]", "Prisma 8", "npx prisma-next migrate --db \"$DATABASE_URL\"",
     "inputs = db/**"},
    {"schema.prisma", "", "Prisma without migrations", "npx prisma db push",
     "inputs = db/*.prisma"},
    {"Version2024.php", "use Doctrine\\Migrations\\AbstractMigration;\n", "Doctrine",
     "php bin/console doctrine:migrations:migrate --no-interaction", "inputs = db/**"},
    {"2024_a.php", "use Phinx\\Migration\\AbstractMigration;\n", "Phinx",
     "vendor/bin/phinx migrate", "inputs = db/**"},
    {"2024_a.php", "use Illuminate;\n", "Laravel", "php artisan migrate --force",
     "inputs = db/*.php"},
    {"2024_A.cs", "Up(MigrationBuilder b)\n", "EF Core", "dotnet ef database update",
     "inputs = db/**"},
    {"2024_a.exs", "", "Ecto", "mix ecto.migrate", "inputs = db/*.exs"},
    {"1_a.sql", "-- +migrate Up\n", "sql-migrate", "sql-migrate up", "inputs = db/**"},
    {"1700000000000_a/up.sql", "", "Hasura", "hasura migrate apply --skip-update-check",
     "inputs = db/**"},
};

static struct tree tree_of(const char *path, const char *text, struct arena *arena)
{
    struct tree tree = {.root = "db/"};

    tree_add(&tree, arena,
             (struct tree_entry){
                 .path = slice_from(path), .kind = TREE_FILE, .bytes = slice_from(text)});
    return tree;
}

static void tool_and_its_step_are_named(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tree tree = tree_of(cases[i].path, cases[i].text, arena);
        struct foreign_sign sign;

        if (!foreign_find(&tree, arena, &sign))
            fail_msg("%s", cases[i].path);
        assert_string_equal(sign.tool, cases[i].tool);
        assert_string_equal(sign.command, cases[i].command);
        assert_string_equal(sign.besides, cases[i].besides);
        assert_non_null(strstr(sign.evidence, cases[i].path));
    }
    arena_free(arena);
}

/* No format takes it, and the message has the whole step. */
static void folder_is_refused_with_its_step(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tree tree = tree_of(cases[i].path, cases[i].text, arena);
        const struct format *format;
        struct error err = {0};
        const char *why;

        /* Hasura's names are diesel's as well, which refuses them when it lists. */
        if (strcmp(cases[i].tool, "Hasura") == 0)
            continue;
        if (format_detect(&tree, arena, &format, &why, &err))
            fail_msg("%s is taken by %s", cases[i].path, format->name);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.what, cases[i].tool));
        assert_non_null(strstr(err.hint, cases[i].command));
        assert_non_null(strstr(err.hint, cases[i].besides));
    }
    arena_free(arena);
}

/* Beside numbered SQL, the app's own sources are no sign. */
static void other_files_beside_sql_are_no_sign(void **state)
{
    struct arena *arena = arena_new();
    struct tree tree = tree_of("0001_a.sql", "SELECT 1", arena);
    struct foreign_sign sign;

    (void)state;
    tree_add(&tree, arena,
             (struct tree_entry){.path = SLICE("schema.ts"),
                                 .kind = TREE_FILE,
                                 .bytes = SLICE("import x from 'drizzle-orm/pg-core'; knex")});
    assert_false(foreign_find(&tree, arena, &sign));
    tree_add(&tree, arena,
             (struct tree_entry){.path = SLICE("0002_b.js"),
                                 .kind = TREE_FILE,
                                 .bytes = SLICE("exports.up = (knex) => 1")});
    assert_true(foreign_find(&tree, arena, &sign));
    assert_string_equal(sign.tool, "Knex");
    arena_free(arena);
}

static void folder_above_the_migrations_is_told(void **state)
{
    struct arena *arena = arena_new();
    struct tree tree = tree_of("migrations/migration_lock.toml", "", arena);
    const struct format *format;
    struct error err = {0};
    const char *why;

    (void)state;
    assert_false(format_detect(&tree, arena, &format, &why, &err));
    assert_non_null(strstr(err.hint, "[migrate] dir = db/migrations"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tool_and_its_step_are_named),
        cmocka_unit_test(folder_is_refused_with_its_step),
        cmocka_unit_test(other_files_beside_sql_are_no_sign),
        cmocka_unit_test(folder_above_the_migrations_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
