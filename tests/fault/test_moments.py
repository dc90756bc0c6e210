"""A fault while the server is in the file, at the record, or in COMMIT.

Triggers hold the server there: the three go to it as one message, which no cut of the wire divides.
"""

import signal

import pytest
from postgres import kill_quietly, wait_until
from room import CODES_OF_A_FAULT, violations_of_run

GATE = """
CREATE TABLE public.gate ();
CREATE FUNCTION public.pass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    AS 'BEGIN LOCK TABLE public.gate; RETURN NULL; END';
"""
MOMENTS = {
    "file": "CREATE TRIGGER gate AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION public.pass()",
    "record": "CREATE TRIGGER gate AFTER INSERT ON migrinit.migrations FOR EACH ROW EXECUTE FUNCTION public.pass()",
    "commit": "CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON migrinit.migrations DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION public.pass()",
}


def backend_at_the_gate(room):
    sql = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND wait_event_type = 'Lock'"
    return wait_until(lambda: room.ask(sql, room.database.name), "the server is at the gate")[0][0]


FAULTS = {
    "killed": (lambda room, run: run.kill(), {137}),
    "stopped": (lambda room, run: run.signal(signal.SIGTERM), {143}),
    "terminated": (lambda room, run: room.ask("SELECT pg_terminate_backend(%s)", backend_at_the_gate(room)), CODES_OF_A_FAULT),
    "cancelled": (lambda room, run: room.ask("SELECT pg_cancel_backend(%s)", backend_at_the_gate(room)), CODES_OF_A_FAULT),
    "crashed": (lambda room, run: kill_quietly(backend_at_the_gate(room)), CODES_OF_A_FAULT),
}


@pytest.mark.own_server
@pytest.mark.parametrize("moment", MOMENTS)
def test_fault_while_in(room, tally, moment):
    for name, (strike, codes) in FAULTS.items():
        room.furnish(applied=1)
        room.ask(GATE + MOMENTS[moment])
        with room.database.session() as blocker:
            blocker.cursor().execute("LOCK TABLE gate")
            run = room.start(env={"MIGRINIT_WAIT_TIMEOUT": "20s"})
            backend_at_the_gate(room)
            strike(room, run)
            if name in ("killed", "stopped"):
                room.wait_until_alone()  # before the gate opens: the server must notice by itself
        run.code = run.wait()
        wait_until(room.can_ask, "the server answers")
        room.forget()
        tally.add(name, violations_of_run(run, codes) + room.violations_when_current())
    tally.close()
