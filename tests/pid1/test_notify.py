"""What the service manager is told, and when the app counts as ready."""

import os
import re
import signal
import socket
import sys
import threading
import time

import pytest
from asking import Manager, assert_answers, until_phase
from namespace import APP, UNREACHABLE, children_of, until
from postgres import free_port

CLOCK_REALTIME_COARSE = 5  # linux/time.h; Python has no name for it


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    address = str(tmp_path / "notify") if request.param == "path" else f"@migrinit-test-{os.getpid()}"
    instance = Manager(address)
    yield instance
    instance.close()


def python(code):
    return [sys.executable, "-c", "import os, socket, sys, time\n" + code]


LISTEN = """
server = socket.socket({family})
server.bind(({address!r}, {port}))
print("bound", flush=True)
sys.stdin.readline()
server.listen()
sys.stdin.read()
"""

NOTIFY = """
name = os.environ["NOTIFY_SOCKET"]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.connect("\\0" + name[1:] if name[0] == "@" else name)
print("up", flush=True)
for line in sys.stdin:
    manager.send(line.encode().decode("unicode_escape").strip().encode())
"""


def test_story_of_a_start(start, manager):
    run = start.app("listen", 15, env={**UNREACHABLE, **manager.env, "MIGRINIT_WAIT_TIMEOUT": "1s"})
    manager.wait_for("STATUS=waiting", "EXTEND_TIMEOUT_USEC=30000000")
    assert not manager.has_heard("READY=1")
    manager.wait_for("STATUS=running", "READY=1")
    run.out.wait_for("ready")
    run.signal(signal.SIGTERM)
    manager.wait_for("STATUS=stopping", "STOPPING=1")
    assert run.wait() == 0


def test_more_time_is_asked_for_again_and_again(start, manager):
    run = start.app("say", "started", env={**UNREACHABLE, **manager.env, "MIGRINIT_WAIT_TIMEOUT": "0"})
    manager.wait_for("STATUS=waiting", "EXTEND_TIMEOUT_USEC=30000000")
    manager.wait_for("STATUS=waiting", "EXTEND_TIMEOUT_USEC=30000000")  # by the timer
    run.signal(signal.SIGTERM)
    manager.wait_for("STATUS=stopping", "STOPPING=1")
    assert run.wait() == 143


@pytest.mark.parametrize("mode", ["supervise", "exec"])
def test_app_is_not_given_the_manager_s_socket(start, manager, mode):
    run = start.app("env", "NOTIFY_SOCKET", "listen", 15, env=manager.env, options=[f"--app-mode={mode}"])
    run.out.wait_for("^NOTIFY_SOCKET=$")
    manager.wait_for("READY=1")


def test_app_that_replaces_migrinit_says_itself_when_it_is_ready(start, manager):
    run = start.app("env", "NOTIFY_SOCKET", "pause", env=manager.env, options=["--app-mode=exec", "--app-ready=notify"])
    assert run.out.wait_for("^NOTIFY_SOCKET=(.*)")[1] == manager.env["NOTIFY_SOCKET"]
    assert not manager.has_heard("READY=1")


@pytest.mark.parametrize("address", ["relative", "@", "/" + "x" * 200, "/no/such/socket"])
def test_bad_or_deaf_manager_is_no_end(start, address):
    run = start.app("exit", 3, env={"NOTIFY_SOCKET": address})
    assert run.wait() == 3


def test_manager_that_is_busy_hears_it_later(start, manager):
    """Its queue is full when the app is ready."""
    flood = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    flood.connect(manager.socket.getsockname())
    flood.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            flood.send(b"X=1")
    run = start.app("say", "started", "listen", 15, env=manager.env)
    run.out.wait_for("started")
    until_phase(run, "running")
    manager.wait_for("STATUS=running", "READY=1")


def test_app_s_word_counts_and_is_passed_on(start, manager):
    run = start.init("--app-ready=notify", "--", *python(NOTIFY), env=manager.env, stdin=-1)
    run.out.wait_for("up")
    assert_answers(run, "app-starting", startup=True, live=True, ready=False)

    def say(text):
        run.process.stdin.write(text + b"\n")
        run.process.stdin.flush()

    say(rb"STATUS=warming up\nMAINPID=2")
    assert manager.wait_for("STATUS=warming up") == ["STATUS=warming up"]
    assert not manager.has_heard("READY=1")
    say(b"READY=1")
    manager.wait_for("STATUS=running", "READY=1")
    until_phase(run, "running")
    say(b"WATCHDOG=1")
    manager.wait_for("WATCHDOG=1")


