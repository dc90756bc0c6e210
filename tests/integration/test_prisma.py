"""The prisma format against the server; the real tool's part is tests/conformance/test_prisma.py."""

import pytest
from postgres import wait_until
from program import APP

LOCK_KEY = 72707369
STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}


def write(program, name, sql):
    program.write("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n')
    program.write(f"prisma/migrations/{name}/migration.sql", sql)


def rows(database):
    return database.rows(
        "SELECT migration_name, finished_at IS NOT NULL, logs, rolled_back_at IS NOT NULL, applied_steps_count"
        " FROM _prisma_migrations ORDER BY started_at"
    )


def applied(name):
    return (name, True, None, False, 1)


def tool_began(database, name):
    """What a `migrate deploy` that is at work, or was killed, leaves."""
    database.run(
        "INSERT INTO _prisma_migrations (id, checksum, migration_name)"
        f" VALUES (md5(random()::text)::uuid::text, repeat('0', 64), '{name}')"
    )


def test_failed_migration_leaves_nothing(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a ();")
    write(migrinit, "2_b", "CREATE TABLE b ();\nSELECT nothing;")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"2_b/migration\.sql:2:8: .*42703"), run
    assert rows(database) == [applied("1_a")]
    write(migrinit, "2_b", "CREATE TABLE b ();")
    assert migrinit.run("migrate").code == 0
    assert rows(database) == [applied("1_a"), applied("2_b")]


def test_unfinished_row_stops_everything(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a ();")
    assert migrinit.run("migrate").code == 0
    tool_began(database, "2_b")
    write(migrinit, "3_c", "CREATE TABLE c ();")
    for _ in range(2):
        run = migrinit.run(*APP, env=STRICT)
        assert run.code == 1 and not run.app_started, run
        assert run.err.find(r"2_b, started at .*P3009"), run
        assert run.err.find(r"`migrinit resolve --rolled-back 2_b`"), run
    assert not database.has_table("c")
    assert database.advisory_locks() == 0


def test_unfinished_row_alone_is_no_up_to_date(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a ();")
    assert migrinit.run("migrate").code == 0
    tool_began(database, "0_gone")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("P3009"), run


def test_row_of_a_tool_at_work_is_waited_for(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a ();")
    assert migrinit.run("migrate").code == 0
    write(migrinit, "2_b", "CREATE TABLE b ();")
    with database.session() as session:
        cursor = session.cursor()
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        session.commit()
        tool_began(database, "2_b")
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        database.run("CREATE TABLE b (); UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1")
    assert run.wait() == 0, run
    assert rows(database) == [applied("1_a"), applied("2_b")]


def test_rolled_back_row_is_applied_anew(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a ();")
    assert migrinit.run("migrate").code == 0
    database.run("DROP TABLE a; UPDATE _prisma_migrations SET rolled_back_at = now()")
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("1 of 1 migrations pending"), run
    assert [row[3] for row in rows(database)] == [True, False] and database.has_table("a")


@pytest.mark.parametrize("sql", ["CREATE TABLE theirs ()", 'CREATE TABLE "It\'s" ()'])
def test_schema_that_was_there_before_is_left_alone(migrinit, database, sql):
    database.run(sql)
    write(migrinit, "1_a", "CREATE TABLE a ();")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"not empty.*P3005"), run
    assert run.err.find("migrinit baseline NAME"), run
    assert not database.has_table("a") and not database.has_table("_prisma_migrations")


def test_what_does_not_make_a_schema_full(migrinit, database):
    database.run(
        'CREATE TABLE spatial_ref_sys (); CREATE TABLE "Raster_Columns" (); CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s;'
        "CREATE TABLE p (i int) PARTITION BY LIST (i); CREATE SCHEMA other; CREATE TABLE other.t ()"
    )
    write(migrinit, "1_a", "CREATE TABLE a ();")
    run = migrinit.run("migrate")
    assert run.code == 0, run


@pytest.mark.parametrize("schema", ["app", "My Schema"])
def test_schema_of_the_url_is_created(migrinit, database, schema):
    database.run("CREATE TABLE public.theirs ()")
    migrinit.env["DATABASE_URL"] = database.url + "?schema=" + schema.replace(" ", "%20")
    write(migrinit, "1_a", "CREATE TABLE a ();")
    write(migrinit, "2_b", "CREATE INDEX CONCURRENTLY i ON a ((1));\nCREATE TABLE b ();")
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert {row[0] for row in database.rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s)", f'"{schema}"')} == {
        "a",
        "b",
        "_prisma_migrations",
    }
    assert migrinit.run("status").code == 0


def test_statements_without_a_transaction(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a (n int);\nCREATE INDEX CONCURRENTLY i ON a (n);\nCREATE INDEX CONCURRENTLY j ON a (n);")
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert rows(database) == [applied("1_a")]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE a (n int);\nCREATE INDEX CONCURRENTLY i ON a (n);\nSELECT nothing;",
        "BEGIN;\nCREATE TABLE a (n int);\nCOMMIT;\nSELECT nothing;",
    ],
)
def test_half_of_a_file_is_a_failed_migration(migrinit, database, sql):
    write(migrinit, "1_a", sql)
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("nothing"), run
    assert database.has_table("a"), "it was committed"
    ((name, is_finished, logs, _, steps),) = rows(database)
    assert (name, is_finished, steps) == ("1_a", False, 0) and "nothing" in logs
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("P3009"), run


@pytest.mark.parametrize(
    "sql", ["BEGIN;\nCREATE TABLE a ();\nCOMMIT;", "BEGIN;\nCREATE TABLE a ();", "CREATE TABLE a ();\nCOMMIT", b"\xef\xbb\xbfCREATE TABLE a ();"]
)
def test_files_with_a_transaction_or_a_mark(migrinit, database, sql):
    write(migrinit, "1_a", sql)
    write(migrinit, "2_empty", "")
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert rows(database) == [applied("1_a"), applied("2_empty")] and database.has_table("a")
    assert database.value("SELECT checksum FROM _prisma_migrations ORDER BY started_at DESC LIMIT 1").startswith("e3b0c44298fc")


def test_folder_without_a_script(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a ();")
    migrinit.write("prisma/migrations/2_b/notes.txt", "forgotten")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"2_b/migration\.sql: .*P3015"), run
    assert not database.has_table("a")
    write(migrinit, "2_b", "SELECT 1;")
    assert migrinit.run("migrate").code == 0
    write(migrinit, "1_a", "changed")
    migrinit.write("prisma/migrations/2_b/migration.sql", "")
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("1_a/migration.sql was changed after it was applied"), run


def test_late_migration_is_applied(migrinit, database):
    write(migrinit, "2_b", "CREATE TABLE b ();")
    assert migrinit.run("migrate").code == 0
    write(migrinit, "1_a", "CREATE TABLE a ();")
    assert migrinit.run("migrate").code == 0
    assert rows(database) == [applied("2_b"), applied("1_a")]


def test_lock_of_the_tool_is_taken(migrinit, database):
    write(migrinit, "1_a", "SELECT pg_sleep(60);")
    run = migrinit.start("migrate")
    wait_until(
        lambda: database.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted", LOCK_KEY),
        "the tool's lock",
    )
    run.signal()
    assert run.wait() != 0, run
    wait_until(lambda: database.advisory_locks() == 0, "the locks let go with the connection")


def test_waiter_says_what_failed(migrinit, database):
    write(migrinit, "1_a", "CREATE TABLE a ();")
    assert migrinit.run("migrate").code == 0
    tool_began(database, "2_b")
    env = {"AUTO_MIGRATE": "wait", "MIGRINIT_MIGRATE_LOCK_TIMEOUT": "1s", **STRICT}
    run = migrinit.run(*APP, env=env)
    assert run.code == 1 and not run.app_started and run.err.find("2_b.*P3009"), run
