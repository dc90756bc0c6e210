"""Ask an init for its health: from inside of its namespaces as `docker exec` does, by HTTP, as its manager."""

import socket
import subprocess

from namespace import DEADLINE_S, PROGRAM, clean_env, until

HOST = "127.0.0.1"


def ask(run, *options, user=0, prefix=()):
    """Exit code and line."""
    inside = ["nsenter", f"--target={run.pid}", "--pid", "--mount"]
    drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
    done = subprocess.run([*inside, *prefix, *drop, PROGRAM, "health", *options], env=clean_env(), check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S)  # fmt: skip
    assert done.stderr == b"", done.stderr
    line, end, rest = done.stdout.decode().partition("\n")
    assert end == "\n" and rest == ""
    return done.returncode, line


def until_phase(run, phase):
    answer = ""

    def is_so():
        nonlocal answer
        answer = ask(run)[1]
        return answer.startswith(phase)

    try:
        return until(is_so, phase)
    except AssertionError as error:
        raise AssertionError(f"{error}; the last answer was {answer!r}, the log {run.err.peek()}") from None


def assert_answers(run, phase, startup, live, ready):
    """Exit code 0 where the question is answered by yes."""
    until_phase(run, phase)
    assert [ask(run, option)[0] == 0 for option in ("--startup", "--live", "--ready")] == [startup, live, ready]
    assert (ask(run)[0] == 0) == ready


# ---- by HTTP ----


def connect(port):
    return socket.create_connection((HOST, port), DEADLINE_S)


def answer_to(connection):
    """Status, headers and body, up to the end."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
    if not data:
        raise ConnectionAbortedError("closed without an answer")
    head, _, body = data.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    named = dict(header.split(": ", 1) for header in headers)
    assert int(named["Content-Length"]) == len(body)
    return int(first.split(" ")[1]), named, body.decode()


def is_live(port):
    """As the kubelet finds out: a probe that failed is made again, three failures in a row are one (failureThreshold)."""
    for _ in range(3):
        try:
            return get(port, "/livez")[0] == 200
        except ConnectionError:
            continue
    return False


def exchange(port, request):
    with connect(port) as connection:
        connection.sendall(request)
        return answer_to(connection)


def get(port, path):
    return exchange(port, f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: kube-probe/1.30\r\n\r\n".encode())


def metrics(port):
    status, headers, body = get(port, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return dict(line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#"))


class Manager:
    """The other end of NOTIFY_SOCKET: messages as lists of lines."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address[0] == "@" else address)
        self.socket.settimeout(DEADLINE_S)
        self.env = {"NOTIFY_SOCKET": address}
        self.seen = []

    def next(self):
        self.seen.append(self.socket.recv(65536).decode().splitlines())
        return self.seen[-1]

    def wait_for(self, *lines):
        while not set(lines) <= set(self.next()):
            pass
        return self.seen[-1]

    def close(self):
        self.socket.close()

    def has_heard(self, line):
        return any(line in message for message in self.seen)
