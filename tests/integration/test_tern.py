"""The tern format: rows and rules as tern 2.4.2 has them."""

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
LOCK = 9628173550095224
DOWN = "\n---- create above / drop below ----\n"

FILES = {
    "001_users": "CREATE TABLE users (id int);" + DOWN + "DROP TABLE users;\n",
    "002_settings": "SET search_path = pg_catalog;\nCREATE TABLE public.other (id int);" + DOWN,
    "003_index": "---- tern: disable-tx ----\nCREATE INDEX CONCURRENTLY i ON users (id);\nCREATE INDEX CONCURRENTLY j ON users (id);" + DOWN,
    "4_row": "INSERT INTO users VALUES (1)",
}


def write(program, count=None):
    for name in list(FILES)[:count]:
        program.write(f"migrations/{name}.sql", FILES[name])


def version(database):
    return database.rows("SELECT version FROM public.schema_version")


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("tern: 4 of 4 migrations pending"), run
    assert version(database) == [(4,)]
    assert database.value("SELECT count(*) FROM pg_index WHERE indexrelid IN ('i'::regclass, 'j'::regclass) AND indisvalid") == 2
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and again.app_started, again
    assert version(database) == [(4,)] and database.value("SELECT count(*) FROM users") == 1
    assert migrinit.run("status").code == 0


@pytest.mark.parametrize("first", range(0, 5))
def test_goes_on_from_what_tern_has_written(migrinit, database, first):
    """The table, its row and the files' effects as tern leaves them."""
    database.run("CREATE TABLE public.schema_version (version int4 NOT NULL PRIMARY KEY)")
    database.run(f"INSERT INTO public.schema_version VALUES ({first}); ALTER TABLE public.schema_version OWNER TO app")
    done = ["CREATE TABLE users (id int)", "CREATE TABLE other (id int)", "CREATE INDEX i ON users (id)", "INSERT INTO users VALUES (1)"]
    for sql in done[:first]:
        database.run(sql)
    if first:
        database.run("ALTER TABLE users OWNER TO app")
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert version(database) == [(4,)] and database.value("SELECT count(*) FROM users") == 1
    assert bool(run.err.find(f"{4 - first} of 4 migrations pending")) == (first < 4), run


def test_shape_of_the_table(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    assert database.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = 'public.schema_version'::regclass AND attnum > 0"
    ) == [("version", "integer", True)]
    assert database.rows("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'schema_version'::regclass AND contype <> 'n'") == [
        ("schema_version_pkey", "PRIMARY KEY (version)")
    ]


def test_more_applied_than_there_are_files(migrinit, database):
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    database.run("UPDATE schema_version SET version = 5")
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find("at version 5, but there are only 4 files"), run
    assert run.err.find("tern migrate --destination 4"), run


@pytest.mark.parametrize("name, text", [("005_b", "SELECT {{ .x }};"), ("006_gap", "SELECT 1;"), ("4_again", "SELECT 1;"), ("005_c", "-- nothing\n")])
def test_what_tern_refuses_is_refused_before_anything(migrinit, database, name, text):
    write(migrinit)
    migrinit.write(f"migrations/{name}.sql", text)
    run = migrinit.run("migrate")
    assert run.code == 78, run
    assert run.err.find(name), run
    assert database.tables() == set()


def test_failure_leaves_the_version_before(migrinit, database):
    write(migrinit, 2)
    migrinit.write("migrations/003_bad.sql", "\n\nCREATE TABLE bad ();\nSELECT nothing;" + DOWN)
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"003_bad\.sql:4:8: .*nothing.*42703"), run
    assert version(database) == [(2,)] and not database.has_table("bad")


def test_waits_for_the_tool_s_lock(migrinit, database):
    write(migrinit)
    with database.session() as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("users")
    assert run.wait() == 0, run
    assert version(database) == [(4,)]
