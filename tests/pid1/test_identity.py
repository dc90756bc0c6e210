"""Who the app runs as, seen by the kernel; in both modes, with users and groups of the test's own."""

import os
import signal

import pytest
from namespace import APP, PROGRAM, UNREACHABLE, UNSHARE, children_of, descendants_of, status_of, until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make other users")
both_modes = pytest.mark.parametrize("mode", ["supervise", "exec"])

PASSWD = """root:x:0:0:root:/root:/bin/sh
app:x:1500:1501::/srv/app:/bin/sh
"""
GROUP = """root:x:0:root
wheel:x:10:root,app
app:x:1501:
web:x:1533:other,app
"""
ALL_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
NONE = "0" * 16
UNPRIVILEGED = ["setpriv", "--reuid=1500", "--regid=1501", "--groups=1501,77", "--bounding-set=-all", "--inh-caps=-all"]


class House:
    """The program as PID 1 with other users and groups, which exist in its mount namespace only."""

    def __init__(self, start, folder):
        self.start = start
        self.folder = folder
        self.write("passwd", PASSWD)
        self.write("group", GROUP)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def argv(self, *words, options=(), before=(), without=()):
        """`without`: the files that are not there, as in an image from scratch."""
        steps = [f'mount --bind "{self.folder}/{name}" /etc/{name}' for name in ("passwd", "group") if name not in without]
        if without:
            steps = [f'mkdir "{self.folder}/etc"', f'mount --bind "{self.folder}/etc" /etc']
        script = " && ".join([*steps, 'exec "$@"'])
        return ["unshare", "--mount", "--fork", "--pid", "--mount-proc", "--kill-child", "sh", "-ec", script, "sh",
                *before, PROGRAM, *options, "--", *words]  # fmt: skip

    def run(self, *words, user=None, mode="supervise", options=(), env=None, **more):
        chosen = [f"--app-mode={mode}", *([f"--app-user={user}"] if user is not None else []), *options]
        return self.start.plain(self.argv(APP, *words, options=chosen, **more), env=env)

    def refused(self, told, code=78, **more):
        run = self.run("say", "started", **more)
        assert run.wait() == code
        assert told in run.err.text()
        assert "started" not in run.out.text()
        return run


@pytest.fixture
def house(start, tmp_path):
    return House(start, tmp_path)


def who(run):
    """The lines of /proc/self/status that the app printed."""
    assert run.wait() == 0, run.err.all()
    lines = [line.split(":", 1) for line in run.out.all() if ":" in line]
    return {name: " ".join(words.split()) for name, words in lines}


# ---- the user ----


@needs_root
@both_modes
@pytest.mark.parametrize(
    "user,uid,gid,groups,home,name",
    [
        ("app", 1500, 1501, {1501, 10, 1533}, "/srv/app", "app"),
        ("1500", 1500, 1501, {1501, 10, 1533}, "/srv/app", "app"),
        ("app:web", 1500, 1533, {1533}, "/srv/app", "app"),
        ("app:4711", 1500, 4711, {4711}, "/srv/app", "app"),
        ("4711", 4711, 0, {0}, "/", ""),
        ("4711:4712", 4711, 4712, {4712}, "/", ""),
        (":web", 0, 1533, {1533}, "/root", "root"),
        ("app:", 1500, 1501, {1501, 10, 1533}, "/srv/app", "app"),
        ("root", 0, 0, {0, 10}, "/root", "root"),
        ("0", 0, 0, {0, 10}, "/root", "root"),
        ("0:0", 0, 0, {0}, "/root", "root"),
        ("0:root", 0, 0, {0}, "/root", "root"),
        ("root:0", 0, 0, {0}, "/root", "root"),
        ("root:root", 0, 0, {0}, "/root", "root"),
        ("2147483647:2147483647", 2147483647, 2147483647, {2147483647}, "/", ""),
    ],
)
def test_app_is_who_it_shall_be(house, mode, user, uid, gid, groups, home, name):
    words = ["who", "env", "HOME", "env", "USER", "env", "LOGNAME", "pid"]
    run = house.run(*words, user=user, mode=mode, env={"HOME": "/root", "USER": "root", "LOGNAME": "root"})
    seen = who(run)
    assert seen["Uid"].split() == [str(uid)] * 4
    assert seen["Gid"].split() == [str(gid)] * 4
    assert {int(group) for group in seen["Groups"].split()} == groups
    assert {f"HOME={home}", f"USER={name}", f"LOGNAME={name}"} <= set(run.out.all())
    assert ("pid 1" in run.out.all()) == (mode == "exec")


