"""TERM at any moment of the start always acts. TEST_SHOTS=3000 for the whole count."""

import os
import random
import signal
import subprocess
import time

import pytest
from namespace import APP, PROGRAM, clean_env, signal_set, status_of, until

SHOTS = int(os.environ.get("TEST_SHOTS", "300"))
SUPERVISED = [("--app-mode=supervise",), ("--app-mode=supervise", "--app-signal-to=group")]


def shoot(argv, random_delay_s):
    null = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(argv, env=clean_env(), **null)
    deadline = time.monotonic() + random_delay_s
    while time.monotonic() < deadline:
        pass
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return "lost"


@pytest.mark.parametrize("options", [*SUPERVISED, ("--app-mode=exec",)], ids=" ".join)
def test_term_in_the_first_milliseconds_is_never_lost(options):
    argv = [PROGRAM, *options, APP, "pause"]
    # Popen returns when the program has been executed; a slow build takes longer to reach the app
    ends = [shoot(argv, random.uniform(0, random.choice([0.002, 0.02]))) for _ in range(SHOTS)]
    assert ends.count("lost") == 0
    assert set(ends) <= {-15, 143}


@pytest.mark.parametrize("options", SUPERVISED, ids=" ".join)
def test_term_is_never_lost_as_pid_1_once_signals_are_taken(start, options):
    """Before main() the kernel drops it for PID 1: so the shot falls when signals are blocked."""
    for _ in range(SHOTS // 3):
        run = start.app("pause", options=options)
        until(lambda: 10 in signal_set(status_of(run.pid)["SigBlk"]), "signals are taken")
        deadline = time.monotonic() + random.uniform(0, 0.003)
        while time.monotonic() < deadline:
            pass
        run.signal(signal.SIGTERM)
        assert run.wait() == 143
        run.process.stdout.close()
        run.process.stderr.close()
