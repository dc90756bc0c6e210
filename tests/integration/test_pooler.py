"""Through a real PgBouncer: one lock a transaction, nothing left behind, refusals that say why."""

import os

import pytest
from pgbouncer import PgBouncer
from postgres import wait_until

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}

# Waits while the test holds the lock 7, of which tables know nothing.
GATE = "SELECT pg_advisory_xact_lock(7);"
PATIENT = {"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"}


@pytest.fixture(params=["transaction", "session"])
def pooler(request, server, database, program):
    instance = PgBouncer(server, request.param)
    program.env["DATABASE_URL"] = instance.url(database)
    yield instance
    instance.remove()


def waits_at_gate(database):
    return database.value(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 7"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )


def settings_left(pooler, database):
    """What a next client of the pool would find."""
    import psycopg2

    found = []
    connections = [psycopg2.connect(pooler.url(database)) for _ in range(2)]
    for connection in connections:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            cursor.execute("SELECT name, setting FROM pg_settings WHERE source = 'session'"
                           " AND name !~ '^transaction_' AND name NOT IN"
                           " ('DateStyle', 'TimeZone', 'client_encoding', 'application_name',"
                           " 'standard_conforming_strings') ORDER BY name")
            found += cursor.fetchall()
    for connection in connections:
        connection.close()
    return found


def test_migrates_and_leaves_nothing_behind(pooler, program, database):
    program.migrations(
        m0001_a="CREATE TABLE a (n int); SET search_path = ''; SET statement_timeout = '1h'",
        m0002_b="CREATE TABLE public.b AS SELECT count(*) AS n FROM a",
        m0003_c="INSERT INTO b VALUES (7)",
    )
    run = program.run("migrate")
    assert run.code == 0, run
    assert run.err.count("goes through a pooler") == 1
    assert run.err.count("3 of 3 migrations pending") == 1, run
    assert len(database.history()) == 3
    assert database.rows("SELECT n FROM b ORDER BY n") == [(0,), (7,)]
    assert database.advisory_locks() == 0
    assert settings_left(pooler, database) == []
    again = program.run("migrate")
    assert again.code == 0 and not again.err.find("pooler:"), again
    assert program.run("verify").code == 0
    assert program.run("status").code == 0


def test_reading_sets_nothing_in_the_pool(pooler, program, database):
    program.migrations(m0001_a="CREATE TABLE a ()")
    assert program.run("status").code == 1
    assert program.run("verify").code == 1
    assert program.run("plan").code == 0
    assert program.run("plan", "--try").code == 0
    assert settings_left(pooler, database) == []
    assert database.tables() == set()


def test_two_replicas_migrate_each_file_once(pooler, program, database):
    program.migrations(
        m0001_a="CREATE TABLE t (n int)",
        **{f"m{n:04}_x": f"INSERT INTO t VALUES ({n})" for n in range(2, 12)},
    )
    runs = [program.start("migrate") for _ in range(2)]
    for run in runs:
        assert run.wait() == 0, run
    assert database.rows("SELECT n FROM t ORDER BY n") == [(n,) for n in range(2, 12)]
    assert sum(run.err.count("✓ 00") for run in runs) == 11
    assert database.advisory_locks() == 0


def test_first_of_two_is_waited_for(pooler, program, database):
    program.migrations(m0001_a=f"CREATE TABLE a (); {GATE}", m0002_b="CREATE TABLE b ()")
    with database.session() as gate:
        gate.cursor().execute("SELECT pg_advisory_lock(7)")
        first = program.start("migrate", env=PATIENT)
        wait_until(lambda: waits_at_gate(database), "the first is at work")
        second = program.start("migrate", env=PATIENT)
        second.err.wait_for("Another migrator is at work")
    assert first.wait() == 0, first
    assert second.wait() == 0, second
    assert first.err.count("✓ 00") + second.err.count("✓ 00") == 2
    assert database.tables() == {"a", "b"}


def test_killed_migrator_leaves_no_lock(pooler, program, database):
    program.migrations(m0001_a=f"CREATE TABLE a (); {GATE}")
    with database.session() as gate:
        gate.cursor().execute("SELECT pg_advisory_lock(7)")
        run = program.start("migrate", env=PATIENT)
        wait_until(lambda: waits_at_gate(database), "it is at work")
        run.kill()
        wait_until(lambda: database.advisory_locks() == 1, "only the test's own lock is left")
    assert database.tables() == set()
    assert program.run("migrate").code == 0
    assert database.tables() == {"a"}


def test_pooler_that_is_killed_in_the_middle(pooler, program, database):
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b=f"CREATE TABLE b (); {GATE}", m0003_c="CREATE TABLE c ()")
    with database.session() as gate:
        gate.cursor().execute("SELECT pg_advisory_lock(7)")
        run = program.start("migrate", env=PATIENT)
        wait_until(lambda: waits_at_gate(database), "it is at work")
        pooler.kill()
        run.err.wait_for("connecting again")
    pooler.start()
    assert run.wait() == 0, run
    assert database.tables() == {"a", "b", "c"}
    assert len(database.history()) == 3
    assert run.err.count("✓ 0001") == 1, run


