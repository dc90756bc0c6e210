"""The dbmate format, and the real dbmate before and after it."""

import glob
import os
import subprocess

import pytest
from program import APP, ROOT

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
DBMATE = glob.glob(os.path.join(ROOT, ".cache/npm/node_modules/@dbmate/*/bin/dbmate"))


def migration(up, down="SELECT 1;", options=""):
    return f"-- migrate:up{options}\n{up}\n\n-- migrate:down\n{down}\n"


FILES = {
    "20240101000000_users": migration("CREATE TABLE users (id int);", "DROP TABLE users;"),
    "20240102000000_orders": migration("CREATE TABLE orders (id int);\nINSERT INTO users VALUES (1);"),
    "20240103000000_index": migration(
        "CREATE INDEX CONCURRENTLY i ON users (id);", "DROP INDEX i;", " transaction:false"
    ),
    "20240104000000_function": migration("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;"),
    "20240105000000_empty": migration(""),
}


def write(program, count=None):
    for name in sorted(FILES)[:count]:
        program.write(f"db/migrations/{name}.sql", FILES[name])


def dbmate(program, database, *args):
    assert DBMATE, "make deps installs dbmate"
    return subprocess.run(
        [DBMATE[0], "--no-dump-schema", "--url", database.url + "?sslmode=disable", *args],
        cwd=program.cwd,
        env={"PATH": os.environ["PATH"], "HOME": program.cwd},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def expect_current(program, database):
    """Everything is applied once, and the tool itself agrees."""
    assert database.versions() == [name.split("_")[0] for name in sorted(FILES)]
    assert database.value("SELECT count(*) FROM users") == 1
    assert database.value("SELECT count(*) FROM pg_index WHERE indexrelid = 'i'::regclass AND indisvalid") == 1
    status = dbmate(program, database, "status", "--exit-code")
    assert status.returncode == 0, status.stdout
    assert "Pending: 0" in status.stdout


def shape(database):
    return database.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = 'schema_migrations'::regclass AND attnum > 0 ORDER BY attnum"
    ) + database.rows("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'schema_migrations'::regclass")


def test_first_run_needs_no_procedural_language(migrinit, database):
    """Databases of strict owners have none. The table's schema is there, and need not be created."""
    database.run("DROP EXTENSION plpgsql")
    migrinit.write("db/migrations/1_a.sql", migration("CREATE TABLE a ();"))
    assert "DO '" not in migrinit.run("plan", "--sql").out.text
    run = migrinit.run("migrate", env=STRICT)
    assert run.code == 0, run
    assert database.rows("SELECT version FROM schema_migrations") == [("1",)]


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("dbmate: 5 of 5 migrations pending"), run
    expect_current(migrinit, database)
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and again.app_started, again
    assert not again.err.find("✓ 2024")
    expect_current(migrinit, database)


def test_same_table_as_dbmate_makes(migrinit, database, server):
    from postgres import Database

    write(migrinit)
    assert migrinit.run("migrate").code == 0
    other = Database(server, database.name + "_dbmate")
    try:
        result = dbmate(migrinit, other, "migrate")
        assert result.returncode == 0, result.stdout
        assert shape(database) == shape(other)
        assert database.rows("TABLE schema_migrations ORDER BY 1") == other.rows("TABLE schema_migrations ORDER BY 1")
    finally:
        other.drop()


@pytest.mark.parametrize("first", range(1, 5))
def test_migrinit_first_then_dbmate(migrinit, database, first):
    write(migrinit, first)
    assert migrinit.run("migrate").code == 0
    write(migrinit)
    result = dbmate(migrinit, database, "migrate")
    assert result.returncode == 0, result.stdout
    run = migrinit.run("status")
    assert run.code == 0, run
    expect_current(migrinit, database)


@pytest.mark.parametrize("first", range(1, 5))
def test_dbmate_first_then_migrinit(migrinit, database, first):
    write(migrinit, first)
    result = dbmate(migrinit, database, "migrate")
    assert result.returncode == 0, result.stdout
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert run.err.find(f"{5 - first} of 5 migrations pending"), run
    expect_current(migrinit, database)


