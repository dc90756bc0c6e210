"""The goose format, end to end; the rows are those of goose 3.27."""

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
LOCK_KEY = 4097083626  # CRC-32 of "goose"

FILES = {
    "00001_users": "-- +goose Up\nCREATE TABLE users (id int);\n\n-- +goose Down\nDROP TABLE users;\n",
    "00002_orders": "-- +goose Up\nCREATE TABLE orders (id int);\nINSERT INTO users VALUES (1);\n-- +goose Down\n",
    "00003_index": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON users (id);\n"
    "CREATE INDEX CONCURRENTLY j ON users (id);\n-- +goose Down\nDROP INDEX i;\n",
    "00004_function": "-- +goose Up\r\n-- +goose StatementBegin\r\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\r\n"
    "BEGIN\r\n  RETURN 1;\r\nEND $$\r\n-- +goose StatementEnd\r\nINSERT INTO users SELECT f() WHERE false;\r\n",
    "20240105000000_empty": "-- +goose Up\n",
}


def write(program, count=None):
    for name in sorted(FILES)[:count]:
        program.write(f"migrations/{name}.sql", FILES[name])


def rows(database):
    if not database.has_table("goose_db_version"):
        return None
    return database.rows("SELECT id, version_id, is_applied FROM goose_db_version ORDER BY id")


def expected(count):
    return [(1, 0, True)] + [(i + 2, int(name.split("_")[0]), True) for i, name in enumerate(sorted(FILES)[:count])]


def up(text):
    return f"-- +goose Up\n{text}\n"


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("goose: 5 of 5 migrations pending"), run
    assert rows(database) == expected(5)
    assert database.value("SELECT count(*) FROM users") == 1
    assert database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass AND indisvalid") == 2
    assert database.value("SELECT prosrc FROM pg_proc WHERE proname = 'f'") == "\nBEGIN\n  RETURN 1;\nEND "
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and not again.err.find("✓ 0000"), again
    assert rows(database) == expected(5)
    assert migrinit.run("status").code == 0
    assert database.advisory_locks() == 0


def test_table_as_goose_makes_it(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    shape = database.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity::text FROM pg_attribute"
        " WHERE attrelid = 'goose_db_version'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert shape == [
        ("id", "integer", True, "d"),
        ("version_id", "bigint", True, ""),
        ("is_applied", "boolean", True, ""),
        ("tstamp", "timestamp without time zone", True, ""),
    ]
    assert database.rows(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'goose_db_version'::regclass AND contype <> 'n'"
    ) == [("goose_db_version_pkey", "PRIMARY KEY (id)")]


@pytest.mark.parametrize("first", range(1, 5))
def test_in_two_halves(migrinit, database, first):
    write(migrinit, first)
    assert migrinit.run("migrate").code == 0
    assert rows(database) == expected(first)
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find(f"{5 - first} of 5 migrations pending"), run
    assert rows(database) == expected(5)


def test_database_that_goose_has_begun(migrinit, database):
    """A table of goose before 3.22, with a version twice and one that was rolled back in its row."""
    database.run(
        "CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL,"
        " is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());"
        "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (1, true), (2, false);"
        "CREATE TABLE users (id int);"
        "ALTER TABLE goose_db_version OWNER TO app; ALTER TABLE users OWNER TO app"
    )
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("3 of 5 migrations pending"), run
    assert [row[1] for row in rows(database)] == [0, 1, 1, 2, 3, 4, 20240105000000]


def test_failing_file_is_rolled_back(migrinit, database):
    migrinit.write("migrations/1_a.sql", up("CREATE TABLE a ();"))
    migrinit.write("migrations/2_b.sql", up("CREATE TABLE b ();\nSELECT nothing;"))
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"2_b\.sql:3:8: .*nothing.*42703"), run
    assert [row[1] for row in rows(database)] == [0, 1]
    assert database.has_table("a") and not database.has_table("b")


def test_failing_file_without_transaction_leaves_no_row(migrinit, database):
    migrinit.write("migrations/1_a.sql", "-- +goose NO TRANSACTION\n" + up("CREATE TABLE a ();\nSELECT nothing;"))
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"1_a\.sql:4:8: .*nothing.*42703"), run
    assert [row[1] for row in rows(database)] == [0]
    assert database.has_table("a")


