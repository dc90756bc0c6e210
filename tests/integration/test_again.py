"""Locks that others hold, deadlocks, lost connections: begun again, within a budget, and told."""

import contextlib

import psycopg2
import pytest
from pgbouncer import PgBouncer
from postgres import Database, wait_until
from proxy import Proxy

GATE = "SELECT pg_advisory_xact_lock(7);"


@pytest.fixture(params=["direct", "pooled"])
def pooled(request, server, database, program):
    """Past a pooler, and through one."""
    program.env["DATABASE_URL"] = database.url
    if request.param == "direct":
        yield None
        return
    pooler = PgBouncer(server, "transaction", pool_size=3)
    program.env["DATABASE_URL"] = pooler.url(database)
    yield pooler
    pooler.remove()


@pytest.fixture
def own_pooler(own_server):
    instance = PgBouncer(own_server, "transaction")
    yield instance
    instance.remove()


def waiting_pid(database, kind):
    """The backend of ours that waits for a lock of that kind."""
    return database.value(
        "SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted"
        " AND l.locktype = %s AND a.datname = current_database() AND a.usename = 'app'",
        kind,
    )


@contextlib.contextmanager
def locked(database, sql):
    """A session in whose transaction that was done; it ends with the block."""
    with database.session() as connection:
        connection.cursor().execute(sql)
        yield connection


def test_table_that_is_locked_is_waited_for(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.migrations(m0001_a="CREATE TABLE a (); ALTER TABLE t ADD COLUMN m int", m0002_b="CREATE TABLE b ()")
    with locked(database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        run = migrinit.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "500ms", "MIGRINIT_MIGRATE_TRIES": 50})
        run.err.wait_for(r"0001_a.sql.*55P03.*begun again in .*\(try 2 of 50\)")
    assert run.wait() == 0, run
    assert run.err.count("✓ 0001_a") == 1 and run.err.count("2 of 2 migrations pending") == 1, run
    assert database.tables() == {"t", "a", "b"}
    assert len(database.history()) == 2


def test_budget_is_spent(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.migrations(m0001_a="CREATE TABLE a (); ALTER TABLE t ADD COLUMN m int")
    with locked(database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "100ms", "MIGRINIT_MIGRATE_TRIES": 2})
    assert run.code == 1, run
    assert run.err.count("begun again") == 1, run
    assert run.err.find("✗ .*0001_a.sql:1:.*55P03"), run
    assert database.tables() == {"t"}


def test_blocker_is_named_before_the_time_is_over_and_in_the_error(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.migrations(m0001_a="ALTER TABLE t ADD COLUMN m int")
    env = {"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "6s", "MIGRINIT_MIGRATE_TRIES": 1}
    with locked(database, "SET application_name = 'report'; LOCK TABLE t IN ACCESS SHARE MODE") as holder:
        run = migrinit.start("migrate", env=env)
        blocker = f"pid {holder.info.backend_pid}, postgres, report"
        run.err.wait_for(f"0001_a waits for a lock: {blocker}")
        assert run.wait() == 1, run
    assert run.err.find("55P03") and run.err.find(f"was held by {blocker}"), run
    assert run.err.count("waits for a lock") == 1, run


def test_blocker_of_the_same_role_is_named_with_its_state(pooled, database, program):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    program.migrations(m0001_a="ALTER TABLE t ADD COLUMN m int")
    with contextlib.closing(psycopg2.connect(database.url)) as holder:
        holder.cursor().execute("LOCK TABLE t IN ACCESS SHARE MODE")
        run = program.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "6s"})
        run.err.wait_for(rf"0001_a waits for a lock: pid {holder.info.backend_pid}, app \(idle in transaction, begun .* ago\)")
    assert run.wait() == 0, run


def test_stop_signal_ends_the_pause(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.migrations(m0001_a="ALTER TABLE t ADD COLUMN m int")
    with locked(database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        run = migrinit.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "100ms", "MIGRINIT_MIGRATE_TRIES": 100})
        run.err.wait_for("begun again")
        run.signal()
        assert run.wait() == 143, run


def test_no_lock_timeout_without_a_transaction(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.migrations(
        m0001_a="CREATE TABLE a ()", m0002_b="-- migrinit: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n)"
    )
    with locked(database, "LOCK TABLE t IN ROW EXCLUSIVE MODE") as holder:
        run = migrinit.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "1ms"})
        pid = wait_until(lambda: waiting_pid(database, "virtualxid") or waiting_pid(database, "relation"), "it waits")
        holder.cursor().execute("SELECT pg_sleep(0.1)")  # a hundred times as long
        assert pid
    assert run.wait() == 0, run


