"""The diesel format: folders with up.sql."""

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
FOLDERS = {
    "00000000000000_diesel_initial_setup": ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;\n", None),
    "2024-01-01-000000_create_users": ("CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);\n", None),
    "2024-01-02-000000_index": ("CREATE INDEX CONCURRENTLY i ON users (id);\n", "run_in_transaction = false\n"),
    "2024-01-03-000000_more": ("INSERT INTO users VALUES (2)", "run_in_transaction = true\n"),
}
VERSIONS = ["00000000000000", "20240101000000", "20240102000000", "20240103000000"]


def write(program, count=None):
    for name, (up, metadata) in sorted(FOLDERS.items())[:count]:
        program.write(f"migrations/{name}/up.sql", up)
        program.write(f"migrations/{name}/down.sql", "SELECT 1/0;\n")
        if metadata:
            program.write(f"migrations/{name}/metadata.toml", metadata)


def versions(database):
    return [row[0] for row in database.rows("SELECT version FROM __diesel_schema_migrations ORDER BY version")]


def expect_complete(database):
    assert versions(database) == VERSIONS
    assert database.rows("SELECT id FROM users ORDER BY id") == [(1,), (2,)]
    assert database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass AND indisvalid") == 1


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("diesel: 4 of 4 migrations pending"), run
    expect_complete(database)
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and not again.err.find("✓ 2024"), again


def test_table_as_the_tool_makes_it(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    assert database.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute"
        " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " WHERE attrelid = '__diesel_schema_migrations'::regclass AND attnum > 0 ORDER BY attnum"
    ) == [
        ("version", "character varying(50)", True, None),
        ("run_on", "timestamp without time zone", True, "CURRENT_TIMESTAMP"),
    ]


def test_times_are_utc_wherever_the_database_is(migrinit, database):
    database.run(f"ALTER DATABASE {database.name} SET timezone = 'Asia/Kathmandu'")
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    late = "SELECT count(*) FROM __diesel_schema_migrations WHERE abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - run_on)) > 600"
    assert database.value(late) == 0


@pytest.mark.parametrize("first", range(1, 4))
def test_in_two_halves(migrinit, database, first):
    write(migrinit, first)
    assert migrinit.run("migrate").code == 0
    assert versions(database) == VERSIONS[:first]
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find(f"{4 - first} of 4 migrations pending"), run
    expect_complete(database)


def test_order_is_that_of_text(migrinit, database):
    migrinit.write("migrations/9_b/up.sql", "INSERT INTO t VALUES (1);")
    migrinit.write("migrations/10_a/up.sql", "CREATE TABLE t (n int);")
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.value("SELECT count(*) FROM t") == 1


def test_metadata_without_the_key_means_no_transaction(migrinit, database):
    migrinit.write("migrations/1_a/up.sql", "CREATE TABLE t (n int);\nSELECT 1/0;\n")
    migrinit.write("migrations/1_a/metadata.toml", 'author = "x"\n')
    assert migrinit.run("migrate").code == 1
    assert database.has_table("t") and versions(database) == []


def test_failure_leaves_nothing(migrinit, database):
    write(migrinit)
    migrinit.write("migrations/2024-01-03-000000_more/up.sql", "INSERT INTO users VALUES (2);\nSELECT nothing;\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"2024-01-03-000000_more/up\.sql:2:8: .*42703"), run
    assert versions(database) == VERSIONS[:3]
    assert database.value("SELECT count(*) FROM users") == 1


@pytest.mark.parametrize("text", ["", "-- nothing to do\n"])
def test_file_without_a_statement_is_refused(migrinit, database, text):
    write(migrinit)
    migrinit.write("migrations/2024-01-04-000000_nothing/up.sql", text)
    run = migrinit.run("migrate")
    assert run.code == 78 and run.err.find(r"2024-01-04-000000_nothing/up\.sql: has no statement"), run
    assert database.tables() == set()


def test_folder_of_hasura_is_refused(migrinit, database):
    migrinit.write("migrations/1616161616161_init/up.sql", "CREATE TABLE t ();")
    run = migrinit.run("migrate")
    assert run.code == 78 and run.err.find("looks like a folder of Hasura"), run
    assert database.tables() == set()


def test_six_at_once(migrinit, database):
    write(migrinit)
    runs = [migrinit.start(*APP, env=STRICT) for _ in range(6)]
    assert [run.wait(120) for run in runs] == [0] * 6, [run for run in runs if run.process.returncode]
    assert sum(run.err.count("✓ [02]0") for run in runs) == 4
    expect_complete(database)