def test_lower_number_is_refused(migrinit, database):
    migrinit.write("migrations/2_b.sql", up("CREATE TABLE b ();"))
    assert migrinit.run("migrate").code == 0
    migrinit.write("migrations/1_a.sql", up("CREATE TABLE a ();"))
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("1_a.sql is not applied, and version 2 above it is"), run
    assert run.err.find("allow-missing"), run
    skip = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_OUT_OF_ORDER": "skip"})
    assert skip.code == 0 and skip.err.find("1_a.sql is passed over"), skip
    refuse = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_OUT_OF_ORDER": "refuse"})
    assert refuse.code == 1, refuse
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_OUT_OF_ORDER": "apply"})
    assert run.code == 0 and run.err.find("1_a.sql is pending, and older"), run
    assert migrinit.run("status").code == 0
    assert database.has_table("a") and [row[1] for row in rows(database)] == [0, 2, 1]


@pytest.mark.parametrize(
    "name, text",
    [
        ("2_bad.sql", "CREATE TABLE bad ();\n"),
        ("2_bad.sql", up("SELECT 1")),
        ("2_bad.sql", "-- +goose ENVSUB ON\n" + up("SELECT $1;")),
        ("seed.sql", up("SELECT 1;")),
        ("2_bad.go", "package migrations\n"),
        ("01_bad.sql", up("SELECT 1;")),
    ],
)
def test_folder_that_is_refused(migrinit, database, name, text):
    migrinit.write("migrations/1_ok.sql", up("CREATE TABLE ok ();"))
    migrinit.write(f"migrations/{name}", text)
    run = migrinit.run("migrate")
    assert run.code == 78 and run.err.find(name), run
    assert database.tables() == set(), "files are read before anything is applied"


def test_two_at_once(migrinit, database):
    migrinit.write("migrations/1_a.sql", up("CREATE TABLE a ();\nSELECT pg_sleep(0.5);"))
    runs = [migrinit.start("migrate") for _ in range(2)]
    codes = [run.wait() for run in runs]
    assert codes == [0, 0], runs
    assert [row[1] for row in rows(database)] == [0, 1]


def test_program_with_goose_inside_keeps_us_out(migrinit, database):
    """Its Provider holds a session lock while it works."""
    write(migrinit, 1)
    with database.session() as other:
        cursor = other.cursor()
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("users")
        other.close()
    assert run.wait() == 0, run
    assert rows(database) == expected(1)


def test_envsub_takes_the_environment(migrinit, database):
    migrinit.write(
        "migrations/1_a.sql",
        "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE ${NAME:-none} (t text DEFAULT '$SECRET');\n"
        "INSERT INTO $NAME DEFAULT VALUES;\n-- +goose ENVSUB OFF\nINSERT INTO made VALUES ('$SECRET');\n",
    )
    run = migrinit.run("migrate", env={"NAME": "made", "SECRET": "it''s one", "GOOSE_TABLE": "seen"})
    assert run.code == 0 and not run.err.find("s one"), run
    assert database.rows("SELECT t FROM made") == [("it's one",), ("$SECRET",)]
    assert database.value("SELECT max(version_id) FROM seen") == 1


def test_error_behind_a_variable_is_where_it_is_in_the_file(migrinit, database):
    text = "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '$A',\n  '$A', nothing;\n"
    migrinit.write("migrations/1_a.sql", text)
    run = migrinit.run("migrate", env={"A": "the secret\nof two lines"})
    assert run.code == 1 and run.err.find(r"1_a\.sql:4:9: .*nothing.*42703"), run
    assert not run.err.find("secret"), run
    migrinit.write("migrations/1_a.sql", "-- +goose NO TRANSACTION\n" + text)
    run = migrinit.run("migrate", env={"A": "the secret"})
    assert run.code == 1 and run.err.find(r"1_a\.sql:5:9: .*nothing.*42703"), run
    run = migrinit.run("migrate", env={})
    assert run.code == 1 and run.err.find(r"1_a\.sql:5:9: "), "unset is nothing"
