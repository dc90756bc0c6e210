"""The whole table of refusals: each class, exit code and time of docs/failures.md, with the server that makes it."""

import concurrent.futures
import itertools
import os

import pytest
from authority import Authority
from program import PATIENCE
from refusals import AUTH, FINAL, MISSING, ROWS, WAIT, Resolver
from room import violations_of_run
from tally import SCALE, sample

SHORT_S = 2  # a deadline within every grace
LATE_S = 4  # what a busy machine may add
AT_ONCE = 10  # so many runs: most of their time is waiting
GRACE_OF_MISSING_S = 30
DEADLINE_S = 80


class World:
    """What the makers of rows need."""

    def __init__(self, room, server):
        self.room, self.server = room, server
        self.database = room.database.name
        self.socket = f"{server.directory}/.s.PGSQL.{server.port}"
        self.resolver = Resolver()
        self.numbers = itertools.count(1)
        self.roles = []
        self.made_authority = None

    def folder(self, name):
        path = os.path.join(self.room.program.cwd, name + str(next(self.numbers)))
        os.mkdir(path)
        return path

    def file(self, name, text):
        return self.room.program.write(name, text)

    def admin(self, sql):
        with self.server.admin("postgres") as cursor:
            cursor.execute(sql)

    def names(self):
        names = {"role": f"refused{next(self.numbers)}", "password": "se%cret"}
        names["database"] = names["role"]
        self.roles.append(names["role"])
        self.admin(f"CREATE ROLE {names['role']} LOGIN PASSWORD '{names['password']}'")
        self.admin(f"CREATE DATABASE {names['role']}")
        return names

    def authority(self):
        return self.made_authority

    def prepare(self):
        """Before anything runs at the same time."""
        made = Authority(self.folder("tls"))
        made.sign("good", "/CN=db.test", ["rsa:2048"], "subjectAltName=IP:127.0.0.1\n")
        made.sign("expired", "/CN=db.test", ["rsa:2048"], "subjectAltName=IP:127.0.0.1\n", days=-1)
        made.sign("elsewhere", "/CN=elsewhere.test", ["rsa:2048"], "subjectAltName=DNS:elsewhere.test\n")
        made.self_signed("stranger", "/CN=another authority")
        with open(made.path("good.key"), "rb") as source, open(made.path("open.key"), "wb") as target:
            target.write(source.read())
        os.chmod(made.path("open.key"), 0o644)
        self.made_authority = made

    def close(self):
        self.resolver.close()
        for role in self.roles:
            self.admin(f"DROP DATABASE {role} WITH (FORCE)")
            self.admin(f"DROP ROLE {role}")


@pytest.fixture
def world(room, server):
    instance = World(room, server)
    instance.prepare()
    room.furnish()
    yield instance
    instance.close()


def start(world, make, timeout, **settings):
    with make(world) as arranged:
        env = {
            "MIGRINIT_WAIT_TIMEOUT": timeout,
            "MIGRINIT_WAIT_ATTEMPT_TIMEOUT": "700ms",
            "MIGRINIT_LOG_LEVEL": "debug",
            "AUTO_MIGRATE_FAIL_ON_ERROR": "true",
            "DATABASE_URL": arranged["url"],
            **arranged.get("env", {}),
            **settings,
        }
        run = world.room.program.start("migrate", env=env, prefix=arranged.get("prefix", []))
        run.code = run.wait(PATIENCE + DEADLINE_S)
        return run


def grace_of(kind):
    return GRACE_OF_MISSING_S if kind == MISSING else kind


def brief(run):
    """A table of 140 is not read with all their logs."""
    return f"exit code {run.code} after {run.seconds:.1f} s, {run.err.find('✗')}, {run.err.find('Attempt 1 ')}"


def judge(run, kind, reason, codes, least_s, most_s):
    found = []
    attempts = run.err.count(r"Attempt \d+ to reach database")
    if run.code not in codes or violations_of_run(run, {run.code}):
        found.append(f"another end: {brief(run)}")
    if kind == FINAL and attempts > 1:
        found.append(f"{attempts} attempts: {brief(run)}")
    if kind != FINAL and attempts < 2:
        found.append(f"it did not try again: {brief(run)}")
    if not least_s <= run.seconds <= most_s:
        found.append(f"not in {least_s} to {most_s} s: {brief(run)}")
    if not run.err.find(reason):
        found.append(f"no word of /{reason}/: {brief(run)}")
    return found


def codes_of(kind):
    return {WAIT: {69}, FINAL: {77, 78}}.get(kind, {1, 77})


def all_at_once(rows, work):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(zip(rows, pool.map(work, rows)))


def test_every_refusal(world, tally):
    """With a deadline that comes before any grace is over: waited for, tried again, or final."""
    runs = all_at_once(ROWS, lambda row: start(world, row[3], "20s" if row[1] == FINAL else f"{SHORT_S}s"))
    for (name, kind, reason, _), run in runs:
        least, most = (0, LATE_S) if kind == FINAL else (SHORT_S - 0.1, SHORT_S + LATE_S)
        tally.add(name, judge(run, kind, reason, codes_of(kind), least, most))
    tally.close()


def test_every_grace(world, tally):
    """To its end, with the times of the table; a sample takes some of those of ten seconds and less."""
    rows = sample([row for row in ROWS if row[1] not in (WAIT, FINAL) and (SCALE >= 100 or grace_of(row[1]) <= 10)], least=6)
    runs = all_at_once(rows, lambda row: start(world, row[3], f"{DEADLINE_S}s"))
    for (name, kind, reason, _), run in runs:
        grace = grace_of(kind)
        tally.add(name, judge(run, kind, reason, codes_of(kind), grace - 0.1, grace + LATE_S))
    tally.close()


def test_auth_grace_is_a_setting(world, tally):
    rows = sample([row for row in ROWS if row[1] == AUTH], least=3)
    for value, least, most in (("0", 0, LATE_S), ("3s", 2.9, 3 + LATE_S)):
        setting = {"MIGRINIT_WAIT_AUTH_GRACE": value}
        runs = all_at_once(rows, lambda row, setting=setting: start(world, row[3], f"{DEADLINE_S}s", **setting))
        for (name, kind, reason, _), run in runs:
            tally.add((name, value), judge(run, FINAL if value == "0" else kind, reason, {77}, least, most))
    tally.close()
