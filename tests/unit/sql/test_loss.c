#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "sql/loss.h"
#include "sql/split.h"

struct row {
    const char *script, *expected;
};

/* "drop-column users name @3:1; ..." */
static void add_loss(struct buf *out, struct slice script, const struct sql_statement *statement,
                     const struct loss *loss)
{
    struct sql_position at = sql_position_at(script, statement->offset + loss->at);

    buf_printf(out, "%s%s", out->len ? "; " : "", loss_kind_name(loss->kind));
    if (loss->object.len)
        buf_printf(out, " %.*s", SLICE_ARG(loss->object));
    if (loss->column.len)
        buf_printf(out, " %.*s", SLICE_ARG(loss->column));
    buf_printf(out, " @%u:%u", at.line, at.column);
}

static void judge_file(struct slice script, struct made *made, struct buf *out)
{
    struct sql_statements statements = {0};
    struct error err;

    assert_true(sql_split(script, made->arena, &statements, &err));
    for (size_t i = 0; i < statements.count; i++) {
        struct loss_list losses = {0};

        loss_judge(statements.items[i].text, made, &losses);
        for (size_t k = 0; k < losses.count; k++)
            add_loss(out, script, &statements.items[i], &losses.items[k]);
    }
    made_end_file(made);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_new();
        struct made made = made_in(arena);
        struct buf out = buf_in(arena);

        judge_file(slice_from(rows[i].script), &made, &out);
        if (strcmp(buf_text(&out), rows[i].expected) != 0)
            print_error("%s\n", rows[i].script);
        assert_string_equal(buf_text(&out), rows[i].expected);
        arena_free(arena);
    }
}

