"""A stop signal, once and twice, in every phase and at every message."""

import contextlib
import os
import signal
import socket

import pytest
from fakes import FakeServer
from postgres import wait_until
from room import violations_of_run
from tally import sample

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
SOON = 9.0  # a container's grace is 10 s; promised are 1 s while waiting, 5 s and a cancel while migrating
APP = ["--", "sh", "-c", "echo APP"]


@contextlib.contextmanager
def dead_resolver(room):
    """A name server that hears the question and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        address = f"127.53.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"  # of this run of the tests
        resolver.bind((address, 53))
        resolver.settimeout(30)
        path = room.program.write("resolv.conf", f"nameserver {address}\noptions timeout:30\n")
        mount = f'mount --bind {path} /etc/resolv.conf && exec "$@"'
        run = room.start(*APP, url="postgresql://app@db.example.com/x", prefix=["unshare", "-m", "sh", "-c", mount, "sh"])
        resolver.recv(512)
        yield run


@contextlib.contextmanager
def black_hole(room):
    """A listener whose queue is full: packets to it are dropped."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        before = connecting(listener.getsockname()[1])
        run = room.start(*APP, url=f"postgresql://app@127.0.0.1:{listener.getsockname()[1]}/x")
        wait_until(lambda: connecting(listener.getsockname()[1]) > before, "it tries to connect")
        yield run


def connecting(port):
    """Sockets of this machine that wait for an answer from a port."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        return sum(fields[2].endswith(f":{port:04X}") and fields[3] == "02" for fields in map(str.split, f))


@contextlib.contextmanager
def silent_server(room):
    with FakeServer("silent") as fake:
        run = room.start(*APP, url=f"postgresql://app@127.0.0.1:{fake.port}/x")
        fake.wait_for_connections(1)
        yield run


@contextlib.contextmanager
def nobody_there(room):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        run = room.start(*APP, url=f"postgresql://app@127.0.0.1:{bound.getsockname()[1]}/x")
        run.err.wait_for("Waiting for database")
        yield run


def active(room, pattern):
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND state = 'active' AND query LIKE %s"
    wait_until(lambda: room.ask(sql, room.database.name, f"%{pattern}%")[0][0], f"a statement with {pattern} runs")


@contextlib.contextmanager
def in_a_statement(room, text):
    room.program.write("migrations/0002_m.sql", text)
    run = room.start(*APP)
    active(room, "pg_sleep")
    yield run
    room.wait_until_alone()
    assert room.ledger() == room.recorded() == ["0001_m"]


def in_a_transaction(room):
    return in_a_statement(room, "INSERT INTO ledger VALUES ('half'); SELECT pg_sleep(600);\n")


def outside_a_transaction(room):
    return in_a_statement(room, "-- migrinit: no-transaction\nSELECT pg_sleep(600);\nINSERT INTO ledger VALUES ('half');\n")


@contextlib.contextmanager
def waiting_for_a_table(room):
    with room.database.session() as blocker:
        blocker.cursor().execute("CREATE TABLE gate (); GRANT ALL ON gate TO app")
        blocker.commit()
        blocker.cursor().execute("LOCK TABLE gate")
        room.program.write("migrations/0002_m.sql", "LOCK TABLE gate;\n")
        run = room.start(*APP)
        active(room, "LOCK TABLE gate")
        yield run
        room.wait_until_alone()
    assert room.recorded() == ["0001_m"]


@contextlib.contextmanager
def waiting_for_the_lock(room):
    with in_a_transaction(room) as holder:
        run = room.start(*APP)
        run.err.wait_for("Another migrator is at work")
        yield run
        assert holder.process.poll() is None, "the holder goes on"
        holder.signal()
        assert holder.wait(SOON) == 143, holder


@contextlib.contextmanager
def holding_the_app(room):
    run = room.start(*APP, env={"AUTO_MIGRATE": "wait"})
    run.err.wait_for("Waiting for the schema")
    yield run


PHASES = [
    nobody_there, silent_server, black_hole, dead_resolver, waiting_for_the_lock, holding_the_app,
    in_a_transaction, waiting_for_a_table, outside_a_transaction,
]  # fmt: skip


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__)
def test_signal_in(room, tally, phase):
    slowest = 0.0
    for sig in SIGNALS:
        for times in (1, 2):
            room.furnish()
            with phase(room) as run:
                for _ in range(times):
                    run.signal(sig)
                since = os.times().elapsed
                run.code = run.wait(SOON)
                slowest = max(slowest, os.times().elapsed - since)
                found = violations_of_run(run, {128 + sig})
                if run.app_started:
                    found.append(f"the app was started: {run}")
            room.forget()
            tally.add((sig.name, times), found)
    tally.notes.append(f"the slowest took {slowest:.2f} s")
    tally.close()


@pytest.mark.parametrize("sig", SIGNALS, ids=lambda sig: sig.name)
def test_signal_at_message(room, cutter, tally, sig):
    """Before and after each message of either side; the last ones may find us done."""
    url = cutter.url(room.database)
    room.furnish(outside=(2,))
    cutter.arm(None)
    assert room.run(url=url).code == 0
    places = [(side, k) for side in ("client", "server") for k in range(1, cutter.counts[side] + 1)]
    cases = [(*place, is_passed, times) for place in places for is_passed in (False, True) for times in (1, 2)]
    stopped = 0
    for direction, k, is_passed, times in sample(cases, least=10):
        room.furnish(outside=(2,))
        started = []

        def strike(started=started, times=times):
            wait_until(lambda: started, "the run is known")
            for _ in range(times):
                started[0].signal(sig)

        cutter.arm(direction, k, is_passed, strike)
        run = room.start(url=url)
        started.append(run)
        run.code = run.wait(SOON)
        room.forget()
        stopped += run.code == 128 + sig
        found = violations_of_run(run, {0, 128 + sig})
        cutter.arm(None)
        tally.add((direction, k, is_passed, times), found + room.violations_when_current())
    tally.notes.append(f"{stopped} stopped, the others were done")
    tally.close()
