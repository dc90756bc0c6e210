"""Signals and deaths while the preparer works; and becoming the app in place."""

import os
import signal
import time

import pytest
from namespace import APP, PROGRAM, UNREACHABLE, children_of, signal_set, status_of, stop, until


def assert_not_started(run):
    assert "started" not in run.out.text()


@pytest.mark.parametrize("number", [1, 2, 3, 15])
def test_stop_signal_while_waiting_ends_with_its_code(start, number):
    run = start.app("say", "started", env=UNREACHABLE)
    run.waiting_preparer()
    began = time.monotonic()
    run.signal(number)
    assert run.wait() == 128 + number
    assert time.monotonic() - began < 1.5
    assert_not_started(run)


@pytest.mark.parametrize("fail_on_error", ["true", "false"])
@pytest.mark.parametrize("words", [("migrate",), ("wait",), ("status",), ("wait", "--", APP, "say", "started")])
def test_every_duty_can_be_stopped(start, words, fail_on_error):
    run = start.init(*words, env={**UNREACHABLE, "AUTO_MIGRATE_FAIL_ON_ERROR": fail_on_error})
    run.waiting_preparer()
    run.signal(signal.SIGTERM)
    assert run.wait() == 143
    assert_not_started(run)


def test_other_signals_are_dropped_while_preparing(start):
    run = start.app("say", "started", env=UNREACHABLE)
    run.waiting_preparer()
    for number in (10, 12, 28, 18, 34, 64):
        run.signal(number)
    run.signal(signal.SIGTERM)
    assert run.wait() == 143


def test_second_signal_kills_a_preparer_that_does_not_stop(start):
    run = start.app("say", "started", env=UNREACHABLE)
    stop(run.waiting_preparer())
    run.signal(signal.SIGTERM)
    run.err.wait_for("SIGTERM: stopping")
    began = time.monotonic()
    run.signal(signal.SIGINT)
    assert run.wait() == 143
    assert time.monotonic() - began < 2
    assert_not_started(run)


def test_grace_of_the_preparer_ends_after_five_seconds(start):
    run = start.app("say", "started", env=UNREACHABLE)
    stop(run.waiting_preparer())
    began = time.monotonic()
    run.signal(signal.SIGTERM)
    assert run.wait() == 143
    assert 4.5 < time.monotonic() - began < 8
    assert_not_started(run)


@pytest.mark.parametrize("fail_on_error,code", [("true", 1), ("false", 0)])
def test_death_of_the_preparer_is_told_and_survived(start, fail_on_error, code):
    run = start.app("env", "MIGRINIT_STATUS", env={**UNREACHABLE, "AUTO_MIGRATE_FAIL_ON_ERROR": fail_on_error})
    os.kill(run.waiting_preparer(), signal.SIGKILL)
    assert run.wait() == code
    assert "SIGKILL, out of memory?" in run.err.text()
    assert ("MIGRINIT_STATUS=failed" in run.out.text()) == (code == 0)


def test_term_sent_to_the_preparer_by_others_is_no_stop(start):
    run = start.app("say", "started", env=UNREACHABLE)
    os.kill(run.waiting_preparer(), signal.SIGTERM)
    assert run.wait() == 0
    assert "started" in run.out.text()


def test_preparer_goes_with_its_parent(start):
    run = start.plain([PROGRAM, APP, "say", "started"], env=UNREACHABLE)
    run.err.wait_for("Waiting")
    preparer = until(lambda: next(iter(children_of(run.process.pid)), None), "the preparer")
    run.process.kill()
    until(lambda: not os.path.exists(f"/proc/{preparer}"), "the preparer is gone")


def test_pid_1_is_all_ears_while_preparing(start):
    run = start.app("say", "started", env=UNREACHABLE)
    preparer = run.waiting_preparer()
    assert {1, 2, 3, 10, 15, 17, 64} <= signal_set(status_of(run.pid)["SigBlk"])
    assert not {1, 2, 3, 15} & signal_set(status_of(preparer)["SigIgn"])
    run.signal(signal.SIGTERM)
    assert run.wait() == 143


def test_wrong_settings_end_with_78_and_never_start_the_app(start):
    for env in ({"MIGRINIT_WAIT_TIMEOUT": "soon"}, {"MIGRINIT_NO_SUCH": "1"}, {"MIGRINIT_CONFIG": "/no/such.ini"}):
        run = start.app("say", "started", env=env)
        assert run.wait() == 78
        assert_not_started(run)


def test_usage_is_64_on_stderr(start):
    for words in ([], ["--no-such", "true"], ["migrate", "now"], ["plan", "now"], ["--wait-timeout"]):
        run = start.init(*words)
        assert run.wait() == 64
        assert run.out.all() == [] and run.err.all()


def test_help_and_version_are_answers(start):
    assert "--wait-timeout" in start.plain([PROGRAM, "--help"]).out.text()
    assert start.plain([PROGRAM, "-V"]).out.text().startswith("migrinit ")
    assert max(map(len, start.plain([PROGRAM, "--help"]).out.all())) <= 80


def test_config_shows_values_and_origins_but_no_secret(start):
    run = start.init("config", env={"DATABASE_URL": "postgresql://u:hush@db/x"}, options=["--wait-timeout=7s"])
    assert run.wait() == 0
    text = run.out.text()
    assert "hush" not in text + run.err.text()
    assert "DATABASE_URL" in text and "--wait-timeout" in text


# ---- exec in place ----


def test_exec_leaves_one_process_with_the_same_pid(start):
    run = start.app("pid", "status", "fds", "pause", options=["--app-mode=exec"])
    assert run.out.wait_for("^pid (.*)")[1] == "1"
    run.out.wait_for("^fds 0 1 2$")
    assert children_of(run.pid) == []
    assert signal_set(run.out.wait_for(r"SigBlk:\s+(\w+)")[1]) == set()


def test_auto_is_exec_when_not_pid_1(start, tmp_path):
    run = start.plain([PROGRAM, APP, "pid", "cwd", "exit", 3], cwd=tmp_path)
    assert run.wait() == 3
    assert run.out.wait_for("^pid (.*)")[1] == str(run.process.pid)
    assert run.out.wait_for("^cwd (.*)")[1] == str(tmp_path)
    assert run.err.text().count("not PID 1") == 1


def test_exec_that_fails_is_127_or_126(start):
    assert start.init("no-such", options=["--app-mode=exec"]).wait() == 127
    assert start.init("/", options=["--app-mode=exec"]).wait() == 126


def test_exec_mode_can_be_stopped_while_preparing(start):
    run = start.app("say", "started", env=UNREACHABLE, options=["--app-mode=exec"])
    run.waiting_preparer()
    run.signal(signal.SIGTERM)
    assert run.wait() == 143
    assert_not_started(run)
