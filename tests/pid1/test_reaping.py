"""Orphans: many at once, one after the other, at any time; none is left, and no signal is late for them."""

import os
import signal
import subprocess

from namespace import APP, NESTED, PROGRAM, UNREACHABLE, UNSHARE, children_of, state_of, until

ORPHANS = int(os.environ.get("TEST_ORPHANS", "10000"))
CHURN = int(os.environ.get("TEST_CHURN", "2000"))


def test_orphans_that_die_all_at_once(start):
    run = start.app("orphans", ORPHANS, "alone", "exit", 6)
    assert run.wait() == 6
    assert run.out.all() == ["released", "alone"]


def enter(run, *words):
    """As `docker exec` does."""
    argv = ["nsenter", "--target", str(run.pid), "--pid", "--mount", *map(str, words)]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)


def test_orphans_that_die_while_the_database_is_waited_for(start):
    run = start.app("say", "up", env=UNREACHABLE)
    preparer = run.waiting_preparer()
    enter(run, APP, "orphans", ORPHANS)
    run.until_alone(preparer)
    run.signal(signal.SIGTERM)
    assert run.wait() == 143


def test_orphans_of_somebody_from_outside(start):
    run = start.app("say", "up", "listen", 15)
    run.out.wait_for("ready")
    app = run.child()
    enter(run, APP, "orphans", 20)
    run.until_alone(app)
    run.signal(signal.SIGTERM)
    assert run.wait() == 0


def test_daemon_that_forks_twice_leaves_no_zombie(start):
    run = start.init("sh", "-c", '(sh -c "sleep 0.05; echo daemon ends" &) ; exec "$0" listen 15', APP)
    run.out.wait_for("daemon ends")
    run.until_alone(run.child())
    run.signal(signal.SIGTERM)
    assert run.wait() == 0


def test_signals_arrive_while_thousands_of_grandchildren_die(start):
    run = start.app("churn", CHURN, "listen", 64)
    run.out.wait_for("ready")
    sent = 0
    while "churned" not in run.out.peek():
        run.signal(signal.SIGUSR1)
        sent += 1
        until(lambda: run.out.peek().count("signal 10") == sent, "the signal has arrived")
    run.until_alone(run.child())
    run.signal(64)
    assert run.wait() == 0
    assert sent > 1


def test_staggered_orphans_below_a_subreaper(start):
    """All of them in the app's process group, none of them left to PID 1."""
    script = 'i=0; while [ $i -lt 100 ]; do (sleep 0.$((i % 10)) &); i=$((i + 1)); done; echo left; exec "$0" group listen 15'
    run = start.init("sh", "-c", script, APP, nested=True)
    run.out.wait_for("ready")
    app = run.child()
    assert run.out.wait_for("^group (.*)")[1] != "1"
    run.until_alone(app)
    assert children_of(run.first) == [run.pid]
    run.signal(signal.SIGTERM)
    assert run.wait() == 0


def test_reaped_orphans_are_told_at_level_debug_only(start):
    for option, count in (("--log-level=debug", 3), ("-w", 3), ("--log-level=info", 0)):
        run = start.app("orphans", 3, "alone", options=[option])
        assert run.wait() == 0
        assert run.err.text().count("reaped process") == count


def test_supervises_on_request_when_not_pid_1(start):
    """As a subreaper, so that orphans come to it."""
    run = start.init(APP, "orphans", 20, "say", "up", "listen", 15, nested=True)
    run.out.wait_for("ready")
    run.until_alone(run.child())
    run.signal(signal.SIGTERM)
    assert run.wait() == 0


def test_supervises_by_the_letter_of_tini(start):
    script = "orphan=$( (sleep 60 >/dev/null & echo $!) ); echo parents $PPID $(cut -d' ' -f4 /proc/$orphan/stat)"
    run = start.plain([*UNSHARE, *NESTED, PROGRAM, "-s", "--", "sh", "-c", script])
    parents = run.out.wait_for("^parents (.*)")[1].split()
    assert parents[0] == parents[1] != "1"
    assert run.wait() == 0


def test_exec_leaves_no_subreaper_behind(start):
    """Orphans of an app that has replaced the init go to who is PID 1."""
    script = "(sleep 600 &) ; echo up; exec sleep 600"
    run = start.init("--app-mode=exec", "sh", "-c", script, nested=True)
    run.out.wait_for("up")
    until(lambda: len(children_of(run.first)) == 2, "the orphan is PID 1's")
    assert state_of(run.pid) not in ("", "Z")
