"""Signals to PID 1 while a migration runs on a real server."""

import signal
import subprocess
import time

import pytest
from namespace import APP, until

STATEMENT = "CREATE TABLE half (); SELECT pg_sleep(600); CREATE TABLE done ()"

# plpgsql's OTHERS does not catch a cancel, but its name does: as often as it comes, for the server may
# interrupt itself twice for one request (its process, and its process group). The lock tells that it came.
STUBBORN = """CREATE TABLE half ();
DO $$ DECLARE is_cancelled boolean := false; BEGIN
  LOOP BEGIN BEGIN
    IF is_cancelled THEN PERFORM pg_advisory_xact_lock(4242); END IF;
    PERFORM pg_sleep(600);
  EXCEPTION WHEN query_canceled THEN is_cancelled := true; END;
  EXCEPTION WHEN query_canceled THEN is_cancelled := true; END;
  END LOOP;
END $$"""

# Half of what a runtime grants: entrypoint/supervisor.c gives up then, the preparer itself before.
GRACE_S = 5


@pytest.fixture
def migrating(start, database, tmp_path):
    """Starts the init with one migration, and waits until the server is in the middle of it."""

    def start_in_statement(sql, *options):
        (tmp_path / "0001_long.sql").write_text(sql, encoding="ascii")
        run = start.app("say", "started", options=options, env={"DATABASE_URL": database.url, "MIGRINIT_MIGRATE_DIR": str(tmp_path)})
        until(lambda: is_asleep(database), "the migration runs")
        return run

    return start_in_statement


def is_asleep(database):
    """In the middle: the text of a query is there before its first statement is."""
    return database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'PgSleep'", database.name)


def assert_as_if_never_begun(run, database):
    assert "started" not in run.out.text()
    until(lambda: database.sessions() == 0, "no session is left")
    assert database.advisory_locks() == 0
    assert database.tables() == set()
    assert database.history() == []


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_stop_signal_cancels_rolls_back_and_ends_with_its_code(migrating, database, server, mode):
    times = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        run = migrating(STATEMENT, f"--app-mode={mode}")
        log_size = server.log_size()
        began = time.monotonic()
        run.signal(number)
        assert run.wait() == 128 + number
        times.append(time.monotonic() - began)
        assert_as_if_never_begun(run, database)
        assert any("canceling statement due to user request" in line for line in server.log_since(log_size, database.name))
    assert max(times) < GRACE_S and min(times) < 1, times


@pytest.mark.server_since(14)  # client_connection_check_interval
def test_second_signal_does_not_wait_for_the_server(migrating, database):
    run = migrating(STUBBORN)
    run.signal(signal.SIGTERM)
    until(lambda: database.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242"), "the cancel came")
    began = time.monotonic()
    run.signal(signal.SIGTERM)
    assert run.wait() == 143
    assert time.monotonic() - began < GRACE_S / 2
    assert_as_if_never_begun(run, database)


@pytest.mark.server_since(14)  # client_connection_check_interval
def test_server_that_does_not_cancel_is_not_waited_for_longer_than_the_grace(migrating, database):
    run = migrating(STUBBORN)
    began = time.monotonic()
    run.signal(signal.SIGTERM)
    assert run.wait() == 143
    assert 2 < time.monotonic() - began < GRACE_S + 1
    assert_as_if_never_begun(run, database)


def test_orphans_are_reaped_and_other_signals_dropped_while_migrating(migrating, database):
    run = migrating(STATEMENT)
    preparer = run.child()
    subprocess.run(["nsenter", f"--target={run.pid}", "--pid", "--mount", APP, "orphans", "200"], check=True, stdout=subprocess.DEVNULL)
    run.until_alone(preparer)
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGCONT, 34, 64):
        run.signal(number)
    assert is_asleep(database)
    run.signal(signal.SIGTERM)
    assert run.wait() == 143
    assert_as_if_never_begun(run, database)
