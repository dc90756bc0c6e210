"""A stop signal in every phase, and a server that dies: nothing half done, nothing left held."""

import signal

import pytest
from fakes import FakeServer
from postgres import free_port, kill_quietly, wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
SOON = 9.0  # a container's grace is 10 s


def in_statement(database, pattern="pg_sleep"):
    return wait_until(
        lambda: database.value(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND state = 'active' AND query LIKE %s",
            database.name,
            f"%{pattern}%",
        ),
        f"a statement with {pattern} runs",
    )


def expect_stopped(run, database, sig=signal.SIGTERM, code=None):
    run.signal(sig)
    expected = code if code is not None else 128 + sig
    assert run.wait(SOON) == expected, run
    assert not run.app_started, run
    wait_until(lambda: database.sessions() == 0, "no session is left")
    assert database.advisory_locks() == 0


@pytest.mark.parametrize("lenient", [True, False])
def test_while_waiting(migrinit, database, server, lenient):
    migrinit.migrations(m0001_a="SELECT 1")
    env = {"DATABASE_URL": server.url(database.name, port=free_port())}
    run = migrinit.start(*APP, env=env if lenient else {**STRICT, **env})
    run.err.wait_for("Waiting for database")
    expect_stopped(run, database)


def test_while_connecting_to_a_silent_server(migrinit, database):
    migrinit.migrations(m0001_a="SELECT 1")
    with FakeServer("silent") as fake:
        run = migrinit.start(*APP, env={"DATABASE_URL": f"postgresql://app@127.0.0.1:{fake.port}/x"})
        fake.wait_for_connections(1)
        expect_stopped(run, database)


def test_at_once_after_the_start(migrinit, database):
    """Wherever it just is: it ends, or it was ready and the app was started and ended by the signal."""
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    for _ in range(20):
        run = migrinit.start("--", "sleep", "600")
        run.signal()
        # Before main() has blocked the signal its default action ends the process: 143 as well.
        assert run.wait(SOON) == 143, run
        wait_until(lambda: database.sessions() == 0, "no session is left")
    assert database.has_table("a") == (len(database.history()) == 1)


@pytest.mark.parametrize("lenient", [True, False])
def test_in_a_statement(migrinit, database, lenient):
    migrinit.migrations(
        m0001_a="CREATE TABLE a ()",
        m0002_b="CREATE TABLE b (); SELECT pg_sleep(600); CREATE TABLE b2 ()",
        m0003_c="CREATE TABLE c ()",
    )
    run = migrinit.start(*APP, env={} if lenient else STRICT)
    in_statement(database)
    expect_stopped(run, database)
    assert database.tables() == {"a"}
    assert len(database.history()) == 1


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGQUIT, signal.SIGHUP])
def test_other_stop_signals(migrinit, database, sig):
    migrinit.migrations(m0001_a="CREATE TABLE a (); SELECT pg_sleep(600)")
    run = migrinit.start(*APP)
    in_statement(database)
    run.signal(sig)
    code = run.wait(SOON)
    assert code in (128 + sig, 143), run
    assert not run.app_started and database.tables() == set()


def test_in_the_migrate_verb(migrinit, database):
    migrinit.migrations(m0001_a="SELECT pg_sleep(600)")
    run = migrinit.start("migrate")
    in_statement(database)
    expect_stopped(run, database)
    assert database.history() == []


def test_in_a_statement_outside_a_transaction(migrinit, database):
    database.run("CREATE TABLE a (n int); ALTER TABLE a OWNER TO app")
    with database.session() as blocker:
        blocker.cursor().execute("INSERT INTO a VALUES (1)")
        migrinit.migrations(
            m0001_b="-- migrinit: no-transaction\nCREATE TABLE b ();\nCREATE INDEX CONCURRENTLY i ON a (n);\nCREATE TABLE c ();\n"
        )
        run = migrinit.start(*APP)
        in_statement(database, "CONCURRENTLY")
        expect_stopped(run, database)
        assert run.err.find(r"0001_b\.sql:3"), "it says which statement was cut"
    assert database.history() == []
    assert "c" not in database.tables()


def test_waiting_for_the_lock(migrinit, database):
    migrinit.migrations(m0001_a="SELECT pg_sleep(600)")
    first = migrinit.start(*APP)
    in_statement(database)
    second = migrinit.start(*APP)
    second.err.wait_for("Another migrator is at work")
    second.signal()
    assert second.wait(SOON) == 143, second
    assert first.process.poll() is None, "the other one goes on"
    assert database.advisory_locks() == 1
    expect_stopped(first, database)
    assert not second.app_started


def test_holding_the_app_until_the_schema_is_current(migrinit, database):
    migrinit.migrations(m0001_a="SELECT 1")
    run = migrinit.start(*APP, env={"AUTO_MIGRATE": "wait"})
    run.err.wait_for("Waiting for the schema")
    expect_stopped(run, database)


