"""With a terminal: Ctrl-C once, job control, and a terminal given back."""

import signal

import pytest
from namespace import APP, PROGRAM, UNREACHABLE
from terminal import Terminal


def test_app_has_the_terminal(terminal):
    run = terminal(APP, "tty")
    run.out.wait_for("^tty foreground")
    assert run.wait() == 0


def test_ctrl_c_reaches_the_app_once(terminal):
    run = terminal(APP, "listen", 15)
    run.out.wait_for("ready")
    run.type(b"\x03")
    run.out.wait_for("signal 2$")
    run.type(b"\x1c")
    run.out.wait_for("signal 3$")
    # the terminal echoes ^C and ^\\ into the same lines
    assert [line[line.index("signal") :] for line in run.out.seen if "signal" in line] == ["signal 2", "signal 3"]


def test_ctrl_c_while_preparing_ends_with_130(terminal):
    run = terminal(APP, "say", "started", env=UNREACHABLE)
    run.out.wait_for("Waiting")
    run.type(b"\x03")
    assert run.wait() == 130


def test_shell_has_job_control(terminal):
    run = terminal("bash", "-mc", "sleep 0.1 & fg >/dev/null && echo back; exit 7")
    run.out.wait_for("^back")
    assert run.wait() == 7


def test_terminal_is_given_back_when_not_pid_1(terminal):
    script = f"{PROGRAM} --app-mode=supervise {APP} tty; {APP} tty"
    run = terminal("--app-mode=exec", "sh", "-c", script, prefix=[])
    run.out.wait_for("^tty foreground")
    assert run.wait() == 0
    assert [line for line in run.out.all() if line.startswith("tty")] == ["tty foreground"] * 2


def test_without_a_terminal_nothing_is_amiss(start):
    run = start.app("tty", "listen", 15)
    run.out.wait_for("tty background")
    run.out.wait_for("ready")
    run.signal(signal.SIGTERM)
    assert run.wait() == 0
