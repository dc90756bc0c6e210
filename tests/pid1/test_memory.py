"""PID 1 allocates nothing once it has a child."""

import os
import signal

import pytest
from namespace import APP, PROGRAM, UNREACHABLE, UNSHARE, children_of, kill_quietly, until

PRELOAD = "LD_PRELOAD=" + os.path.join(os.path.dirname(PROGRAM), "tests", "support", "no_alloc.so")

pytestmark = pytest.mark.plain_build


def run_watched(start, *words, env=None):
    return start.plain([*UNSHARE, "env", PRELOAD, PROGRAM, "--log-level=debug", *words], env=env)


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


def test_nothing_when_the_app_cannot_be_run(start):
    run = run_watched(start, "no-such-program")
    assert_nothing_allocated(run, 127)


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_nothing_when_the_app_is_somebody_else(start, mode):
    run = run_watched(start, f"--app-mode={mode}", "--app-user=65534:65534", "--app-capabilities=drop",
                      "--app-no-new-privs", "--app-restart=always", "--app-restart-limit=2", APP, "exit", "3")  # fmt: skip
    assert_nothing_allocated(run, 3)
