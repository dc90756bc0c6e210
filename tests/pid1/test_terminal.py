"""With a terminal: Ctrl-C once, job control, and a terminal given back."""

import fcntl
import os
import signal
import struct
import termios

import pytest
from namespace import APP, PROGRAM, UNREACHABLE, children_of, until


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


both_targets = pytest.mark.parametrize("to", ["child", "group"])


@both_targets
def test_filter_gets_its_input_and_the_end_of_it(terminal, to):
    run = terminal(f"--app-signal-to={to}", "--", "sh", "-c", "echo ready; tac")
    run.out.wait_for("ready")
    run.type(b"one\ntwo\n\x04")
    run.out.wait_for("^two")  # the echo; and then
    assert run.wait() == 0
    assert run.out.all()[-2:] == ["two", "one"]


@both_targets
def test_interactive_shell_has_job_control_and_ends_as_told(terminal, to):
    run = terminal(f"--app-signal-to={to}", "--", "bash", "--norc", "-m", "-c", 'echo "flags $-"; read line; $line')
    assert "m" in run.out.wait_for("^flags (.*)")[1]
    run.type(b"exit 0\n")
    assert run.wait() == 0


def test_ctrl_c_in_a_printing_loop_ends_with_130(terminal):
    run = terminal("--", "sh", "-c", "while :; do echo on; sleep 0.01; done")
    run.out.wait_for("^on")
    run.type(b"\x03")
    assert run.wait() == 130


def test_resize_is_one_signal(terminal):
    run = terminal(APP, "listen", 15)
    run.out.wait_for("ready")
    fcntl.ioctl(run.master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    run.out.wait_for("signal 28")
    run.signal(signal.SIGTERM)
    assert run.wait() == 0
    assert [line for line in run.out.all() if "signal" in line] == ["signal 28", "signal 15"]


def test_session_leader_passes_on_hup_and_nothing_of_its_own(terminal):
    """The terminal is handed over, never given up: no stray HUP or CONT."""
    run = terminal(APP, "listen", 15)
    run.out.wait_for("ready")
    for number in (signal.SIGHUP, signal.SIGCONT, signal.SIGTERM):
        run.signal(number)
        run.out.wait_for(f"signal {int(number)}$")
    assert run.wait() == 0
    assert [line for line in run.out.all() if "signal" in line] == ["signal 1", "signal 18", "signal 15"]


def test_ctrl_z_makes_us_a_stopped_job_of_the_shell(terminal):
    """The app has the terminal; the shell knows only us."""
    run = terminal("--app-mode=exec", "bash", "--norc", "-i", env={"PS1": "", "PS0": ""}, prefix=[])
    run.type(f"set -o pipefail; {PROGRAM} --app-mode=supervise {APP} pid pause | cat\n".encode())
    app = int(run.out.wait_for("^pid (.*)")[1])
    for _ in range(2):
        run.type(b"\x1a")
        run.out.wait_for(r"Stopped .*migrinit")
        run.out.seen.clear()
        run.type(b"jobs; fg\n")
        run.out.wait_for(r"Stopped .*migrinit")
        run.out.wait_for(r"^\S*migrinit .*\| cat$")
        run.out.seen.clear()
        until(lambda: os.tcgetpgrp(run.master) == app, "the app has the terminal again")
    run.type(b"\x03")
    run.out.wait_for("killed by SIGINT")
    run.type(b"echo code $?; exit 0\n")
    run.out.wait_for("^code 130")
    assert run.wait() == 0


# ---- the terminal goes away ----


def told(path):
    return path.read_text(encoding="ascii").split("\n")[:-1] if path.exists() else []


@pytest.mark.parametrize("mode", ["supervise", "exec"])
@both_targets
def test_hang_up_is_one_hup_and_one_cont(terminal, tmp_path, mode, to):
    """The kernel tells the leader of the session, which we are: not the foreground, which the app is."""
    out = tmp_path / "out"
    run = terminal(f"--app-mode={mode}", f"--app-signal-to={to}", "sh", "-c", f"exec {APP} listen 15 >{out}", is_read=False)
    until(lambda: "ready" in told(out), "the app listens")
    run.hang_up()
    until(lambda: "signal 18" in told(out), "the app was told")
    run.signal(signal.SIGTERM)
    assert run.wait() == 0
    assert told(out) == ["ready", "signal 1", "signal 18", "signal 15"]


def test_hang_up_ends_an_app_that_has_no_handler(terminal, tmp_path):
    out = tmp_path / "out"
    run = terminal("--log-level=debug", "sh", "-c", f"echo up >{out}; exec {APP} pause", is_read=False)
    until(lambda: told(out), "the app runs")
    run.hang_up()
    assert run.wait() == 129


def test_hang_up_while_preparing_ends_with_129(terminal, tmp_path):
    out = tmp_path / "out"
    run = terminal("sh", "-c", f"echo up >{out}", env=UNREACHABLE, is_read=False)
    until(lambda: children_of(run.pid), "the preparer works")
    run.hang_up()
    assert run.wait() == 129
    assert not out.exists()


def test_hang_up_that_the_app_ignores_leaves_both_alive(terminal, tmp_path):
    """As below nohup(1); and a log line to a terminal that is gone is no end."""
    out = tmp_path / "out"
    script = f"exec >{out}; trap '' HUP; trap 'echo user' USR1; trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    run = terminal("--log-level=debug", "sh", "-c", script, is_read=False)
    until(lambda: "ready" in told(out), "the app runs")
    run.hang_up()
    run.signal(signal.SIGUSR1)
    until(lambda: "user" in told(out), "the init goes on")
    run.signal(signal.SIGTERM)
    assert run.wait() == 3