def test_without_transaction_is_refused_before_anything_is_done(pooler, program, database):
    program.migrations(
        m0001_a="CREATE TABLE a (n int)",
        m0002_b="-- migrinit: no-transaction\nCREATE INDEX CONCURRENTLY b ON a (n)",
    )
    run = program.run("migrate", env=STRICT)
    assert run.code == 78, run
    assert run.err.find("0002_b.sql.*without a transaction.*pooler"), run
    assert run.err.find("MIGRATE_DATABASE_URL"), run
    assert database.tables() == set()
    direct = program.run("migrate", env={"MIGRATE_DATABASE_URL": database.url})
    assert direct.code == 0, direct
    assert not direct.err.find("pooler")


def test_file_that_commits_by_itself_is_refused(pooler, program, database):
    program.migrations(m0001_a="CREATE TABLE a ();\nCOMMIT;\nCREATE TABLE b ()")
    run = program.run("migrate", env=STRICT)
    assert run.code == 78 and run.err.find("0001_a.sql ends its transaction itself.*pooler"), run
    assert database.tables() == set()


def test_file_that_turns_out_to_need_no_transaction_is_refused(pooler, program, database):
    program.write("prisma/migrations/20240101000000_a/migration.sql", "CREATE TABLE a (n int);")
    program.write("prisma/migrations/20240102000000_b/migration.sql", "CREATE INDEX CONCURRENTLY b ON a (n);")
    program.write("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n')
    run = program.run("migrate", env=STRICT)
    assert run.code == 1, run
    assert run.err.find("25001") and run.err.find("MIGRATE_DATABASE_URL"), run
    assert database.advisory_locks() == 0


def test_command_is_refused(pooler, program, database):
    run = program.run("migrate", env={**STRICT, "MIGRINIT_MIGRATE_COMMAND": "touch ran"})
    assert run.code == 78, run
    assert run.err.find("pooler.*command") and not os.path.exists(f"{program.cwd}/ran"), run


def test_baseline_resolve_and_down(pooler, program, database):
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    program.write("migrations/0001_a.down.sql", "DROP TABLE a")
    program.write("migrations/0002_b.down.sql", "DROP TABLE b")
    assert program.run("baseline", "0001_a").code == 0
    assert program.run("migrate").code == 0
    assert database.tables() == {"b"}
    assert program.run("down").code == 0
    assert database.tables() == set()
    assert program.run("resolve", "--applied", "0002_b").code == 0
    assert len(database.history()) == 2
    run = program.run("down", "2")
    assert run.code == 78 and run.err.find("one migration is undone at a time"), run
    assert "transaction in progress" not in program.all_output()
    assert settings_left(pooler, database) == []
    assert database.advisory_locks() == 0


def test_schemas_are_created_first(pooler, program, database):
    program.migrations(m0001_a="CREATE TABLE shop.a ()")
    run = program.run("migrate", env={"MIGRINIT_DATABASE_SCHEMAS": "shop"})
    assert run.code == 0, run
    assert database.has_table("shop.a")


def test_failed_migration_is_rolled_back_and_named(pooler, program, database):
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ();\nSELECT 1 / 0")
    run = program.run("migrate", env=STRICT)
    assert run.code == 1 and run.err.find(r"0002_b\.sql:2:1: .*22012"), run
    assert database.tables() == {"a"}
    assert database.advisory_locks() == 0


def test_what_comes_around_each_migration_is_in_its_transaction(pooler, program, database):
    database.run("CREATE TABLE log (n serial, what text, tx bigint DEFAULT txid_current()); GRANT ALL ON log, log_n_seq TO app")
    for event in ("beforeEachMigrate", "afterEachMigrate"):
        program.write(f"migrations/{event}.sql", f"INSERT INTO public.log (what) VALUES ('{event}');")
    program.write("migrations/V1__a.sql", "CREATE TABLE a (n int);\nCOPY a FROM STDIN;\n1\n2\n\\.\n")
    program.write("migrations/V2__b.sql", "SET search_path = ''; INSERT INTO public.log (what) VALUES ('V2');")
    program.env["FLYWAY_BASELINE_ON_MIGRATE"] = "true"
    program.env["FLYWAY_BASELINE_VERSION"] = "0"
    run = program.run("migrate")
    assert run.code == 0, run
    assert database.rows("SELECT array_agg(what ORDER BY n) FROM log GROUP BY tx ORDER BY min(n)") == [
        (["beforeEachMigrate", "afterEachMigrate"],), (["beforeEachMigrate", "V2", "afterEachMigrate"],)]
    assert database.value("SELECT count(*) FROM a") == 2
    assert settings_left(pooler, database) == []
    assert database.advisory_locks() == 0


def test_script_beside_the_migrations_is_refused(pooler, program, database):
    program.write("migrations/V1__a.sql", "CREATE TABLE a ();")
    program.write("migrations/beforeMigrate.sql", "SELECT 1;")
    run = program.run("migrate", env=STRICT)
    assert run.code == 78 and run.err.find("beforeMigrate.sql runs beside the migrations.*pooler"), run
    assert run.err.find("MIGRATE_DATABASE_URL") and database.tables() == set(), run


def test_script_around_that_commits_is_refused(pooler, program, database):
    program.write("migrations/V1__a.sql", "CREATE TABLE a ();")
    program.write("migrations/afterEachMigrate.sql", "COMMIT;")
    run = program.run("migrate", env=STRICT)
    assert run.code == 78 and run.err.find("afterEachMigrate.sql ends its transaction itself.*pooler"), run
    assert database.tables() == set()


def test_baseline_with_nothing_behind_it_stays(pooler, program, database):
    database.run("CREATE TABLE a ()")
    program.write("migrations/V1__a.sql", "CREATE TABLE a ();")
    run = program.run("migrate", env={"FLYWAY_BASELINE_ON_MIGRATE": "true"})
    assert run.code == 0, run
    assert database.rows("SELECT version, type FROM flyway_schema_history") == [("1", "BASELINE")]
    assert database.advisory_locks() == 0


def test_older_bookkeeping_table_is_brought_up_to_date_first(pooler, program, database):
    for number, sql in ((1, "CREATE TABLE a (n int)"), (2, "CREATE TABLE b ()")):
        program.write(f"drizzle/2024010{number}000000_x/migration.sql", sql)
        program.write(f"drizzle/2024010{number}000000_x/snapshot.json", '{"version": "8", "dialect": "postgres"}')
    assert program.run("migrate", env={"MIGRATE_DATABASE_URL": database.url}).code == 0
    database.run("DROP TABLE b; DELETE FROM drizzle.__drizzle_migrations WHERE id = 2;"
                 "ALTER TABLE drizzle.__drizzle_migrations DROP COLUMN name, DROP COLUMN applied_at")
    run = program.run("migrate")
    assert run.code == 0 and run.err.count("brought up to date, as the tool") == 1, run
    assert database.rows("SELECT name FROM drizzle.__drizzle_migrations ORDER BY id") == [
        ("20240101000000_x",), ("20240102000000_x",)]
    assert "transaction in progress" not in program.all_output()
    assert settings_left(pooler, database) == []
