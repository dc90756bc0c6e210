"""The plain format: ordered .sql files, each in one transaction with its row of bookkeeping."""

import hashlib

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}


def test_from_empty_and_then_nothing(migrinit, database):
    migrinit.migrations(
        m0001_a="CREATE TABLE a (n int); INSERT INTO a VALUES (1);",
        m0002_b="CREATE TABLE b AS SELECT n + 1 AS n FROM a",
        m0003_c="INSERT INTO b VALUES (7);\n-- the end\n",
    )
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0, run
    assert run.out.text == "APP status=ok"
    assert run.err.find(r"3 of 3 migrations pending")
    assert run.err.count(r"✓ 000[123]_[abc] \(") == 3
    assert run.err.find("✓ Migrations completed successfully")
    assert database.rows("SELECT n FROM b ORDER BY n") == [(2,), (7,)]
    history = database.rows("SELECT id, checksum, applied_at IS NOT NULL, duration_ms >= 0 FROM migrinit.migrations ORDER BY id")
    assert len(history) == 3 and all(row[2] and row[3] for row in history)
    with open(f"{migrinit.cwd}/migrations/0001_a.sql", "rb") as f:
        assert history[0][1] == hashlib.sha256(f.read()).hexdigest()

    before = database.rows("TABLE migrinit.migrations")
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and again.app_started, again
    assert not again.err.find("✓ 000")
    assert database.rows("TABLE migrinit.migrations") == before


def test_leading_numbers_decide_the_order(migrinit, database):
    migrinit.migrations(
        m10_last="INSERT INTO t SELECT max(n) + 1 FROM t; INSERT INTO t SELECT max(n) * 10 FROM t",
        m9_second="INSERT INTO t VALUES (2)",
        m008_first="CREATE TABLE t (n int)",
    )
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.rows("SELECT n FROM t ORDER BY n") == [(2,), (3,), (30,)]


def test_status_before_and_after(migrinit):
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    before = migrinit.run("status")
    assert before.code == 1, before
    assert "0001_a" in before.out.text and "pending" in before.out.text
    assert migrinit.run("migrate").code == 0
    after = migrinit.run("status")
    assert after.code == 0, after
    assert "applied" in after.out.text


