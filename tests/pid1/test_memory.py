"""PID 1 allocates nothing once it has a child."""

import os
import signal

import pytest
from namespace import APP, PROGRAM, UNREACHABLE, UNSHARE, children_of, until

NO_ALLOC = os.path.join(os.path.dirname(PROGRAM), "tests", "support", "no_alloc.so")

# The sanitizers bring an allocator of their own, which must come first.
pytestmark = pytest.mark.parametrize("preload", [] if "ASAN_OPTIONS" in os.environ else [f"LD_PRELOAD={NO_ALLOC}"])


def run_watched(start, preload, *words, env=None):
    run = start.plain([*UNSHARE, "env", preload, PROGRAM, "--log-level=debug", *words], env=env)
    run.pid = until(lambda: next(iter(children_of(run.process.pid)), None), "PID 1")
    return run


def assert_nothing_allocated(run, code):
    assert run.wait() == code
    assert "no_alloc" not in run.err.text()


def test_check_itself_can_fail(start, preload):
    """A shell allocates after it has forked."""
    run = start.plain([*UNSHARE, "env", preload, "bash", "-c", "sleep 0 & a=$(seq 1000); echo ${a:0:3}"])
    assert run.wait() == 99


def test_nothing_in_a_preparation_that_is_stopped(start, preload):
    run = run_watched(start, preload, APP, "say", "started", env=UNREACHABLE)
    run.err.wait_for("Waiting")
    for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGTERM):
        os.kill(run.pid, number)
    assert_nothing_allocated(run, 143)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nothing_while_an_app_runs_and_is_stopped(start, preload, log_format):
    app = [APP, "orphans", "100", "stubborn", "listen", "15"]
    run = run_watched(start, preload, f"--log-format={log_format}", "--app-stop-timeout=5s",
                      "--app-leftover-timeout=100ms", *app)  # fmt: skip
    run.out.wait_for("ready")
    for number in range(1, 65):
        if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
            os.kill(run.pid, number)
    os.kill(run.pid, signal.SIGTERM)
    assert_nothing_allocated(run, 0)


def test_nothing_when_the_app_is_started_again(start, preload):
    run = run_watched(start, preload, "--app-restart=always", "--app-restart-limit=4", APP, "finishing", "1", "exit", "3")
    assert_nothing_allocated(run, 3)


def test_nothing_when_the_app_cannot_be_run(start, preload):
    run = run_watched(start, preload, "no-such-program")
    assert_nothing_allocated(run, 127)
