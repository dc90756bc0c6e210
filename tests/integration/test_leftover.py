"""What statements without a transaction leave behind: found, named with what takes it away, in nobody's way."""

import contextlib
import json
import threading

import psycopg2
import pytest
from postgres import wait_until

NO_TRANSACTION = "-- migrinit: no-transaction\n"
MAY_DROP = NO_TRANSACTION + "-- migrinit: drop-invalid\n"
DROP = 'DROP INDEX CONCURRENTLY "public"."i"'


@pytest.fixture
def table(database):
    """Two rows that no unique index is for."""
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app; INSERT INTO t VALUES (1), (1)")
    return database


def leave_index(database, name="i", table="t"):
    """An invalid index, as a failed CREATE INDEX CONCURRENTLY leaves one."""
    with pytest.raises(psycopg2.errors.UniqueViolation):
        database.run(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} (n)")
    assert name.split(".")[-1] in invalid(database)


def leave_reindex(database):
    with database.session() as holder:
        holder.cursor().execute("LOCK TABLE t IN ROW EXCLUSIVE MODE")
        with pytest.raises(psycopg2.errors.QueryCanceled):
            with database.server.admin(database.name) as cursor:
                cursor.execute("SET statement_timeout = '300ms'")
                cursor.execute("REINDEX INDEX CONCURRENTLY i")


def invalid(database):
    return [
        row[0]
        for row in database.rows(
            "SELECT c.relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
            " WHERE NOT indisvalid AND relkind = 'i' ORDER BY 1"
        )
    ]


def indexes(database):
    return [row[0] for row in database.rows("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")]


def test_failure_names_what_it_has_left(migrinit, table):
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"0001_a.sql:2:.*23505"), run
    assert run.err.find(f"0001_a: it has left the invalid index public.i: {DROP}$"), run
    assert run.err.find(f"hint: it has left the invalid index public.i: run `{DROP}` before the next try"), run
    table.run("DELETE FROM t")
    table.run(DROP)  # the statement as it was told
    assert migrinit.run("migrate").code == 0
    assert indexes(table) == ["i"] and invalid(table) == []


def test_failure_in_json(migrinit, table):
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n")
    run = migrinit.run("migrate", env={"MIGRINIT_LOG_FORMAT": "json"})
    found = [line for line in map(json.loads, run.err.lines) if line["event"] == "migration.leftover"]
    assert [(line["name"], line["leftover"], line["remedy"]) for line in found] == [("0001_a", "public.i", DROP)], run


def test_failure_names_only_its_own(migrinit, table):
    table.run("CREATE TABLE u (n int); INSERT INTO u VALUES (1), (1)")
    leave_index(table, "old", "u")
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE TABLE a ();\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("left the invalid index public.i:") and not run.err.find(r"public\.old"), run
    assert run.err.find("before the next try; the file runs without a transaction: the 1 statement before"), run


@pytest.mark.parametrize("if_not_exists", ["", "IF NOT EXISTS "])
def test_index_in_the_way_stops_the_file(migrinit, table, if_not_exists):
    leave_index(table)
    migrinit.migrations(m0001_a=NO_TRANSACTION + f"CREATE TABLE a ();\nCREATE INDEX CONCURRENTLY {if_not_exists}i ON t (n);\n")
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find("0001_a.sql: an earlier attempt has left the invalid index public.i: nothing of the file was run"), run
    assert run.err.find(f"hint: run `{DROP}`, then start again"), run
    assert not table.has_table("a") and table.history() == []
    table.run(DROP)
    assert migrinit.run("migrate").code == 0
    assert invalid(table) == [] and indexes(table) == ["i"]


def test_file_may_have_it_dropped(migrinit, table):
    leave_index(table)
    migrinit.migrations(m0001_a=MAY_DROP + "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n);\n")
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert run.err.find("0001_a: the invalid index public.i is dropped, as the file has it"), run
    assert indexes(table) == ["i"] and invalid(table) == []


def test_file_may_not_have_others_dropped(migrinit, table):
    """Nor a valid one of that name."""
    table.run("CREATE TABLE u (n int); ALTER TABLE u OWNER TO app; INSERT INTO u VALUES (1), (1); CREATE INDEX i ON t (n)")
    leave_index(table, "k", "u")
    oid = table.value("SELECT 'i'::regclass::oid")
    migrinit.migrations(m0001_a=MAY_DROP + "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n);\n")
    assert migrinit.run("migrate").code == 0
    assert table.value("SELECT 'i'::regclass::oid") == oid and invalid(table) == ["k"]


