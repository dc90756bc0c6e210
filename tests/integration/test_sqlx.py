"""The sqlx format, plain and reversible."""

import hashlib
import os
import zlib

import pytest
from postgres import wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
FILES = {
    "20240101000000_create_users": "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);\n",
    "20240102000000_index": "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON users (id);\nCREATE INDEX CONCURRENTLY j ON users (id);\n",
    "20240103000000_crlf": "INSERT INTO users\r\nVALUES (2);\r\n",
    "20240104000000_empty__it's": "",
}
KINDS = ["", ".up"]


def write(program, kind, count=None, **more):
    files = dict(sorted(FILES.items())[:count])
    for name, sql in (files | {name.removeprefix("m"): sql for name, sql in more.items()}).items():
        program.write(f"migrations/{name}{kind}.sql", sql)
        if kind:
            program.write(f"migrations/{name}.down.sql", "SELECT 1/0;\n")
    program.write("migrations/Cargo.toml", "")


def rows(database):
    return database.rows("SELECT version, description, success, encode(checksum, 'hex') FROM _sqlx_migrations ORDER BY version")


def row_of(name, sql):
    version, description = name.split("_", 1)
    return (int(version), description.replace("_", " "), True, hashlib.sha384(sql.encode()).hexdigest())


def expect_complete(database):
    assert rows(database) == [row_of(*item) for item in sorted(FILES.items())]
    assert database.rows("SELECT id FROM users ORDER BY id") == [(1,), (2,)]
    assert database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass AND indisvalid") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_from_empty_and_then_nothing(migrinit, database, kind):
    write(migrinit, kind)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("sqlx: 4 of 4 migrations pending"), run
    expect_complete(database)
    assert database.value("SELECT count(*) FROM _sqlx_migrations WHERE execution_time < 0") == 0
    assert database.value("SELECT execution_time > 0 FROM _sqlx_migrations ORDER BY version LIMIT 1")
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and not again.err.find("✓ 2024"), again


def test_table_as_the_tool_makes_it(migrinit, database):
    write(migrinit, "", 1)
    assert migrinit.run("migrate").code == 0
    assert database.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute"
        " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " WHERE attrelid = '_sqlx_migrations'::regclass AND attnum > 0 ORDER BY attnum"
    ) == [
        ("version", "bigint", True, None),
        ("description", "text", True, None),
        ("installed_on", "timestamp with time zone", True, "now()"),
        ("success", "boolean", True, None),
        ("checksum", "bytea", True, None),
        ("execution_time", "bigint", True, None),
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", range(1, 4))
def test_in_two_halves(migrinit, database, kind, first):
    write(migrinit, kind, first)
    assert migrinit.run("migrate").code == 0
    write(migrinit, kind)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find(f"{4 - first} of 4 migrations pending"), run
    expect_complete(database)


def test_older_file_is_applied(migrinit, database):
    write(migrinit, "", m2_b="CREATE TABLE b ();")
    assert migrinit.run("migrate").code == 0
    write(migrinit, "", m1_a="CREATE TABLE a ();")
    assert migrinit.run("migrate").code == 0
    assert database.has_table("a")


def test_changed_file_is_refused(migrinit, database):
    write(migrinit, "", 3)
    assert migrinit.run("migrate").code == 0
    write(migrinit, "")
    migrinit.write("migrations/20240103000000_crlf.sql", "INSERT INTO users\nVALUES (2);\n")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 1 and run.err.find("20240103000000_crlf.sql was changed after it was applied"), run
    assert len(rows(database)) == 3


def test_missing_file_is_refused(migrinit, database):
    write(migrinit, "", 3)
    assert migrinit.run("migrate").code == 0
    write(migrinit, "")
    os.unlink(f"{migrinit.cwd}/migrations/20240103000000_crlf.sql")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 1 and run.err.find("version 20240103000000 is applied, and has no file"), run
    assert len(rows(database)) == 3


def test_partially_applied_is_refused(migrinit, database):
    write(migrinit, "", 1)
    assert migrinit.run("migrate").code == 0
    database.run("UPDATE _sqlx_migrations SET success = false")
    write(migrinit, "")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 1 and run.err.find("version 20240101000000 is partially applied"), run
    assert len(rows(database)) == 1


def test_failure_leaves_nothing_and_tells_the_mark(migrinit, database):
    write(migrinit, "", 1, m20240105000000_bad="CREATE TABLE t ();\nCREATE INDEX CONCURRENTLY k ON users (id);\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("25001") and run.err.find('mark the file with "-- no-transaction"'), run
    assert len(rows(database)) == 1 and not database.has_table("t")


def test_six_at_once(migrinit, database):
    write(migrinit, "")
    runs = [migrinit.start(*APP, env=STRICT) for _ in range(6)]
    assert [run.wait(120) for run in runs] == [0] * 6, [run for run in runs if run.process.returncode]
    assert sum(run.err.count("✓ 2024010[1-4]000000_") for run in runs) == 4
    expect_complete(database)
    wait_until(lambda: database.advisory_locks() == 0, "all locks are gone")


def test_waits_for_an_app_that_migrates_itself(migrinit, database):
    write(migrinit, "")
    with database.session() as app:
        app.cursor().execute("SELECT pg_advisory_lock(%s)", (zlib.crc32(database.name.encode()) * 0x3D32AD9E,))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("users")
        app.rollback()
        app.cursor().execute("SELECT pg_advisory_unlock_all()")
        assert run.wait() == 0, run
    expect_complete(database)


def test_name_without_a_version_is_refused(migrinit, database):
    write(migrinit, "", minit_x="SELECT 1;")
    run = migrinit.run("migrate")
    assert run.code == 78 and run.err.find(r"init_x\.sql: .*no 64-bit number"), run
    assert database.tables() == set()
