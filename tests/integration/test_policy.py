"""Every cell of the policy table: exit code, whether the app starts, and what is said."""

import os

import pytest
from fakes import FakeServer
from postgres import PASSWORD_ENCODED, free_port, wait_until
from program import APP

COLUMNS = {
    "strict": {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"},
    "lenient": {"AUTO_MIGRATE_FAIL_ON_ERROR": "false"},
    "off": {"AUTO_MIGRATE": "false"},
    "verify": {"AUTO_MIGRATE": "verify"},
    "wait": {"AUTO_MIGRATE": "wait"},
}

START = "start"

# situation: strict, lenient, off, verify, wait; a number ends with it, START starts the app
TABLE = {
    "nothing pending": (START, START, START, START, START),
    "pending": (START, START, START, 1, 75),
    "a migration fails": (1, START, START, 1, 75),
    "database not there": (69, START, START, 69, 69),
    "credentials refused": (77, START, START, 77, 77),
    "bad url": (78, START, START, 78, 78),
    "lock not had": (75, START, START, 1, 75),
    "database ahead": (START, START, START, START, START),
    "database ahead, refused": (1, START, START, 1, 1),
    "changed file, strict": (1, START, START, 1, 1),
    "folder missing": (78, START, START, 78, 78),
    "format undecidable": (78, START, START, 78, 78),
    "nothing configured": (78, START, START, 78, 78),
    "unknown setting": (78, 78, 78, 78, 78),
    "bad value": (78, 78, 78, 78, 78),
}

# What an app that was started is told: with AUTO_MIGRATE=false that nobody looked, else this.
STATUS = {
    "nothing pending": "ok",
    "pending": "ok",
    "a migration fails": "failed",
    "database not there": "failed",
    "credentials refused": "failed",
    "bad url": "failed",
    "lock not had": "pending",
    "database ahead": "ok",
    "database ahead, refused": "failed",
    "changed file, strict": "failed",
    "folder missing": "failed",
    "format undecidable": "failed",
    "nothing configured": "skipped",
}

# What the log says, whatever the end: situation -> pattern, in these columns
SAYS = {
    ("pending", "strict"): "Migrations completed successfully",
    ("pending", "lenient"): "Migrations completed successfully",
    ("pending", "verify"): r"2 (of 2 )?(migrations )?pending|2 .*pending",
    ("a migration fails", "strict"): r"Exiting due to migration failure \(AUTO_MIGRATE_FAIL_ON_ERROR=true\)",
    ("a migration fails", "lenient"): r"Continuing despite migration failure \(set AUTO_MIGRATE_FAIL_ON_ERROR=true to exit on error\)",
    ("database not there", "strict"): "refused",
    ("database not there", "lenient"): "Continuing despite",
    ("credentials refused", "strict"): "28P01|password",
    ("credentials refused", "lenient"): "Continuing despite",
    ("lock not had", "strict"): "lock",
    ("lock not had", "lenient"): "Continuing despite",
    ("database ahead", "strict"): "0009_later|ahead",
    ("database ahead", "lenient"): "0009_later|ahead",
    ("database ahead, refused", "strict"): "the database is ahead: 0009_later",
    ("database ahead, refused", "lenient"): "Continuing despite",
    ("database ahead, refused", "wait"): "the database is ahead: 0009_later",
    ("changed file, strict", "strict"): "0002_b was changed after it was applied",
    ("changed file, strict", "verify"): "0002_b was changed after it was applied",
    ("folder missing", "strict"): "nowhere",
    ("folder missing", "lenient"): "Continuing despite",
    ("nothing configured", "lenient"): "(?i)nothing to wait for",
    ("nothing configured", "strict"): "(?i)no database",
    ("unknown setting", "off"): "MIGRINIT_WAIT_TIMEUOT",
    ("bad value", "off"): "AUTO_MIGRATE_FAIL_ON_ERROR|MIGRINIT_WAIT_TIMEOUT",
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("situation", TABLE)
def test_cell(migrinit, database, server, situation, column):
    expected = TABLE[situation][list(COLUMNS).index(column)]
    env = {
        "MIGRINIT_WAIT_TIMEOUT": "3s",
        "MIGRINIT_WAIT_AUTH_GRACE": "0",
        "MIGRINIT_MIGRATE_LOCK_TIMEOUT": "1500ms",
        **COLUMNS[column],
    }
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    holder = None
    blocker = None

    is_ahead = situation.startswith("database ahead")
    if situation in ("nothing pending", "changed file, strict") or is_ahead:
        if is_ahead:
            migrinit.migrations(m0009_later="CREATE TABLE later ()")
        assert migrinit.run("migrate").code == 0
        if is_ahead:
            os.unlink(f"{migrinit.cwd}/migrations/0009_later.sql")
        if situation == "database ahead, refused":
            env["MIGRINIT_MIGRATE_AHEAD"] = "fail"
        if situation == "changed file, strict":
            migrinit.migrations(m0002_b="CREATE TABLE b (n int)")
            env["MIGRINIT_MIGRATE_STRICT"] = "true"
    elif situation == "a migration fails":
        migrinit.migrations(m0002_b="SELECT 1/0")
    elif situation == "database not there":
        env["DATABASE_URL"] = server.url(database.name, port=free_port())
    elif situation == "credentials refused":
        env["DATABASE_URL"] = server.url(database.name, password="wrong")
    elif situation == "bad url":
        env["DATABASE_URL"] = f"mysql://app:{PASSWORD_ENCODED}@127.0.0.1/x"
    elif situation == "lock not had":
        database.run("CREATE TABLE gate (); GRANT ALL ON gate TO app")
        blocker = database.session()
        connection = blocker.__enter__()
        connection.cursor().execute("LOCK TABLE gate")
        migrinit.migrations(m0001_a="LOCK TABLE gate; CREATE TABLE a ()")
        holder = migrinit.start("migrate")
        wait_until(
            lambda: database.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", database.name
            ),
            "the holder is in its migration",
        )
    elif situation == "folder missing":
        env["MIGRINIT_MIGRATE_DIR"] = "nowhere"
    elif situation == "format undecidable":
        migrinit.write("empty/readme.txt", "no migrations here\n")
        env["MIGRINIT_MIGRATE_DIR"] = "empty"
    elif situation == "nothing configured":
        env["DATABASE_URL"] = None
        for name in ("0001_a", "0002_b"):  # with migrations there, the missing URL is a mistake
            os.unlink(f"{migrinit.cwd}/migrations/{name}.sql")
        os.rmdir(f"{migrinit.cwd}/migrations")
    elif situation == "unknown setting":
        env["MIGRINIT_WAIT_TIMEUOT"] = "1s"
    elif situation == "bad value":
        env["MIGRINIT_WAIT_TIMEOUT"] = "soon"

    try:
        run = migrinit.run(*APP, env=env)
    finally:
        if blocker is not None:
            blocker.__exit__(None, None, None)
            assert holder.wait() == 0

    if expected == START:
        assert run.app_started and run.code == 0, run
        assert run.out.text == f"APP status={'skipped' if column == 'off' else STATUS[situation]}"
    else:
        assert run.code == expected and not run.app_started, run
    says = SAYS.get((situation, column))
    if says:
        assert run.err.find(says), run
    if column in ("off", "verify", "wait") and situation in ("pending", "a migration fails"):
        assert database.tables() == set() and not database.has_table("migrinit.migrations")


@pytest.mark.parametrize("column", COLUMNS)
def test_sigterm_meanwhile(migrinit, column):
    migrinit.migrations(m0001_a="SELECT 1")
    with FakeServer("silent") as fake:
        run = migrinit.start(*APP, env={**COLUMNS[column], "DATABASE_URL": f"postgresql://app@127.0.0.1:{fake.port}/x"})
        fake.wait_for_connections(1)
        run.signal()
        assert run.wait(20) == 143, run
        assert not run.app_started


def test_auto_migrate_false_waits_for_the_database(migrinit, database, server):
    with FakeServer("close") as fake:
        env = {"AUTO_MIGRATE": "false", "DATABASE_URL": server.url(database.name, port=fake.port)}
        run = migrinit.start(*APP, env=env)
        run.err.wait_for("Waiting for database")
        assert not run.app_started
        fake.behaviour, fake.target_port = "proxy", server.port
        assert run.wait() == 0 and run.app_started, run


def test_auto_migrate_false_without_waiting(migrinit, database, server):
    env = {
        "AUTO_MIGRATE": "false",
        "MIGRINIT_WAIT_ENABLED": "false",
        "DATABASE_URL": server.url(database.name, port=free_port()),
    }
    run = migrinit.run(*APP, env=env)
    assert run.code == 0 and run.app_started, run
    assert run.seconds < 20


@pytest.mark.parametrize("fail_on_error", ["true", "false"])
def test_migrate_verb_always_says_how_it_went(migrinit, fail_on_error):
    migrinit.migrations(m0001_a="SELECT 1/0")
    run = migrinit.run("migrate", env={"AUTO_MIGRATE_FAIL_ON_ERROR": fail_on_error})
    assert run.code == 1, run


def test_old_name_of_the_container_s_log(migrinit):
    """`docker logs | grep Migration` finds the whole story."""
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run(*APP)
    assert all(line.startswith(("[Migration]", "[migrinit]")) for line in run.err.lines), run
    assert run.err.find(r"^\[Migration\] Database URL: postgresql://app@127\.0\.0\.1:"), run
    assert run.err.find(r"^\[Migration\] ✓ Migrations completed successfully"), run


@pytest.mark.parametrize(("fail_on_error", "code"), [("true", 78), ("false", 0)])
def test_migrations_and_no_database(migrinit, fail_on_error, code):
    """A forgotten DATABASE_URL is told as such."""
    migrinit.migrations(m0001_a="SELECT 1")
    run = migrinit.run(*APP, env={"DATABASE_URL": None, "AUTO_MIGRATE_FAIL_ON_ERROR": fail_on_error})
    assert run.code == code and run.app_started == (code == 0), run
    assert run.err.find("no database is configured") and run.err.find("DATABASE_URL"), run