def test_status_changes_nothing(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    migrinit.run("status")
    assert not database.has_table("migrinit.migrations") and not database.has_table("a")


def test_status_json(migrinit):
    import json

    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("status", "--json")
    assert run.code == 1, run
    answer = json.loads(run.out.text)
    assert "0001_a" in json.dumps(answer) and "pending" in json.dumps(answer)


def test_changed_after_it_was_applied(migrinit):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    assert migrinit.run("migrate").code == 0
    migrinit.migrations(m0001_a="CREATE TABLE a (n int)")
    run = migrinit.run("status")
    assert "changed" in run.out.text, run
    start = migrinit.run(*APP, env=STRICT)
    assert start.err.find("0001_a.*chang|chang.*0001_a"), start


def test_database_ahead_of_the_image(migrinit):
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    assert migrinit.run("migrate").code == 0
    import os

    os.unlink(f"{migrinit.cwd}/migrations/0002_b.sql")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("0002_b|ahead"), run


def test_failure_says_where_and_why(migrinit, database):
    migrinit.migrations(
        m0001_a="CREATE TABLE a (total int)",
        m0002_b="CREATE TABLE b ();\n\n/* ünïcode */ INSERT INTO a\n  SELECT totl FROM a;\n",
        m0003_c="CREATE TABLE c ()",
    )
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 1, run
    assert not run.app_started
    # 1-based; the column counts characters
    assert run.err.find(r'✗ .*0002_b\.sql:4:10: .*column "totl" does not exist \(42703\)'), run
    at = next(i for i, line in enumerate(run.err.lines) if "totl FROM a" in line)
    caret = run.err.lines[at + 1]
    assert caret.rstrip().endswith("^")
    assert run.err.lines[at].index("totl") == caret.index("^"), run
    assert run.err.find("(?i)hint.*a.total"), run
    assert run.err.find(r"Exiting due to migration failure \(AUTO_MIGRATE_FAIL_ON_ERROR=true\)")
    assert database.tables() == {"a"}, "something was half applied"
    assert len(database.history()) == 1


def test_failure_and_going_on(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE a ()")
    run = migrinit.run(*APP)
    assert run.code == 0, run
    assert run.out.text == "APP status=failed"
    assert run.err.find(r"Continuing despite migration failure \(set AUTO_MIGRATE_FAIL_ON_ERROR=true to exit on error\)")
    assert len(database.history()) == 1


def test_failed_one_is_tried_again_at_the_next_start(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a (); SELECT 1/0")
    assert migrinit.run("migrate").code == 1
    assert database.tables() == set()
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    assert migrinit.run("migrate").code == 0
    assert database.tables() == {"a"}


def test_server_detail_is_shown(migrinit):
    migrinit.migrations(m0001_a="CREATE TABLE a (n int UNIQUE); INSERT INTO a VALUES (4711), (4711)")
    run = migrinit.run("migrate")
    assert run.code == 1
    assert run.err.find(r"Key \(n\)=\(4711\)"), run
    assert run.err.find("23505")


def test_no_transaction_file(migrinit, database):
    migrinit.migrations(
        m0001_a="CREATE TABLE a (n int)",
        m0002_b="-- migrinit: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (n);\nCREATE INDEX CONCURRENTLY j ON a (n);\n",
    )
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid") == 2
    assert len(database.history()) == 2


def test_concurrently_without_the_mark_has_a_hint(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a (n int)", m0002_b="CREATE INDEX CONCURRENTLY i ON a (n)")
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find("25001") and run.err.find("no-transaction")
    assert len(database.history()) == 1


def test_no_transaction_file_that_fails_says_what_stays(migrinit, database):
    migrinit.migrations(m0001_a="-- migrinit: no-transaction\nCREATE TABLE a ();\nCREATE TABLE b ();\nSELECT 1/0;\n")
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"0001_a\.sql:4"), run
    assert run.err.find("2 statements before this one stay"), run
    assert database.history() == []


@pytest.mark.parametrize(
    "sql",
    [
        "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n",
        "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\nBEGIN;\nCREATE TABLE b ();\nCOMMIT;\n",
        "START TRANSACTION; CREATE TABLE a (); END;",
    ],
)
def test_file_with_its_own_transaction(migrinit, database, sql):
    """Either it is done and recorded, or refused and nothing of it is there. Never in between."""
    migrinit.migrations(m0001_a=sql)
    run = migrinit.run("migrate")
    done = "a" in database.tables()
    recorded = len(database.history()) == 1
    assert done == recorded, run
    assert (run.code == 0) == done, run
    if not done:
        assert run.err.find(r"0001_a\.sql"), run


def test_file_that_rolls_back_its_own_transaction(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ();\nROLLBACK;\nCREATE TABLE b ();\n")
    run = migrinit.run("migrate")
    assert (database.history() != []) == ("b" in database.tables()) == (run.code == 0), run


def test_file_that_leaves_a_transaction_open(migrinit, database):
    migrinit.migrations(m0001_a="COMMIT;\nBEGIN;\nCREATE TABLE a ();\n")
    run = migrinit.run("migrate")
    assert (database.history() != []) == ("a" in database.tables()), run


def test_bodies_quotes_and_comments(migrinit, database):
    has_atomic_bodies = database.server.major >= 14
    body = "BEGIN ATOMIC\n  SELECT 1;\n  SELECT CASE WHEN true THEN 2 END;\nEND" if has_atomic_bodies else "AS 'SELECT 2;'"
    migrinit.migrations(
        m0001_a="""
-- migrinit: no-transaction
"""
        .lstrip()
        + r"""
CREATE TABLE "a;b" (t text DEFAULT 'x;y', u text DEFAULT E'it\'s;');
/* one ; /* two ; */ three ; */
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM 1; /* ; */
  RETURN length($$ ; $$);
END $body$;
CREATE FUNCTION g() RETURNS int LANGUAGE sql BODY;
CREATE RULE r AS ON INSERT TO "a;b" DO ALSO (SELECT 1; SELECT 2);
INSERT INTO "a;b" DEFAULT VALUES
""".replace("BODY", body)
    )
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.rows('TABLE "a;b"') == [("x;y", "it's;")]
    assert database.rows("SELECT f(), g()") == [(3, 2)]


def test_psql_commands_are_refused_by_name(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ();", m0002_b="\\connect other\nCREATE TABLE b ();\n")
    run = migrinit.run("migrate")
    assert run.code != 0, run
    assert run.err.find(r"0002_b\.sql:1"), run
    assert "b" not in database.tables()


def test_search_path_of_a_file_ends_with_it(migrinit, database):
    migrinit.migrations(
        m0001_a="CREATE SCHEMA s; SET search_path TO s; CREATE TABLE a ()",
        m0002_b="CREATE TABLE b ()",
    )
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.has_table("s.a") and database.has_table("public.b")


def test_pg_dump_preamble(migrinit, database):
    migrinit.migrations(
        m0001_a="SELECT pg_catalog.set_config('search_path', '', false);\nSET statement_timeout = 0;\nCREATE TABLE public.a (n int);\n",
        m0002_b="CREATE TABLE b ()",
    )
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.tables() == {"a", "b"} and len(database.history()) == 2


@pytest.mark.parametrize("folder", ["db/migrations", "migrations"])
def test_well_known_folders(migrinit, database, folder):
    migrinit.migrations(folder=folder, m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert run.err.find(folder)
    assert database.has_table("a")


def test_folder_of_its_own(migrinit, database):
    migrinit.migrations(folder="sql/changes", m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_DIR": "sql/changes"})
    assert run.code == 0, run
    assert database.has_table("a")


def test_table_of_its_own(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_TABLE": "ops.done", "MIGRINIT_DATABASE_SCHEMAS": "ops"})
    assert run.code == 0, run
    assert database.value("SELECT count(*) FROM ops.done") == 1


def test_two_steps_in_file_order(migrinit, database):
    migrinit.migrations(folder="one", m0001_a="CREATE TABLE t (n int)")
    migrinit.migrations(folder="two", m0001_b="INSERT INTO t VALUES (1)")
    ini = migrinit.write("m.ini", "[migrate]\ndir = one\n[migrate:data]\ndir = two\ntable = migrinit.data\n")
    run = migrinit.run("migrate", env={"MIGRINIT_CONFIG": ini})
    assert run.code == 0, run
    assert database.value("SELECT count(*) FROM t") == 1


def test_unknown_format_names_the_nearest(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": "plian"})
    assert run.code == 78, run
    assert run.err.find("plain")
    assert database.tables() == set()


def test_many_migrations(migrinit, database):
    for n in range(300):
        migrinit.write(f"migrations/{n:04}_t.sql", f"CREATE TABLE t{n} ()")
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert len(database.history()) == 300


def test_crlf_bom_and_unicode_names(migrinit, database):
    migrinit.write("migrations/0001_ä ö.sql", "CREATE TABLE a (t text);\r\nINSERT INTO a VALUES ('é');\r\n".encode())
    migrinit.write("migrations/0002_bom.sql", "\ufeffCREATE TABLE b ();\n".encode())
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.rows("TABLE a") == [("é",)]
    assert database.has_table("b")
