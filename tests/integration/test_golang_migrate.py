"""The golang-migrate format: one row, dirty or not, and the tool's own locks."""

import zlib

import pytest
from postgres import wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
FILES = {
    "000001_users": "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);\n",
    "000002_index": "CREATE INDEX CONCURRENTLY i ON users (id);\nCREATE INDEX CONCURRENTLY j ON users (id);\n",
    "000003_own_transaction": "BEGIN;\nINSERT INTO users VALUES (2);\nCOMMIT;\n",
    "000004_function": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$",
    "000005_empty": "",
}
DOWN = "SELECT 1/0;\n"


def write(program, count=None, **more):
    files = dict(sorted(FILES.items())[:count])
    for name, up in (files | {name.removeprefix("m"): sql for name, sql in more.items()}).items():
        program.write(f"db/migrations/{name}.up.sql", up)
        program.write(f"db/migrations/{name}.down.sql", DOWN)
    program.write("db/migrations/go.mod", "module migrations\n")


def state(database):
    return database.rows("TABLE schema_migrations")


def expect_complete(database):
    assert state(database) == [(5, False)]
    assert database.rows("SELECT id FROM users ORDER BY id") == [(1,), (2,)]
    assert database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass AND indisvalid") == 2
    assert database.value("SELECT f()") == 1


def key(database_name):
    return zlib.crc32(b"\0".join([b"public", b"schema_migrations", database_name.encode()])) * 1486364155 % 2**32


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("golang-migrate: 5 of 5 migrations pending"), run
    assert run.err.find(r"✓ 000001_users \(2 statements"), run
    assert run.err.find("000002_index cannot run in a transaction"), run
    expect_complete(database)
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and not again.err.find("✓ 0000"), again
    status = migrinit.run("status")
    assert status.code == 0 and status.out.find("5 applied, 0 pending"), status


def test_table_as_the_tool_makes_it(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    assert database.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef FROM pg_attribute"
        " WHERE attrelid = 'schema_migrations'::regclass AND attnum > 0 ORDER BY attnum"
    ) == [("version", "bigint", True, False), ("dirty", "boolean", True, False)]
    assert database.rows(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'schema_migrations'::regclass AND contype <> 'n'"
    ) == [("schema_migrations_pkey", "PRIMARY KEY (version)")]


@pytest.mark.parametrize("first", range(1, 5))
def test_in_two_halves(migrinit, database, first):
    write(migrinit, first)
    assert migrinit.run("migrate").code == 0
    assert state(database) == [(first, False)]
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find(f"{5 - first} of 5 migrations pending"), run
    expect_complete(database)


def test_lower_version_is_never_run(migrinit, database):
    write(migrinit, 2)
    assert migrinit.run("migrate").code == 0
    write(migrinit, m000000_early="SELECT 1/0;")
    assert migrinit.run("migrate").code == 0
    expect_complete(database)