@needs_root
@both_modes
def test_empty_variable_is_no_user(house, mode):
    """As an unset one: compose files write `MIGRINIT_APP_USER: ${APP_USER}`."""
    seen = who(house.run("who", mode=mode, before=["setpriv", "--reuid=4711", "--clear-groups"], env={"MIGRINIT_APP_USER": ""}))
    assert seen["Uid"].split() == ["4711"] * 4 and seen["Gid"].split() == ["0"] * 4
    assert house.run("say", "started", user="").wait() == 64


@needs_root
@both_modes
def test_there_is_no_way_back(house, mode):
    run = house.run("regain", "who", user="app", mode=mode)
    seen = who(run)
    assert "regain denied" in run.out.all()
    assert seen["CapEff"] == seen["CapPrm"] == seen["CapAmb"] == NONE
    assert seen["Uid"].split() == ["1500"] * 4


@needs_root
@both_modes
def test_numbers_need_no_file(house, mode):
    seen = who(house.run("who", user="1500:1501", mode=mode, without=("passwd", "group")))
    assert seen["Uid"].split() == ["1500"] * 4
    assert seen["Groups"] == "1501"


@needs_root
def test_name_without_a_file_is_told(house):
    house.refused('there is no user "app" in /etc/passwd', user="app", without=("passwd", "group"))


@needs_root
@pytest.mark.parametrize(
    "user,told",
    [
        ("nobody-here", 'there is no user "nobody-here" in /etc/passwd'),
        ("0day", 'there is no user "0day" in /etc/passwd'),
        ("0:0day", 'there is no group "0day" in /etc/group'),
        ("2147483648", "uid 2147483648 is out of range"),
        ("99999999999", "uid 99999999999 is out of range"),
        ("0:4294967296", "gid 4294967296 is out of range"),
    ],
)
def test_wrong_user_is_a_wrong_setting(house, user, told):
    house.refused(told, user=user, env=UNREACHABLE)


@needs_root
def test_init_stays_who_it_was(house):
    run = house.run("say", "up", "listen", 15, user="app")
    run.out.wait_for("ready")
    init = children_of(run.process.pid)[0]
    app = children_of(init)[0]
    assert status_of(init)["Uid"].split() == ["0"] * 4
    assert status_of(app)["Uid"].split() == ["1500"] * 4
    os.kill(init, signal.SIGUSR1)
    run.out.wait_for("signal 10")
    os.kill(init, signal.SIGTERM)
    assert run.wait() == 0


@needs_root
def test_exec_leaves_one_process(house):
    run = house.run("say", "up", "pause", user="app", mode="exec")
    run.out.wait_for("up")
    assert len(descendants_of(run.process.pid)) == 1
    assert status_of(children_of(run.process.pid)[0])["Uid"].split() == ["1500"] * 4


@needs_root
def test_app_in_place_still_dies_with_its_parent(house):
    """unshare asked for it, and becoming another user clears the request."""
    run = house.run("say", "up", "pause", user="app", mode="exec")
    run.out.wait_for("up")
    app = children_of(run.process.pid)[0]
    run.process.kill()
    until(lambda: not os.path.exists(f"/proc/{app}"), "the app is gone")


@needs_root
def test_every_restart_is_that_user_too(house):
    options = ["--app-restart=always", "--app-restart-limit=1"]
    run = house.run("who", "exit", 3, user="app", options=options)
    assert run.wait() == 3
    assert [line.split()[1] for line in run.out.all() if line.startswith("Uid")] == ["1500"] * 2


