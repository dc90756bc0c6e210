"""A server, or whoever is in its place, that says what it should not: escape sequences, forged log lines, bytes that are
no text, lengths that are no lengths, notices without end.

What is printed is single printable lines of bounded length, the forged ones among them never at their beginning; JSON
stays JSON; memory stays bounded.
"""

import contextlib
import json
import os
import re
import signal
import struct
import subprocess

from program import PROGRAM
from refusals import Speaker, authentication, message, read_message, read_startup, url_to
from tally import SCALE, sample

HOSTILE = (
    b"oh\x1b[2J\x1b]0;title\x07\x1bPq\x1b\\\x9b31m\r\n[Migration] \xe2\x9c\x93 forged\n{\"level\":\"forged\"}\n\x08\x08\x7f\x0b\x0c\x85"
    b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80\x80\x80\xe2\x82 \xc2\x9b1m\xc2\x85 \xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\xe2\x80\xa9"
)
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\t"
)  # fmt: skip
LINE_MAX = 16 * 1024
MEMORY_MAX_KIB = 32 * 1024
GIB = 1 << 30
LONG_S = 6
HANG_S = 10

VERBS = (["migrate"], ["--log-format=json", "migrate"], ["status"], ["status", "--json"], ["wait"], ["--log-level=debug", "migrate"])


def fields(text, code=b"28000", kind=b"E", severity=b"FATAL"):
    """The text in every field of an error or a notice."""
    body = b"".join(field + value + b"\0" for field, value in (
        (b"S", severity), (b"V", severity), (b"C", code), (b"M", text), (b"D", text), (b"H", text), (b"W", text), (b"s", text),
        (b"t", text), (b"c", text), (b"d", text), (b"n", text), (b"F", text), (b"L", text), (b"R", text), (b"P", text)))  # fmt: skip
    return message(kind, body + b"\0")


def parameter(name, value):
    return message(b"S", name + b"\0" + value + b"\0")


def let_in(client, *more):
    read_startup(client)
    client.sendall(authentication(0) + b"".join(more) + parameter(b"server_version", b"15.1") + parameter(b"client_encoding", b"UTF8"))
    client.sendall(message(b"K", struct.pack("!II", 77, 7)) + message(b"Z", b"I"))


def row(*cells):
    body = struct.pack("!H", len(cells)) + b"".join(struct.pack("!I", len(cell)) + cell for cell in cells)
    return message(b"D", body)


def columns(count):
    return message(b"T", struct.pack("!H", count) + b"".join(HOSTILE + b"\0" + struct.pack("!IHIHIH", 0, 0, 25, 65535, 0, 0) for _ in range(count)))


def says_at_login(*what):
    def script(client):
        read_startup(client)
        client.sendall(b"".join(what))
        client.recv(1)

    return script


def says_to_queries(*what, set_up=True):
    """The session is set up, with names that are hostile as well; then this is the answer to all."""

    def script(client):
        let_in(client)
        if set_up:
            read_message(client)
            cells = (b"77", b"f", b"off", HOSTILE, HOSTILE, HOSTILE)
            done = message(b"C", HOSTILE + b"\0")
            client.sendall(columns(6) + row(*cells) + done + message(b"Z", b"I"))
        while True:
            read_message(client)
            client.sendall(b"".join(what))

    return script


