"""A stop signal whose request to cancel does not arrive, or arrives when COMMIT waits for a standby.

libpq alone waits 135 s for a cancel in a black hole. Promised are 3 s, then 3 s for the answer.
"""

import signal
import time

import pytest
from door import WAYS, Door
from pgbouncer import PgBouncer
from postgres import wait_until
from room import violations_of_run
from tally import sample

PROMISED_S = 5.0  # half of a container's grace of 10 s
SLEEP = "INSERT INTO ledger VALUES ('half');\nSELECT pg_sleep(600);\n"
OUTSIDE = "-- migrinit: no-transaction\nSELECT pg_sleep(600);\nINSERT INTO ledger VALUES ('half');\n"


def active(room, pattern):
    sql = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND state = 'active' AND query LIKE %s"
    return wait_until(lambda: room.ask(sql, room.database.name, f"%{pattern}%"), f"a statement with {pattern} runs")[0][0]


def stop(run, times=1, sig=signal.SIGTERM, codes=(143,)):
    """What is wrong with its end, and how long that took."""
    for _ in range(times):
        run.signal(sig)
    since = time.monotonic()
    run.code = run.wait(30)
    took = time.monotonic() - since
    found = violations_of_run(run, set(codes))
    if took > PROMISED_S:
        found.append(f"it took {took:.1f} s: {run}")
    return found, took


def resolve(room):
    """Nobody can know what a file without a transaction has left: the next start says so, and waits for a verdict."""
    refused, resolved = room.run(), room.run("resolve", "--rolled-back", "0002_m")
    found = []
    if refused.code != 1 or "resolve --rolled-back 0002_m" not in refused.err.text:
        found.append(f"the next start did not ask for a verdict: {refused}")
    if resolved.code != 0:
        found.append(f"no verdict was taken: {resolved}")
    return found


@pytest.mark.parametrize("way", WAYS)
def test_cancel_meets(room, server, tally, way):
    slowest = 0.0
    for text, times in sample([(SLEEP, 1), (SLEEP, 2), (OUTSIDE, 1), (OUTSIDE, 2)], least=2):
        room.furnish(applied=1)
        room.program.write("migrations/0002_m.sql", text)
        with Door(f"{server.directory}/.s.PGSQL.{server.port}") as door:
            run = room.start(url=door.url(room.database))
            active(room, "pg_sleep")
            door.shut(way)
            found, took = stop(run, times)
            slowest = max(slowest, took)
            room.wait_until_alone()
        room.forget()
        if not room.ledger() == room.recorded() == ["0001_m"]:
            found.append(f"ledger {room.ledger()}, recorded {room.recorded()}")
        if text == OUTSIDE:
            found += resolve(room)
        room.program.write("migrations/0002_m.sql", room.files["0002_m"])
        tally.add(("outside" if text == OUTSIDE else "inside", times), found + room.violations_when_current())
    tally.notes.append(f"the slowest took {slowest:.2f} s")
    tally.close()


@pytest.mark.parametrize("state", ["at work", "frozen", "killed"])
def test_cancel_behind_pgbouncer(room, server, tally, state):
    """At work it passes the request on; frozen it lets in and says nothing; killed it is not there."""
    pooler = PgBouncer(server, "transaction")
    slowest = 0.0
    try:
        for times in sample([1, 2], least=1):
            room.furnish(applied=1)
            room.program.write("migrations/0002_m.sql", SLEEP)
            run = room.start(url=pooler.url(room.database))
            active(room, "pg_sleep")
            if state == "frozen":
                pooler.process.send_signal(signal.SIGSTOP)
            elif state == "killed":
                pooler.kill()
            found, took = stop(run, times)
            slowest = max(slowest, took)
            if state == "frozen":
                pooler.process.send_signal(signal.SIGCONT)
            wait_until(lambda: not busy(room), "the server rolls back")
            found += locks(room)
            pooler.kill()
            room.forget()
            room.program.write("migrations/0002_m.sql", room.files["0002_m"])
            tally.add((state, times), found + room.violations_when_current())
            pooler.start()
    finally:
        pooler.remove()
    tally.notes.append(f"the slowest took {slowest:.2f} s")
    tally.close()


def busy(room):
    """Sessions in a statement or a transaction; those of a pool that are free do not count."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND state <> 'idle'"
    return room.ask(sql, room.database.name)[0][0]


def locks(room):
    sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = %s)"
    count = room.ask(sql, room.database.name)[0][0]
    return [f"{count} advisory locks are left"] if count else []


@pytest.fixture
def standby_missing(room, server):
    """COMMIT waits for a synchronous standby that is not there, once switch() is called."""
    room.leave()
    with server.admin("postgres") as cursor:
        cursor.execute("ALTER SYSTEM SET wal_level = replica")
        cursor.execute("ALTER SYSTEM SET max_wal_senders = 4")
    server.stop("fast")
    server.start()

    def switch(name):
        with server.admin("postgres") as cursor:
            cursor.execute("SET synchronous_commit = local")
            cursor.execute("ALTER SYSTEM SET synchronous_standby_names = %s", (name,))
            cursor.execute("SELECT pg_reload_conf()")
        wait_until(lambda: shows(server) == name, "the server has read it")

    yield switch
    switch("")
    with server.admin("postgres") as cursor:
        cursor.execute("ALTER SYSTEM RESET ALL")


def shows(server):
    with server.admin("postgres") as cursor:
        cursor.execute("SHOW synchronous_standby_names")
        return cursor.fetchone()[0]


@pytest.mark.own_server
@pytest.mark.parametrize("fault", ["TERM", "INT", "terminated", "cancelled", "killed"])
def test_commit_waits_for_a_standby(room, tally, standby_missing, fault):
    """Committed here already: the migration counts as applied, whatever ends the wait."""
    room.furnish(applied=1)
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND wait_event = 'SyncRep'"
    standby_missing("nobody")
    run = room.start(env={"MIGRINIT_WAIT_TIMEOUT": "20s"})
    pid = wait_until(lambda: room.ask(waiting, room.database.name), "COMMIT waits")[0][0]
    if fault in ("TERM", "INT"):
        sig = getattr(signal, f"SIG{fault}")
        found, _ = stop(run, 1, sig, [128 + sig])
    elif fault == "killed":
        run.kill()
        run.code = run.wait()
        found = []
    else:
        room.ask(f"SELECT pg_{'terminate' if fault == 'terminated' else 'cancel'}_backend(%s)", pid)
        wait_until(lambda: "0002_m" in room.recorded(), "the wait is over")
        standby_missing("")
        run.code = run.wait()
        found = violations_of_run(run, {0})
    standby_missing("")
    room.wait_until_alone()
    room.forget()
    if "0002_m" not in room.recorded():
        found.append(f"committed, and not recorded: {room.recorded()}: {run}")
    tally.add(fault, found + room.violations_when_current())
    tally.close()
