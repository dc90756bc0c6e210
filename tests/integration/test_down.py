"""`migrinit down`: the last migrations undone, the bookkeeping as the tool's own verb leaves it."""

import json
import os
import signal
import subprocess
import threading

import pytest
from postgres import USER, wait_until
from program import APP

# name, up, down, whether either runs in a transaction
MIGRATIONS = [
    ("users", "CREATE TABLE users (id int, name text);", "DROP TABLE users;", True),
    ("rows", "ALTER TABLE users ADD note text;\nINSERT INTO users VALUES (1, 'it''s; -- no');", "DELETE FROM users;\nALTER TABLE users DROP note;", True),
    ("index", "CREATE INDEX CONCURRENTLY i ON users (id);", "DROP INDEX CONCURRENTLY i;", False),
    ("nothing_back", "SELECT 4;", "SELECT 'never mind';", True),
    ("function", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2';", "DROP FUNCTION f();", True),
]


def dbmate(number, name, up, down, transaction):
    option = "" if transaction else " transaction:false"
    return {f"{number}_{name}.sql": f"-- migrate:up{option}\n{up}\n-- migrate:down{option}\n{down}\n"}


def golang_migrate(number, name, up, down, _):
    return {f"{number:06}_{name}.up.sql": up, f"{number:06}_{name}.down.sql": down, "go.mod": "module x\n"}


def goose(number, name, up, down, transaction):
    option = "" if transaction else "-- +goose NO TRANSACTION\n"
    return {f"{number:05}_{name}.sql": f"{option}-- +goose Up\n{up}\n-- +goose Down\n{down}\n"}


def sqlx(number, name, up, down, transaction):
    option = "" if transaction else "-- no-transaction\n"
    return {f"{number}_{name}.up.sql": option + up, f"{number}_{name}.down.sql": option + down, "sqlx.toml": ""}


def diesel(number, name, up, down, transaction):
    folder = f"2024-01-0{number}-000000_{name}"
    files = {f"{folder}/up.sql": up, f"{folder}/down.sql": down}
    return files if transaction else files | {f"{folder}/metadata.toml": "run_in_transaction = false\n"}


def tern(number, name, up, down, transaction):
    option = "" if transaction else "---- tern: disable-tx ----\n"
    return {f"{number:03}_{name}.sql": f"{option}{up}\n---- create above / drop below ----\n{option}{down}\n"}


def node_pg_migrate(number, name, up, down, _):
    up, down = up.replace(" CONCURRENTLY", ""), down.replace(" CONCURRENTLY", "")
    return {f"{number}_{name}.sql": f"-- Up Migration\n{up}\n-- Down Migration\n{down}\n"}


def flyway(number, name, up, down, _):
    return {f"V{number}__{name}.sql": up, f"undo/U{number}__un{name}.sql": down}


def plain(number, name, up, down, transaction):
    option = "" if transaction else "-- migrinit: no-transaction\n"
    return {f"{number}_{name}.sql": option + up, f"{number}_{name}.down.sql": option + down}


FORMATS = {
    "dbmate": (dbmate, "SELECT version FROM schema_migrations ORDER BY 1"),
    "golang-migrate": (golang_migrate, "TABLE schema_migrations"),
    "goose": (goose, "SELECT version_id, is_applied FROM goose_db_version ORDER BY id"),
    "sqlx": (sqlx, "SELECT version, description, success, checksum::text FROM _sqlx_migrations ORDER BY 1"),
    "diesel": (diesel, "SELECT version FROM __diesel_schema_migrations ORDER BY 1"),
    "tern": (tern, "TABLE schema_version"),
    "node-pg-migrate": (node_pg_migrate, "SELECT name FROM pgmigrations ORDER BY run_on, id"),
    "plain": (plain, "SELECT id, checksum FROM migrinit.migrations ORDER BY applied_at"),
    "flyway": (
        flyway,
        # What is applied now: of each version the newest row, when it is no undo.
        "SELECT version, description, type, script FROM flyway_schema_history h WHERE type = 'SQL' AND NOT EXISTS"
        " (SELECT FROM flyway_schema_history u WHERE u.version = h.version AND u.installed_rank > h.installed_rank)"
        " ORDER BY 1",
    ),
}


@pytest.fixture(params=list(FORMATS))
def tool(request):
    return request.param


def write(program, name, count=len(MIGRATIONS)):
    for number, migration in enumerate(MIGRATIONS[:count], 1):
        for path, text in FORMATS[name][0](number, *migration).items():
            program.write(f"migrations/{path}", text)


def state(database, name):
    rows = database.rows("SELECT t::text FROM users t") if database.has_table("users") else None
    return database.schema(), rows, database.rows(FORMATS[name][1])


def run_down(migrinit, *args, code=0, env=None):
    run = migrinit.run("down", *args, env=env)
    assert run.code == code, run
    return run


def test_every_step_back_and_up_again(migrinit, database, tool):
    """What is left is what was there before; and the way up finds what it left."""
    states = []
    for count in range(1, len(MIGRATIONS) + 1):
        write(migrinit, tool, count)
        assert migrinit.run("migrate").code == 0
        states.append(state(database, tool))
    for count in range(len(MIGRATIONS) - 1, 0, -1):
        run = run_down(migrinit)
        assert run.err.find(f"{tool}: undoing the last 1 of {count + 1} applied migrations in migrations"), run
        assert run.err.find(rf"✓ reverted .*{MIGRATIONS[count][0]} \(\d statements?, \d+ ms\)"), run
        assert state(database, tool) == states[count - 1]
        assert migrinit.run("status").out.find(f"{count} applied, {5 - count} pending")
    assert migrinit.run("migrate").code == 0
    assert state(database, tool) == states[-1]
    run_down(migrinit, "4")
    assert state(database, tool) == states[0]
    run_down(migrinit)
    assert not database.has_table("users")
    run = run_down(migrinit, code=1)
    assert run.err.find("nothing is applied: there is nothing to undo"), run
    assert migrinit.run("migrate").code == 0
    assert state(database, tool) == states[-1]
    assert database.advisory_locks() == 0


def test_nothing_is_undone_when_there_are_fewer(migrinit, database, tool):
    write(migrinit, tool, 2)
    assert migrinit.run("migrate").code == 0
    before = state(database, tool)
    run = run_down(migrinit, "3", code=1)
    assert run.err.find("2 migrations are applied, and the last 3 were to be undone"), run
    assert state(database, tool) == before


def test_down_script_that_fails_stays_recorded(migrinit, database, tool):
    """The last one is undone, the one before it fails at its second statement and stays whole."""
    write(migrinit, tool, 2)
    assert migrinit.run("migrate").code == 0
    middle = state(database, tool)
    for path, text in FORMATS[tool][0](3, "more", "CREATE TABLE more ();", "DROP TABLE more;\nDROP TABLE nowhere;", True).items():
        migrinit.write(f"migrations/{path}", text)
    for path, text in FORMATS[tool][0](4, "last", "SELECT 4;", "SELECT 4;", True).items():
        migrinit.write(f"migrations/{path}", text)
    assert migrinit.run("migrate").code == 0
    run = run_down(migrinit, "2", code=1)
    assert run.err.find(r"✓ reverted .*last") and not run.err.find(r"reverted .*more"), run
    assert run.err.find(r'migrations/.*:\d+:1: .*"nowhere" does not exist \(42P01\)'), run
    assert run.err.find(r"\| DROP TABLE nowhere;"), run
    assert database.has_table("more")
    assert migrinit.run("status").out.find("3 applied, 1 pending")
    for path, text in FORMATS[tool][0](3, "more", "CREATE TABLE more ();", "DROP TABLE more;", True).items():
        migrinit.write(f"migrations/{path}", text)
    run_down(migrinit)
    assert state(database, tool) == middle


def test_plan_tells_what_would_be_undone(migrinit, database, tool):
    """As --sql it is all that psql needs to do it by hand."""
    write(migrinit, tool, 2)
    assert migrinit.run("migrate").code == 0
    before = state(database, tool)
    write(migrinit, tool)
    assert migrinit.run("migrate").code == 0
    after = state(database, tool)
    plan = migrinit.run("plan", "--down", "3")
    assert plan.code == 0, plan
    assert plan.out.lines[0] == f"-- {tool}: the last 3 of 5 applied migrations in migrations undone"
    assert plan.out.text.index("DROP FUNCTION f") < plan.out.text.index("never mind") < plan.out.text.index("DROP INDEX")
    plan = migrinit.run("plan", "--down", "3", "--sql")
    assert plan.code == 0, plan
    assert state(database, tool) == after
    if tool == "golang-migrate":
        return  # its index needs the other way, which the server's answer decides on
    server = database.server
    psql = [server.client("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server.directory, "-p", str(server.port)]
    subprocess.run([*psql, "-U", "postgres", "-d", database.name], input=plan.out.text, text=True, check=True, stdout=subprocess.DEVNULL)
    assert state(database, tool) == before
    assert migrinit.run("plan", "--down", "3").code == 1


def test_flyway_callbacks_of_undo_are_refused(migrinit, database):
    write(migrinit, "flyway", 2)
    migrinit.write("migrations/afterUndo.sql", "SELECT 1;")
    assert migrinit.run("migrate").code == 0
    run = run_down(migrinit, code=78)
    assert run.err.find("migrations/afterUndo.sql: is a callback"), run
    assert database.has_table("users")


def test_flyway_undo_script_has_placeholders_and_no_callbacks_around_it(migrinit, database):
    """The name of the user is in the undo script alone; what comes around each migrate is not of undo."""
    migrinit.write("migrations/V1__log.sql", "CREATE TABLE log (what text);")
    migrinit.write("migrations/V2__a.sql", "CREATE TABLE a ();")
    migrinit.write("migrations/U2__a.sql", "INSERT INTO log VALUES ('${flyway:user} undoes ${what}');\nDROP TABLE a;")
    migrinit.write("migrations/beforeEachMigrate.sql", "SELECT 1;")
    migrinit.write("migrations/afterEachMigrate.sql", "INSERT INTO log VALUES ('after each');")
    migrinit.env["FLYWAY_PLACEHOLDERS_WHAT"] = "a"
    assert migrinit.run("migrate").code == 0
    plan = migrinit.run("plan", "--down", "1", "--sql")
    assert plan.code == 0 and plan.out.find(f"{USER} undoes a") and not plan.out.find("after each"), plan
    run_down(migrinit)
    assert database.rows("SELECT what FROM log") == [("after each",), ("after each",), (f"{USER} undoes a",)]
    assert not database.has_table("a")


def test_goose_down_part_has_values_of_variables(migrinit, database):
    migrinit.write("migrations/1_a.sql", "-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\n-- +goose ENVSUB ON\nDROP TABLE ${WHAT};\n")
    migrinit.env["WHAT"] = "a"
    assert migrinit.run("migrate").code == 0
    run_down(migrinit)
    assert not database.has_table("a")


def test_flyway_rows_tell_the_whole_story(migrinit, database):
    write(migrinit, "flyway", 2)
    migrinit.write("migrations/R__view.sql", "CREATE OR REPLACE VIEW v AS SELECT 1;")
    assert migrinit.run("migrate").code == 0
    run_down(migrinit)
    assert migrinit.run("migrate").code == 0
    rows = database.rows(
        "SELECT installed_rank, version, description, type, script, installed_by, success, execution_time >= 0,"
        " checksum IS NOT NULL FROM flyway_schema_history ORDER BY 1"
    )
    tail = (USER, True, True, True)
    assert rows == [
        (1, "1", "users", "SQL", "V1__users.sql", *tail),
        (2, "2", "rows", "SQL", "V2__rows.sql", *tail),
        (3, None, "view", "SQL", "R__view.sql", *tail),
        (4, "2", "unrows", "UNDO_SQL", "undo/U2__unrows.sql", *tail),
        (5, "2", "rows", "SQL", "V2__rows.sql", *tail),
    ]


def test_all_are_checked_before_the_first(migrinit, database):
    migrinit.migrations(m1_a="CREATE TABLE a ()", m2_b="CREATE TABLE b ()", m3_c="CREATE TABLE c ()")
    migrinit.write("migrations/3_c.down.sql", "DROP TABLE c")
    migrinit.write("migrations/1_a.down.sql", "DROP TABLE a;\n\\echo gone\n")
    assert migrinit.run("migrate").code == 0
    run = run_down(migrinit, "3", code=78)
    assert run.err.find("migrations/2_b.sql: cannot be undone: it has no down script"), run
    migrinit.write("migrations/2_b.down.sql", "DROP TABLE b")
    run = run_down(migrinit, "3", code=78)
    assert run.err.find(r"migrations/1_a.down.sql:2:1: .*psql command"), run
    assert database.history() == ["1_a", "2_b", "3_c"]
    assert {"a", "b", "c"} <= database.tables()
    # A wrong down script is nobody's trouble on the way up.
    migrinit.migrations(m4_d="CREATE TABLE d ()")
    assert migrinit.run("migrate").code == 0
    migrinit.write("migrations/4_d.down.sql", "DROP TABLE d")
    run_down(migrinit, "3")
    assert database.history() == ["1_a"]


def test_applied_without_a_file(migrinit, database):
    write(migrinit, "dbmate", 3)
    assert migrinit.run("migrate").code == 0
    os.remove(os.path.join(migrinit.cwd, "migrations/3_index.sql"))
    run = run_down(migrinit, code=1)
    assert run.err.find("3 is applied, and has no file here"), run
    assert database.versions() == ["1", "2", "3"]


@pytest.mark.parametrize("tool_name", ["drizzle", "prisma", "refinery", "graphile-migrate"])
def test_tools_without_down_scripts(migrinit, tool_name):
    """Told before anything is waited for."""
    files = {
        "drizzle": {"meta/_journal.json": '{"version":"7","dialect":"postgresql","entries":[]}'},
        "prisma": {"migration_lock.toml": 'provider = "postgresql"\n', "1_a/migration.sql": "SELECT 1;"},
        "refinery": {"V1__a.sql": "SELECT 1;", "refinery.toml": ""},
        "graphile-migrate": {},
    }[tool_name]
    for path, text in files.items():
        migrinit.write(f"migrations/{path}", text)
    os.makedirs(os.path.join(migrinit.cwd, "migrations/committed"), exist_ok=True)
    run = run_down(migrinit, code=78, env={"MIGRINIT_MIGRATE_FORMAT": tool_name})
    assert run.err.find(f"{tool_name} has no down scripts: nothing can be undone"), run
    assert run.err.find("go forward: write a new migration"), run
    assert not run.err.find("Database URL"), run


def test_never_by_auto_migrate(migrinit, database):
    """Of a database that is ahead nothing is undone, whatever lies in the folder."""
    write(migrinit, "dbmate", 2)
    assert migrinit.run("migrate").code == 0
    os.remove(os.path.join(migrinit.cwd, "migrations/2_rows.sql"))
    for mode in ("true", "false", "wait", "verify"):
        assert migrinit.run(*APP, env={"AUTO_MIGRATE": mode}).code == 0
    assert database.versions() == ["1", "2"]


def test_no_database(program):
    program.migrations(m1_a="SELECT 1")
    run = program.run("down")
    assert run.code == 78 and run.err.find("set DATABASE_URL"), run
    assert program.run("down", cwd="/").code == 78


def test_database_is_not_created(program, no_database):
    program.migrations(m1_a="SELECT 1")
    run = program.run("down", env={"DATABASE_URL": no_database.url, "MIGRINIT_DATABASE_CREATE": "true", "MIGRINIT_WAIT_TIMEOUT": "1s"})
    assert run.code == 77, run
    with no_database.server.admin("postgres") as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", (no_database.name,))
        assert cursor.fetchone()[0] == 0


def test_wrong_usage(migrinit):
    for args in (["0"], ["-1"], ["two"], ["1", "2"], ["--step"]):
        run = run_down(migrinit, *args, code=64)
        assert run.err.find("✗"), run


def test_which_step(migrinit, database):
    migrinit.migrations("first", m1_a="CREATE TABLE a ()")
    migrinit.migrations("second", m1_b="CREATE TABLE b ()")
    migrinit.write("first/1_a.down.sql", "DROP TABLE a")
    migrinit.write("second/1_b.down.sql", "DROP TABLE b")
    ini = migrinit.write(
        "m.ini",
        "[migrate:first]\ndir = first\n[migrate:second]\ndir = second\ntable = migrinit.second\n[migrate:after]\ncommand = true\n",
    )
    migrinit.env["MIGRINIT_CONFIG"] = ini
    assert migrinit.run("migrate").code == 0
    run_down(migrinit)
    assert database.has_table("a") and not database.has_table("b")
    run = run_down(migrinit, code=1)  # not on to the other step
    assert run.err.find("nothing is applied"), run
    run_down(migrinit, "--step=first", "1")
    assert not database.has_table("a")
    run = run_down(migrinit, "--step=third", code=64)
    assert run.err.find('there is no step "third"'), run
    run = run_down(migrinit, "--step", "after", code=78)
    assert run.err.find("what a command step has done is not known"), run


def test_json_log_has_stable_names(migrinit):
    migrinit.migrations(m1_a="CREATE TABLE a ()")
    migrinit.write("migrations/1_a.down.sql", "DROP TABLE a; SELECT 1")
    assert migrinit.run("migrate").code == 0
    run = run_down(migrinit, "--log-format=json")
    events = {line["event"]: line for line in map(json.loads, run.err.lines)}
    assert events["migration.reverting"]["count"] == 1 and events["migration.reverting"]["applied"] == 1
    assert events["migration.reverted"]["id"] == "1_a" and events["migration.reverted"]["statements"] == 2
    assert events["migration.reverted"]["duration_ms"] >= 0


def test_waits_for_whoever_migrates(migrinit, database):
    """The history is read again under the lock: what was applied meanwhile is the last one."""
    migrinit.migrations(m1_a="CREATE TABLE a ()")
    migrinit.write("migrations/1_a.down.sql", "DROP TABLE a")
    assert migrinit.run("migrate").code == 0
    migrinit.migrations(m2_b="SELECT pg_sleep(600); CREATE TABLE b ()")
    migrinit.write("migrations/2_b.down.sql", "DROP TABLE b")
    up = migrinit.start("migrate")
    pid = wait_until(
        lambda: database.value("SELECT pid FROM pg_stat_activity WHERE datname = %s AND query LIKE '%%pg_sleep%%' AND state = 'active' AND usename = 'app'", database.name),
        "the migration sleeps",
    )
    down = migrinit.start("down")
    down.err.wait_for("Another migrator is at work")
    database.run(f"SELECT pg_cancel_backend({pid})")
    assert up.wait() == 1
    assert down.wait() == 0, down
    assert database.history() == []


def test_two_at_once_undo_two(migrinit, database):
    files = {f"m{n}_t{n}": f"CREATE TABLE t{n} ()" for n in range(1, 7)}
    migrinit.migrations(**files)
    for n in range(1, 7):
        migrinit.write(f"migrations/{n}_t{n}.down.sql", f"DROP TABLE t{n}")
    assert migrinit.run("migrate").code == 0
    runs = []
    threads = [threading.Thread(target=lambda: runs.append(migrinit.run("down"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.code for run in runs] == [0] * 4, runs
    assert database.history() == ["1_t1", "2_t2"]
    assert database.tables() == {"t1", "t2"}


@pytest.mark.parametrize("transaction", [True, False])
def test_stop_signal(migrinit, database, transaction):
    mark = "" if transaction else "-- migrinit: no-transaction\n"
    migrinit.migrations(m1_a="CREATE TABLE a ()", m2_b="CREATE TABLE b ()")
    migrinit.write("migrations/1_a.down.sql", "DROP TABLE a")
    migrinit.write("migrations/2_b.down.sql", f"{mark}DROP TABLE b;\nSELECT pg_sleep(600);\n")
    assert migrinit.run("migrate").code == 0
    run = migrinit.start("down", "2")
    wait_until(
        lambda: database.value("SELECT pid FROM pg_stat_activity WHERE datname = %s AND query LIKE '%%pg_sleep%%' AND state = 'active' AND usename = 'app'", database.name),
        "the down script sleeps",
    )
    run.signal(signal.SIGTERM)
    assert run.wait() == 143, run
    assert database.history() == ["1_a", "2_b"]
    assert database.has_table("a")
    assert database.has_table("b") == transaction
    if transaction:
        assert run.err.find("it is rolled back: the migration is still applied"), run
    assert database.advisory_locks() == 0


def test_record_is_written_by_the_migrator(migrinit, database):
    """A down script that leaves a role and a search_path behind."""
    database.run("CREATE ROLE nobody_here; GRANT nobody_here TO app")
    try:
        migrinit.migrations(m1_a="CREATE TABLE a ()", m2_b="CREATE TABLE b ()")
        migrinit.write("migrations/1_a.down.sql", "DROP TABLE a")
        migrinit.write("migrations/2_b.down.sql", "DROP TABLE b; SET ROLE nobody_here; SET search_path = ''; -- left behind")
        assert migrinit.run("migrate").code == 0
        run_down(migrinit, "2")
        assert database.history() == [] and database.tables() == set()
    finally:
        database.run("DROP ROLE nobody_here")


def test_golang_migrate_stays_dirty_where_it_had_no_transaction(migrinit, database):
    for path, text in golang_migrate(1, "a", "CREATE TABLE a (i int);", "DROP TABLE a;", True).items():
        migrinit.write(f"migrations/{path}", text)
    down = "DROP INDEX CONCURRENTLY i;\nDROP TABLE nowhere;\n"
    for path, text in golang_migrate(2, "b", "CREATE INDEX CONCURRENTLY i ON a (i);", down, True).items():
        migrinit.write(f"migrations/{path}", text)
    assert migrinit.run("migrate").code == 0
    run = run_down(migrinit, code=1)
    assert run.err.find("000002_b cannot run in a transaction: rolled back, and run without one"), run
    assert run.err.find(r"migrations/000002_b.down.sql:2:1: .*\(42P01\)"), run
    assert database.rows("TABLE schema_migrations") == [(1, True)]
    run = run_down(migrinit, code=1)
    assert run.err.find("the database is dirty at version 1"), run
    database.run("UPDATE schema_migrations SET dirty = false")
    run_down(migrinit)
    assert database.rows("TABLE schema_migrations") == []


def test_statement_that_needs_a_mark(migrinit):
    migrinit.write("migrations/1_a.sql", "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nVACUUM;\n")
    assert migrinit.run("migrate").code == 0
    run = run_down(migrinit, code=1)
    assert run.err.find(r"migrations/1_a.sql:4:1: .*\(25001\)"), run
    assert run.err.find('mark the file with "-- migrate:down transaction:false"'), run