@needs_root
def test_program_is_looked_for_as_that_user(house, tmp_path):
    program = tmp_path / "only-root"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    for mode in ("supervise", "exec"):
        run = house.start.plain(house.argv(str(program), options=[f"--app-mode={mode}", "--app-user=app"]))
        assert run.wait() == 126
        assert "Permission denied" in run.err.text()


# ---- started as somebody else ----


@needs_root
@both_modes
def test_who_is_that_user_already_carries_on(house, mode):
    """With the groups that the container runtime gave."""
    seen = who(house.run("who", user="app", mode=mode, before=UNPRIVILEGED))
    assert seen["Uid"].split() == ["1500"] * 4
    assert {*seen["Groups"].split()} == {"1501", "77"}


@needs_root
@both_modes
@pytest.mark.parametrize("user", ["root", "4711", "app:web"])
def test_unprivileged_start_is_told_before_the_database_is_touched(house, mode, user):
    run = house.refused("cannot be set: Operation not permitted", user=user, mode=mode, before=UNPRIVILEGED, env=UNREACHABLE)
    assert "started as uid 1500" in run.err.text()
    assert "Waiting" not in run.err.text()


@needs_root
@both_modes
def test_user_that_could_become_root_again_is_refused(house, mode):
    """Capabilities survive a change from one user to another when neither is root."""
    capabilities = "+setuid,+setgid,+setpcap,+kill"
    before = ["setpriv", "--reuid=1500", "--regid=1501", "--clear-groups", f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}"]
    run = house.refused("could become root again", user="4711:4711", mode=mode, before=before)
    assert "capabilities = drop" in run.err.text()
    seen = who(house.run("who", "regain", user="4711:4711", mode=mode, options=["--app-capabilities=drop"], before=before))
    assert seen["Uid"].split() == ["4711"] * 4 and seen["CapPrm"] == NONE


@needs_root
@both_modes
def test_no_new_privs_from_outside_bars_nothing(house, mode):
    seen = who(house.run("who", user="app", mode=mode, before=["setpriv", "--no-new-privs"]))
    assert seen["Uid"].split() == ["1500"] * 4 and seen["NoNewPrivs"] == "1"


@needs_root
def test_app_that_could_not_be_signalled_is_refused(house):
    """Becoming the user is allowed, signalling it is not."""
    without_kill = ["setpriv", "--bounding-set=-kill", "--inh-caps=-all"]
    run = house.refused("cannot be sent signals", user="app", before=without_kill)
    assert "CAP_KILL" in run.err.text()
    assert who(house.run("who", user="app", mode="exec", before=without_kill))["Uid"].split() == ["1500"] * 4


@both_modes
def test_user_namespace_that_has_root_only(start, mode):
    """All capabilities there are, and nobody else to become."""
    init = ["unshare", "-Ur", *UNSHARE[1:]] if os.geteuid() == 0 else UNSHARE
    run = start.plain([*init, PROGRAM, f"--app-mode={mode}", "--app-user=4711:4711", APP, "say", "started"])
    assert run.wait() == 78
    assert "cannot be set" in run.err.text() and "user namespace" in run.err.text()
    assert "started" not in run.out.text()
    run = start.plain([*init, PROGRAM, f"--app-mode={mode}", "--app-user=0:0", APP, "who"])
    assert who(run)["Uid"].split() == ["0"] * 4


@both_modes
def test_capabilities_can_be_dropped_in_a_user_namespace(start, mode):
    init = ["unshare", "-Ur", *UNSHARE[1:]] if os.geteuid() == 0 else UNSHARE
    run = start.plain([*init, PROGRAM, f"--app-mode={mode}", "--app-capabilities=drop", APP, "who"])
    seen = who(run)
    assert [seen[name] for name in ALL_CAPABILITIES] == [NONE] * 5


# ---- capabilities, no_new_privs ----


@needs_root
@both_modes
@pytest.mark.parametrize("user", [None, "app"])
def test_all_capabilities_are_dropped(house, mode, user):
    """Root included, which would get them all back by exec if the bounding set stayed."""
    inherit = ["setpriv", "--inh-caps=+net_raw,+chown", "--ambient-caps=+net_raw"]
    kept = who(house.run("who", mode=mode, before=inherit))
    assert kept["CapInh"] != NONE and kept["CapAmb"] != NONE
    dropped = who(house.run("who", user=user, mode=mode, options=["--app-capabilities=drop"], before=inherit))
    assert [dropped[name] for name in ALL_CAPABILITIES] == [NONE] * 5


