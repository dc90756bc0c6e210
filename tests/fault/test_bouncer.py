"""Through PgBouncer, which is killed or started anew, or whose client is killed, at each message of either side.

No lock may be left in the pool: its sessions outlive us, and with them what they hold.
"""

import types

import pytest
from pgbouncer import PgBouncer
from postgres import wait_until
from room import CODES_OF_A_FAULT, violations_of_run
from tally import SCALE, sample

KILLED = 137


def busy(room):
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND state <> 'idle'"
    return room.ask(sql, room.database.name)[0][0]


def locks(room):
    sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = %s)"
    count = room.ask(sql, room.database.name)[0][0]
    return [f"{count} advisory locks are left in the pool"] if count else []


class Striker:
    """What happens at the message; it is called by the proxy, once the run is known."""

    def __init__(self, what, pooler):
        self.what, self.pooler = what, pooler
        self.run = None

    def __call__(self):
        wait_until(lambda: self.run, "the run is known")
        if self.what == "client killed":
            self.run.kill()
            return
        self.pooler.kill()
        if self.what == "pooler started anew":
            self.pooler.start()


def messages(room, cutter, mode):
    """How many of them a run has, between the pooler and the server."""
    room.furnish()
    cutter.arm(None)
    pooler = PgBouncer(types.SimpleNamespace(port=cutter.port, url=room.database.server.url), mode)
    try:
        run = room.run(url=pooler.url(room.database))
        assert run.code == 0, run
        return dict(cutter.counts)
    finally:
        pooler.remove()


@pytest.mark.parametrize("what", ["client killed", "pooler killed", "pooler started anew"])
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_pooler(room, server, cutter, tally, mode, what):
    counts = messages(room, cutter, mode)
    cases = [(side, k, is_passed) for side in ("client", "server") for k in range(1, counts[side] + 1) for is_passed in (False, True)]
    for side, k, is_passed in sample(cases if SCALE >= 100 else cases[::6], least=3):
        room.furnish()
        pooler = PgBouncer(types.SimpleNamespace(port=cutter.port, url=server.url), mode)
        try:
            striker = Striker(what, pooler)
            cutter.arm(side, k, is_passed, striker)
            run = room.start(url=pooler.url(room.database), env={"MIGRINIT_WAIT_TIMEOUT": "3s"})
            striker.run = run
            run.code = run.wait()
            wait_until(lambda: not busy(room), "the server has ended what was begun")
            # The last messages are the pooler's own, and find us done.
            found = violations_of_run(run, {0, KILLED} if what == "client killed" else CODES_OF_A_FAULT) + locks(room)
        finally:
            pooler.remove()
        cutter.arm(None)
        room.forget()
        tally.add((side, k, is_passed), found + room.violations_when_current())
    tally.notes.append(f"{counts['client']} and {counts['server']} messages")
    tally.close()
