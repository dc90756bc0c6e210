"""Many at once, and the start that has nothing to do."""

import json
import os
import re
import subprocess

import pytest
from postgres import wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
COUNT = 20


@pytest.mark.parametrize("format_name", ["plain", "dbmate"])
def test_twenty_at_once_apply_each_exactly_once(migrinit, database, format_name):
    """The ledger has no unique key: whoever applies a migration twice writes two rows."""
    for n in range(5):
        sql = f"INSERT INTO ledger VALUES ({n});\nCREATE TABLE t{n} (i int);\n"
        if n == 0:
            sql = "CREATE TABLE ledger (n int);\n" + sql
        if format_name == "dbmate":
            sql = f"-- migrate:up\n{sql}-- migrate:down\n"
        migrinit.write(f"db/migrations/{n + 1:04}_m.sql", sql)
    runs = [migrinit.start(*APP, env=STRICT) for _ in range(COUNT)]
    codes = [run.wait(120) for run in runs]
    assert codes == [0] * COUNT, [run for run in runs if run.process.returncode]
    assert all(run.app_started for run in runs)
    assert database.rows("SELECT n, count(*) FROM ledger GROUP BY n ORDER BY n") == [(n, 1) for n in range(5)]
    assert sum(run.err.count("✓ 000[1-5]_m") for run in runs) == 5
    wait_until(lambda: database.advisory_locks() == 0 and database.sessions() == 0, "all have gone")


def test_twenty_with_index_concurrently(migrinit, database):
    """Waiters must not hold a snapshot, or CREATE INDEX CONCURRENTLY deadlocks with them."""
    migrinit.migrations(
        m0001_a="CREATE TABLE a AS SELECT generate_series(1, 1000) AS n",
        m0002_b="-- migrinit: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (n);\n",
        m0003_c="-- migrinit: no-transaction\nCREATE INDEX CONCURRENTLY j ON a (n);\n",
    )
    runs = [migrinit.start(*APP, env=STRICT) for _ in range(COUNT)]
    assert [run.wait(120) for run in runs] == [0] * COUNT, [run for run in runs if run.process.returncode]
    assert database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid") == 2
    assert len(database.history()) == 3


def test_second_start_does_nothing(migrinit, database, server):
    """One connection, at most two round trips, no lock, no write."""
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    assert migrinit.run("migrate").code == 0
    wait_until(lambda: database.sessions() == 0, "the first has gone")

    next_xid = "SELECT txid_snapshot_xmax(txid_current_snapshot())"
    before = database.value(next_xid)
    offset = server.log_size()
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    wait_until(
        lambda: any("disconnection" in line and "user=app" in line for line in server.log_since(offset, database.name)),
        "the server has seen it go",
    )
    lines = server.log_since(offset, database.name)
    assert sum("connection authorized: user=app" in line for line in lines) == 1
    statements = [line for line in lines if re.search("(statement|execute [^:]*): ", line)]
    assert 1 <= len(statements) <= 2, statements
    assert not any("advisory" in line for line in lines), lines
    assert database.value(next_xid) == before, "it wrote something"


def test_second_start_as_the_kernel_sees_it(migrinit, database, server):
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    assert migrinit.run("migrate").code == 0
    trace = f"{migrinit.cwd}/trace"
    if subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode != 0:
        pytest.skip("strace may not trace here")
    run = migrinit.run(
        *APP,
        env={**STRICT, "ASAN_OPTIONS": "detect_leaks=0"},
        prefix=["strace", "-f", "-s", "65536", "-e", "trace=network,execve", "-o", trace],
    )
    assert run.code == 0 and run.app_started, run
    with open(trace, encoding="utf-8", errors="replace") as f:
        lines = f.read().splitlines()
    connects = [line for line in lines if re.search(rf" connect\(.*htons\({server.port}\)", line)]
    assert len(connects) == 1, connects
    sends = [line for line in lines if re.search(r" (sendto|sendmsg|send)\(\d+, \"", line)]
    queries = [line for line in sends if re.search(r'\(\d+, "[QPBD]', line)]
    assert 1 <= len(queries) <= 2, sends
    assert not any("advisory" in line for line in sends)


def test_waiter_says_who_holds_the_lock_and_then_finds_nothing_to_do(migrinit, database):
    with database.session() as blocker:
        blocker.cursor().execute("CREATE TABLE public.gate (); GRANT ALL ON gate TO app")
        blocker.commit()
        blocker.cursor().execute("LOCK TABLE gate")
        migrinit.migrations(m0001_a="LOCK TABLE gate; CREATE TABLE a ()")
        first = migrinit.start(*APP, env=STRICT)
        wait_until(
            lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND wait_event_type = 'Lock'", database.name),
            "the first is in its migration",
        )
        second = migrinit.start(*APP, env=STRICT)
        second.err.wait_for("Another migrator is at work")
        assert second.process.poll() is None
        blocker.rollback()
    assert first.wait() == 0 and second.wait() == 0, (first, second)
    assert first.app_started and second.app_started
    assert first.err.count("✓ 0001_a") == 1 and second.err.count("✓ 0001_a") == 0


@pytest.mark.parametrize("layout", ["journal", "folders"])
def test_snapshots_of_a_large_schema_are_not_read(migrinit, database, layout):
    """Drizzle keeps one beside each migration. Six of these are more than what is read of a folder."""
    entries = []
    for n in range(6):
        folder = f"drizzle/2024010100000{n}_m{n}"
        entries.append({"idx": n, "version": "7", "when": 1704067200000 + n, "tag": f"000{n}_m", "breakpoints": True})
        sql = f"drizzle/000{n}_m.sql" if layout == "journal" else f"{folder}/migration.sql"
        snapshot = f"drizzle/meta/000{n}_snapshot.json" if layout == "journal" else f"{folder}/snapshot.json"
        migrinit.write(sql, f"CREATE TABLE m{n} ();")
        os.truncate(migrinit.write(snapshot, "{}"), 60 << 20)
    if layout == "journal":
        migrinit.write("drizzle/meta/_journal.json", json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}))
    run = migrinit.run("migrate", env=STRICT)
    assert run.code == 0, run
    assert database.tables() == {f"m{n}" for n in range(6)}
