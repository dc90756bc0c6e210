"""An environment that was not made for us: libpq's variables, huge values, names twice, none at all."""

import json
import os
import re

from postgres import PASSWORD_ENCODED, wait_until
from program import PROGRAM
from room import violations_of_run

RAW = """
import ctypes, json, sys
words = json.load(open(sys.argv[1]))
def array(texts):
    return (ctypes.c_char_p * (len(texts) + 1))(*[text.encode("latin-1") for text in texts], None)
ctypes.CDLL(None).execve(sys.argv[2].encode(), array(sys.argv[2:]), array(words))
sys.exit(99)
"""
APP = ["--", "/bin/sh", "-c", "echo APP"]
BIG = "x" * 130_000  # the kernel takes 128 KiB at most, with the name




# Name, variables, what is added to the URL, and the exit codes that are right.
CASES = [
    ("PGOPTIONS with limits", {"PGOPTIONS": "-c statement_timeout=1 -c lock_timeout=1 -c idle_in_transaction_session_timeout=1"}, "", {0}),
    ("PGOPTIONS with a search_path", {"PGOPTIONS": "-c search_path=pg_catalog,public"}, "", {0, 1}),
    ("PGOPTIONS unknown", {"PGOPTIONS": "-c nonsense=1"}, "", {78}),
    ("PGOPTIONS read-only", {"PGOPTIONS": "-c default_transaction_read_only=on"}, "", {69}),
    ("PGSERVICEFILE without a service", {"PGSERVICEFILE": "/nowhere"}, "", {0}),
    ("PGSERVICE that is not there", {"PGSERVICE": "nowhere", "PGSERVICEFILE": "/nowhere"}, "", {78}),
    ("PGHOST, PGPORT, PGDATABASE, PGUSER of another", {"PGHOST": "127.0.0.9", "PGPORT": "1", "PGDATABASE": "no", "PGUSER": "no"}, "", {0}),
    ("PGPASSWORD of another", {"PGPASSWORD": "wrong"}, "", {0}),
    ("PGPASSFILE that is no file", {"PGPASSFILE": "/dev/zero"}, "", {0}),
    ("PGSSLMODE, the URL silent", {"PGSSLMODE": "require"}, "", {77}),
    ("PGSSLMODE, the URL decides", {"PGSSLMODE": "require"}, "?sslmode=disable", {0}),
    ("PGSSLMODE unknown", {"PGSSLMODE": "perhaps"}, "", {78}),
    ("PGSSLROOTCERT, PGSSLCERT, PGSSLKEY, PGSSLCRL", dict.fromkeys(["PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL"], "/nowhere"),
     "?sslmode=disable", {0}),
    ("PGREQUIREAUTH", {"PGREQUIREAUTH": "none"}, "", {0, 77}),  # libpq 16 and later know it
    ("PGCHANNELBINDING", {"PGCHANNELBINDING": "require"}, "?sslmode=disable", {77}),
    ("PGTARGETSESSIONATTRS", {"PGTARGETSESSIONATTRS": "standby"}, "", {69}),
    ("PGCONNECT_TIMEOUT", {"PGCONNECT_TIMEOUT": "0"}, "", {0}),
    ("PGCONNECT_TIMEOUT no number", {"PGCONNECT_TIMEOUT": "soon"}, "", {0, 78}),
    ("PGCLIENTENCODING", {"PGCLIENTENCODING": "LATIN1"}, "", {0}),
    ("PGCLIENTENCODING unknown", {"PGCLIENTENCODING": "nonsense"}, "", {0}),
    ("PGDATESTYLE, PGTZ, PGGEQO", {"PGDATESTYLE": "German", "PGTZ": "Asia/Tokyo", "PGGEQO": "off"}, "", {0}),
    ("PGAPPNAME", {"PGAPPNAME": "x" * 2000}, "", {0}),
    ("PGSYSCONFDIR, PGLOCALEDIR", {"PGSYSCONFDIR": "/nowhere", "PGLOCALEDIR": "/nowhere", "LC_ALL": "de_DE.UTF-8"}, "", {0}),
    ("LD_PRELOAD of what is not there", {"LD_PRELOAD": "/nowhere.so"}, "", {0}),
    ("LIBEV_FLAGS", {"LIBEV_FLAGS": "255"}, "", {0}),
    ("OPENSSL_CONF", {"OPENSSL_CONF": "/nowhere"}, "", {0}),
    ("TZ, LANG, LC_ALL", {"TZ": ":/etc/passwd", "LANG": "xx_YY", "LC_ALL": "xx_YY.nonsense"}, "", {0}),
    ("a big value of another's", {"A" * 100: BIG}, "", {0}),
    ("a hundred of them", {f"A{n}": BIG[:10000] for n in range(100)}, "", {0}),
    ("DATABASE_URL too big", {"DATABASE_URL": "postgresql://" + BIG[:100_000]}, None, {77, 78, 69}),
    ("MIGRINIT_MIGRATE_DIR too big", {"MIGRINIT_MIGRATE_DIR": BIG[:100_000]}, "", {78}),
    ("MIGRINIT_WAIT_TARGETS too big", {"MIGRINIT_WAIT_TARGETS": "tcp://" + BIG[:100_000] + ":1"}, "", {69, 78}),
    ("no HOME", {"HOME": None}, "", {0}),
    ("HOME that is not there", {"HOME": "/nowhere"}, "", {0}),
    ("no PATH", {"PATH": None}, "", {0}),
    ("PATH that leads nowhere", {"PATH": "/nowhere:"}, "", {0}),
]  # fmt: skip


