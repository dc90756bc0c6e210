"""How far a long statement is, told while it runs; and that telling costs the migration nothing."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time

import pytest
from postgres import wait_until
from program import PATIENCE, PROGRAM
from proxy import Proxy

SOON = {"MIGRINIT_LOG_PROGRESS_INTERVAL": "100ms"}

# A row a block, and some time for each of them.
ROWS = 100
TABLE = f"""
CREATE TABLE big (n int, x text) WITH (fillfactor = 10);
ALTER TABLE big ALTER x SET STORAGE PLAIN;
INSERT INTO big SELECT n, repeat('x', 6000) FROM generate_series(1, {ROWS}) n;
ALTER TABLE big OWNER TO app;
CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_catalog.pg_sleep(0.01); RETURN n; END';
"""
NO_TRANSACTION = "-- migrinit: no-transaction\n"


@pytest.fixture
def big(database):
    database.run(TABLE)
    return database


def version(database):
    return database.value("SELECT current_setting('server_version_num')::int") // 10000


def counted(run, words, total, unit):
    """Lines that count up to a total, and never further."""
    run.err.wait_for(rf"^\[Migration\] 0001_a has run for \d.*: {words}, \d+% \(\d+ of {total} {unit}\)$")
    found = re.findall(rf"{words}, (\d+)% \((\d+) of {total} {unit}\)", run.err.text)
    for percent, done in found:
        assert int(percent) == int(done) * 100 // total <= 100, found
    return [int(done) for _, done in found]


@pytest.mark.parametrize("head, command", [("", "CREATE INDEX"), (NO_TRANSACTION, "CREATE INDEX CONCURRENTLY")])
def test_index_tells_how_far_it_is(migrinit, big, head, command):
    migrinit.migrations(m0001_a=f"{head}{command} i ON big (slow(n));\n")
    run = migrinit.run("migrate", env=SOON)
    assert run.code == 0, run
    done = counted(run, f"{command} on big, building index: scanning table", ROWS, "blocks")
    assert len(done) > 2 and done == sorted(done) and done[0] < done[-1], run


def test_reindex_tells_how_far_it_is(migrinit, big):
    big.run("CREATE INDEX i ON big (slow(n))")
    migrinit.migrations(m0001_a=f"{NO_TRANSACTION}REINDEX INDEX CONCURRENTLY i;\n")
    run = migrinit.run("migrate", env=SOON)
    assert run.code == 0, run
    counted(run, "REINDEX CONCURRENTLY on big, building index: scanning table", ROWS, "blocks")


def test_table_that_nobody_else_can_see_has_no_name(migrinit, big):
    migrinit.migrations(m0001_a="CREATE TABLE fresh AS SELECT * FROM big; CREATE INDEX i ON fresh (slow(n));\n")
    run = migrinit.run("migrate", env=SOON)
    assert run.code == 0, run
    assert run.err.find(r"CREATE INDEX, building index: scanning table, \d+%"), run


def test_index_that_waits_names_who_holds_it_up(migrinit, big):
    migrinit.migrations(m0001_a=f"{NO_TRANSACTION}CREATE INDEX CONCURRENTLY i ON big (n);\n")
    with big.session() as holder:
        holder.cursor().execute("SET application_name = 'report'; LOCK TABLE big IN ROW EXCLUSIVE MODE")
        run = migrinit.start("migrate", env=SOON)
        run.err.wait_for(
            "CREATE INDEX CONCURRENTLY on big, waiting for writers before build, 0% "
            rf"\(0 of 1 sessions\), held up by pid {holder.info.backend_pid}, postgres, report"
        )
    assert run.wait() == 0, run


def test_partitions_are_counted(migrinit, database):
    database.run(TABLE + "CREATE TABLE parent (n int, x text) PARTITION BY RANGE (n); ALTER TABLE parent OWNER TO app;"
                 "CREATE TABLE p1 PARTITION OF parent FOR VALUES FROM (0) TO (51);"
                 "CREATE TABLE p2 PARTITION OF parent FOR VALUES FROM (51) TO (101);"
                 "ALTER TABLE p1 OWNER TO app; ALTER TABLE p2 OWNER TO app; INSERT INTO parent SELECT * FROM big")
    migrinit.migrations(m0001_a="CREATE INDEX i ON parent (slow(n));\n")
    run = migrinit.run("migrate", env=SOON)
    assert run.code == 0, run
    assert run.err.find(r"CREATE INDEX on p(arent|1|2), part 1 of 2, building index: scanning table"), run
    assert run.err.find(r"CREATE INDEX on p(arent|1|2), part 2 of 2, building index: scanning table"), run


@pytest.mark.parametrize("statement, since, words", [
    ("SET vacuum_cost_delay = 20; SET vacuum_cost_limit = 1; VACUUM big", 12, r"VACUUM on big, scanning heap, \d+% \(\d+ of 100 blocks\)"),
    ("SET vacuum_cost_delay = 20; SET vacuum_cost_limit = 1; ANALYZE big", 13, r"ANALYZE on big, acquiring sample rows, \d+% \(\d+ of 100 blocks\)"),
    ("CLUSTER big USING k", 12, "CLUSTER on big, rebuilding index"),
    ("VACUUM FULL big", 12, "VACUUM FULL on big, rebuilding index"),
    ("COPY (SELECT slow(n) FROM big) TO STDOUT", 14, r"COPY TO, \d+ tuples so far"),
])  # fmt: skip
def test_each_view(migrinit, big, statement, since, words):
    big.run("CREATE INDEX k ON big (n); CREATE INDEX s ON big (slow(n))")
    migrinit.migrations(m0001_a=NO_TRANSACTION + statement.replace("; ", ";\n") + ";\n")
    run = migrinit.run("migrate", env=SOON)
    assert run.code == 0, run
    assert run.err.find("has run for" + (f".*: {words}" if version(big) >= since else "")), run


def test_data_that_is_sent_is_counted_in_rows(migrinit, big):
    """Its size is not known to the server; a check makes it slow."""
    big.run("CREATE TABLE t (n int CHECK (slow(n) > 0)); ALTER TABLE t OWNER TO app")
    rows = "".join(f"{n}\n" for n in range(1, 101))
    migrinit.write("migrations/V1__a.sql", f"COPY t FROM STDIN;\n{rows}\\.\n")
    env = {**SOON, "FLYWAY_BASELINE_ON_MIGRATE": "true", "FLYWAY_BASELINE_VERSION": "0"}
    run = migrinit.run("migrate", env=env)
    assert run.code == 0, run
    assert run.err.find(r"has run for" + (r".*: COPY FROM on t, \d+ (tuples|bytes) so far" if version(big) >= 14 else "")), run


def test_without_a_view_the_wait_is_told(migrinit, database):
    migrinit.migrations(m0001_a="SELECT pg_sleep(1);\n")
    run = migrinit.run("migrate", env=SOON)
    assert run.code == 0, run
    assert run.err.find(r"0001_a has run for .*: waits for Timeout: PgSleep$"), run


def test_without_a_view_the_blocker_is_told(migrinit, database):
    migrinit.migrations(m0001_a="SELECT pg_advisory_xact_lock(7);\n")
    with database.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        run = migrinit.start("migrate", env={**SOON, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        run.err.wait_for(rf"has run for .*: waits for Lock: advisory, held up by pid {holder.info.backend_pid}, postgres")
    assert run.wait() == 0, run


def test_blocker_is_not_named_twice_at_a_time(migrinit, database):
    """Where the watch of locks names it in the same look, the line of progress does not."""
    migrinit.migrations(m0001_a="SELECT pg_advisory_xact_lock(7);\n")
    with database.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        env = {"MIGRINIT_LOG_PROGRESS_INTERVAL": "900ms", "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "2s"}
        run = migrinit.start("migrate", env={**env, "MIGRINIT_MIGRATE_TRIES": "1"})
        assert run.wait() == 1, run
    assert run.err.count("0001_a waits for a lock: pid") == 1, run


def test_json_has_it_in_fields(migrinit, big):
    migrinit.migrations(m0001_a=f"{NO_TRANSACTION}CREATE INDEX CONCURRENTLY i ON big (slow(n));\n")
    run = migrinit.run("migrate", env={**SOON, "MIGRINIT_LOG_FORMAT": "json"})
    assert run.code == 0, run
    lines = [json.loads(line) for line in run.err.lines]
    found = [line for line in lines if line["event"] == "migration.progress" and "percent" in line
             and line["phase"] == "building index: scanning table"]
    assert found, run
    for line in found:
        assert line["name"] == "0001_a" and line["command"] == "CREATE INDEX CONCURRENTLY" and line["relation"] == "big", line
        assert line["unit"] == "blocks" and line["total"] == ROWS and line["percent"] == line["done"], line
        assert line["running_ms"] >= 100, line


@pytest.mark.parametrize("env", [{"MIGRINIT_LOG_PROGRESS_INTERVAL": "0"}, {**SOON, "MIGRINIT_LOG_LEVEL": "warn"}])
def test_not_asked_for(migrinit, database, server, env):
    migrinit.migrations(m0001_a="SELECT pg_sleep(0.5);\n")
    offset = server.log_size()
    run = migrinit.run("migrate", env=env)
    assert run.code == 0 and not run.err.find("has run for"), run
    with open(server.log, encoding="utf-8", errors="replace") as f:
        f.seek(offset)
        assert f.read().count(f"connection authorized: user=app database={database.name}") == 1


def test_short_statements_open_no_second_connection(migrinit, database, server):
    """Ten of them, together longer than the time after which a long one is looked at."""
    migrinit.migrations(m0001_a=NO_TRANSACTION + "SELECT pg_sleep(0.1);\n" * 10)
    offset = server.log_size()
    run = migrinit.run("migrate", env={"MIGRINIT_LOG_PROGRESS_INTERVAL": "900ms"})
    assert run.code == 0 and not run.err.find("has run for"), run
    with open(server.log, encoding="utf-8", errors="replace") as f:
        f.seek(offset)
        authorized = f.read().count(f"connection authorized: user=app database={database.name}")
    assert authorized == 1


def test_no_room_for_a_second_connection(migrinit, database):
    migrinit.migrations(m0001_a="SELECT pg_sleep(0.5);\n")
    database.run(f'ALTER DATABASE "{database.name}" CONNECTION LIMIT 1')
    run = migrinit.run("migrate", env={**SOON, "MIGRINIT_LOG_LEVEL": "debug"})
    assert run.code == 0, run
    assert run.err.find(r"0001_a has run for \d+ ms$"), run
    assert run.err.find("How far it is is not known: no second connection: .*too many connections"), run


class OnlyOne(Proxy):
    """The first connection gets through; the server is silent to all others."""

    async def _serve(self, client_in, client_out):
        if self.counts.connections:
            self.counts.connections += 1
            await client_in.read(-1)
            return
        await super()._serve(client_in, client_out)


@pytest.fixture
def alone(migrinit, database, server):
    proxy = OnlyOne(migrinit.cwd, f"{server.directory}/.s.PGSQL.{server.port}")
    migrinit.env["DATABASE_URL"] = server.url(database.name, port=proxy.port)
    yield proxy
    proxy.close()


def test_silence_of_the_second_connection_does_not_hold_up_the_first(migrinit, database, alone):
    migrinit.migrations(m0001_a="SELECT pg_advisory_xact_lock(7);\n")
    with database.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        run = migrinit.start("migrate", env=SOON)
        wait_until(lambda: alone.counts.connections == 2, "it tries a second connection")
        holder.cursor().execute("SELECT pg_advisory_unlock(7)")
        since = time.monotonic()
        assert run.wait() == 0, run
    assert time.monotonic() - since < 1.5, "a look may take two seconds, and was not waited for"


def test_stop_signal_during_a_look(migrinit, database, alone):
    migrinit.migrations(m0001_a="SELECT pg_advisory_xact_lock(7);\n")
    with database.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        run = migrinit.start("migrate", env=SOON)
        wait_until(lambda: alone.counts.connections >= 2, "it tries a second connection")
        run.signal()
        assert run.wait() == 143, run  # the cancel gets as little through: the connection is closed
        wait_until(lambda: database.sessions() == 0, "the server has noticed")
    assert database.history() == []


# --- on a terminal ---


class Screen:
    """What a terminal shows: of its control sequences, those that we use."""

    def __init__(self):
        self.rows = [""]
        self.column = 0
        self.seen = []  # the last row, each time the cursor went to its beginning

    def feed(self, text):
        for piece in re.findall(r"\x1b\[[0-9;]*[a-zA-Z]|[\r\n]|[^\x1b\r\n]+", text):
            if piece == "\r":
                self.seen.append(self.rows[-1])
                self.column = 0
            elif piece == "\n":
                self.rows.append("")
                self.column = 0
            elif piece == "\x1b[K":
                self.rows[-1] = self.rows[-1][: self.column]
            elif not piece.startswith("\x1b"):
                row = self.rows[-1].ljust(self.column)
                self.rows[-1] = row[: self.column] + piece + row[self.column + len(piece) :]
                self.column += len(piece)


def on_terminal(migrinit, env, columns=120):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen([PROGRAM, "migrate"], env={**migrinit.env, **SOON, "TERM": "xterm", **env}, cwd=migrinit.cwd,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave, start_new_session=True)
    os.close(slave)
    screen, pieces = Screen(), []

    def read():
        try:
            while data := os.read(master, 65536):
                pieces.append(data)
        except OSError:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait(PATIENCE)
    reader.join(10)
    os.close(master)
    screen.feed(b"".join(pieces).decode())
    return code, screen


NOTICES = "DO 'BEGIN FOR i IN 1..5 LOOP PERFORM pg_sleep(0.3); RAISE WARNING ''still here %'', i; END LOOP; END';\n"


def test_bar_is_drawn_in_place(migrinit, big):
    migrinit.migrations(m0001_a=f"{NO_TRANSACTION}CREATE INDEX CONCURRENTLY i ON big (slow(n));\n")
    code, screen = on_terminal(migrinit, {})
    assert code == 0, screen.rows
    bars = [row for row in screen.seen if re.match(r"\[Migration\] \[[#-]{20}\] +\d+% 0001_a \S+ \S+: CREATE INDEX", row)]
    assert len(bars) > 2, screen.seen
    assert all(len(row) < 120 for row in screen.seen)
    assert not any("[#" in row or "has run for" in row for row in screen.rows), "nothing of it is left"
    assert screen.rows[-2] == "[Migration] ✓ Migrations completed successfully", screen.rows


@pytest.mark.parametrize("columns", [120, 60, 20])
def test_lines_go_before_the_bar(migrinit, database, columns):
    migrinit.migrations(m0001_a=NOTICES)
    code, screen = on_terminal(migrinit, {}, columns)
    assert code == 0, screen.rows
    assert any("0001_a" in row and ("waits for" in row or columns < 60) for row in screen.seen), screen.seen
    assert all(len(row) < columns for row in screen.seen if "Timeout" in row), "a drawn line does not wrap"
    assert [row for row in screen.rows if "still here" in row] == [f"[Migration] WARNING: still here {i}" for i in range(1, 6)]
    assert not any("Timeout" in row for row in screen.rows), screen.rows


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"MIGRINIT_LOG_FORMAT": "json"}])
def test_terminal_that_cannot_draw_gets_lines(migrinit, database, env):
    migrinit.migrations(m0001_a="SELECT pg_sleep(0.5);\n")
    code, screen = on_terminal(migrinit, env)
    assert code == 0, screen.rows
    assert any("0001_a has run for" in row for row in screen.rows), screen.rows
