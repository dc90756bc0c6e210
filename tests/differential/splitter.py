#!/usr/bin/python3
"""Compare lib/sql/split with the real psql.

usage: tests/differential/splitter.py BUILD_DIR [CASES [SEED]]

psql reads each text as a file, and a server made of forty lines below notes the query strings that
arrive. BUILD_DIR holds libmigrinit.a. The texts: the table of the unit test, every SQL file of the
repository, the golden folders' among them, and CASES (default 5000) random ones. Exit code 0 only
when no text is cut differently.

Not compared: where psql would obey a backslash command or would take rows of COPY (we refuse both),
and escape strings that go on after a line end, which psql, reading line by line, sees as two
strings. The server sees one, and so do we.
"""

import os
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CASES_FILE = TOP / "tests/unit/sql/split_cases.txt"
BATCH = 200

WHOLE = [
    "''", "'a;'", '"b;"', "$$;$$", "$a$;$$;$a$", "$1", "$", "/* ; */", "/* /* ' */ ; */", "-- ;'\n",
    ";", ";", ";", "(", ")", "(;)", "\n", "\n\n", " ", " ", " ", "e'\\';'", "E'\\\\'", "E'''\\''",
    "U&'\\'", 'U&";"', "B'1'", "N'\\'", "'\\'", "+", "-", "*", "/", "::", ": ", "=", "case ",
    "create ", "or ", "replace ", "begin ", "begin ", "end ", "end;", "function ", "procedure ",
    "create function ", "create or replace procedure ", "atomic ", "1", "1e", "1.", "..", "a$b",
    "a$$", "x", "_", "\u00e9", "\t", "\r", "\f", "copy t ", "from ", "select ", "[", "]", ",", "@",
]
BROKEN = ["'", '"', "$$", "$a$", "$b$", "--", "/*", "*/", "E'", "e'", "U&'", 'U&"', "B'", "N'", "''", '""']