def test_file_that_commits_by_itself_is_not_begun_again(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.migrations(
        m0001_a="INSERT INTO t VALUES (1); COMMIT; SET lock_timeout = '50ms'; ALTER TABLE t ADD COLUMN m int"
    )
    with locked(database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("55P03"), run
    assert not run.err.find("begun again")
    assert database.rows("SELECT n FROM t") == [(1,)]


@pytest.mark.parametrize("sql", ["ALTER TABLE t ADD COLUMN m int;", "COPY t FROM STDIN;\n1\n\\.\nALTER TABLE t ADD COLUMN m int;"])
def test_locked_table_among_callbacks_and_data_is_waited_for(migrinit, database, sql):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app; CREATE TABLE log (what text); GRANT ALL ON log TO app")
    for event in ("beforeMigrate", "beforeEachMigrate", "afterEachMigrate", "afterMigrateError"):
        migrinit.write(f"migrations/{event}.sql", f"INSERT INTO log VALUES ('{event}');")
    migrinit.write("migrations/V1__a.sql", sql)
    env = {"FLYWAY_BASELINE_ON_MIGRATE": "true", "FLYWAY_BASELINE_VERSION": "0",
           "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "500ms", "MIGRINIT_MIGRATE_TRIES": 50}
    with locked(database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        run = migrinit.start("migrate", env=env)
        run.err.wait_for(r"V1__a.sql.*55P03.*begun again in .*\(try 2 of 50\)")
    assert run.wait() == 0, run
    said = dict(database.rows("SELECT what, count(*) FROM log GROUP BY what"))
    assert said["beforeEachMigrate"] == said["afterEachMigrate"] == 1, said
    assert said["beforeMigrate"] == said["afterMigrateError"] + 1 >= 2, "each try is a run, as the tool has it"


def test_script_beside_the_migrations_is_begun_again(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.write("migrations/V1__a.sql", "CREATE TABLE a ();")
    migrinit.write("migrations/beforeMigrate.sql", "ALTER TABLE t ADD COLUMN IF NOT EXISTS m int;")
    env = {"FLYWAY_BASELINE_ON_MIGRATE": "true", "FLYWAY_BASELINE_VERSION": "0",
           "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "6s"}
    with locked(database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        run = migrinit.start("migrate", env=env)
        run.err.wait_for("beforeMigrate.* waits for a lock: pid")
        run.err.wait_for("beforeMigrate.sql.*55P03.*begun again")
    assert run.wait() == 0, run
    assert database.has_table("a")


def test_script_after_an_error_makes_no_half_whole(migrinit, database):
    """Without a transaction it is not begun again, whatever succeeds after it."""
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.write("migrations/V1__a.sql", "CREATE TABLE a (); SET lock_timeout = '50ms'; ALTER TABLE t ADD COLUMN m int;")
    migrinit.write("migrations/V1__a.sql.conf", "executeInTransaction=false")
    migrinit.write("migrations/afterMigrateError.sql", "SELECT 1;")
    env = {"FLYWAY_BASELINE_ON_MIGRATE": "true", "FLYWAY_BASELINE_VERSION": "0"}
    with locked(database, "LOCK TABLE t IN ACCESS SHARE MODE"):
        run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find("V1__a.sql:1:.*55P03"), run
    assert not run.err.find("begun again"), run


LIMITS = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"


@pytest.mark.parametrize("env, limits", [
    ({}, ("7s", "8min")),
    ({"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "9s", "MIGRINIT_MIGRATE_STATEMENT_TIMEOUT": "9m"}, ("9s", "9min")),
    ({"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0", "MIGRINIT_MIGRATE_STATEMENT_TIMEOUT": "0"}, ("0", "0")),
])  # fmt: skip
def test_limit_of_the_step_wins_over_the_urls(pooled, database, program, env, limits):
    url = program.env["DATABASE_URL"]
    program.env["DATABASE_URL"] = f"{url}{'&' if '?' in url else '?'}lock_timeout=7s&statement_timeout=8min"
    program.migrations(m0001_a="CREATE TABLE a (l text, s text)", m0002_b=f"INSERT INTO a {LIMITS}")
    plan = program.run("plan", "--sql", env=env)
    assert bool(plan.out.find("SET LOCAL lock_timeout")) == bool(env), plan
    assert program.run("migrate", env=env).code == 0
    assert database.rows("SELECT l, s FROM a") == [limits]


def test_deadlock_is_begun_again(migrinit, database):
    database.run("CREATE TABLE t (); CREATE TABLE u (); ALTER TABLE t OWNER TO app; ALTER TABLE u OWNER TO app")
    migrinit.migrations(m0001_a="LOCK TABLE t; LOCK TABLE u; CREATE TABLE a ()")
    with locked(database, "SET deadlock_timeout = '1h'; LOCK TABLE u") as other:
        run = migrinit.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        wait_until(lambda: waiting_pid(database, "relation"), "it waits for u")
        other.cursor().execute("LOCK TABLE t")  # ours is the one that finds out
        run.err.wait_for("40P01.*begun again")
    assert run.wait() == 0, run
    assert database.tables() == {"t", "u", "a"}


def test_statement_timeout_is_no_reason_to_begin_again(migrinit, database):
    migrinit.migrations(m0001_a="SELECT pg_sleep(600)", m0002_b="CREATE TABLE b ()")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_STATEMENT_TIMEOUT": "50ms"})
    assert run.code == 1 and run.err.find(r"0001_a.sql:1:1: .*57014"), run
    assert not run.err.find("begun again")


def test_statement_timeout_without_a_transaction(migrinit, database):
    migrinit.migrations(m0001_a="-- migrinit: no-transaction\nSELECT pg_sleep(600)")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_STATEMENT_TIMEOUT": "50ms"})
    assert run.code == 1 and run.err.find(r"0001_a.sql:2:1: .*57014"), run


def test_terminated_session_is_begun_again(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b=f"CREATE TABLE b (); {GATE}", m0003_c="CREATE TABLE c ()")
    with locked(database, "SELECT pg_advisory_lock(7)"):
        run = migrinit.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        pid = wait_until(lambda: waiting_pid(database, "advisory"), "it is at work")
        database.value("SELECT pg_terminate_backend(%s)", pid)
        run.err.wait_for("57P01.*connecting again")
    assert run.wait() == 0, run
    assert database.tables() == {"a", "b", "c"}
    assert [run.err.count(f"✓ 000{n}") for n in (1, 2, 3)] == [1, 1, 1], run
    assert len(database.history()) == 3


def test_without_transaction_is_not_begun_again(migrinit, database):
    migrinit.migrations(m0001_a=f"-- migrinit: no-transaction\nCREATE TABLE a ();\n{GATE}")
    with locked(database, "SELECT pg_advisory_lock(7)"):
        run = migrinit.start("migrate")
        pid = wait_until(lambda: waiting_pid(database, "advisory"), "it is at work")
        database.value("SELECT pg_terminate_backend(%s)", pid)
        assert run.wait() == 1, run
    assert run.err.find("57P01") and not run.err.find("connecting again"), run


def test_server_that_is_restarted(own_server, program):
    database = Database(own_server, "restarted")
    program.env["DATABASE_URL"] = database.url
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b=f"CREATE TABLE b (); {GATE}")
    with locked(database, "SELECT pg_advisory_lock(7)"):
        run = program.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        wait_until(lambda: waiting_pid(database, "advisory"), "it is at work")
        own_server.kill()
        run.err.wait_for("connecting again")
    own_server.start()
    assert run.wait() == 0, run
    assert database.tables() == {"a", "b"}
    assert len(database.history()) == 2


class AnswerLost(Proxy):
    """The first answer to a COMMIT never arrives: the client's connection ends in its place."""

    is_lost = False

    async def _deliver(self, way, sink):
        while piece := await way.get():
            if b"C\0\0\0\x0bCOMMIT\0" in piece[1] and not self.is_lost:
                self.is_lost = True
                sink.transport.abort()
                return
            sink.write(piece[1])
        sink.close()


def test_commit_whose_answer_was_lost_is_recognised(server, database, program):
    proxy = AnswerLost(program.cwd, f"{server.directory}/.s.PGSQL.{server.port}")
    program.env["DATABASE_URL"] = server.url(database.name, port=proxy.port)
    program.migrations(m0001_a="CREATE TABLE a (n int); INSERT INTO a VALUES (1)", m0002_b="INSERT INTO a VALUES (2)")
    run = program.run("migrate")
    proxy.close()
    assert run.code == 0 and proxy.is_lost, run
    assert run.err.find("✓ 0001_a is recorded as applied .*not repeated"), run
    assert database.rows("SELECT n FROM a ORDER BY n") == [(1,), (2,)]
    assert len(database.history()) == 2


def test_only_commit_whose_answer_was_lost_is_recognised(server, database, program):
    proxy = AnswerLost(program.cwd, f"{server.directory}/.s.PGSQL.{server.port}")
    program.env["DATABASE_URL"] = server.url(database.name, port=proxy.port)
    program.migrations(m0001_a="CREATE TABLE a ()")
    run = program.run("migrate")
    proxy.close()
    assert run.code == 0 and proxy.is_lost, run
    assert run.err.find("✓ 0001_a is recorded as applied .*not repeated"), run
    assert run.err.find("✓ Migrations completed successfully"), run


def test_read_only_in_the_middle_is_begun_again(migrinit, database):
    database.run("CREATE TABLE demoted AS SELECT 'on' AS answer; GRANT SELECT ON demoted TO app")
    migrinit.migrations(
        m0001_a="SELECT set_config('transaction_read_only', answer, true) FROM demoted; CREATE TABLE a ()"
    )
    run = migrinit.start("migrate")
    run.err.wait_for("25006.*connecting again")
    database.run("UPDATE demoted SET answer = 'off'")
    assert run.wait() == 0, run
    assert database.tables() == {"demoted", "a"}


def test_primary_that_comes_back_as_standby_is_waited_out(own_server, program):
    with open(f"{own_server.data}/postgresql.conf", "a", encoding="ascii") as f:
        f.write("wal_level = replica\n")
    own_server.stop("fast")
    own_server.start()
    database = Database(own_server, "demoted")
    program.env["DATABASE_URL"] = database.url
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b=f"CREATE TABLE b (); {GATE}")
    with locked(database, "SELECT pg_advisory_lock(7)"):
        run = program.start("migrate", env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        wait_until(lambda: waiting_pid(database, "advisory"), "it is at work")
        own_server.stop("fast")
        run.err.wait_for("connecting again")
    with open(f"{own_server.data}/standby.signal", "w", encoding="ascii"):
        pass
    own_server.start()
    run.err.wait_for("standby")
    own_server.tool("pg_ctl", "-D", own_server.data, "-w", "promote")
    assert run.wait() == 0, run
    assert database.tables() == {"a", "b"}


def test_lock_of_a_standby_behind_a_pooler_is_not_used(own_server, own_pooler, program):
    """Advisory locks are to be had in recovery, too; behind a pooler the server may change unseen."""
    with open(f"{own_server.data}/postgresql.conf", "a", encoding="ascii") as f:
        f.write("wal_level = replica\n")
    own_server.stop("fast")
    own_server.start()
    database = Database(own_server, "swapped")
    program.migrations(m0001_a=f"CREATE TABLE a (); {GATE}")
    env = {"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"}
    with locked(database, "SELECT pg_advisory_lock(7)"):
        first = program.start("migrate", env={**env, "DATABASE_URL": database.url})
        wait_until(lambda: waiting_pid(database, "advisory"), "it is at work")
        second = program.start("migrate", env={**env, "DATABASE_URL": own_pooler.url(database)})
        second.err.wait_for("Another migrator is at work")
        own_server.kill()
    with open(f"{own_server.data}/standby.signal", "w", encoding="ascii"):
        pass
    own_server.start()
    second.err.wait_for("standby")
    own_server.tool("pg_ctl", "-D", own_server.data, "-w", "promote")
    assert first.wait() == 0 and second.wait() == 0, (first, second)
    assert [run.err.count(r"✓ 0001_a \(") for run in (first, second)] in ([0, 1], [1, 0]), (first, second)
    assert len(database.history()) == 1


@contextlib.contextmanager
def few_locks_left(database, left):
    """A session that has filled the server's table of locks, but for a few."""
    with contextlib.closing(psycopg2.connect(database.url)) as holder:
        holder.autocommit = True
        cursor = holder.cursor()
        with contextlib.suppress(psycopg2.errors.OutOfMemory):  # 53200
            cursor.execute("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 10000000) AS n")
        cursor.execute("SELECT count(*) FILTER (WHERE pg_advisory_unlock(objid::bigint)) FROM (SELECT objid FROM pg_locks"
                       " WHERE locktype = 'advisory' AND pid = pg_backend_pid() LIMIT %s) AS held", (left,))
        yield cursor


MANY_LOCKS = "CREATE TABLE a (); DO $$ BEGIN FOR i IN 1..200 LOOP EXECUTE format('CREATE TABLE t%s ()', i); END LOOP; END $$"


@pytest.fixture
def crowded(own_server, program):
    database = Database(own_server, "crowded")
    program.env["DATABASE_URL"] = database.url
    program.migrations(m0001_a=MANY_LOCKS)
    return database


def test_shortage_of_the_server_is_tried_once_more(crowded, program):
    with few_locks_left(crowded, 100) as holder:
        run = program.start("migrate")
        run.err.wait_for(r"0001_a.sql.*53200.*rolled back, and begun again in .*\(try 2 of 2\)")
        holder.execute("SELECT pg_advisory_unlock_all()")
        assert run.wait() == 0, run
    assert len(crowded.tables()) == 201 and len(crowded.history()) == 1


def test_shortage_that_stays_is_the_end(crowded, program):
    with few_locks_left(crowded, 100):
        run = program.run("migrate")
    assert run.code == 1 and run.err.count("begun again") == 1, run
    assert run.err.find("✗ .*0001_a.sql:1:.*53200") and run.err.find("max_locks_per_transaction"), run
    assert crowded.tables() == set()
