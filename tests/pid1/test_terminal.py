"""With a terminal: Ctrl-C once, job control, and a terminal given back."""

import os
import pty
import signal
import subprocess

import pytest
from namespace import APP, PROGRAM, UNREACHABLE, UNSHARE, Lines, clean_env, Starter


class Terminal:
    """A program whose session has a pseudo-terminal, as `docker run -it` makes it."""

    def __init__(self, *words, env=None, prefix=UNSHARE):
        self.master, slave = pty.openpty()
        argv = [*prefix, APP, "lead", "exec", PROGRAM, *map(str, words)]
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=clean_env(env))
        os.close(slave)
        self.lines = Lines(TerminalStream(self.master))

    def type(self, text):
        os.write(self.master, text)

    def wait(self):
        return self.process.wait(20)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class TerminalStream:
    """The other end of a terminal reports its end as an I/O error."""

    def __init__(self, fd):
        self.fd = fd

    def readline(self):
        line = b""
        try:
            while not line.endswith(b"\n"):
                byte = os.read(self.fd, 1)
                if not byte:
                    break
                line += byte
        except OSError:
            pass
        return line


@pytest.fixture
def terminal():
    opened = []

    def open_terminal(*words, **more):
        opened.append(Terminal(*words, **more))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


def test_app_has_the_terminal(terminal):
    run = terminal(APP, "tty")
    run.lines.wait_for("^tty foreground")
    assert run.wait() == 0


def test_ctrl_c_reaches_the_app_once(terminal):
    run = terminal(APP, "listen", 15)
    run.lines.wait_for("ready")
    run.type(b"\x03")
    run.lines.wait_for("signal 2$")
    run.type(b"\x1c")
    run.lines.wait_for("signal 3$")
    # the terminal echoes ^C and ^\\ into the same lines
    assert [line[line.index("signal") :] for line in run.lines.seen if "signal" in line] == ["signal 2", "signal 3"]


def test_ctrl_c_while_preparing_ends_with_130(terminal):
    run = terminal(APP, "say", "started", env=UNREACHABLE)
    run.lines.wait_for("Waiting")
    run.type(b"\x03")
    assert run.wait() == 130


def test_shell_has_job_control(terminal):
    run = terminal("bash", "-mc", "sleep 0.1 & fg >/dev/null && echo back; exit 7")
    run.lines.wait_for("^back")
    assert run.wait() == 7


def test_terminal_is_given_back_when_not_pid_1(terminal):
    script = f"{PROGRAM} --app-mode=supervise {APP} tty; {APP} tty"
    run = terminal("--app-mode=exec", "sh", "-c", script, prefix=[])
    run.lines.wait_for("^tty foreground")
    assert run.wait() == 0
    assert [line for line in run.lines.all() if line.startswith("tty")] == ["tty foreground"] * 2


def test_without_a_terminal_nothing_is_amiss():
    starter = Starter()
    try:
        run = starter.app("tty", "listen", 15)
        run.out.wait_for("tty background")
        run.out.wait_for("ready")
        run.signal(signal.SIGTERM)
        assert run.wait() == 0
    finally:
        starter.close()