class Server(threading.Thread):
    """Speaks just enough of protocol 3 for psql, and remembers every query string."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.queries = []

    def run(self):
        while True:
            peer = self.listener.accept()[0]
            with peer, peer.makefile("rb") as stream:
                self.serve(peer, stream)

    @staticmethod
    def message(kind, body=b""):
        return kind + struct.pack("!i", len(body) + 4) + body

    def greet(self, peer):
        status = {"server_version": "15.0", "client_encoding": "UTF8", "standard_conforming_strings": "on"}
        peer.sendall(self.message(b"R", struct.pack("!i", 0)))
        for key, value in status.items():
            peer.sendall(self.message(b"S", key.encode() + b"\0" + value.encode() + b"\0"))
        peer.sendall(self.message(b"Z", b"I"))

    def serve(self, peer, stream):
        while True:
            size, code = struct.unpack("!ii", stream.read(8))
            stream.read(size - 8)
            if code == 196608:
                break
            peer.sendall(b"N")
        self.greet(peer)
        while (kind := stream.read(1)) == b"Q":
            body = stream.read(struct.unpack("!i", stream.read(4))[0] - 4)
            self.queries.append(body[:-1])
            peer.sendall(self.message(b"C", b"SELECT 0\0") + self.message(b"Z", b"I"))


def ask_psql(server, directory, texts):
    """The query strings that psql makes of each text."""
    mark = b"select 'end of a text'"
    command = ["psql", "-X", "-q", "-h", directory, "-U", "u", "-d", "d"]
    for number, text in enumerate(texts):
        path = os.path.join(directory, f"{number}.sql")
        Path(path).write_bytes(text)
        command += ["-f", path, "-c", mark.decode()]
    server.queries = []
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                   env={"PATH": os.environ["PATH"], "PGSSLMODE": "disable", "PGCLIENTENCODING": "UTF8"})
    answers = [[]]
    for query in server.queries:
        if query == mark:
            answers.append([])
        else:
            answers[-1].append(query)
    return answers[:-1]


def ask_us(driver, texts):
    """("+", statements) or ("-", error) of each text."""
    output = subprocess.run([driver], input=b"".join(text + b"\0" for text in texts), stdout=subprocess.PIPE,
                            check=True).stdout
    answers = output.split(b"\0")[:-1]
    assert len(answers) == len(texts)
    return [("+", a[1:].split(b"\x1e")[:-1]) if a[:1] == b"+" else ("-", a[1:].decode()) for a in answers]


def skip_blanks(text, at):
    """Past blanks and comments, as the scanner does it."""
    while at < len(text):
        if text[at:at + 1] in b" \t\r\n\f":
            at += 1
        elif text[at:at + 2] == b"--":
            while at < len(text) and text[at:at + 1] not in b"\r\n":
                at += 1
        elif text[at:at + 2] == b"/*":
            depth = 1
            at += 2
            while depth and at < len(text):
                two = text[at:at + 2]
                depth += (two == b"/*") - (two == b"*/")
                at += 2 if two in (b"/*", b"*/") else 1
        else:
            break
    return at


def without_empty_lines(text):
    """psql leaves empty lines out, and the blanks before a statement."""
    return re.sub(rb"\n+", b"\n", text)


def is_same(ours, theirs):
    """Whether a query string is our statement, with blanks, comments and its ';' around it."""
    ours, theirs = without_empty_lines(ours), without_empty_lines(theirs)
    start = skip_blanks(theirs, 0)
    if not theirs[start:].startswith(ours):
        return False
    end = skip_blanks(theirs, start + len(ours))
    end += theirs[end:end + 1] == b";"
    return skip_blanks(theirs, end) == len(theirs)


def is_nothing(query):
    end = skip_blanks(query, 0)
    end += query[end:end + 1] == b";"
    return skip_blanks(query, end) == len(query)


def is_equal(ours, theirs):
    theirs = [query for query in theirs if not is_nothing(query)]
    return len(ours) == len(theirs) and all(map(is_same, ours, theirs))


def offset_of(text, error):
    line, column = map(int, error.split(" ")[0].split(":"))
    lines = text.split(b"\n")
    before = b"".join(part + b"\n" for part in lines[:line - 1])
    rest = lines[line - 1]
    for step in range(len(rest) + 1):
        if len(rest[:step].decode("utf-8", "surrogateescape")) == column - 1:
            return len(before) + step
    raise ValueError(error)


def check_unterminated(driver, text, error, theirs):
    """psql sends what has no end as well: the same statements before, and the rest in the last."""
    offset = offset_of(text, error)
    kind, ours = ask_us(driver, [text[:offset] + b" X"])[0]
    if kind == "-":
        return False
    ours[-1] = (ours[-1][:-2] if ours[-1] != b"X" else b"") + text[offset:]
    theirs = [query for query in theirs if not is_nothing(query)]
    if len(theirs) == len(ours) - 1 and ours[-1].startswith(b"/*"):
        return is_equal(ours[:-1], theirs)  # the rest is a comment, which is_nothing() took away
    return len(ours) == len(theirs) and all(map(is_same, ours[:-1], theirs)) and (
        without_empty_lines(theirs[-1]).strip().endswith(without_empty_lines(ours[-1]).strip()))


CONTINUED = re.compile(rb"'[ \t\f]*(--[^\n\r]*)?[\n\r]([ \t\f\n\r]|--[^\n\r]*[\n\r])*'")


def is_continued_escape(text):
    return bool(CONTINUED.search(text)) and b"e'" in text.lower()


def table_texts():
    for block in CASES_FILE.read_text().split("\n### ")[1:]:
        body = block.split("\n", 1)[1] if "\n" in block else ""
        yield re.split(r"(?m)^(?:=>|!> .*)$", body, maxsplit=1)[0].removesuffix("\n").encode()


def file_texts():
    """Every SQL file of this repository, and what fuzzing begins with."""
    paths = [p for folder in ("tests", "examples") for p in (TOP / folder).rglob("*.sql")]
    for path in sorted([*paths, *(TOP / "tests/fuzz/corpus/split").iterdir()]):
        if path.is_file():
            yield path.read_bytes().removeprefix(b"\xef\xbb\xbf")  # psql takes it off, as plain does


def random_texts(count, seed):
    """Half of them of whole tokens only, half with broken ones among them."""
    chooser = random.Random(seed)
    for number in range(count):
        pieces = WHOLE + BROKEN if number % 2 else WHOLE
        yield "".join(chooser.choices(pieces, k=chooser.randint(1, 30))).encode()


def compare(driver, text, ours, theirs):
    kind, answer = ours
    if kind == "-" and ("psql" in answer):
        return "refused"
    same = is_equal(answer, theirs) if kind == "+" else check_unterminated(driver, text, answer, theirs)
    if same:
        return "same" if kind == "+" else "unterminated"
    return "continued" if is_continued_escape(text) else "different"


def build_driver(build, directory):
    driver = os.path.join(directory, "split_dump")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", f"-I{TOP}/lib", "-o", driver,
                    f"{TOP}/tests/support/split_dump.c", f"{build}/libmigrinit.a",
                    *os.environ.get("SANITIZE", "").split()], check=True)
    return driver


def main():
    build = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    counts = dict.fromkeys(["same", "unterminated", "refused", "continued", "different"], 0)
    with tempfile.TemporaryDirectory() as directory:
        driver = build_driver(build, directory)
        texts = [t for t in [*table_texts(), *file_texts(), *random_texts(count, seed)] if b"\0" not in t]
        ours = ask_us(driver, texts)
        # A backslash command is never given to psql: some of them run programs.
        chosen = [i for i, answer in enumerate(ours) if not (answer[0] == "-" and "psql" in answer[1])]
        counts["refused"] = len(texts) - len(chosen)
        server = Server(os.path.join(directory, ".s.PGSQL.5432"))
        server.start()
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start:start + BATCH]
            for i, theirs in zip(batch, ask_psql(server, directory, [texts[i] for i in batch]), strict=True):
                verdict = compare(driver, texts[i], ours[i], theirs)
                counts[verdict] += 1
                if verdict == "different":
                    print(f"{texts[i]!r}\n  ours   {ours[i]}\n  theirs {theirs}")
    print(f"{len(texts)} texts (seed {seed}):", ", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
