"""`migrinit health`: the init is asked in every phase, by anybody, and nobody can disturb it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import pytest
from asking import Manager, ask, assert_answers, get, metrics, until_phase
from namespace import APP, PROGRAM, UNREACHABLE, UNSHARE, children_of, clean_env, until
from postgres import free_port

NOBODY = 65534


@contextlib.contextmanager
def held_migration(start, database, folder, *options, env=None):
    """A run whose second of two migrations waits for a lock of ours, until the block ends."""
    database.run("CREATE TABLE held (i int); ALTER TABLE held OWNER TO app")
    folder.mkdir()
    (folder / "1_first.sql").write_text("CREATE TABLE first (i int);")
    (folder / "2_second.sql").write_text("ALTER TABLE held ADD j int;")
    settings = {"DATABASE_URL": database.url, "MIGRINIT_MIGRATE_DIR": str(folder), "MIGRINIT_MIGRATE_FORMAT": "plain"}
    with database.session() as session:
        session.cursor().execute("LOCK TABLE held")
        run = start.app("say", "started", "listen", 15, env={**settings, **(env or {})}, options=options)
        yield run
    run.out.wait_for("started")


def abstract_name(run):
    return b"\0migrinit/" + os.readlink(f"/proc/{run.pid}/ns/mnt").encode()


def test_name_that_the_last_container_still_holds_is_had_later(start):
    """It had the same mount namespace's number, and is not altogether gone."""
    script = 'readlink /proc/self/ns/mnt; read go; exec "$@"'
    run = start.plain(
        [*UNSHARE, "sh", "-c", script, "sh", PROGRAM, "--log-level=debug", "--", APP, "listen", 15], stdin=subprocess.PIPE
    )
    run.pid = until(lambda: next(iter(children_of(run.process.pid)), None), "PID 1")
    space = run.out.wait_for("^mnt:.*")[0]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
        last.bind(b"\0migrinit/" + space.encode())
        run.process.stdin.write(b"go\n")
        run.process.stdin.flush()
        run.err.wait_for("name for health in this container: Address .*in use")
        run.out.wait_for("ready")
    until_phase(run, "running")
    os.kill(run.pid, signal.SIGTERM)
    assert run.wait() == 0


def test_while_the_database_is_waited_for(start):
    run = start.app("say", "started", env=UNREACHABLE)
    run.waiting_preparer()
    assert_answers(run, "waiting", startup=True, live=True, ready=False)
    assert ask(run, user=NOBODY)[0] == 1
    assert ask(run, "--startup", user=NOBODY)[0] == 0


def test_while_a_migration_is_held(start, database, tmp_path):
    with held_migration(start, database, tmp_path / "m") as run:
        until(lambda: "2 of 2" in ask(run)[1], "the second migration")
        assert ask(run)[1].endswith(" s, migration 2 of 2: 2_second")
        assert_answers(run, "migrating", startup=True, live=True, ready=False)
    assert_answers(run, "running", startup=True, live=True, ready=True)


def test_all_who_ask_are_told_the_same_of_a_migration(start, database, tmp_path):
    port, manager = free_port(), Manager(f"@migrinit-test-{os.getpid()}")
    options = [f"--health-listen={port}"]
    with held_migration(start, database, tmp_path / "m", *options, env=manager.env) as run:
        until(lambda: "2 of 2" in ask(run)[1], "the second migration")
        manager.wait_for("STATUS=migrating, migration 2 of 2: 2_second", "EXTEND_TIMEOUT_USEC=30000000")
        assert [get(port, path)[0] for path in ("/startupz", "/livez", "/readyz")] == [200, 200, 503]
        assert get(port, "/readyz")[2].endswith(", migration 2 of 2: 2_second\n")
        figures = metrics(port)
        assert (figures["migrinit_migrations_applied"], figures["migrinit_migrations_pending"]) == ("1", "1")
        assert float(figures["migrinit_migration_seconds"]) > 0
    manager.wait_for("STATUS=running", "READY=1")
    figures = metrics(port)
    assert (figures["migrinit_migrations_applied"], figures["migrinit_migrations_pending"]) == ("2", "0")
    assert get(port, "/readyz")[0] == 200
    manager.close()


def test_running_then_stopping(start):
    run = start.app("ignore", 15, "say", "started", "listen", 64)
    run.out.wait_for("started")
    assert_answers(run, "running", startup=True, live=True, ready=True)
    run.signal(signal.SIGTERM)
    assert_answers(run, "stopping", startup=False, live=True, ready=False)
    run.signal(64)
    assert run.wait() == 0


def test_between_two_starts_of_the_app(start):
    run = start.app("stubborn", "exit", 1, options=["--app-restart=always"])
    assert_answers(run, "restarting", startup=False, live=True, ready=False)


