"""Limits too low, standard streams closed, full or without a reader, folders that change or are huge."""

import itertools
import os
import resource
import subprocess
import threading

import pytest
from program import PROGRAM, PATIENCE
from room import STRICT, violations_of_run
from tally import SCALE, sample

CODES = {0, 1, 69, 75, 77, 78}
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
MIB = 1 << 20

LIMITS = [
    *(("NOFILE", n, []) for n in range(3, 17)),
    *(("AS", n * MIB, []) for n in range(16, 65, 2)),
    ("FSIZE", 0, []),
    ("NPROC", 0, NOBODY),
    ("NPROC", 1, NOBODY),
    *(("STACK", n * 1024, []) for n in (64, 128, 256)),
]


def is_of_the_loader(run):
    """Before the program's first line: too little memory even to load the libraries."""
    return run.code == 127 and run.err.find("error while loading shared libraries")


def test_limits(room, server, tally):
    url = f"postgresql://app@/{room.database.name}?host={server.directory}&port={server.port}&sslmode=disable&gssencmode=disable"
    ended_well = 0
    for name, limit, prefix in sample(LIMITS, least=len(LIMITS)):
        room.furnish()

        def lower(name=name, limit=limit):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))

        # By its hand where the user changes: root has no such limit.
        how = {"prefix": [*prefix, "prlimit", f"--nproc={limit}", "--"]} if prefix else {"preexec_fn": lower}
        run = room.run(url=url, env={"MIGRINIT_WAIT_TIMEOUT": "3s"}, **how)
        ended_well += run.code == 0
        found = [] if is_of_the_loader(run) else violations_of_run(run, CODES)
        if run.code != 0 and not run.err.text:
            found.append(f"not a word: {run}")
        tally.add((name, limit), found + room.violations_when_current())
    tally.notes.append(f"{ended_well} ended well")
    tally.close()


STREAMS = {"closed": "-", "full": "/dev/full", "there": None}


@pytest.mark.parametrize("words", ["migrate", "status"])
def test_standard_streams(room, tally, words):
    cases = list(itertools.product(STREAMS, repeat=3))
    for states in sample(cases, least=len(cases)):
        room.furnish(applied=0 if words == "migrate" else 3)
        redirect = " ".join(
            f"{fd}{'<' if fd == 0 else '>'}{'&-' if STREAMS[state] == '-' else STREAMS[state]}"
            for fd, state in enumerate(states)
            if STREAMS[state]
        )
        run = room.run(words, prefix=["sh", "-c", f'exec {redirect}; exec "$@"', "sh"])
        # An answer that could not be given is a failure.
        codes = {1} if words == "status" and states[1] == "full" else {0}
        tally.add(states, violations_of_run(run, codes) + room.violations_when_current())
    tally.close()


def test_reader_gone(room, tally):
    for applied in (0, 1, 2):
        room.furnish(applied=applied)
        reader, writer = os.pipe()
        os.close(reader)
        with subprocess.Popen(
            [PROGRAM, "migrate"], env={**room.program.env, **STRICT, "DATABASE_URL": room.url}, cwd=room.program.cwd, stdout=writer, stderr=writer
        ) as process:
            code = process.wait(PATIENCE)
        os.close(writer)
        tally.add(applied, ([] if code == 0 else [f"exit code {code}"]) + room.violations_when_current())
    tally.close()


def test_flags_of_inherited_streams_stay(room, tally):
    """They belong to others as well: to the shell that started us, and to the app."""
    for words in (["migrate"], ["--", "true"]):
        room.furnish()
        reader, writer = os.pipe()
        before = os.get_blocking(writer)
        with subprocess.Popen(
            [PROGRAM, *words], env={**room.program.env, **STRICT, "DATABASE_URL": room.url}, cwd=room.program.cwd, stdout=writer, stderr=writer
        ) as process:
            code = process.wait(PATIENCE)
        found = [] if code == 0 else [f"exit code {code}"]
        if os.get_blocking(writer) != before:
            found.append("the pipe does not block any more")
        os.close(writer)
        os.close(reader)
        tally.add(words, found + room.violations_when_current())
    tally.close()


def test_files_that_come_and_go(room, tally):
    """One is removed and put back all the while: applied whole, or refused, or not yet seen."""
    room.furnish()
    path = f"{room.program.cwd}/migrations/0003_m.sql"
    for number in range(max(5, round(SCALE))):
        room.furnish()
        over = threading.Event()

        def flicker(over=over):
            while not over.is_set():
                os.rename(path, path + ".away")
                os.rename(path + ".away", path)

        thread = threading.Thread(target=flicker)
        thread.start()
        run = room.run()
        over.set()
        thread.join()
        tally.add(number, violations_of_run(run, CODES) + room.violations_when_current())
    tally.close()


BYTES = {
    "byte order mark": (lambda text: b"\xef\xbb\xbf" + text, {0, 78}),
    "CRLF": (lambda text: text.replace(b"\n", b"\r\n"), {0}),
    "UTF-16": (lambda text: text.decode().encode("utf-16"), {78}),
    "Latin-1": (lambda text: "-- caf\xe9\n".encode("latin-1") + text, {1, 78}),
    "one line of 8 MiB": (lambda text: text + b"SELECT 1" + b" " * (8 << 20) + b";", {0}),
    "no newline at the end": (lambda text: text.rstrip(b"\n"), {0}),
    "empty": (lambda text: b"", {78}),
}


def test_bytes_of_a_file(room, tally):
    for name, (change, codes) in BYTES.items():
        room.furnish(applied=1)
        changed = change(room.files["0002_m"].encode())
        path = room.program.write("migrations/0002_m.sql", changed)
        run = room.run()
        found = violations_of_run(run, codes) + room.violations()
        if run.code != 0:
            room.program.write("migrations/0002_m.sql", room.files["0002_m"])
            found += room.violations_when_current()
        os.unlink(path)
        tally.add(name, found)
    tally.close()


def test_names_that_are_not_utf_8(room, tally):
    room.furnish(applied=1)
    folder = f"{room.program.cwd}/migrations".encode()
    for name in (b"0004_caf\xe9.sql", b"0004_\xff\xfe.sql", b"0004_\xc0\x80.sql"):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(b"INSERT INTO ledger VALUES ('never');\n")
        run = room.run()
        found = violations_of_run(run, {1, 78}) + ([f"not a word: {run}"] if not run.err.text else [])
        os.unlink(os.path.join(folder, name))
        tally.add(name, found + room.violations_when_current())
    tally.close()


def test_many_files(room, tally):
    """In one start, and then a second one that finds nothing to do."""
    room.furnish(applied=3)
    count = 20_000 if SCALE >= 100 else 500
    for number in range(count):
        room.program.write(f"migrations/{number + 10:07}_x.sql", "SELECT 1;\n")
    for _ in range(2):
        run = room.run(timeout=600)
        tally.add(count, violations_of_run(run, {0}))
    if len(room.recorded()) != count + 3:
        tally.add("recorded", [f"{len(room.recorded())} of {count + 3}"])
    tally.close()
