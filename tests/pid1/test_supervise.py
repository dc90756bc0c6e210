"""What the init owes a running app: its exit code, a clean start, and to be no burden."""

import os
import signal
import time

import pytest
from namespace import APP, NESTED, PROGRAM, children_of, codes_of, kill_quietly, signal_set, status_of, until

CODES = list(range(256))
# Every so many of them where tests/unit/conf/test_remap.c has all.
SOME_CODES = CODES[:: int(os.environ.get("TEST_CODE_STEP", "15"))]


def test_all_256_exit_codes():
    assert codes_of([[APP, "exit", code] for code in CODES]) == CODES


def test_each_exit_code_can_be_told_as_0():
    runs = [[f"--app-exit-codes={code}", APP, "exit", code] for code in SOME_CODES]
    assert codes_of(runs) == [0] * len(runs)


def test_exit_code_that_is_not_replaced_stays_when_all_others_are():
    def others(code):
        return ",".join(str(other) for other in CODES if other != code)

    assert codes_of([[f"--app-exit-codes={others(code)}", APP, "exit", code] for code in SOME_CODES]) == SOME_CODES


@pytest.mark.parametrize("pairs,word,given,code", [
    ("143:0", "die", 15, 0), ("143", "die", 15, 0), ("3:4 4:5", "exit", 3, 4), ("0:9", "exit", 0, 9),
    ("127:0", "exec", "no-such", 0), ("1:0", "exit", 2, 2),
])  # fmt: skip
def test_exit_codes_are_replaced(start, pairs, word, given, code):
    assert start.app(word, given, options=[f"--app-exit-codes={pairs}"]).wait() == code


def test_exit_codes_are_replaced_as_with_tini():
    options = ["-e", "143", "-e130", "-g", "--"]
    assert codes_of([[*options, APP, "exit", code] for code in (143, 130, 3)]) == [0, 0, 3]


def test_failure_to_run_the_app_is_no_code_of_the_app(start):
    assert start.init("--app-exit-codes=127:0,126:0", "no-such-program").wait() == 127
    assert start.init("--app-exit-codes=127:0,126:0", "/").wait() == 126


@pytest.mark.parametrize("pairs", ["256", "x:0", "1:", ":1", "1:0,1:2"])
def test_bad_exit_codes_never_run_the_command(start, pairs):
    run = start.app("say", "started", options=[f"--app-exit-codes={pairs}"])
    assert run.wait() == 64
    assert "[app] exit_codes" in run.err.text() and run.out.all() == []


@pytest.mark.parametrize("number", [1, 2, 3, 6, 9, 10, 11, 12, 13, 14, 15, 34, 64])
def test_death_by_signal_is_128_and_more(start, number):
    assert start.app("die", number).wait() == 128 + number


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


def test_kill_of_the_app_is_told(start):
    run = start.app("say", "up", "pause")
    run.out.wait_for("up")
    kill_quietly(run.child())
    assert run.wait() == 137
    assert "SIGKILL" in run.err.text()


# ---- poor images, and what is asked on the command line ----

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount")


@pytest.mark.plain_build
@needs_root
@pytest.mark.parametrize("nested", [False, True], ids=["pid-1", "subreaper"])
def test_image_without_proc_devices_or_users(start, nested):
    """As in a scratch image: no /proc, an empty /dev, no passwd, and nothing of that to write to."""
    poor = (
        "mount -t tmpfs -o ro none /proc && mount -t tmpfs -o ro none /dev && "
        'mount -o bind /proc /etc && exec "$@"'
    )
    prefix = ["unshare", "--mount", "--fork", "--pid", "--kill-child", "sh", "-c", poor, "sh"]
    outer = NESTED if nested else []
    app = ["sh", "-c", "ls /proc /etc /dev; sleep 600 & exit 7"]
    run = start.plain([*prefix, *outer, PROGRAM, "--app-mode=supervise", "--", *app])
    assert run.wait() == 7
    assert run.out.text() == "/dev:\n\n/etc:\n\n/proc:"


def test_command_reads_what_is_piped_in(start):
    reader, writer = os.pipe()
    run = start.init("cat", stdin=reader)
    os.close(reader)
    os.write(writer, b"through a pipe\n")
    os.close(writer)
    assert run.wait() == 0
    assert run.out.all() == ["through a pipe"]


@pytest.mark.parametrize("mode", ["supervise", "exec"])
@pytest.mark.parametrize("level", ["error", "warn", "info", "debug"])
def test_standard_output_is_the_app_s_alone(start, mode, level):
    run = start.app("orphans", 2, "say", "mine", "exit", 1, options=[f"--app-mode={mode}", f"--log-level={level}"])
    assert run.wait() == 1
    assert run.out.all() == ["released", "mine"]


@pytest.mark.parametrize("words", [["no-such"], ["--", "no-such"], ["--log-level=info", "no-such", "-x"], ["no-such", "--", "x"]])
def test_missing_command_is_one_line_with_name_and_reason(start, words):
    run = start.init(*words)
    assert run.wait() == 127
    assert [line for line in run.err.all() if "no-such" in line] == [
        "[migrinit] ✗ cannot run no-such: No such file or directory"
    ]


def test_app_has_its_own_group_and_the_starting_directory(start, tmp_path):
    run = start.app("pid", "group", "cwd", cwd=tmp_path)
    assert run.wait() == 0
    assert run.out.wait_for("^pid (.*)")[1] == run.out.wait_for("^group (.*)")[1] != "1"
    assert run.out.wait_for("^cwd (.*)")[1] == str(tmp_path)


LIMITS = "ulimit -n; ulimit -c; ulimit -s; cat /proc/self/oom_score_adj; umask; pwd"


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_limits_and_marks_are_passed_on(start, mode, tmp_path):
    run = start.init("sh", "-c", LIMITS, options=[f"--app-mode={mode}"], cwd=tmp_path)
    bare = start.plain(["sh", "-c", LIMITS], cwd=tmp_path)
    assert run.out.all() == bare.out.all()


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_no_signal_is_caught_or_blocked_in_a_fresh_app(start, mode):
    run = start.init("cat", "/proc/self/status", options=[f"--app-mode={mode}"])
    assert run.wait() == 0
    for field in ("SigBlk", "SigCgt"):
        assert signal_set(run.out.wait_for(rf"{field}:\s+(\w+)")[1]) == set()
