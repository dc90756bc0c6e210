"""An app that ends is started again, as often as its budget allows."""

import os
import signal

import pytest
from namespace import APP, until

DEBUG = "--log-level=debug"


def counting(path, then):
    """Each start is a line in the file; $n is their number."""
    return ["sh", "-c", f'echo start >>"{path}"; n=$(wc -l <"{path}"); echo "start $n"; {then}']


def starts(path):
    return path.read_text().count("start") if path.exists() else 0


@pytest.mark.parametrize(
    "restart,then,code,count",
    [
        ("never", "exit 3", 3, 1),
        ("never", "exit 0", 0, 1),
        ("on-failure", "exit 0", 0, 1),
        ("on-failure", "exit $((n < 3 ? 5 : 0))", 0, 3),
        ("on-failure", "exit 5", 5, 4),
        ("on-failure", "[ $n = 3 ] || kill -KILL $$", 0, 3),
        ("always", "exit 0", 0, 4),
        ("always", "exit $n", 4, 4),
    ],
)
def test_restart_policy(start, tmp_path, restart, then, code, count):
    counter = tmp_path / "starts"
    run = start.init(f"--app-restart={restart}", "--app-restart-limit=3", *counting(counter, then))
    assert run.wait() == code
    assert starts(counter) == count
    assert ("[app] restart_limit" in run.err.text()) == (count == 4)


def test_default_is_never(start, tmp_path):
    counter = tmp_path / "starts"
    assert start.init(*counting(counter, "exit 3")).wait() == 3
    assert starts(counter) == 1


def test_remapped_code_is_what_counts(start, tmp_path):
    counter = tmp_path / "starts"
    options = ["--app-restart=on-failure", "--app-exit-codes=9:0"]
    assert start.init(*options, *counting(counter, "exit 9")).wait() == 0
    assert starts(counter) == 1


def test_stopped_app_is_not_started_again(start):
    run = start.app("handle", 3, options=["--app-restart=always"])
    run.out.wait_for("ready")
    run.signal(signal.SIGTERM)
    assert run.wait() == 3
    assert run.out.all() == ["ready"]


def test_program_that_cannot_be_run_is_not_tried_again(start):
    run = start.init("--app-restart=always", "no-such-program")
    assert run.wait() == 127
    assert run.err.text().count("cannot run") == 1


@pytest.mark.parametrize("number", [1, 2, 3, 15])
def test_stop_signal_in_a_pause_ends_at_once_with_the_app_s_code(start, tmp_path, number):
    counter = tmp_path / "starts"
    run = start.init("--app-restart=always", "--app-restart-limit=0", DEBUG, *counting(counter, "exit 3"))
    # the fifth pause is 0.8 s at least
    until(lambda: sum("now pausing" in line for line in run.err.peek()) == 5, "the fifth pause")
    run.signal(number)
    assert run.wait() == 3
    assert starts(counter) == 5


def test_leftovers_end_before_the_next_start(start, tmp_path):
    mark = tmp_path / "mark"
    script = f'[ -e "{mark}" ] && echo second && exit 0; touch "{mark}"; "{APP}" finishing 200; exit 1'
    run = start.init("--app-restart=on-failure", "sh", "-c", script)
    assert run.wait() == 0
    assert run.out.all() == ["finishing", "finished", "second"]


def test_stubborn_leftovers_are_killed_before_the_next_start(start, tmp_path):
    mark = tmp_path / "mark"
    script = f'[ -e "{mark}" ] && exec "{APP}" alone; touch "{mark}"; "{APP}" stubborn; exit 1'
    run = start.init("--app-restart=on-failure", "--app-leftover-timeout=100ms", "sh", "-c", script)
    assert run.wait() == 0
    assert run.out.all() == ["alone"]


def test_next_app_finds_what_the_first_one_found(start, tmp_path):
    run = start.app(
        "fds", "cwd", "status", "env", "LISTEN_FDS", "exit", 1,
        before=["open", 5, "ignore", 1, "block", 12], options=["--app-restart=always", "--app-restart-limit=1"],
        cwd=tmp_path, env={"LISTEN_FDS": "1"},
    )  # fmt: skip
    assert run.wait() == 1
    lines = run.out.all()
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]
    assert "fds 0 1 2 5" in lines and f"cwd {tmp_path}" in lines


def test_next_app_has_the_terminal_too(terminal):
    run = terminal("--app-restart=always", "--app-restart-limit=2", "--", APP, "tty", "exit", 1)
    assert run.wait() == 1
    assert [line for line in run.out.all() if line.startswith("tty")] == ["tty foreground"] * 3


def test_signals_reach_the_app_that_runs_now(start, tmp_path):
    mark = tmp_path / "mark"
    script = f'[ -e "{mark}" ] && exec "{APP}" pair 64; touch "{mark}"; exit 1'
    run = start.init("--app-restart=on-failure", "--app-signal-to=group", "sh", "-c", script)
    run.out.wait_for("ready")
    run.signal(signal.SIGUSR1)
    run.out.wait_for("^signal 10")
    run.out.wait_for("^child: signal 10")
    run.signal(64)
    assert run.wait() == 0


def test_orphans_are_reaped_during_a_pause(start, tmp_path):
    """The init has no child of its own then; and what comes from outside does not end the pause."""
    counter = tmp_path / "starts"
    run = start.init("--app-restart=always", "--app-restart-limit=5", DEBUG, *counting(counter, "exit 3"))
    until(lambda: sum("now pausing" in line for line in run.err.peek()) == 5, "the fifth pause")
    os.system(f"nsenter --target {run.pid} --pid --mount {APP} orphans 10 >/dev/null")
    assert run.wait() == 3
    assert starts(counter) == 6


def test_restart_without_supervision_is_told(start):
    run = start.app("exit", 3, options=["--app-mode=exec", "--app-restart=always"])
    assert run.wait() == 3
    assert "[app] restart has no effect" in run.err.text()
