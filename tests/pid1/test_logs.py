"""Whoever reads the log, or does not: PID 1 never waits for them."""

import fcntl
import os
import signal
import subprocess

from namespace import APP, PROGRAM, UNREACHABLE, UNSHARE, children_of, clean_env, ignored_by, until

F_SETPIPE_SZ = 1031
DEBUG = "--log-level=debug"
# A signal that queues: each is a line in the log, at least once it is taken.
QUEUED = 40
FLOOD = 3000


def test_survives_a_log_reader_that_went_away(start):
    run = start.app("say", "up", "listen", 15, options=["--log-level=debug"])
    run.out.wait_for("ready")
    run.err.close()
    for number in (10, 12):
        run.signal(number)
        run.out.wait_for(f"^signal {number}$")
    run.signal(signal.SIGTERM)
    assert run.wait() == 0
    assert "signal 13" not in run.out.all()


class Unread:
    """A run whose standard error nobody reads. It is full before the run begins, or soon."""

    def __init__(self, stderr, *words, env=None):
        argv = [*UNSHARE, PROGRAM, DEBUG, *map(str, words)]
        self.process = subprocess.Popen(
            argv, env=clean_env(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
        )
        self.pid = until(lambda: next(iter(children_of(self.process.pid)), None), "PID 1")

    def flood(self):
        for _ in range(FLOOD):
            os.kill(self.pid, QUEUED)

    def end(self, number=signal.SIGTERM):
        os.kill(self.pid, number)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            self.process.stdout.close()


def full_pipe():
    reader, writer = os.pipe()
    size = fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * size)
    return reader, writer


def test_full_pipe_does_not_hold_up_a_running_app():
    reader, writer = full_pipe()
    run = Unread(writer, APP, "ignore", QUEUED, "say", "up", "pause")
    assert run.process.stdout.readline() == b"up\n"
    run.flood()
    assert run.end() == 143
    os.close(reader)
    os.close(writer)


def test_full_pipe_does_not_hold_up_a_preparation():
    reader, writer = full_pipe()
    run = Unread(writer, APP, "say", "started", env=UNREACHABLE)
    until(lambda: children_of(run.pid), "the preparer")
    run.flood()
    assert run.end() == 143
    os.close(reader)
    os.close(writer)


def test_lost_lines_are_counted_when_there_is_a_reader_again():
    reader, writer = full_pipe()
    run = Unread(writer, APP, "say", "up", "listen", 64)
    assert run.process.stdout.readline() == b"up\n"
    assert run.process.stdout.readline() == b"ready\n"
    os.kill(run.pid, signal.SIGUSR1)
    assert run.process.stdout.readline() == b"signal 10\n"
    os.close(writer)
    os.read(reader, 4096)
    assert run.end(64) == 0
    assert b"log lines lost because nobody was reading: " in os.read(reader, 4096)
    os.close(reader)


def test_stopped_terminal_does_not_hold_up_pid_1(terminal):
    """Ctrl-S."""
    run = terminal(DEBUG, "--", APP, "ignore", QUEUED, "say", "up", "pause")
    run.out.wait_for("up")
    run.type(b"\x13")
    for _ in range(FLOOD):
        run.signal(QUEUED)
    run.signal(signal.SIGTERM)
    assert run.wait() == 143


def test_terminal_that_nobody_reads_does_not_hold_up_pid_1(terminal):
    run = terminal(DEBUG, "--", APP, "ignore", QUEUED, "pause", is_read=False)
    until(lambda: any(QUEUED in ignored_by(pid) for pid in children_of(run.pid)), "the app is up")
    for _ in range(FLOOD):
        run.signal(QUEUED)
    run.signal(signal.SIGTERM)
    assert run.wait() == 143
