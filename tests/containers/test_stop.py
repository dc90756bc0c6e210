"""As ENTRYPOINT: stopped, killed, short of memory, unread. The container's end is always told, and in time."""

import os
import signal

import pytest
from engine import GRACE, PATIENCE, inspect, podman, url_of
from postgres import wait_until

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}

# A stop that needs the grace to run out ends with 137, after all of it.
IN_TIME = GRACE / 2


def test_stop_while_the_database_is_waited_for(start):
    run = start("app", env={**STRICT, "DATABASE_URL": url_of("nowhere", "shop")})
    run.err.wait_for("Waiting for database")
    assert run.stop() < IN_TIME
    assert run.wait() == 143, run
    assert not run.out.find("started"), run


def test_stop_during_a_migration(start, database, folder, gate):
    options = ["-v", f"{folder(m0001_gate=gate.SQL)}:/migrations:ro"]
    run = start("app", env={**STRICT, "DATABASE_URL": database.url}, options=options)
    gate.wait_for_a_visitor()
    assert run.stop() < IN_TIME
    assert run.wait() == 143, run
    assert not run.out.find("started"), run
    assert not database.has_table("begun")
    assert database.history() == []
    gate.open()
    wait_until(lambda: database.sessions() == 0, "no session is left", PATIENCE)


def test_stop_of_the_app(start, database):
    run = start("app", "app", "say", "started", "handle", 7, env={"DATABASE_URL": database.url})
    run.out.wait_for("started")
    assert run.stop() < IN_TIME
    assert run.wait() == 7, run
    assert run.inspect()["State"]["ExitCode"] == 7


def test_stop_of_an_app_that_ignores_it(start, database):
    """The app alone is killed, by PID 1, before the runtime would kill both."""
    env = {"DATABASE_URL": database.url, "MIGRINIT_APP_STOP_TIMEOUT": "500ms"}
    run = start("app", "app", "ignore", 15, "say", "started", "pause", env=env)
    run.out.wait_for("started")
    assert run.stop() < IN_TIME
    assert run.wait() == 137, run
    assert run.err.find("the app did not stop, killing it"), run


def test_kill_of_the_app(start, database):
    run = start("app", "app", "pid", "pause", env={"DATABASE_URL": database.url})
    pid = run.out.wait_for("^pid").split()[1]
    # Who kills it is a process of the container as well: what is left when the app ends gets a TERM.
    assert run.exec("bash", "-c", f"kill -KILL {pid}").returncode in (0, 143)
    assert run.wait() == 137, run
    assert run.err.find("killed by SIGKILL"), run


def test_app_that_needs_more_memory_than_there_is(start, database):
    """The kernel takes the app; PID 1 is there to tell."""
    if "memory" not in podman("info", "--format", "{{.Host.CgroupControllers}}").stdout:
        pytest.skip("no memory limits on this machine")
    options = ["--memory=64m", "--memory-swap=64m"]
    run = start("app", "tail", "/dev/zero", env={"DATABASE_URL": database.url}, options=options)
    assert run.wait() == 137, run
    assert run.err.find("killed by SIGKILL, out of memory"), run
    assert database.history() == ["0001_items", "0002_first_item"]


def test_log_reader_that_goes_away_during_a_migration(database, folder, gate, tmp_path):
    """Whoever reads the container's log is killed: it migrates, runs the app, and stops all the same."""
    (tmp_path / "out").mkdir()
    volumes = ["-v", f"{folder(m0001_gate=gate.SQL)}:/migrations:ro", "-v", f"{tmp_path}/out:/out"]
    app = ["bash", "-c", "echo $MIGRINIT_STATUS >/out/status; exec app pause"]
    env = f"--env=DATABASE_URL={database.url}"
    podman("run", "-d", "--name", "unread", "--network", "shop", env, *volumes, "app", *app)
    state = inspect("unread")["State"]
    gate.wait_for_a_visitor()
    os.kill(state["ConmonPid"], signal.SIGKILL)
    gate.open()
    status = tmp_path / "out" / "status"
    wait_until(lambda: status.exists() and status.read_text() == "ok\n", "the app has started", PATIENCE)
    assert database.history() == ["0001_gate"]
    os.kill(state["Pid"], signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f"/proc/{state['Pid']}/exe"), "PID 1 has ended", IN_TIME)
    podman("rm", "-f", "-t", "0", "unread")