@needs_root
@both_modes
def test_no_new_privs(house, mode):
    assert who(house.run("who", mode=mode))["NoNewPrivs"] == "0"
    assert who(house.run("who", mode=mode, options=["--app-no-new-privs"]))["NoNewPrivs"] == "1"
    both = ["--app-no-new-privs", "--app-capabilities=drop"]
    seen = who(house.run("who", user="app", mode=mode, options=both))
    assert seen["NoNewPrivs"] == "1" and seen["CapBnd"] == NONE and seen["Uid"].split() == ["1500"] * 4


@needs_root
def test_init_keeps_its_capabilities(house):
    run = house.run("say", "up", "listen", 15, user="app", options=["--app-capabilities=drop", "--app-no-new-privs"])
    run.out.wait_for("ready")
    init = children_of(run.process.pid)[0]
    assert status_of(init)["CapEff"] != NONE and status_of(init)["NoNewPrivs"].strip() == "0"
    os.kill(init, signal.SIGTERM)
    assert run.wait() == 0


@needs_root
@both_modes
def test_bounding_set_that_cannot_be_emptied_is_told(house, mode):
    before = ["setpriv", "--reuid=1500", "--regid=1501", "--clear-groups"]
    run = house.refused("bounding set cannot be emptied", mode=mode, options=["--app-capabilities=drop"], before=before)
    assert "CAP_SETPCAP" in run.err.text()
    seen = who(house.run("who", mode=mode, options=["--app-capabilities=drop"], before=UNPRIVILEGED))
    assert [seen[name] for name in ALL_CAPABILITIES] == [NONE] * 5
    seen = who(house.run("who", mode=mode, options=["--app-no-new-privs"], before=UNPRIVILEGED))
    assert seen["NoNewPrivs"] == "1"


# ---- who does the database work ----


@needs_root
@pytest.mark.parametrize("who_migrates,uid", [("start", 0), ("app", 1500)])
def test_preparer_is_who_it_shall_be(house, who_migrates, uid):
    options = [f"--migrate-as={who_migrates}", "--app-capabilities=drop"]
    run = house.run("say", "started", user="app", options=options, env=UNREACHABLE)
    run.err.wait_for("Waiting")
    init = children_of(run.process.pid)[0]
    preparer = children_of(init)[0]
    assert status_of(preparer)["Uid"].split() == [str(uid)] * 4
    assert (status_of(preparer)["CapBnd"].strip() == NONE) == (who_migrates == "app")
    os.kill(init, signal.SIGTERM)
    assert run.wait() == 143
    assert "started" not in run.out.text()


@needs_root
def test_preparer_of_another_user_goes_with_its_parent(start):
    """The request for it is cleared by the change of user, and made again."""
    run = start.plain([PROGRAM, "--app-user=1500:1501", "--migrate-as=app", APP, "say", "started"], env=UNREACHABLE)
    run.err.wait_for("Waiting")
    preparer = until(lambda: next(iter(children_of(run.process.pid)), None), "the preparer")
    assert status_of(preparer)["Uid"].split() == ["1500"] * 4
    run.process.kill()
    until(lambda: not os.path.exists(f"/proc/{preparer}"), "the preparer is gone")


@needs_root
def test_migrating_alone_needs_the_user_only_when_it_is_asked_for(start):
    """An init container that is somebody else shares the settings with the app's."""
    unprivileged = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups", PROGRAM, "--app-user=4711"]
    env = {**UNREACHABLE, "MIGRINIT_WAIT_TIMEOUT": "10ms"}
    assert start.plain([*unprivileged, "migrate"], env=env).wait() == 69
    run = start.plain([*unprivileged, "--migrate-as=app", "migrate"], env=env)
    assert run.wait() == 78
    assert "Waiting" not in run.err.text()
