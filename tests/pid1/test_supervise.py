"""What the init owes a running app: signals, exit codes, a clean start, and reaped orphans."""

import os
import random
import signal
import subprocess
import time

import pytest
from namespace import APP, PROGRAM, UNREACHABLE, children_of, clean_env, kill_quietly, signal_set, status_of, until

SHOTS = int(os.environ.get("TEST_SHOTS", "300"))


def test_all_256_exit_codes(start):
    codes = range(256)
    assert [start.code_of("exit", code) for code in codes] == list(codes)


@pytest.mark.parametrize("number", [1, 2, 3, 6, 9, 10, 11, 12, 13, 14, 15, 34, 64])
def test_death_by_signal_is_128_and_more(start, number):
    assert start.code_of("die", number) == 128 + number


def test_command_not_found_is_127(start):
    run = start.init("no-such-program")
    assert run.wait() == 127
    assert "cannot run no-such-program: No such file or directory" in run.err.text()


def test_directory_and_plain_file_are_126(start, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("x")
    assert start.init("/").wait() == 126
    run = start.init(str(plain))
    assert run.wait() == 126
    assert f"cannot run {plain}: Permission denied" in run.err.text()


def test_missing_interpreter_is_explained(start, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    run = start.init(str(script))
    assert run.wait() == 127
    assert "interpreter" in run.err.text()


def test_options_of_the_command_need_no_dashes(start):
    assert start.init("sh", "-c", "exit 5").wait() == 5
    assert start.init("--", "sh", "-c", "exit 6").wait() == 6


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_masks_and_dispositions_are_given_back(start, mode):
    ignored, blocked = {1, 13, 22}, {10, 21, 34}
    before = [w for n in ignored for w in ("ignore", n)] + [w for n in blocked for w in ("block", n)]
    run = start.app("status", before=before, options=[f"--app-mode={mode}"])
    assert signal_set(run.out.wait_for(r"SigBlk:\s+(\w+)")[1]) == blocked
    assert signal_set(run.out.wait_for(r"SigIgn:\s+(\w+)")[1]) - {32, 33} == ignored  # make(1) ignores them
    assert run.wait() == 0


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_sigchld_ignored_at_entry(start, mode):
    run = start.app("status", "exit", 4, before=["ignore", 17], options=[f"--app-mode={mode}"])
    assert run.wait() == 4
    assert 17 in signal_set(run.out.wait_for(r"SigIgn:\s+(\w+)")[1])


@pytest.mark.parametrize("mode", ["supervise", "exec"])
@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1], [0, 1, 2]])
def test_closed_standard_descriptors_stay_closed(start, mode, closed):
    """The app tells by its exit code what is open, since its output may be what is closed."""
    before = [w for fd in closed for w in ("close", fd)]
    test = "code=0; for fd in 0 1 2; do [ -e /proc/self/fd/$fd ] && code=$((code + (1 << fd))); done; exit $code"
    script = test.replace("[ -e /proc/self/fd/$fd ]", "[ -e /proc/$$/fd/$fd ]")
    run = start.init("sh", "-c", script, before=before, options=[f"--app-mode={mode}"])
    assert run.wait() == 7 - sum(1 << fd for fd in closed)


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_inherited_descriptors_reach_the_app_and_no_other(start, mode):
    run = start.app("fds", before=["open", 5, "open", 9], options=[f"--app-mode={mode}"])
    run.out.wait_for("^fds 0 1 2 5 9$")


def test_init_lets_go_of_what_the_app_has(start, tmp_path):
    run = start.app("say", "up", "pause", before=["open", 5], cwd=tmp_path)
    run.out.wait_for("up")
    until(lambda: os.readlink(f"/proc/{run.pid}/cwd") == "/", "PID 1 in /")
    assert os.readlink(f"/proc/{run.pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{run.pid}/fd/1") == "/dev/null"
    assert not os.path.exists(f"/proc/{run.pid}/fd/5")
    assert os.readlink(f"/proc/{run.child()}/cwd") == str(tmp_path)


def test_reader_sees_the_end_when_the_app_closes_its_output(start):
    """Not under unshare, which would keep a copy itself."""
    run = start.plain([PROGRAM, "--app-mode=supervise", APP, "say", "last", "close", 1, "pause"])
    assert run.out.all() == ["last"]
    assert run.process.poll() is None
    run.process.terminate()
    assert run.wait() == 143


