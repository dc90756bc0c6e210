"""What the app leaves behind: asked to end, waited for, killed; and the app's code all the same."""

import os
import signal
import subprocess

import pytest
from namespace import APP, NESTED, PROGRAM, children_of, state_of, until

DEBUG = "--log-level=debug"
FOR_EVER = "--app-leftover-timeout=1h"
AT_ONCE = "--app-leftover-timeout=200ms"

as_pid_1_and_not = pytest.mark.parametrize("nested", [False, True], ids=["pid-1", "subreaper"])


@as_pid_1_and_not
def test_leftover_has_time_to_finish_when_the_app_ends_by_itself(start, nested):
    run = start.init(FOR_EVER, APP, "finishing", 300, "exit", 7, nested=nested)
    assert run.wait() == 7
    assert run.out.all() == ["finishing", "finished"]


@as_pid_1_and_not
def test_leftover_has_time_to_finish_when_the_app_is_stopped(start, nested):
    run = start.init(FOR_EVER, APP, "finishing", 300, "handle", 3, nested=nested)
    run.out.wait_for("ready")
    run.signal(signal.SIGTERM)
    assert run.wait() == 3
    assert run.out.all() == ["ready", "finishing", "finished"]


@as_pid_1_and_not
def test_leftover_that_does_not_end_is_killed(start, nested):
    run = start.init(AT_ONCE, APP, "stubborn", "say", "up", "exit", 7, nested=nested)
    assert run.wait() == 7
    assert "the app left processes that did not end, killing them" in run.err.text()
    until(lambda: not state_of(run.first), "all of it is gone")


def test_leftover_below_another_leftover_is_killed_too(start):
    """A tree of processes, looked up by their parents, and no PID 1 whose end would sweep them away."""
    tree = "(trap '' TERM; sh -c 'sh -c \"sleep 600; :\"; :') & exec \"$0\" handle 5"
    run = start.init(AT_ONCE, "sh", "-c", tree, APP, nested=True)
    run.out.wait_for("ready")
    run.hold_pid_1()  # who is adopted by it stays to be seen
    run.signal(signal.SIGTERM)
    until(lambda: state_of(run.pid) == "Z", "the init has ended")
    until(lambda: all(state_of(pid) == "Z" for pid in children_of(run.first)), "and everything below it")


def test_nothing_left_is_no_wait(start):
    run = start.app("exit", 4, options=[DEBUG, FOR_EVER])
    assert run.wait() == 4
    assert "no process is left: ending with the app's code" in run.err.text()


def test_timeout_of_0_tells_nobody(start):
    run = start.init("--app-leftover-timeout=0", APP, "finishing", 0, "handle", 4, nested=True)
    run.out.wait_for("ready")
    run.hold_pid_1()
    run.signal(signal.SIGTERM)
    until(lambda: state_of(run.pid) == "Z", "the init has ended")
    leftovers = until(lambda: [pid for pid in children_of(run.first) if pid != run.pid], "who was left")
    assert state_of(leftovers[0]) == "S"
    assert "finishing" not in run.out.peek()


def test_second_stop_signal_kills_what_the_stopped_app_left(start):
    run = start.app("stubborn", "handle", 3, options=[DEBUG, FOR_EVER])
    run.out.wait_for("ready")
    run.signal(signal.SIGTERM)
    run.err.wait_for("now stopping-leftovers")
    run.signal(signal.SIGTERM)
    assert run.wait() == 3
    assert "asked again, killing what the app left" in run.err.text()


def test_first_stop_signal_leaves_the_grace_as_it_is(start):
    """The app ended by itself: its leftovers are asked to end already."""
    run = start.app("stubborn", "exit", 3, options=[DEBUG, FOR_EVER])
    run.err.wait_for("now draining")
    run.signal(signal.SIGINT)
    run.err.wait_for("now stopping-leftovers")
    assert run.process.poll() is None
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTSTP):
        run.signal(number)
    run.err.wait_for("SIGTSTP: dropped")
    run.signal(signal.SIGINT)
    assert run.wait() == 3


def test_who_was_brought_in_from_outside_is_not_waited_for(start):
    """`docker exec`: told by TERM like all, but no leftover of the app."""
    run = start.app("listen", 15, options=[FOR_EVER])
    run.out.wait_for("ready")
    enter = ["nsenter", "--target", str(run.pid), "--pid", "--mount", APP, "ignore", "15", "say", "in", "pause"]
    guest = subprocess.Popen(enter, stdout=subprocess.PIPE)
    assert guest.stdout.readline() == b"in\n"
    run.signal(signal.SIGTERM)
    assert run.wait() == 0
    guest.wait(20)


def test_leftovers_of_a_daemon_s_kind_are_reaped_before_the_end(start):
    """Orphaned by the app's own end, and dying of TERM."""
    run = start.init(FOR_EVER, "sh", "-c", "for i in 1 2 3 4 5; do sleep 600 & done; echo up; exit 6", nested=True, options=[DEBUG])
    assert run.wait() == 6
    assert run.err.text().count("(killed by SIGTERM)") == 5


@pytest.mark.plain_build
@as_pid_1_and_not
def test_without_proc_the_group_is_told(start, nested):
    """An image without /proc, or one that hides it."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount")
    hide = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    run = start.plain(
        ["unshare", "--fork", "--pid", "--kill-child", *(NESTED if nested else []), *hide]
        + [PROGRAM, "--app-mode=supervise", FOR_EVER, APP, "finishing", 10, "exit", 7]
    )
    assert run.wait() == 7
    assert run.out.all() == ["finishing", "finished"]