def test_dbmate_rolls_back_and_migrinit_goes_forward(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    assert dbmate(migrinit, database, "rollback").returncode == 0
    assert not database.has_table("users")
    assert migrinit.run("migrate").code == 0
    assert database.has_table("users")


def test_order_is_by_name(migrinit, database):
    migrinit.write("db/migrations/9_a.sql", migration("INSERT INTO t VALUES (1);"))
    migrinit.write("db/migrations/10_b.sql", migration("CREATE TABLE t (n int);"))
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.value("SELECT count(*) FROM t") == 1


def test_out_of_order_is_applied(migrinit, database):
    migrinit.write("db/migrations/2_b.sql", migration("CREATE TABLE b ();"))
    assert migrinit.run("migrate").code == 0
    migrinit.write("db/migrations/1_a.sql", migration("CREATE TABLE a ();"))
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.versions() == ["1", "2"]


def test_only_the_up_part_is_run_and_lines_count_from_the_file(migrinit, database):
    migrinit.write("db/migrations/1_a.sql", "-- a comment\n\n-- migrate:up\nCREATE TABLE a ();\nSELECT nothing;\n-- migrate:down\nDROP TABLE a;\n")
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"1_a\.sql:5:8: .*nothing.*42703"), run
    assert database.versions() == [] and not database.has_table("a")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a ();\n-- migrate:up\nSELECT 1;\n-- migrate:down\n",  # something before
        "-- migrate:up\nCREATE TABLE a ();\n",  # no down
        "",
        "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\n-- migrate:up\nSELECT 1;\n-- migrate:down\n",
    ],
)
def test_files_that_dbmate_refuses(migrinit, database, text):
    migrinit.write("db/migrations/1_ok.sql", migration("CREATE TABLE ok ();"))
    migrinit.write("db/migrations/2_bad.sql", text)
    run = migrinit.run("migrate")
    assert run.code == 78, run
    assert run.err.find(r"2_bad\.sql"), run
    assert database.tables() <= {"schema_migrations"}, "files are read before anything is applied"


def test_file_with_its_own_transaction(migrinit, database):
    migrinit.write("db/migrations/1_a.sql", migration("BEGIN;\nCREATE TABLE a ();\nCOMMIT;"))
    run = migrinit.run("migrate")
    assert (database.versions() == ["1"]) == database.has_table("a"), run
    assert (run.code == 0) == database.has_table("a"), run


def test_table_of_another_tool_is_not_touched(migrinit, database):
    """golang-migrate's table has the same name."""
    database.run("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)")
    database.run("INSERT INTO schema_migrations VALUES (1, false)")
    database.run("ALTER TABLE schema_migrations OWNER TO app")
    write(migrinit, 1)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code in (1, 78), run
    assert run.err.find("schema_migrations"), run
    assert not database.has_table("users")
    assert database.rows("TABLE schema_migrations") == [(1, False)]


def test_two_folders_have_one_order(migrinit, database):
    migrinit.write("a/1_x.sql", "-- migrate:up\nCREATE TABLE x (n int);\n-- migrate:down\n")
    migrinit.write("b,c/2_y.sql", "-- migrate:up\nINSERT INTO x VALUES (2);\n-- migrate:down\n")
    migrinit.write("a/3_z.sql", "-- migrate:up\nINSERT INTO x VALUES (3);\n-- migrate:down\n")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_DIR": "b,c"})
    assert run.code == 1 and run.err.find("b,c/2_y.sql:2:13"), "a folder with a comma in its name"
    os.rename(os.path.join(migrinit.cwd, "b,c"), os.path.join(migrinit.cwd, "b"))
    run = migrinit.run("migrate", env={"DBMATE_MIGRATIONS_DIR": "a,b"})
    assert run.code == 0 and run.err.find("3 of 3 migrations pending in a,b"), run
    assert database.rows("SELECT n FROM x") == [(2,), (3,)]
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_DIR": "a,b", "MIGRINIT_MIGRATE_FORMAT": "sqlx"})
    assert run.code == 78 and run.err.find("several folders, and sqlx has one"), run