static void loss_of_whole_objects(void **state)
{
    static const struct row rows[] = {
        {"DROP TABLE users", "drop-table users @1:1"},
        {"-- a\n  drop /* b */ table if exists public.\"Us;ers\" , b cascade;",
         "drop-table public.\"Us;ers\" @2:3; drop-table b @2:3"},
        {"DROP MATERIALIZED VIEW IF EXISTS m", "drop-materialized-view m @1:1"},
        {"DROP SCHEMA s, t CASCADE", "drop-schema s @1:1; drop-schema t @1:1"},
        {"DROP DATABASE IF EXISTS d", "drop-database d @1:1"},
        {"DROP OWNED BY app, CURRENT_USER", "drop-owned app @1:1; drop-owned CURRENT_USER @1:1"},
        {"DROP TYPE role CASCADE", "cascade TYPE role @1:1"},
        {"DROP FUNCTION IF EXISTS f(int), g CASCADE", "cascade FUNCTION IF EXISTS f(int), g @1:1"},
        {"DROP EXTENSION citext CASCADE", "cascade EXTENSION citext @1:1"},
        {"DROP VIEW v CASCADE", "cascade VIEW v @1:1"},
        {"TRUNCATE a", "truncate a @1:1"},
        {"TRUNCATE TABLE ONLY a *, s.\"b\" RESTART IDENTITY",
         "truncate a @1:1; truncate s.\"b\" @1:1"},
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void loss_of_columns(void **state)
{
    static const struct row rows[] = {
        {"ALTER TABLE t DROP COLUMN c", "drop-column t c @1:15"},
        {"ALTER TABLE t DROP c", "drop-column t c @1:15"},
        {"ALTER TABLE IF EXISTS ONLY s.\"T\" * DROP COLUMN IF EXISTS \"c,\" CASCADE,\n"
         " ADD COLUMN d numeric(3, 2), DROP e RESTRICT",
         "drop-column s.\"T\" \"c,\" @1:36; drop-column s.\"T\" e @2:30"},
        {"ALTER TYPE addr ADD ATTRIBUTE a int, DROP ATTRIBUTE IF EXISTS zip",
         "drop-attribute addr zip @1:38"},
        {"ALTER TABLE t ALTER COLUMN c TYPE int", "alter-type t c @1:15"},
        {"ALTER TABLE t ALTER c SET DATA TYPE varchar(20) USING left(c, 20)",
         "alter-type t c @1:15"},
        {"ALTER TABLE t ALTER c TYPE text USING 'x'", "alter-type t c @1:15"},
        {"ALTER TABLE t ALTER c TYPE text[]", "alter-type t c @1:15"},
        {"ALTER TABLE t ALTER c TYPE text, ALTER d TYPE character varying, ALTER e TYPE VARCHAR "
         "COLLATE \"C\"",
         ""},
        {"ALTER TABLE t DROP CONSTRAINT c CASCADE, ALTER a DROP DEFAULT, ALTER b DROP NOT NULL, "
         "ALTER c DROP IDENTITY IF EXISTS, ALTER d DROP EXPRESSION",
         ""},
        {"ALTER TABLE t ALTER COLUMN drop SET DEFAULT 1, ADD CONSTRAINT x CHECK (a IN (1, 2))", ""},
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void loss_of_rows(void **state)
{
    static const struct row rows[] = {
        {"DELETE FROM t", "delete t @1:1"},
        {"DELETE FROM ONLY s.t AS x USING (SELECT 1 WHERE true) u RETURNING *", "delete s.t @1:1"},
        {"DELETE FROM t WHERE a", ""},
        {"UPDATE t SET a = 1", "update t @1:1"},
        {"UPDATE ONLY s.t * AS x SET a = (SELECT 1 WHERE true) FROM u", "update s.t @1:1"},
        {"UPDATE t x SET a = 1, b = 2", "update t @1:1"},
        {"UPDATE t SET a = 1 /* WHERE */ -- WHERE\n, b = ' WHERE '", "update t @1:1"},
        {"UPDATE t SET a = 1 WHERE b", ""},
        {"WITH x AS (SELECT 1)\nDELETE FROM t", "delete t @2:1"},
        {"WITH x AS (SELECT 1) DELETE FROM t WHERE a", ""},
        {"WITH d AS MATERIALIZED (DELETE FROM t RETURNING *), u AS (UPDATE v SET a = 1 WHERE b) "
         "INSERT INTO w SELECT * FROM d WHERE a",
         "delete t @1:25"},
        {"INSERT INTO w WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", "delete t @1:26"},
        {"CREATE TABLE w AS WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
         "delete t @1:30"},
        {"WITH delete AS (SELECT 1), update AS (SELECT 2) SELECT * FROM delete, update", ""},
        {"INSERT INTO t (update, delete) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET a = 1", ""},
        {"WITH x AS (SELECT 1) INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 1", ""},
        {"WITH x AS (SELECT 1) SELECT * FROM t WHERE (a) FOR UPDATE", ""},
        {"MERGE INTO t USING u ON (a) WHEN MATCHED THEN UPDATE SET a = 1", ""},
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void loss_is_not_what_text_and_names_say(void **state)
{
    static const struct row rows[] = {
        {"SELECT 'DROP TABLE t; TRUNCATE t', E'\\'; DROP TABLE t' -- DROP TABLE t\n", ""},
        {"/* DROP TABLE t; /* DELETE FROM t */ */ CREATE TABLE \"DROP TABLE t\" ()", ""},
        {"COMMENT ON TABLE t IS $$; DROP TABLE t;$$", ""},
        {"CREATE INDEX truncate ON t (drop)", ""},
        {"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE t; END $$", ""},
        {"CREATE PROCEDURE p() BEGIN ATOMIC DELETE FROM t; END", ""},
        {"CREATE RULE r AS ON DELETE TO t DO ALSO DELETE FROM u", ""},
        {"CREATE TRIGGER r AFTER DELETE OR UPDATE OR TRUNCATE ON t EXECUTE FUNCTION f()", ""},
        {"GRANT DELETE, UPDATE, TRUNCATE ON t TO app", ""},
        {"ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE ON UPDATE CASCADE", ""},
        {"ALTER TABLE t DISABLE TRIGGER drop", ""},
        /* What the server refuses while there is something to lose. */
        {"DROP SCHEMA s; DROP TYPE t; DROP VIEW v; DROP INDEX i; DROP FUNCTION f; DROP EXTENSION e",
         ""},
        {"DROP", ""},
        {"DROP CASCADE", ""},
        {"DROP TABLE", ""},
        {"ALTER TABLE t DROP", ""},
        {"UPDATE", ""},
        {"DELETE", ""},
        {"DO", ""},
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void loss_in_bodies_of_do(void **state)
{
    static const struct row rows[] = {
        {"DO $$\nBEGIN\n  IF true THEN DROP TABLE t; END IF;\n  UPDATE u SET a = 1;\nEND $$",
         "drop-table t @3:16; update u @4:3"},
        {"DO LANGUAGE plpgsql $x$ BEGIN LOOP DELETE FROM t; END LOOP; END $x$", "delete t @1:36"},
        {"DO $$ BEGIN NULL; EXCEPTION WHEN others THEN TRUNCATE t; END $$ LANGUAGE plpgsql",
         "truncate t @1:46"},
        {"DO $$ BEGIN ALTER TABLE t ADD a int; ALTER TABLE t DROP a; END $$",
         "drop-column t a @1:52"},
        {"DO $$ BEGIN EXECUTE 'DROP TABLE t'; RAISE 'DELETE FROM t'; END $$", ""},
        {"DO $$ import os; DROP TABLE t; $$ LANGUAGE plpython3u", ""},
        {"DO $$ BEGIN ALTER TABLE t ADD CONSTRAINT c CHECK (a); EXCEPTION WHEN duplicate_object "
         "THEN null; END $$",
         ""},
        {"DO $$ BEGIN CREATE TABLE t (); END $$; DROP TABLE t", "drop-table t @1:40"},
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void loss_is_not_what_the_run_has_made(void **state)
{
    static const struct row rows[] = {
        {"CREATE TABLE T (); TRUNCATE t; DELETE FROM t; UPDATE t SET a = 1; ALTER TABLE t DROP a, "
         "ALTER b TYPE int; DROP TABLE \"t\"",
         ""},
        {"CREATE TEMP TABLE t AS SELECT 1; DROP TABLE t; DROP TABLE t", "drop-table t @1:48"},
        {"CREATE LOCAL TEMPORARY TABLE IF NOT EXISTS t (); DROP TABLE t", ""},
        {"CREATE UNLOGGED TABLE s.t (); DROP TABLE s.t", ""},
        {"CREATE TABLE IF NOT EXISTS t (); DROP TABLE t", "drop-table t @1:34"},
        {"CREATE TABLE t (); DROP TABLE public.t", "drop-table public.t @1:20"},
        {"CREATE TABLE \"T\" (); DROP TABLE t", "drop-table t @1:22"},
        {"CREATE TABLE t (); TRUNCATE t CASCADE", "truncate t @1:20"},
        {"CREATE MATERIALIZED VIEW m AS SELECT 1; DROP MATERIALIZED VIEW m", ""},
        {"CREATE SCHEMA s; DROP SCHEMA s CASCADE", ""},
        {"CREATE SCHEMA s; ALTER TABLE t SET SCHEMA s; DROP SCHEMA s CASCADE",
         "drop-schema s @1:46"},
        /* a column, filled and taken back */
        {"ALTER TABLE t ADD a int, ADD COLUMN b int; UPDATE t SET a = 1, (b, a) = (1, 2); "
         "UPDATE t SET b = extract(year FROM c) FROM u, v; ALTER TABLE t DROP a, DROP b",
         ""},
        {"ALTER TABLE t ADD a int; UPDATE t SET a = 1, b = 2", "update t @1:26"},
        {"ALTER TABLE t ADD a int; UPDATE t SET (a, b) = (1, 2)", "update t @1:26"},
        {"ALTER TABLE t ADD a int; UPDATE t SET (a) = ROW(1), b = 2", "update t @1:26"},
        {"ALTER TABLE t ADD a int; ALTER TABLE t DROP a; ALTER TABLE t DROP a",
         "drop-column t a @1:62"},
        {"ALTER TABLE t ADD IF NOT EXISTS a int; ALTER TABLE t DROP a", "drop-column t a @1:54"},
        {"ALTER TABLE t ADD a int, RENAME COLUMN a TO b; ALTER TABLE t DROP b", ""},
        /* names that come to mean another */
        {"CREATE TABLE n (); DROP TABLE o; ALTER TABLE n RENAME TO o; DROP TABLE o",
         "drop-table o @1:20"},
        {"CREATE TABLE n (); ALTER TABLE n RENAME TO m; ALTER TABLE o RENAME TO n; DROP TABLE n",
         "drop-table n @1:74"},
        {"CREATE TABLE s.n (); ALTER TABLE s.n RENAME TO m; DROP TABLE s.m", ""},
        {"CREATE TABLE t (); SET search_path = other; DROP TABLE t", "drop-table t @1:45"},
        {"CREATE TABLE t (); SELECT pg_catalog.set_config('search_path', '', false); DROP TABLE t",
         "drop-table t @1:76"},
        {"CREATE TABLE t (); SET statement_timeout = 0; DROP TABLE t", ""},
        {"SAVEPOINT s; CREATE TABLE t (); ROLLBACK TO s; DROP TABLE t", "drop-table t @1:48"},
        {"CREATE TABLE p (); ALTER TABLE p ATTACH PARTITION o DEFAULT; DROP TABLE p",
         "drop-table p @1:62"},
        {"CREATE TABLE p (); ALTER TABLE o INHERIT p; DROP TABLE p CASCADE", "drop-table p @1:45"},
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

/* What is made stays made in the next file, unless the name may mean another there. */
static void made_lasts_over_files(void **state)
{
    static const struct {
        const char *first, *second, *expected;
    } rows[] = {
        {"CREATE TABLE t ()", "DROP TABLE t", ""},
        {"ALTER TABLE t ADD a int", "UPDATE t SET a = 1", ""},
        {"CREATE TEMP TABLE t ()", "DROP TABLE t", "drop-table t @1:1"},
        {"CREATE TEMP TABLE t (); ALTER TABLE t RENAME TO u", "DROP TABLE u", "drop-table u @1:1"},
        {"SET search_path = s; CREATE TABLE t (); CREATE TABLE s.u ()", "DROP TABLE t, s.u",
         "drop-table t @1:1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *arena = arena_new();
        struct made made = made_in(arena);
        struct buf out = buf_in(arena);

        judge_file(slice_from(rows[i].first), &made, &out);
        judge_file(slice_from(rows[i].second), &made, &out);
        assert_string_equal(buf_text(&out), rows[i].expected);
        arena_free(arena);
    }
}

static void kinds_have_names_and_sentences(void **state)
{
    struct arena *arena = arena_new();
    enum loss_kind kind;

    (void)state;
    for (size_t i = 0; i < LOSS_KIND_COUNT; i++) {
        assert_true(loss_kind_parse(slice_from(loss_kind_name((enum loss_kind)i)), &kind));
        assert_int_equal(kind, i);
        assert_non_null(strstr(loss_sentence(kind, SLICE("one"), SLICE("two"), arena), "one"));
        assert_int_equal(loss_is_certain(kind), kind != LOSS_ALTER_TYPE);
    }
    assert_false(loss_kind_parse(SLICE("drop"), &kind));
    assert_string_equal(loss_sentence(LOSS_DROP_COLUMN, SLICE("t"), SLICE("\"c\""), arena),
                        "ALTER TABLE t DROP COLUMN \"c\": what the column holds is lost");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_of_whole_objects),
        cmocka_unit_test(loss_of_columns),
        cmocka_unit_test(loss_of_rows),
        cmocka_unit_test(loss_is_not_what_text_and_names_say),
        cmocka_unit_test(loss_in_bodies_of_do),
        cmocka_unit_test(loss_is_not_what_the_run_has_made),
        cmocka_unit_test(made_lasts_over_files),
        cmocka_unit_test(kinds_have_names_and_sentences),
    };

    return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