def floods(first, text, count, after_login):
    def script(client):
        if after_login:
            let_in(client)
            read_message(client)
        else:
            read_startup(client)
        block = fields(text, b"00000", b"N", b"WARNING") * 1000
        client.sendall(first)
        for _ in range(count // 1000):
            client.sendall(block)
        client.sendall(fields(b"enough", b"28000"))

    return script


FLOOD = 1_000_000 if SCALE >= 100 else 30_000
READY = message(b"Z", b"I")
WRONG_LENGTHS = [kind + struct.pack("!I", length) for kind in (b"E", b"N", b"R", b"S", b"T", b"D", b"C", b"K", b"Z", b"G", b"A", b"v") for length in (GIB, 0xFFFFFFFF, 0, 3)]

CASES = {
    "refusal": says_at_login(fields(HOSTILE)),
    "refusal without a code": says_at_login(fields(HOSTILE, HOSTILE)),
    "refusal without fields": says_at_login(message(b"E", b"\0")),
    "refusal without an end": says_at_login(message(b"E", b"SFATAL")),
    "refusal of an old protocol": says_at_login(b"E" + HOSTILE + b"\0"),
    "long refusal": says_at_login(fields(HOSTILE * 20)),
    "severity": says_at_login(fields(HOSTILE, severity=HOSTILE)),
    "notices at login": says_at_login(fields(HOSTILE, b"01000", b"N", b"WARNING") * 50, fields(HOSTILE)),
    "parameters": says_at_login(authentication(0), *[parameter(HOSTILE, HOSTILE)] * 500, parameter(b"server_version", HOSTILE), READY),
    "ways of authentication": says_at_login(authentication(10, HOSTILE + b"\0\0")),
    "SCRAM": says_at_login(authentication(10, b"SCRAM-SHA-256\0\0") + authentication(11, HOSTILE)),
    "protocol to be negotiated": says_at_login(message(b"v", struct.pack("!II", 0, 1) + HOSTILE + b"\0")),
    "first answer": says_to_queries(fields(HOSTILE, b"42501", severity=b"ERROR"), READY, set_up=False),
    "first answer, no set-up of a session": says_to_queries(columns(1), row(HOSTILE), message(b"C", b"x\0"), READY, set_up=False),
    "later answers": says_to_queries(fields(HOSTILE, b"42601", severity=b"ERROR"), READY),
    "later answers without a code": says_to_queries(fields(HOSTILE, HOSTILE, severity=HOSTILE), READY),
    "rows": says_to_queries(columns(3), row(HOSTILE, HOSTILE, HOSTILE) * 20, message(b"C", HOSTILE + b"\0"), READY),
    "notices, then rows": says_to_queries(fields(HOSTILE, b"01000", b"N", b"WARNING") * 80, columns(1), row(HOSTILE), message(b"C", b"x\0"), READY),
    "notifications": says_to_queries(message(b"A", struct.pack("!I", 1) + HOSTILE + b"\0" + HOSTILE + b"\0") * 50, fields(HOSTILE), READY),
    "COPY that nobody asked for": says_to_queries(message(b"G", struct.pack("!bH", 0, 0)), fields(HOSTILE), READY),
    "both ways": says_to_queries(message(b"W", struct.pack("!bH", 0, 0)), READY),
    "more columns than cells": says_to_queries(columns(9), row(b"1"), READY),
    "flood at login": floods(b"", b"x" * 40, FLOOD, False),
    "flood after it": floods(b"", b"x" * 40, FLOOD, True),
    **{f"length {what!r} at login": says_at_login(what + b"x" * 100) for what in WRONG_LENGTHS},
    **{f"length {what!r} later": says_to_queries(what + b"x" * 100) for what in WRONG_LENGTHS},
}  # fmt: skip


def violations_of_output(words, text):
    found = []
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    for line in lines:
        if FORBIDDEN.search(line):
            found.append(f"not printable: {line!r}")
        if len(line.encode()) > LINE_MAX:
            found.append(f"{len(line)} characters in a line")
        if re.match(r"\[Migration\] ✓ forged|\{.level.:.forged", line):
            found.append(f"forged: {line!r}")
        if "--log-format=json" in words and line and not isinstance(loads(line), dict):
            found.append(f"not JSON: {line!r}")
    return found


def loads(line):
    with contextlib.suppress(ValueError):
        return json.loads(line)
    return None


def run_against(room, port, words):
    """Its output as bytes, its exit code, and the most memory that it or its children had."""
    memory = f"{room.program.cwd}/memory"
    env = {
        **room.program.env, "DATABASE_URL": url_to(port, query="?sslmode=disable"), "AUTO_MIGRATE_FAIL_ON_ERROR": "true",
        "MIGRINIT_WAIT_TIMEOUT": "500ms", "MIGRINIT_WAIT_AUTH_GRACE": "0", "MIGRINIT_MIGRATE_TRIES": "1",
    }  # fmt: skip
    return ended(room, words, env, memory, LONG_S)


def ended(room, words, env, memory, timeout):
    with subprocess.Popen(
        ["time", "-q", "-f", "%M", "-o", memory, PROGRAM, *words],
        env=env, cwd=room.program.cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            return after_term(process)
    with open(memory, encoding="ascii") as f:
        return out, err, process.returncode, int(f.read().split()[-1])


def after_term(process):
    """It waits for the rest of an answer, as it would for a long statement: until it is told to stop."""
    try:
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as f:
            os.kill(int(f.read()), signal.SIGTERM)
        out, err = process.communicate(timeout=HANG_S)
        return out, err, process.returncode, 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return out, err, "none, it hung", 0


def is_sanitized(room):
    """AddressSanitizer takes memory of its own."""
    return any(name.startswith("ASAN_") for name in room.program.env)


def test_hostile_server(room, tally):
    room.furnish()
    most_kib = 0
    cases = [(name, words) for name in CASES for words in VERBS]
    if SCALE < 100:  # every shape once, and the verbs in turn; of the many lengths some
        names = [name for name in CASES if "length" not in name] + sample([name for name in CASES if "length" in name], least=12)
        cases = [(name, VERBS[number % len(VERBS)]) for number, name in enumerate(names)]
    for name, words in cases:
        with Speaker(CASES[name]) as fake:
            out, err, code, kib = run_against(room, fake.port, words)
        most_kib = max(most_kib, kib)
        found = violations_of_output(words, out) + violations_of_output(words, err)
        is_half = " later" in name and "length" in name
        if code not in (1, 69, 77, 78, *([0] if words == ["wait"] else []), *([143] if is_half else [])):
            found.append(f"exit code {code}: {err[-300:]}")
        if kib > MEMORY_MAX_KIB and not is_sanitized(room):
            found.append(f"{kib} KiB")
        tally.add((name, words), found)
    tally.notes.append(f"at most {most_kib} KiB")
    tally.close()


def test_notices_without_end(room, server, tally):
    """Of a real server, in a migration."""
    room.furnish(applied=1)
    count = 1_000_000 if SCALE >= 100 else 50_000
    room.program.write("migrations/0002_m.sql", f"DO $$ BEGIN FOR i IN 1..{count} LOOP RAISE WARNING E'n \\x1b[2J %', i; END LOOP; END $$;\n")
    for words in (["migrate"], ["--log-format=json", "--log-level=debug", "migrate"]):
        env = {**room.program.env, "DATABASE_URL": room.url, "AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
        memory = f"{room.program.cwd}/memory"
        _, err, code, kib = ended(room, words, env, memory, 600)
        found = violations_of_output(words, err)
        if code:
            found.append(f"exit code {code}: {err[-2000:]}")
        if kib > MEMORY_MAX_KIB and not is_sanitized(room):
            found.append(f"{kib} KiB")
        if len(err) > 64 * 1024:
            found.append(f"{len(err)} bytes of log")
        tally.add(words, found)
        room.ask("DELETE FROM migrinit.migrations WHERE id <> '0001_m'; DROP TABLE IF EXISTS t0003_m; DELETE FROM ledger WHERE id = '0003_m'")
    tally.notes.append(f"{count} notices")
    tally.close()