def test_any_user_on_a_read_only_root(start):
    run = start.app("listen", 15)
    run.out.wait_for("ready")
    until_phase(run, "running")
    inside = ["nsenter", f"--target={run.pid}", "--mount"]
    subprocess.run([*inside, "mount", "-o", "remount,bind,ro", "/"], check=True)
    assert b"Read-only" in subprocess.run([*inside, "touch", "/here"], capture_output=True, check=False).stderr
    code, line = ask(run, user=NOBODY, prefix=["setpriv", "--no-new-privs"])
    assert (code, line.startswith("running for ")) == (0, True)


@pytest.mark.parametrize("users,code", [("any", 0), ("root", 1), ("1000,65534", 0), ("1000", 1)])
def test_users_that_may_ask(start, users, code):
    run = start.app("listen", 15, options=[f"--health-users={users}"])
    run.out.wait_for("ready")
    until_phase(run, "running")
    assert ask(run, user=NOBODY)[0] == code
    assert ("[health] users" in ask(run, user=NOBODY)[1]) == (code == 1)


def test_init_that_is_not_pid_1(start):
    run = start.app("listen", 15, nested=True)
    run.out.wait_for("ready")
    until_phase(run, "running")


def test_bad_users_end_with_78(start):
    run = start.app("say", "started", options=["--health-users=nobody"])
    assert run.wait() == 78
    assert "[health] users" in run.err.text()


def test_no_init_of_ours_is_a_clear_line(start):
    """In exec mode the app has replaced it."""
    run = start.app("say", "started", "pause", options=["--app-mode=exec"])
    run.out.wait_for("started")
    code, line = ask(run)
    assert code == 1
    assert "no migrinit answers" in line and "mode = exec" in line


def test_init_that_is_stuck_is_not_live(start):
    run = start.app("listen", 15)
    run.out.wait_for("ready")
    run.signal(signal.SIGSTOP)
    code, line = ask(run, "--live")
    run.signal(signal.SIGCONT)
    assert (code, line) == (1, "the init does not answer (3 s)")


def test_two_containers_of_a_pod_answer_for_themselves(start):
    first = start.app("listen", 15)
    second = start.app("say", "started", env=UNREACHABLE)
    first.out.wait_for("ready")
    second.waiting_preparer()
    until_phase(first, "running")
    until_phase(second, "waiting")


def test_somebody_outside_is_not_answered(start):
    run = start.app("listen", 15)
    run.out.wait_for("ready")
    until_phase(run, "running")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outside:
        outside.bind("")
        outside.sendto(b"ready", abstract_name(run))
        until_phase(run, "running")  # served behind ours
        outside.setblocking(False)
        with pytest.raises(BlockingIOError):
            outside.recv(100)


def test_impostor_outside_is_not_believed(start):
    run = start.app("say", "started", "pause", options=["--app-mode=exec"])
    run.out.wait_for("started")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as impostor:
        impostor.bind(abstract_name(run))
        asker = subprocess.Popen(["nsenter", f"--target={run.pid}", "--pid", "--mount", PROGRAM, "health"],
                                 env=clean_env(), stdout=subprocess.PIPE)  # fmt: skip
        _, address = impostor.recvfrom(100)
        impostor.sendto(b"1 running for 1.0 s", address)
        assert b"not believed" in asker.communicate()[0]
        assert asker.returncode == 1


FLOOD = """
import os, resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
name = b"\\0migrinit/" + os.readlink("/proc/self/ns/mnt").encode()
kept = []
for i in range(10000):
    kept.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    kept[-1].connect(name)
for i in range(2000):
    kept[i].bind("") if i % 2 else None
    kept[i].setblocking(False)
    for text in (b"ready", b"", b"x" * 60000, b"ready\\0" * 20):
        try:
            kept[i].send(text)
        except BlockingIOError:
            pass
print("flooded", flush=True)
sys.stdin.read()
"""


def test_ten_thousand_who_say_nothing_and_some_who_do_not_listen(start):
    run = start.app("listen", 15)
    run.out.wait_for("ready")
    flood = subprocess.Popen(["nsenter", f"--target={run.pid}", "--pid", "--mount", sys.executable, "-c", FLOOD],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert flood.stdout.readline() == b"flooded\n"
    until_phase(run, "running")
    run.signal(signal.SIGTERM)
    assert run.wait() == 0
    flood.kill()
    flood.communicate()


def test_preparer_and_app_do_not_hold_the_socket(start):
    run = start.app("fds", "say", APP, "listen", 15)
    run.out.wait_for("ready")
    run.out.wait_for("^fds 0 1 2$")
