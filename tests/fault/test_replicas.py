"""More replicas at once than the server has connections for."""

import psycopg2
import pytest
from postgres import wait_until
from program import PATIENCE
from tally import SCALE

pytestmark = pytest.mark.own_server

COUNT = 200 if SCALE >= 100 else 40
ROUNDS = 5 if SCALE >= 100 else 1
CONNECTIONS = 20


@pytest.fixture
def small_server(server):
    with open(f"{server.data}/postgresql.auto.conf", encoding="ascii") as f:
        is_small = "max_connections" in f.read()
    if not is_small:
        with server.admin("postgres") as cursor:
            cursor.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
        server.stop("fast")
        server.start()
    return server


def outsider(server, database):
    """An ordinary role with no reserved connection, who asks until it is let in."""

    def entered():
        try:
            psycopg2.connect(server.url(database.name)).close()
            return True
        except psycopg2.OperationalError as error:
            assert "too many" in str(error) or "remaining connection slots" in str(error), error
            return False

    wait_until(entered, "an outsider is let in", timeout=PATIENCE)


@pytest.mark.parametrize("work", ["fresh", "pending", "nothing"])
@pytest.mark.parametrize("way", ["tcp", "socket"])
def test_replicas(room, small_server, tally, way, work):
    url = room.url if way == "tcp" else f"postgresql://app@/{room.database.name}?host={small_server.directory}&port={small_server.port}"
    for number in range(ROUNDS):
        room.furnish(applied={"fresh": 0, "pending": 1, "nothing": 3}[work])
        runs = [room.start("--", "sh", "-c", "echo APP", url=url, env={"MIGRINIT_WAIT_TIMEOUT": "120s"}) for _ in range(COUNT)]
        outsider(small_server, room.database)
        codes = [run.wait(180) for run in runs]
        found = [f"exit code {run.process.returncode}: {run}" for run in runs if run.process.returncode != 0]
        found += [f"no app: {run}" for run in runs if not run.app_started]
        applied = sum(run.err.count("✓ 000[1-3]_m") for run in runs)
        if applied != {"fresh": 3, "pending": 2, "nothing": 0}[work]:
            found.append(f"{applied} migrations were said to be applied")
        tally.add((number, codes.count(0)), found + room.violations_when_current())
        tally.notes.append(f"{COUNT} in {max(run.seconds for run in runs):.1f} s")
        room.forget()
    tally.close()


def test_outsider_enters_while_replicas_wait(room, small_server, tally):
    """The holder takes its time; those who wait let their connections go."""
    room.furnish()
    room.ask("CREATE TABLE gate (); ALTER TABLE gate OWNER TO app")
    room.program.write("migrations/0000_gate.sql", "LOCK TABLE gate;\n")
    with room.database.session() as blocker:
        blocker.cursor().execute("LOCK TABLE gate")
        runs = [room.start(env={"MIGRINIT_WAIT_TIMEOUT": "120s"}) for _ in range(COUNT)]
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'app'"
        wait_until(
            lambda: sum(run.err.find("Another migrator is at work|Waiting for database") is not None for run in runs) == COUNT - 1,
            "all others wait",
            timeout=PATIENCE,
        )
        # Five seconds of patience with a connection, then a quarter of the slots is too many.
        wait_until(lambda: room.ask(mine, room.database.name)[0][0] <= CONNECTIONS / 4, "they let go", timeout=PATIENCE)
        for _ in range(10):
            outsider(small_server, room.database)
        blocker.rollback()
    codes = [run.wait(180) for run in runs]
    found = [f"exit code {run.process.returncode}: {run}" for run in runs if run.process.returncode != 0]
    tally.add(codes.count(0), found + ([] if room.recorded() == ["0000_gate", *sorted(room.files)] else [str(room.recorded())]))
    tally.close()
