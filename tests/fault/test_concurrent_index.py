"""CREATE INDEX and REINDEX CONCURRENTLY, stopped in each of their phases, with other replicas waiting.

The file may have its own invalid indexes dropped, and takes one that is there, so that it can be begun
again: a server that has lost its client may still have ended the statement. What must come out is one
valid index, whatever happened, and nothing beside it.
"""

import contextlib
import signal

import psycopg2
import pytest
from postgres import kill_quietly, wait_until
from room import CODES_OF_A_FAULT, violations_of_run
from tally import sample

FILES = {
    "create": "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (gate(n));\n",
    "reindex": "REINDEX INDEX CONCURRENTLY i;\n",
}

# A row with n waits for the advisory lock n, in whatever computes its key.
TABLE = """
CREATE FUNCTION public.gate(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock_shared(n); RETURN n; END';
CREATE TABLE t (n int);
INSERT INTO t VALUES (1);
ALTER TABLE t OWNER TO app;
"""


class Holder:
    """A session that keeps the server in a phase."""

    def __init__(self, stack, database):
        self.connection = stack.enter_context(database.session())

    def do(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def let_go(self):
        with contextlib.suppress(psycopg2.Error):
            self.do("SELECT pg_advisory_unlock_all()")
            self.connection.rollback()


def in_phase(room, phase):
    sql = (
        "SELECT p.pid FROM pg_stat_progress_create_index p JOIN pg_stat_activity a USING (pid)"
        " WHERE p.datname = %s AND p.phase = %s AND a.wait_event_type = 'Lock'"
    )
    return wait_until(lambda: room.ask(sql, room.database.name, phase), phase)[0][0]


def writers(room, holder):
    holder.do("LOCK TABLE t IN ROW EXCLUSIVE MODE")
    yield
    yield in_phase(room, "waiting for writers before build")


def building(room, holder):
    holder.do("SELECT pg_advisory_lock(1)")
    yield
    yield in_phase(room, "building index: scanning table")


def validating(room, holder):
    """A row that comes while the index is built is put in afterwards."""
    holder.do("SELECT pg_advisory_lock(1), pg_advisory_lock(2)")
    holder.connection.commit()
    yield
    in_phase(room, "building index: scanning table")
    holder.do("INSERT INTO t VALUES (2)")
    holder.connection.commit()
    holder.do("SELECT pg_advisory_unlock(1)")
    holder.connection.commit()
    yield in_phase(room, "index validation: scanning table")


def snapshots(room, holder):
    holder.do("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    holder.do("SELECT 1")
    yield
    yield in_phase(room, "waiting for old snapshots")


def readers(room, holder):
    holder.do("LOCK TABLE t IN ACCESS SHARE MODE")
    yield
    yield in_phase(room, "waiting for readers before marking dead")


PHASES = {"create": [writers, building, validating, snapshots],
          "reindex": [writers, building, validating, snapshots, readers]}  # fmt: skip

def kill_all(run):
    """The one at work first, which would be told to stop by the end of its parent."""
    with open(f"/proc/{run.pid}/task/{run.pid}/children", encoding="ascii") as f:
        for child in f.read().split():
            kill_quietly(int(child))
    run.kill()


FAULTS = {
    "stopped": (lambda room, run, pid: run.signal(signal.SIGTERM), {143}),
    "killed": (lambda room, run, pid: kill_all(run), {137, *CODES_OF_A_FAULT}),
    "cancelled": (lambda room, run, pid: room.ask("SELECT pg_cancel_backend(%s)", pid), {1}),
    "terminated": (lambda room, run, pid: room.ask("SELECT pg_terminate_backend(%s)", pid), {1}),
    "crashed": (lambda room, run, pid: kill_quietly(pid), CODES_OF_A_FAULT),
}


def furnish(room, what):
    room.furnish()  # for an empty database; the folder is another
    room.ask(TABLE + ("CREATE INDEX i ON t (public.gate(n));" if what == "reindex" else ""))
    for name in room.files:
        room.program.write(f"migrations/{name}.sql", "SELECT 1;\n")
    room.files = {**dict.fromkeys(room.files), "0004_i": None}
    room.program.write("migrations/0004_i.sql", f"-- migrinit: no-transaction\n-- migrinit: drop-invalid\n{FILES[what]}")


def indexes(room):
    sql = "SELECT c.relname, indisvalid, indisready FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 't'::regclass"
    return sorted(room.ask(sql))


def end_of(room, run, codes):
    run.code = run.wait()
    return violations_of_run(run, codes)


def converged(room):
    """One more start, and there is what was asked for."""
    room.wait_until_alone()
    run = room.run()
    room.wait_until_alone()
    found = [] if run.code == 0 else [f"the next start did not converge: {run}"]
    if indexes(room) != [("i", True, True)]:
        found.append(f"indexes: {indexes(room)}")
    if room.recorded() != sorted(room.files):
        found.append(f"not current: {room.recorded()}")
    return found


def told_what_is_left(room, run):
    """Who lives to see it names each of them, and they are what is there."""
    left = sorted(name for name in room.invalid() if f'DROP INDEX CONCURRENTLY "public"."{name}"' in run.err.text)
    return [] if left and left == room.invalid() else [f"left {room.invalid()}, told {left}: {run}"]


def strike(room, what, phase, fault, waiters):
    hit, codes = FAULTS[fault]
    furnish(room, what)
    with contextlib.ExitStack() as stack:
        holder = Holder(stack, room.database)
        steps = phase(room, holder)
        next(steps)
        run = room.start()
        pid = next(steps)
        others = [room.start() for _ in range(waiters)]
        for other in others:
            other.err.wait_for("Another migrator is at work")
        hit(room, run, pid)
        if fault == "crashed":
            wait_until(lambda: not room.can_ask(), "all sessions are gone")
        found = end_of(room, run, codes)
        if fault in ("stopped", "cancelled") and not waiters:
            found += told_what_is_left(room, run)
        if fault == "killed" and not waiters:
            wait_until(lambda: room.database.sessions() == 0, "the server notices, though nobody lets go")
        holder.let_go()
        for other in others:
            found += end_of(room, other, CODES_OF_A_FAULT if fault == "crashed" else {0})
    wait_until(room.can_ask, "the server answers")
    room.forget()
    return found + converged(room)


@pytest.mark.own_server
@pytest.mark.parametrize("what", FILES)
def test_stopped_in_each_phase(room, tally, what):
    cases = [(phase, fault, waiters) for waiters in range(4) for phase in PHASES[what] for fault in FAULTS]
    for phase, fault, waiters in sample(cases, least=len(PHASES[what]) * len(FAULTS)):
        tally.add((phase.__name__, fault, waiters), strike(room, what, phase, fault, waiters))
    tally.close()


def test_duplicate_key(room, tally):
    """The first fails, and so do those that waited for it; once the rows are right, the next start does it."""
    for waiters in range(4):
        furnish(room, "create")
        room.ask("INSERT INTO t VALUES (1)")
        room.program.write("migrations/0004_i.sql", "-- migrinit: no-transaction\n-- migrinit: drop-invalid\n"
                           "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n")
        runs = [room.start() for _ in range(waiters + 1)]
        found = [text for run in runs for text in end_of(room, run, {1})]
        found += told_what_is_left(room, runs[0])
        status = room.run("status")
        if not status.out.find('note: 0004_i: .*: DROP INDEX CONCURRENTLY "public"."i"'):
            found.append(f"status does not tell: {status}")
        room.ask("TRUNCATE t")
        tally.add(waiters, found + converged(room))
    tally.close()