def test_variables(room, tally):
    for name, env, query, codes in CASES:
        room.furnish()
        url = env.get("DATABASE_URL") or room.url + query
        run = room.run(*APP, url=url, env={"MIGRINIT_WAIT_TIMEOUT": "1s", "MIGRINIT_WAIT_AUTH_GRACE": "0", **env})
        found = violations_of_run(run, codes)
        if (run.code == 0) != run.app_started:
            found.append(f"exit code {run.code}, and the app was {'' if run.app_started else 'not '}started: {run}")
        tally.add(name, found + room.violations_when_current())
    tally.close()


def run_raw(room, words, *args):
    """With these strings as the environment, exactly as they are."""
    path = room.program.write("environment", json.dumps(words))
    return room.run(*args, prefix=["/usr/bin/python3", "-c", RAW, path], env={"DATABASE_URL": None})


def test_environment_as_no_shell_makes_it(room, tally):
    good = [f"DATABASE_URL={room.url}", "PATH=/usr/bin:/bin", "AUTO_MIGRATE_FAIL_ON_ERROR=true", "MIGRINIT_WAIT_TIMEOUT=1s"]
    bad = "DATABASE_URL=postgresql://app@127.0.0.1:1/x"
    cases = [
        ("the name twice, the good one first", [*good, bad], {0}),
        ("the name twice, the good one last", [bad, *good], {69}),
        ("a word without =", [*good, "WORD", ""], {0}),
        ("an empty name", [*good, "=value", "==", "="], {0}),
        ("a line end in a name", [*good, "A\nMIGRINIT_MIGRATE_DIR=x", "B\n=y"], {0}),
        ("bytes that are no text", [*good, "\xff\xfe=\x80", "A=\x01\x1b[2J"], {0}),
        ("an unknown setting with an escape sequence", [*good, "MIGRINIT_\x1b[2J\n=1"], {78}),
        ("a setting that is empty", [*good, "MIGRINIT_MIGRATE_DIR="], {0, 78}),
    ]
    for name, words, codes in cases:
        room.furnish()
        run = run_raw(room, words, *APP)
        found = violations_of_run(run, codes)
        if re.search("[\x00-\x08\x0b-\x1f]", run.err.text):
            found.append(f"not printable: {run.err.text!r}")
        tally.add(name, found + room.violations_when_current())
    for words, args, codes in (([], APP, {0}), ([], ["migrate"], {78}), ([], ["status"], {78})):
        room.furnish()
        tally.add(("no environment", args), violations_of_run(run_raw(room, words, *args), codes))
    tally.close()


def test_user_whom_nobody_knows(room, tally):
    """No line in passwd, no HOME: as containers have it that are run by any number."""
    room.furnish()
    run = room.run(*APP, env={"HOME": None}, prefix=["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"])
    tally.add("54321", violations_of_run(run, {0}) + room.violations_when_current())
    tally.close()


# --- what others can see -------------------------------------------------------------------------------

CANARY = PASSWORD_ENCODED.partition("%")[0].encode()


def processes_of(run):
    found, new = [], [run.pid]
    while new:
        pid = new.pop()
        found.append(pid)
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            new += [int(child) for child in f.read().split()]
    return found


def read(path):
    with open(path, "rb") as f:
        return f.read()


def test_what_the_app_s_process_shows(room, tally):
    """Secrets that were meant for the migrator are not in the app's environment, and in no command line."""
    secret = room.program.write("secret", room.url)
    for mode in ("exec", "supervise"):
        for env in ({"MIGRATE_DATABASE_URL": room.url}, {"DIRECT_URL": room.url}, {"DATABASE_URL_FILE": secret}, {"MIGRATE_DATABASE_URL_FILE": secret}):
            room.furnish()
            run = room.program.start(
                "--", "sh", "-c", "echo APP; exec sleep 600", env={**env, "MIGRINIT_APP_MODE": mode, "AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
            )
            run.out.wait_for("APP")
            wait_until(lambda run=run: any(read(f"/proc/{pid}/cmdline").startswith(b"sleep") for pid in processes_of(run)), "the app runs")
            found = []
            for pid in processes_of(run):
                is_app = read(f"/proc/{pid}/cmdline").startswith(b"sleep")
                if CANARY in read(f"/proc/{pid}/cmdline"):
                    found.append("in a command line")
                if is_app and CANARY in read(f"/proc/{pid}/environ"):
                    found.append("in the app's environment")
                if is_app:  # its loader has libraries open at first
                    wait_until(lambda pid=pid: sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"], "it has no other descriptors")
            run.signal()
            run.code = run.wait()
            room.forget()
            tally.add((mode, list(env)), found + violations_of_run(run, {143}))
    tally.close()


def test_who_holds_the_passwords_leaves_no_core(room, tally):
    """The kernel gives the files of a process that may not be dumped to root."""
    room.furnish(applied=1)
    room.program.write("migrations/0002_m.sql", "SELECT pg_sleep(600);\n")
    os.chmod(room.program.cwd, 0o777)
    run = room.start(prefix=["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"])
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state = 'active' AND query LIKE '%%pg_sleep(600)%%' AND usename = 'app'"
    wait_until(lambda: room.ask(sleeping, room.database.name)[0][0], "it migrates")
    owners = {pid: os.stat(f"/proc/{pid}/environ").st_uid for pid in processes_of(run)}
    found = [] if 0 in owners.values() else [f"owners {owners}: {os.path.basename(PROGRAM)} can be dumped"]
    run.signal()
    run.code = run.wait()
    room.forget()
    room.program.write("migrations/0002_m.sql", room.files["0002_m"])
    tally.add("preparer", found + violations_of_run(run, {143}))
    tally.close()