@pytest.mark.server_since(14)  # client_connection_check_interval
def test_statement_that_catches_the_cancel(migrinit, database):
    """plpgsql's OTHERS does not catch a cancel; one that is caught by name must still not be the end."""
    migrinit.migrations(
        m0001_a="DO $$ BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(600); END $$"
    )
    run = migrinit.start(*APP)
    in_statement(database)
    run.signal()
    assert run.wait(SOON + 15) == 143, run
    assert not run.app_started
    wait_until(lambda: database.sessions() == 0, "the server has noticed")
    assert database.history() == []


@pytest.mark.parametrize("mode", ["exec", "supervise"])
def test_while_the_app_runs(migrinit, database, mode):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.start("--", "sh", "-c", "echo APP; exec sleep 600", env={"MIGRINIT_APP_MODE": mode})
    run.out.wait_for("APP")
    run.signal()
    assert run.wait(SOON) == 143, run
    assert len(database.history()) == 1


@pytest.mark.parametrize("mode", ["exec", "supervise"])
def test_app_that_ends_by_itself_on_term(migrinit, mode):
    migrinit.migrations(m0001_a="SELECT 1")
    run = migrinit.start(
        "--", "sh", "-c", "trap 'echo bye; exit 7' TERM; echo APP; while :; do sleep 0.1; done", env={"MIGRINIT_APP_MODE": mode}
    )
    run.out.wait_for("APP")
    run.signal()
    assert run.wait(SOON) == 7, run
    assert run.out.find("bye")


def test_second_signal_is_harmless(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a (); SELECT pg_sleep(600)")
    run = migrinit.start(*APP)
    in_statement(database)
    run.signal()
    run.signal()
    assert run.wait(SOON) == 143, run
    assert database.tables() == set()
    wait_until(lambda: database.sessions() == 0, "no session is left")


def test_killed_migrator_leaves_nothing_behind(migrinit, database):
    """SIGKILL to all of it; the server must notice, roll back and let the lock go."""
    migrinit.migrations(m0001_a="CREATE TABLE a (); SELECT pg_sleep(600)")
    run = migrinit.start(*APP)
    in_statement(database)
    run.kill()
    wait_until(lambda: database.sessions() == 0, "the server has noticed")
    assert database.advisory_locks() == 0 and database.tables() == set()


@pytest.mark.server_since(14)  # client_connection_check_interval
def test_preparer_killed(migrinit, database):
    """The child with the database work dies; the policy decides, and nothing is half done."""
    migrinit.migrations(m0001_a="CREATE TABLE a (); SELECT pg_sleep(600)")
    for env, code in ((STRICT, 1), ({}, 0)):
        run = migrinit.start(*APP, env=env)
        in_statement(database)
        with open(f"/proc/{run.pid}/task/{run.pid}/children", encoding="ascii") as f:
            children = [int(pid) for pid in f.read().split()]
        assert children
        for pid in children:
            kill_quietly(pid)
        assert run.wait() == code, run
        assert run.app_started == (code == 0)
        wait_until(lambda: database.sessions() == 0, "the server has noticed")
        assert database.tables() == set()


@pytest.mark.parametrize("how", ["backend", "server"])
def test_server_dies_in_a_migration(program, own_server, how):
    from postgres import Database

    database = Database(own_server, "shop")
    program.env["DATABASE_URL"] = database.url
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b (); SELECT pg_sleep(600)")
    run = program.start(*APP, env={**STRICT, "MIGRINIT_WAIT_TIMEOUT": "3s", "MIGRINIT_MIGRATE_TRIES": 1})
    pid = in_statement(database)
    if how == "server":
        own_server.kill()
    else:
        database.value("SELECT pg_terminate_backend(%s)", pid)
    assert run.wait() in (1, 69), run
    assert not run.app_started
    assert run.err.find("(?i)connection|terminat|server"), run
    if how == "server":
        own_server.start()
    assert database.tables() == {"a"} and len(database.history()) == 1
    program.migrations(m0002_b="CREATE TABLE b ()")
    again = program.run(*APP, env=STRICT)
    assert again.code == 0 and again.app_started, again
    assert database.tables() == {"a", "b"}


@pytest.mark.server_since(14)  # client_connection_check_interval
def test_wire_cut_in_a_migration(migrinit, database, server):
    with FakeServer("proxy", port=server.port) as fake:
        migrinit.migrations(m0001_a="CREATE TABLE a (); SELECT pg_sleep(600)")
        env = {**STRICT, "DATABASE_URL": server.url(database.name, port=fake.port), "MIGRINIT_WAIT_TIMEOUT": "3s"}
        run = migrinit.start(*APP, env=env)
        in_statement(database)
        fake.behaviour = "close"
        fake.cut()
        assert run.wait() in (1, 69), run
    assert not run.app_started
    wait_until(lambda: database.sessions() == 0, "the server has noticed")
    assert database.tables() == set() and database.history() == []
