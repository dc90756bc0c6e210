"""PID 1 allocates nothing once it has a child."""

import os
import signal
import socket
import subprocess

import pytest
from asking import until_phase
from namespace import APP, DEADLINE_S, PROGRAM, UNREACHABLE, UNSHARE, children_of, kill_quietly, until
from postgres import free_port

PRELOAD = "LD_PRELOAD=" + os.path.join(os.path.dirname(PROGRAM), "tests", "support", "no_alloc.so")

pytestmark = [pytest.mark.plain_build, pytest.mark.dynamic_build]


def run_watched(start, *words, env=None, **more):
    return start.plain([*UNSHARE, "env", PRELOAD, PROGRAM, "--log-level=debug", *words], env=env, **more)


def pid_1_of(run):
    return until(lambda: next(iter(children_of(run.process.pid)), None), "PID 1")


def assert_nothing_allocated(run, code):
    assert run.wait() == code
    assert "no_alloc" not in run.err.text()


def test_check_itself_can_fail(start):
    """A shell allocates after it has forked."""
    run = start.plain([*UNSHARE, "env", PRELOAD, "bash", "-c", "sleep 0 & a=$(seq 1000); echo ${a:0:3}"])
    assert run.wait() == 99


def test_nothing_in_a_preparation_that_is_stopped(start):
    run = run_watched(start, APP, "say", "started", env=UNREACHABLE)
    run.err.wait_for("Waiting")
    pid_1 = pid_1_of(run)
    for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGTERM):
        kill_quietly(pid_1, number)  # the second TERM may find it gone
    assert_nothing_allocated(run, 143)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nothing_while_an_app_runs_and_is_stopped(start, log_format):
    app = [APP, "orphans", "100", "stubborn", "listen", "15"]
    run = run_watched(start, f"--log-format={log_format}", "--app-stop-timeout=5s",
                      "--app-leftover-timeout=100ms", *app)  # fmt: skip
    run.out.wait_for("ready")
    pid_1 = pid_1_of(run)
    for number in range(1, 65):
        if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
            os.kill(pid_1, number)
    os.kill(pid_1, signal.SIGTERM)
    assert_nothing_allocated(run, 0)


def test_nothing_when_the_app_is_started_again(start):
    run = run_watched(start, "--app-restart=always", "--app-restart-limit=4", APP, "finishing", "1", "exit", "3")
    assert_nothing_allocated(run, 3)


def test_nothing_when_others_ask(start, tmp_path):
    """More connections than there is room for, probes that fail and succeed, a manager, the app's restart."""
    mark, port, app_port = tmp_path / "mark", free_port(), free_port()
    run = run_watched(
        start, f"--health-listen={port}", f"--app-ready=tcp:{app_port}", "--app-restart=always", "--app-restart-limit=1",
        "sh", "-c", f'[ -e "{mark}" ] && exec "{APP}" listen 15; touch "{mark}"; read x; exit 1',
        env={"NOTIFY_SOCKET": "@nobody"}, stdin=subprocess.PIPE,
    )  # fmt: skip
    run.pid = pid_1_of(run)
    until_phase(run, "app-starting")
    silent = [socket.create_connection(("127.0.0.1", port), DEADLINE_S) for _ in range(40)]
    with socket.create_server(("127.0.0.1", app_port)):
        until_phase(run, "running")
    run.process.stdin.close()
    run.out.wait_for("ready")
    until_phase(run, "app-starting")
    silent += [socket.create_connection(("127.0.0.1", port), DEADLINE_S) for _ in range(40)]
    with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    os.kill(run.pid, signal.SIGTERM)
    assert_nothing_allocated(run, 0)
    for connection in silent:
        connection.close()


def test_nothing_when_the_app_cannot_be_run(start):
    run = run_watched(start, "no-such-program")
    assert_nothing_allocated(run, 127)


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_nothing_when_the_app_is_somebody_else(start, mode):
    run = run_watched(start, f"--app-mode={mode}", "--app-user=65534:65534", "--app-capabilities=drop",
                      "--app-no-new-privs", "--app-restart=always", "--app-restart-limit=2", APP, "exit", "3")  # fmt: skip
    assert_nothing_allocated(run, 3)


def test_short_run_loses_nothing(start):
    """As valgrind sees the init; its children replace themselves, or end by _exit()."""
    watch = ["valgrind", "-q", "--vgdb=no", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=99", "--child-silent-after-fork=yes"]
    run = start.plain([*UNSHARE, *watch, PROGRAM, APP, "orphans", "5", "exit", "3"])
    assert run.wait() == 3
    assert [line for line in run.err.all() if line.startswith("==")] == []