def test_dirty_is_refused_until_it_is_resolved(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    database.run("UPDATE schema_migrations SET dirty = true")
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 1 and not run.app_started, run
    assert run.err.find("dirty at version 1") and run.err.find("`migrinit resolve --applied 1`"), run
    assert state(database) == [(1, True)]
    assert migrinit.run("status").out.find("4 pending, 0 changed, 1 failed")
    assert migrinit.run("resolve", "--applied", "1").code == 0
    assert migrinit.run(*APP, env=STRICT).code == 0
    expect_complete(database)


def test_failure_without_a_transaction_leaves_it_dirty(migrinit, database):
    write(migrinit, 1, m000002_bad="CREATE INDEX CONCURRENTLY i ON users (id);\nSELECT 1/0;\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"000002_bad\.up\.sql:2:\d+: .*22012"), run
    assert state(database) == [(2, True)]
    again = migrinit.run("migrate")
    assert again.code == 1 and again.err.find("`migrinit resolve --rolled-back 2`"), again


def test_failure_in_a_transaction_leaves_nothing(migrinit, database):
    write(migrinit, 1, m000002_bad="CREATE TABLE t ();\nSELECT 1/0;\n")
    assert migrinit.run("migrate").code == 1
    assert state(database) == [(1, False)] and not database.has_table("t")


def test_recorded_version_without_a_file_is_refused(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    database.run("UPDATE schema_migrations SET version = 7")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 1 and run.err.find("version 7 is applied, and has no file"), run


def test_six_at_once(migrinit, database):
    write(migrinit)
    runs = [migrinit.start(*APP, env=STRICT) for _ in range(6)]
    assert [run.wait(120) for run in runs] == [0] * 6, [run for run in runs if run.process.returncode]
    assert sum(run.err.count("✓ 00000[1-5]_") for run in runs) == 5
    expect_complete(database)
    wait_until(lambda: database.advisory_locks() == 0, "all locks are gone")


def test_another_ones_dirty_state_is_its_work_in_progress(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    write(migrinit)
    with database.session() as blocker:
        blocker.cursor().execute("LOCK TABLE users IN ROW EXCLUSIVE MODE")
        first = migrinit.start(*APP, env=STRICT)
        wait_until(lambda: state(database) == [(2, True)], "the first is in its index")
        second = migrinit.start(*APP, env=STRICT)
        second.err.wait_for("Another migrator is at work")
        blocker.rollback()
        assert first.wait() == 0 and second.wait() == 0, (first, second)
    expect_complete(database)


def test_who_only_waits_is_told_of_the_dirty_state_in_the_end(migrinit, database):
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    database.run("UPDATE schema_migrations SET dirty = true")
    run = migrinit.run(*APP, env={**STRICT, "AUTO_MIGRATE": "wait", "MIGRINIT_MIGRATE_LOCK_TIMEOUT": "1s"})
    assert run.code == 1 and run.err.find("dirty at version 5"), run


@pytest.mark.parametrize("slash", ["/", ""])
def test_waits_for_the_tool_itself(migrinit, database, slash):
    write(migrinit)
    with database.session() as tool:
        tool.cursor().execute("SELECT pg_advisory_lock(%s)", (key(slash + database.name),))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("users")
        tool.rollback()
        tool.cursor().execute("SELECT pg_advisory_unlock_all()")
        assert run.wait() == 0, run
    expect_complete(database)


def test_table_of_dbmate_is_refused(migrinit, database):
    database.run("CREATE TABLE schema_migrations (version varchar PRIMARY KEY); GRANT ALL ON schema_migrations TO app")
    database.run("INSERT INTO schema_migrations VALUES ('20240101000000')")
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 78 and run.err.find("not golang-migrate's: it has no column dirty"), run
    assert not database.has_table("users")


def test_names_alone_do_not_decide(migrinit, database):
    migrinit.write("db/migrations/1_a.up.sql", "CREATE TABLE a ();")
    run = migrinit.run("migrate")
    assert run.code == 78 and run.err.find("golang-migrate's as well as sqlx's"), run
    assert database.tables() == set()
    for name, table in (("golang-migrate", "schema_migrations"), ("sqlx", "_sqlx_migrations")):
        run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": name})
        assert run.code == 0 and database.has_table(table), run
        database.run("DROP TABLE a")


def with_parameters(migrinit, parameters):
    url = migrinit.env["DATABASE_URL"]
    return {"DATABASE_URL": url + ("&" if "?" in url else "?") + parameters}


@pytest.mark.parametrize(
    "parameters, table",
    [
        ("x-migrations-table=seen", "seen"),
        ("x-migrations-table=my.mig", '"my.mig"'),
        ("x-migrations-table=%22other%22.%22Mig%22&x-migrations-table-quoted=true", 'other."Mig"'),
        ("search_path=other&x-migrations-table=seen", "other.seen"),
    ],
)
def test_table_of_the_url(migrinit, database, parameters, table):
    database.run("CREATE SCHEMA other AUTHORIZATION app")
    write(migrinit, 1)
    assert migrinit.run("migrate", env=with_parameters(migrinit, parameters)).code == 0
    assert database.rows(f"TABLE {table}") == [(1, False)]
    bad = with_parameters(migrinit, "x-migrations-table=a&x-migrations-table-quoted=true")
    run = migrinit.run("migrate", env=bad)
    assert run.code == 78 and run.err.find("is not quoted"), run


def test_multi_statement_sends_each_by_itself(migrinit, database):
    """What stands before the failure stays, and the version is dirty: as with the tool."""
    write(migrinit, 1, m000002_two="CREATE TABLE t ();\nSELECT '; $$ ;';\nSELECT 1/0;\n")
    env = with_parameters(migrinit, "x-multi-statement=true")
    plan = migrinit.run("plan", "--sql", env=env)
    assert plan.code == 0 and not plan.out.find("^BEGIN"), plan
    run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find(r"000002_two\.up\.sql:3:\d+: .*22012"), run
    assert state(database) == [(2, True)] and database.has_table("t")


def test_settings_of_the_url_are_the_sessions(migrinit, database):
    write(migrinit, 0, m000001_x="CREATE TABLE s AS SELECT current_setting('statement_timeout') AS t, current_setting('TimeZone') AS z;")
    env = with_parameters(migrinit, "statement_timeout=7s&timezone=Asia/Tokyo&nobody_knows=1")
    run = migrinit.run("migrate", env=env)
    assert run.code == 0 and run.err.find('parameter "nobody_knows" .* set aside'), run
    assert database.rows("TABLE s") == [("7s", "Asia/Tokyo")]
    run = migrinit.run("migrate", env=with_parameters(migrinit, "statement_timeout=soon"))
    assert run.code == 78 and run.err.find("soon"), run