def test_environment_has_the_status_and_the_app_s_pid(start):
    env = {"LISTEN_PID": "1", "LISTEN_FDS": "1", "MIGRINIT_STATUS": "stale"}
    run = start.app("env", "MIGRINIT_STATUS", "env", "LISTEN_PID", "pid", env=env)
    assert run.out.wait_for("^MIGRINIT_STATUS=(.*)")[1] == "skipped"
    listen_pid = run.out.wait_for("^LISTEN_PID=(.*)")[1]
    assert run.out.wait_for("^pid (.*)")[1] == listen_pid != "1"


def test_orphans_are_reaped_all_at_once(start):
    run = start.app("orphans", 300, "alone", "exit", 6)
    assert run.wait() == 6
    assert run.out.all() == ["released", "alone"]


def test_orphans_are_reaped_while_preparing(start):
    """Something else in the container leaves its children to PID 1 while the database is not there."""
    run = start.app("say", "up", env=UNREACHABLE)
    preparer = run.waiting_preparer()
    enter = ["nsenter", "--target", str(run.pid), "--pid", "--mount", APP, "orphans", "50"]
    assert subprocess.run(enter, check=True, stdout=subprocess.DEVNULL).returncode == 0
    until(lambda: children_of(run.pid) == [preparer], "only the preparer left")
    run.signal(signal.SIGTERM)
    assert run.wait() == 143


def test_stop_is_passed_on_and_the_app_s_code_counts(start):
    run = start.app("listen", 15)
    run.out.wait_for("ready")
    run.signal(signal.SIGTERM)
    assert run.wait() == 0


def test_no_wake_ups_when_idle(start):
    run = start.app("say", "up", "pause", options=["--app-stop-timeout=5s"])
    run.out.wait_for("up")
    until(lambda: os.readlink(f"/proc/{run.pid}/cwd") == "/", "the app is up")
    until(lambda: status_of(run.pid)["State"].startswith("S"), "PID 1 sleeps")
    time.sleep(0.2)
    before = int(status_of(run.pid)["voluntary_ctxt_switches"])
    time.sleep(2)
    assert int(status_of(run.pid)["voluntary_ctxt_switches"]) == before


def test_signal_that_may_not_be_sent_is_no_end(start):
    """The app runs as another user, and the init has no CAP_KILL."""
    if os.geteuid() != 0:
        pytest.skip("needs root to make another user")
    drop = ["setpriv", "--bounding-set=-kill,-setpcap", "--inh-caps=-all", PROGRAM]
    run = start.plain(
        ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child", *drop, "setpriv", "--reuid=1", APP, "listen", 15]
    )
    run.out.wait_for("ready")
    pid = children_of(run.process.pid)[0]
    os.kill(pid, signal.SIGUSR1)
    os.kill(pid, signal.SIGUSR1)
    run.err.wait_for("SIGUSR1 cannot be passed on")
    assert run.process.poll() is None


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


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_term_in_the_first_milliseconds_is_never_lost(mode):
    argv = [PROGRAM, f"--app-mode={mode}", APP, "pause"]
    # Popen returns when the program has been executed; a slow build takes longer to reach the app
    ends = [shoot(argv, random.uniform(0, random.choice([0.002, 0.02]))) for _ in range(SHOTS)]
    assert ends.count("lost") == 0
    assert set(ends) <= {-15, 143}


def test_term_is_never_lost_as_pid_1_once_signals_are_taken(start):
    """Before main() the kernel drops it for PID 1: so the shot falls when signals are blocked."""
    for _ in range(SHOTS // 3):
        run = start.app("pause")
        until(lambda: 10 in signal_set(status_of(run.pid)["SigBlk"]), "signals are taken")
        deadline = time.monotonic() + random.uniform(0, 0.003)
        while time.monotonic() < deadline:
            pass
        run.signal(signal.SIGTERM)
        assert run.wait() == 143
        run.process.stdout.close()
        run.process.stderr.close()


def test_supervises_on_request_when_not_pid_1(start):
    """As a subreaper, so that orphans come to it."""
    run = start.plain([PROGRAM, "--app-mode=supervise", APP, "orphans", 20, "pid", "listen", 15])
    run.out.wait_for("ready")
    app = int(run.out.wait_for("pid (.*)")[1])
    until(lambda: children_of(run.process.pid) == [app], "orphans reaped")
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 0


def test_kill_of_the_app_is_told(start):
    run = start.app("say", "up", "pause")
    run.out.wait_for("up")
    kill_quietly(run.child())
    assert run.wait() == 137
    assert "SIGKILL" in run.err.text()