def test_without_a_manager_the_app_s_word_counts_too(start):
    run = start.init("--app-ready=notify", "--", *python(NOTIFY), stdin=-1)
    run.out.wait_for("up")
    run.process.stdin.write(b"READY=1\n")
    run.process.stdin.flush()
    until_phase(run, "running")


def test_somebody_outside_has_no_say(start):
    run = start.init("--app-ready=notify", "--log-level=debug", APP, "env", "NOTIFY_SOCKET", "listen", 15)
    name = run.out.wait_for("^NOTIFY_SOCKET=@(.*)")[1]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outside:
        outside.sendto(b"READY=1", "\0" + name)
    run.out.wait_for("ready")
    until_phase(run, "app-starting")
    run.signal(signal.SIGTERM)
    assert run.wait() == 0
    assert "app is ready" not in run.err.text()


@pytest.mark.parametrize("family,address", [("AF_INET", "127.0.0.1"), ("AF_INET6", "::1")])
def test_ready_when_it_accepts_connections(start, family, address):
    port = free_port(address)
    code = LISTEN.format(family="socket." + family, address=address, port=port)
    run = start.init(f"--app-ready=tcp:{port}", "--", *python(code), stdin=-1)
    run.out.wait_for("bound")
    assert_answers(run, "app-starting", startup=True, live=True, ready=False)
    run.process.stdin.write(b"\n")
    run.process.stdin.flush()
    until_phase(run, "running")


class Http:
    """An app's HTTP side, in here: answers with the statuses given, one after the other."""

    def __init__(self, *answers):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.requests = []
        threading.Thread(target=self._serve, args=(answers,), daemon=True).start()

    def _serve(self, answers):
        for answer in answers:
            connection, _ = self.server.accept()
            self.requests.append(connection.recv(4096).decode())
            connection.sendall(answer)
            connection.close()


def test_ready_when_it_answers_by_http(start):
    http = Http(b"", b"garbage\r\n\r\n", b"HTTP/1.1 503 No\r\n\r\n", b"HTTP/1.1 404 No\r\n\r\n", b"HTTP/1.1 204 Yes\r\n\r\n")
    run = start.app("listen", 15, options=[f"--app-ready=http://localhost:{http.port}/up?x=1"])
    run.err.wait_for("the app is ready")
    assert len(http.requests) == 5
    assert http.requests[0].startswith("GET /up?x=1 HTTP/1.1\r\n")
    until_phase(run, "running")


def test_ready_when_its_file_is_there_and_new(start, tmp_path):
    stale = tmp_path / "ready"
    stale.write_text("of the last run")
    # Files are stamped with the kernel's last tick: one of the same tick as the start counts as new.
    until(lambda: time.clock_gettime_ns(CLOCK_REALTIME_COARSE) > stale.stat().st_ctime_ns, "a tick")
    run = start.init(f"--app-ready=file:{stale}", "--", "sh", "-c", f'echo up; read x; touch "{stale}"; read x', stdin=-1)
    run.out.wait_for("up")
    until_phase(run, "app-starting")
    run.process.stdin.write(b"\n")
    run.process.stdin.flush()
    run.err.wait_for("the app is ready")


def test_every_start_of_the_app_is_awaited_anew(start, tmp_path):
    mark = tmp_path / "ready"
    script = f'touch "{mark}"; until [ -e "{mark}.go" ]; do sleep 0.01; done; rm "{mark}" "{mark}.go"; exit 1'
    run = start.init(f"--app-ready=file:{mark}", "--app-restart=always", "--app-restart-limit=1", "sh", "-c", script)
    for _ in range(2):
        until_phase(run, "running")
        app = run.child()
        (tmp_path / "ready.go").touch()
        until(lambda: app not in children_of(run.pid), "the end of the app")
    assert run.wait() == 1
    assert run.err.text().count("the app is ready") == 2


@pytest.mark.parametrize("ready", ["soon", "tcp:", "tcp:0", "tcp:70000", "tcp:db:80", "http:80", "http://name/", "file:x",
                                   "https://localhost/", "http://u:hush@localhost/"])  # fmt: skip
def test_bad_rule_ends_with_78(start, ready):
    run = start.app("say", "started", options=[f"--app-ready={ready}"])
    assert run.wait() == 78
    assert "[app] ready" in run.err.text()
    assert "hush" not in run.err.text() + run.out.text()


def test_rule_without_supervision_is_told(start):
    run = start.app("exit", 3, options=["--app-mode=exec", "--app-ready=tcp:80"])
    assert run.wait() == 3
    assert re.search("ready has no effect", run.err.text())