def test_file_that_drops_by_itself_is_left_alone(migrinit, table):
    leave_index(table)
    migrinit.migrations(
        m0001_a=NO_TRANSACTION + "DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON t (n);\n"
    )
    assert "an earlier attempt" not in migrinit.run("status").out.text
    run = migrinit.run("migrate")
    assert run.code == 0 and not run.err.find("left"), run
    assert invalid(table) == []


@pytest.mark.parametrize("name, shown", [("I", "i"), ('"I"', "I"), ('"a ""b"""', 'a "b"'), ("i" * 70, "i" * 63)])
def test_names_as_the_server_keeps_them(migrinit, table, name, shown):
    with pytest.raises(psycopg2.errors.UniqueViolation):
        table.run(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON t (n)")
    migrinit.migrations(m0001_a=NO_TRANSACTION + f"CREATE INDEX CONCURRENTLY {name} ON public . T (n);\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and f"left the invalid index public.{shown}:" in run.err.text, run
    told = run.err.find("hint: run").split("`")[1]
    table.run(told)
    assert invalid(table) == []


def test_same_name_elsewhere_is_not_in_the_way(migrinit, table):
    table.run("CREATE SCHEMA other; CREATE TABLE other.t (n int); INSERT INTO other.t VALUES (1), (1);"
              "CREATE TABLE u (n int); INSERT INTO u VALUES (1), (1)")
    leave_index(table, "i", "other.t")
    leave_index(table, "k", "u")
    migrinit.migrations(
        m0001_a=NO_TRANSACTION + "CREATE INDEX CONCURRENTLY i ON t (n);\nCREATE INDEX CONCURRENTLY j ON public.t (n);\n"
    )
    status = migrinit.run("status")
    assert "an earlier attempt" not in status.out.text, status
    run = migrinit.run("migrate")
    assert run.code == 0 and not run.err.find("left"), run


def test_status_and_verify_name_it_before_the_file_runs(migrinit, table):
    leave_index(table)
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE INDEX CONCURRENTLY i ON t (n);\n")
    told = f"0001_a: an earlier attempt has left the invalid index public.i: {DROP}"
    status = migrinit.run("status")
    assert status.code == 1 and status.out.find(f"^note: {told}$"), status
    assert told in json.loads(migrinit.run("status", "--json").out.text)["steps"][0]["remarks"]
    verify = migrinit.run("verify")
    assert verify.code == 1 and verify.err.find(f"{told}$"), verify


def test_applied_migration_has_no_remark(migrinit, table):
    """What others have left of the same name later is not ours to tell."""
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE INDEX CONCURRENTLY i ON t (n);\n")
    assert migrinit.run("migrate").code == 0
    table.run("DROP INDEX i")
    leave_index(table)
    status = migrinit.run("status")
    assert status.code == 0 and "invalid" not in status.out.text, status


def test_resolve_tells_what_is_still_there(migrinit, table):
    leave_index(table)
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE INDEX CONCURRENTLY i ON t (n);\n")
    run = migrinit.run("resolve", "--applied", "0001_a")
    assert run.code == 0 and run.err.find(f"an earlier attempt has left the invalid index public.i: {DROP}"), run
    table.run(DROP)
    run = migrinit.run("resolve", "--rolled-back", "0001_a")
    assert run.code == 0 and not run.err.find("left"), run


def test_tool_without_a_mark_prisma(migrinit, database):
    """Refused in a transaction, run again without one, recorded as failed; status has what is left of it."""
    index = "20240102000000_i"
    migrinit.write("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n')
    migrinit.write("prisma/migrations/20240101000000_t/migration.sql", "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1);")
    migrinit.write(f"prisma/migrations/{index}/migration.sql", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(f"it has left the invalid index public.i: {DROP}"), run
    status = migrinit.run("status")
    assert status.out.find(f"note: .*the invalid index public.i: {DROP}"), status
    run = migrinit.run("resolve", "--rolled-back", index)
    assert run.code == 0 and run.err.find(f"the invalid index public.i: {DROP}"), run
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("nothing of the file was run"), run
    database.run(DROP)
    database.run("DELETE FROM t")
    assert migrinit.run("migrate").code == 0
    assert invalid(database) == [] and "i" in indexes(database)


def test_tool_with_a_mark_dbmate(migrinit, table):
    leave_index(table)
    migrinit.write(
        "migrations/1_a.sql",
        "-- migrate:up transaction:false\n-- migrinit: drop-invalid\nCREATE INDEX CONCURRENTLY i ON t (n);\n-- migrate:down\n",
    )
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("the invalid index public.i is dropped"), run
    assert invalid(table) == []


def test_reindex_that_was_stopped(migrinit, table):
    table.run("CREATE INDEX i ON t (n)")
    leave_reindex(table)
    assert invalid(table) == ["i_ccnew"]
    migrinit.migrations(m0001_a=NO_TRANSACTION + "REINDEX INDEX CONCURRENTLY i;\n")
    told = 'the invalid index public.i_ccnew: DROP INDEX CONCURRENTLY "public"."i_ccnew"'
    assert migrinit.run("status").out.find(f"note: .*{told}")
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find(told), "it is in nobody's way"
    assert invalid(table) == ["i_ccnew"]
    migrinit.migrations(m0002_b=MAY_DROP + "REINDEX TABLE CONCURRENTLY t;\n")
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("public.i_ccnew is dropped"), run
    assert invalid(table) == [] and indexes(table) == ["i"]


@contextlib.contextmanager
def another_at_work(database, sql):
    """Another session that waits in the middle of such a statement."""
    with database.session() as holder:
        holder.cursor().execute("LOCK TABLE t IN ROW EXCLUSIVE MODE")
        thread = threading.Thread(target=database.run, args=(sql,))
        thread.start()
        wait_until(lambda: invalid(database), "it has begun")
        try:
            yield
        finally:
            holder.rollback()
            thread.join()


@pytest.mark.parametrize("sql", ["CREATE INDEX CONCURRENTLY i ON t (n)", "REINDEX INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY i"])
def test_index_at_which_another_is_at_work_is_not_left(migrinit, table, sql):
    if "CREATE" not in sql:
        table.run("CREATE INDEX i ON t (n)")
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE INDEX CONCURRENTLY i ON t (n);\nREINDEX INDEX CONCURRENTLY i;\n")
    with another_at_work(table, sql):
        status = migrinit.run("status")
        assert status.code == 1 and "invalid" not in status.out.text, status
    assert "invalid" not in migrinit.run("status").out.text


def test_index_of_a_partitioned_table_is_not_left(migrinit, database):
    database.run("CREATE TABLE p (n int) PARTITION BY RANGE (n); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);"
                 "ALTER TABLE p OWNER TO app; ALTER TABLE p1 OWNER TO app; CREATE INDEX i ON ONLY p (n)")
    migrinit.migrations(
        m0001_a=NO_TRANSACTION + "CREATE INDEX IF NOT EXISTS i ON ONLY p (n);\n"
        "CREATE INDEX CONCURRENTLY i1 ON p1 (n);\nALTER INDEX i ATTACH PARTITION i1;\n"
    )
    assert "invalid" not in migrinit.run("status").out.text
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")


@pytest.mark.server_since(14)  # DETACH PARTITION ... CONCURRENTLY
def test_detached_half_way(migrinit, database):
    database.run("CREATE TABLE t (n int) PARTITION BY RANGE (n); CREATE TABLE p1 PARTITION OF t FOR VALUES FROM (0) TO (9);"
                 "ALTER TABLE t OWNER TO app; ALTER TABLE p1 OWNER TO app")
    migrinit.migrations(m0001_a=NO_TRANSACTION + "ALTER TABLE t DETACH PARTITION p1 CONCURRENTLY;\n")
    finalize = 'ALTER TABLE "public"."t" DETACH PARTITION "public"."p1" FINALIZE'
    with database.session() as holder:
        holder.cursor().execute("SELECT * FROM t")
        run = migrinit.start("migrate")
        pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending"
        wait_until(lambda: database.value(pending), "it is half way")
        assert "half detached" not in migrinit.run("status").out.text, "another is at work"
        run.signal()
        assert run.wait() == 143, run
    assert run.err.find(f"left the partition public.p1 half detached: {finalize}"), run
    assert migrinit.run("status").out.find(f"note: .*the partition public.p1 half detached: {finalize}")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("nothing of the file was run") and run.err.find(f"hint: run `{finalize}`"), run
    database.run(finalize)
    assert migrinit.run("resolve", "--applied", "0001_a").code == 0
    assert migrinit.run("status").code == 0


def test_no_look_where_a_file_is_not_about_indexes(migrinit, database, server):
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE TABLE a ();\n", m0002_b="CREATE INDEX i ON a ((1))")
    offset = server.log_size()
    assert migrinit.run("migrate").code == 0
    with open(server.log, encoding="utf-8", errors="replace") as f:
        f.seek(offset)
        assert "indisvalid" not in f.read()


@pytest.mark.parametrize("text, said", [
    ("-- migrinit: drop-invalid\nSELECT 1;", "unknown directive"),
    ("SELECT 1;", None),
    ("-- a comment\n-- migrinit: drop-invalid\nSELECT 1;", "below the first line"),
])  # fmt: skip
def test_permission_where_it_means_nothing_is_an_error(migrinit, database, text, said):
    migrinit.migrations(m0001_a=text)
    run = migrinit.run("migrate")
    assert run.code == (78 if said else 0), run
    assert not said or run.err.find(said), run


# --- plain's own record of what was begun ---


def begun(database):
    """Rows of what was begun and did not end."""
    return [row[0] for row in database.rows("SELECT id FROM migrinit.migrations WHERE applied_at = 'infinity'")]


HALF = NO_TRANSACTION + "CREATE TABLE a ();\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n"


def test_half_done_is_recorded_and_not_begun_again(migrinit, table):
    migrinit.migrations(m0001_a=HALF, m0002_b="CREATE TABLE b ()")
    assert migrinit.run("migrate").code == 1
    assert begun(table) == ["0001_a"] and table.history() == []
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("0001_a was begun without a transaction, and did not end"), run
    assert run.err.find("migrinit resolve --rolled-back 0001_a"), run
    status = migrinit.run("status")
    assert status.code == 1 and status.out.find("^  failed .* 0001_a"), status
    assert status.out.find(f"note: 0001_a: .*{DROP}"), status
    assert migrinit.run("down", env={"MIGRINIT_MIGRATE_FORMAT": "plain"}).code == 1
    run = migrinit.run("resolve", "--rolled-back", "0001_a")
    assert run.code == 0 and run.err.find(DROP), run
    table.run(DROP)
    table.run("DROP TABLE a; DELETE FROM t")
    assert migrinit.run("migrate").code == 0
    assert table.history() == ["0001_a", "0002_b"] and begun(table) == []
    assert migrinit.run("status").code == 0


def test_half_done_is_said_to_be_applied(migrinit, table):
    migrinit.migrations(m0001_a=HALF)
    assert migrinit.run("migrate").code == 1
    table.run("DELETE FROM t; REINDEX INDEX i")
    assert migrinit.run("resolve", "--applied", "0001_a").code == 0
    assert table.history() == ["0001_a"] and begun(table) == []
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("up to date"), run


def test_nothing_done_leaves_no_record(migrinit, table):
    migrinit.migrations(m0001_a=NO_TRANSACTION + "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n")
    assert migrinit.run("migrate").code == 1
    assert begun(table) == [] and table.history() == []


def test_lost_is_recorded_as_begun(migrinit, database):
    """What became of the statement nobody knows, so that nobody begins it again."""
    migrinit.migrations(m0001_a=NO_TRANSACTION + "SELECT pg_advisory_lock(7);\n")
    with database.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        run = migrinit.start("migrate")
        wait_until(lambda: database.has_table("migrinit.migrations") and begun(database), "it is begun")
        database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
        assert run.wait() == 1, run
    assert begun(database) == ["0001_a"]
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("was begun without a transaction"), run


def test_another_waits_for_what_is_begun(migrinit, database):
    """It is not taken for a failure while it is at work."""
    migrinit.migrations(m0001_a=NO_TRANSACTION + "SELECT pg_advisory_lock(7);\n")
    with database.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        first = migrinit.start("migrate")
        wait_until(lambda: database.has_table("migrinit.migrations") and begun(database), "it is begun")
        second = migrinit.start("migrate")
        waiting = migrinit.start("--", "true", env={"AUTO_MIGRATE": "wait"})
        second.err.wait_for("Another migrator is at work")
        waiting.err.wait_for("Waiting for the schema")
    assert [run.wait() for run in (first, second, waiting)] == [0, 0, 0], (first, second, waiting)
    assert database.history() == ["0001_a"]


def test_file_that_may_be_run_again_keeps_no_record(migrinit, table):
    migrinit.migrations(m0001_a=MAY_DROP + "CREATE TABLE IF NOT EXISTS a ();\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n")
    assert migrinit.run("migrate").code == 1
    assert begun(table) == []
    table.run("DELETE FROM t")
    assert migrinit.run("migrate").code == 0
    assert table.history() == ["0001_a"] and invalid(table) == []
