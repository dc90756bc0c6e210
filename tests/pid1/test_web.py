"""[health] listen: probes and metrics by HTTP, from PID 1, whoever else is at its door."""

import os
import resource
import signal
import socket
import struct

import pytest
from asking import HOST, answer_to, connect, exchange, get, is_live, metrics
from namespace import APP, DEADLINE_S, UNREACHABLE, until
from postgres import free_port


@pytest.fixture
def port():
    return free_port()


def until_phase(port, phase):
    until(lambda: get(port, "/livez")[2].startswith(phase), phase)


def statuses(port):
    return [get(port, path)[0] for path in ("/startupz", "/livez", "/readyz")]


def listening(start, port, *words, **more):
    run = start.app(*words, options=[f"--health-listen={HOST}:{port}"], **more)
    run.out.wait_for("ready")
    until_phase(port, "running")
    return run


def test_while_the_database_is_waited_for(start, port):
    run = start.app("say", "started", env=UNREACHABLE, options=[f"--health-listen={port}"])
    run.waiting_preparer()
    until_phase(port, "waiting")
    assert statuses(port) == [200, 200, 503]
    figures = metrics(port)
    assert figures['migrinit_phase{phase="waiting"}'] == "1"
    assert figures['migrinit_phase{phase="running"}'] == "0"
    assert float(figures["migrinit_wait_seconds"]) > 0


def test_running_then_stopping(start, port):
    run = start.app("ignore", 15, "say", "ready", "listen", 64, options=[f"--health-listen=[::1]:{port}"])
    run.out.wait_for("ready")

    def ask_6(path):
        with socket.create_connection(("::1", port), DEADLINE_S) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            return answer_to(connection)

    until(lambda: ask_6("/readyz")[0] == 200, "running")
    run.signal(signal.SIGTERM)
    until(lambda: ask_6("/readyz")[0] == 503, "stopping")
    assert ask_6("/livez")[2].startswith("stopping for ")


def test_restarts_are_counted(start, port, tmp_path):
    mark = tmp_path / "mark"
    script = f'[ -e "{mark}" ] && exec "{APP}" listen 15; touch "{mark}"; exit 1'
    run = start.init("--app-restart=always", f"--health-listen={port}", "sh", "-c", script)
    run.out.wait_for("ready")
    assert metrics(port)["migrinit_app_restarts_total"] == "1"


@pytest.mark.parametrize(
    "request_bytes,status",
    [
        (b"GET /nothing HTTP/1.1\r\n\r\n", 404),
        (b"GET /live HTTP/1.1\r\n\r\n", 404),
        (b"POST /livez HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 405),
        (b"GET /livez HTTP/1.1\n\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"A" * 2048, 431),
        (b"GET /livez HTTP/1.1\r\n" + b"X: y\r\n" * 400, 431),
        (b"GET /livez?x=" + b"y" * 2100 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET /livez HTTP/1.1\r\n\r\n" + b"GET /readyz HTTP/1.1\r\n\r\n" * 50, 200),
        (b"GET /livez HTTP/1.1\r\nContent-Length: 60000\r\n\r\n" + b"z" * 60000, 200),
    ],
)
def test_one_answer_for_whatever_comes(start, port, request_bytes, status):
    run = listening(start, port, "listen", 15)
    assert exchange(port, request_bytes)[0] == status
    assert get(port, "/livez")[0] == 200
    run.signal(signal.SIGTERM)
    assert run.wait() == 0


def test_request_in_single_bytes(start, port):
    listening(start, port, "listen", 15)
    with connect(port) as slow:
        slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n":
            slow.sendall(bytes([byte]))
        assert answer_to(slow)[0] == 200


def test_those_who_say_nothing_push_each_other_out(start, port):
    listening(start, port, "listen", 15)
    first = connect(port)
    first.sendall(b"GET /livez HTTP/1.1\r\n")
    silent = [connect(port) for _ in range(64)]
    assert get(port, "/livez")[0] == 200
    with pytest.raises(ConnectionResetError):
        assert first.recv(100) == b""  # an end, or, with bytes of it unread, a reset
        raise ConnectionResetError
    for connection in (first, *silent):
        connection.close()


def test_resets_are_survived(start, port):
    listening(start, port, "listen", 15)
    for request in (b"", b"GET /livez", b"GET /metrics HTTP/1.1\r\n\r\n") * 50:
        connection = connect(port)
        connection.sendall(request)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert get(port, "/livez")[0] == 200


def test_ten_thousand_connections_that_say_nothing(start, port):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 12000), hard))
    silent = []
    try:
        run = listening(start, port, "listen", 15)
        for _ in range(10000):
            silent.append(socket.socket())
            silent[-1].setblocking(False)
            silent[-1].connect_ex((HOST, port))
        assert is_live(port), "one that is slow to ask may be pushed out, not each"
        run.signal(signal.SIGTERM)
        assert run.wait() == 0
    finally:
        for connection in silent:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_descriptors_the_init_does_not_spin(start, port):
    """It has none left for a connection: who comes is turned away."""
    run = listening(start, port, "listen", 15)
    taken = set(map(int, os.listdir(f"/proc/{run.pid}/fd")))
    free = next(n for n in range(len(taken) + 1) if n not in taken)
    resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (free, free))
    some = [connect(port) for _ in range(8)]  # the number of one that has just ended may be free still
    assert some[-1].recv(100) == b""
    for connection in some:
        connection.close()
    run.signal(signal.SIGTERM)
    assert run.wait() == 0


@pytest.mark.parametrize("place", ["0", "65536", "localhost:80", "x", ":80", "80/x", "1.2.3.4", "203.0.113.1:9090"])
def test_place_that_is_none_ends_with_78(start, place):
    run = start.app("say", "started", options=[f"--health-listen={place}"])
    assert run.wait() == 78
    assert "[health] listen" in run.err.text()
    assert "started" not in run.out.text()


def test_port_in_use_ends_with_78(start, port):
    with socket.create_server((HOST, port)):
        run = start.app("say", "started", options=[f"--health-listen={HOST}:{port}"])
        assert run.wait() == 78
        assert "in use" in run.err.text()


def test_command_beside_the_init_goes_on_without(start, port):
    listening(start, port, "listen", 15)
    beside = start.app("exit", 5, nested=True, options=[f"--health-listen={HOST}:{port}"])
    assert beside.wait() == 5
    assert "in use" in beside.err.text()


def test_port_is_free_for_an_app_that_replaces_migrinit(start, port):
    run = start.app("fds", "say", "started", "pause", options=[f"--health-listen={HOST}:{port}", "--app-mode=exec"])
    run.out.wait_for("started")
    run.out.wait_for("^fds 0 1 2$")
    with socket.create_server((HOST, port)):
        pass
