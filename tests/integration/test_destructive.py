"""[migrate] destructive: what would be lost is told, or refused before anything is applied."""

import json

import pytest
from pgbouncer import PgBouncer
from program import APP

WARN = {"MIGRINIT_MIGRATE_DESTRUCTIVE": "warn"}
REFUSE = {"MIGRINIT_MIGRATE_DESTRUCTIVE": "refuse"}
STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
LOST = r"migrations/0003_c\.sql:2:1: DROP TABLE old: the table and its rows are lost"


@pytest.fixture
def old(migrinit, database):
    """Two files that lose nothing, a third that does."""
    database.run("CREATE TABLE old (n int); INSERT INTO old VALUES (7); ALTER TABLE old OWNER TO app")
    migrinit.migrations(
        m0001_a="CREATE TABLE a (n int)",
        m0002_b="CREATE TABLE b (); DROP TABLE b; ALTER TABLE old ADD COLUMN m int; UPDATE old SET m = 1",
        m0003_c="SELECT 'DROP TABLE a';\nDROP TABLE old",
    )
    return database


def test_off_by_default(old, migrinit):
    run = migrinit.run("migrate")
    assert run.code == 0 and not run.err.find("lost"), run
    assert old.tables() == {"a"}


def test_warn_tells_and_applies(old, migrinit):
    run = migrinit.run("migrate", env=WARN)
    assert run.code == 0 and run.err.count(LOST) == 1, run
    assert run.err.count("are lost") == 1, run
    assert old.tables() == {"a"}
    again = migrinit.run("migrate", env=WARN)
    assert again.code == 0 and not again.err.find("lost"), again


def test_refuse_stops_before_anything_is_applied(old, migrinit):
    run = migrinit.run(*APP, env={**REFUSE, **STRICT})
    assert run.code == 1 and not run.app_started, run
    assert run.err.find(f"✗ {LOST}") and run.err.find("-- migrinit: allow-destructive drop-table"), run
    assert old.tables() == {"old"} and not old.has_table("migrinit.migrations")
    assert old.advisory_locks() == 0
    lenient = migrinit.run(*APP, env=REFUSE)
    assert lenient.code == 0 and lenient.app_started and lenient.err.find("Continuing despite"), lenient
    assert old.tables() == {"old"}


def test_file_that_permits_it_is_applied(old, migrinit):
    migrinit.write("migrations/0003_c.sql", "-- by decision of the owner\n-- migrinit: allow-destructive drop-table\nDROP TABLE old")
    run = migrinit.run("migrate", env=REFUSE)
    assert run.code == 0 and not run.err.find("lost"), run
    assert old.tables() == {"a"}


def test_another_kind_is_not_permitted(old, migrinit):
    migrinit.write("migrations/0003_c.sql", "-- migrinit: allow-destructive truncate\nDROP TABLE old;\nTRUNCATE old; DELETE FROM old")
    run = migrinit.run("migrate", env=REFUSE)
    assert run.code == 1 and run.err.find("✗ .*DROP TABLE old"), run
    assert run.err.find("DELETE FROM old without WHERE") and not run.err.find("TRUNCATE"), run
    assert run.err.find("1 more") and old.tables() == {"old"}, run


def test_status_plan_and_verify_show_it(old, migrinit):
    status = migrinit.run("status", env=REFUSE)
    assert status.code == 1 and status.out.find(f"refused: {LOST}") and status.out.find(f"note: {LOST}"), status
    step = json.loads(migrinit.run("status", "--json", env=REFUSE).out.text)["steps"][0]
    assert "0003_c.sql:2:1: DROP TABLE old" in step["refusal"] and len(step["remarks"]) == 1
    step = json.loads(migrinit.run("status", "--json", env=WARN).out.text)["steps"][0]
    assert step["refusal"] is None and "(drop-table)" in step["remarks"][0]
    for args in ([], ["--sql"]):
        plan = migrinit.run("plan", *args, env=REFUSE)
        assert plan.code == 0 and plan.out.find(f"^-- note: {LOST}"), plan
    verify = migrinit.run("verify", env=WARN)
    assert verify.code == 1 and verify.err.count(LOST) == 1, verify
    assert old.tables() == {"old"}


def test_json_log_has_an_event_of_its_own(old, migrinit):
    run = migrinit.run("migrate", env={**WARN, "MIGRINIT_LOG_FORMAT": "json"})
    events = [json.loads(line) for line in run.err.text.splitlines()]
    assert [e["level"] for e in events if e["event"] == "migration.destructive"] == ["warn"], run


def test_what_waits_for_others_sends_nothing(old, migrinit):
    """With AUTO_MIGRATE=wait it is another's affair."""
    waiting = migrinit.start(*APP, env={**REFUSE, "AUTO_MIGRATE": "wait", "MIGRINIT_MIGRATE_LOCK_TIMEOUT": "60s"})
    waiting.err.wait_for("Waiting for the schema")
    assert migrinit.run("migrate").code == 0
    assert waiting.wait() == 0 and waiting.app_started, waiting


def test_through_a_step_of_its_own(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a (n int)")
    migrinit.write("seed/1_s.sql", "DELETE FROM a;")
    ini = migrinit.write("m.ini", "[migrate]\ndir = migrations\ndestructive = refuse\n[migrate:seed]\ndir = seed\n"
                                  "table = migrinit.seed\ndestructive = warn\n")
    run = migrinit.run("migrate", env={"MIGRINIT_CONFIG": ini})
    assert run.code == 0 and run.err.find("seed/1_s.sql:1:1: DELETE FROM a without WHERE"), run
    assert database.tables() == {"a"}


def test_what_the_run_has_made_is_no_loss_in_its_next_turn(server, program, database):
    """Through a pooler each migration is a turn, and what is pending is read anew."""
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b="ALTER TABLE a ADD n int", m0003_c="DROP TABLE a")
    pooler = PgBouncer(server, "transaction")
    try:
        run = program.run("migrate", env={**REFUSE, "DATABASE_URL": pooler.url(database)})
    finally:
        pooler.remove()
    assert run.code == 0 and not run.err.find("lost"), run
    assert len(database.history()) == 3 and database.tables() == set()


def test_what_the_run_has_made_is_no_loss_when_it_is_begun_again(migrinit, database):
    database.run("CREATE TABLE t (n int); ALTER TABLE t OWNER TO app")
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="DROP TABLE a; ALTER TABLE t ADD COLUMN m int")
    env = {**REFUSE, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "500ms", "MIGRINIT_MIGRATE_TRIES": 50}
    with database.session() as holder:
        holder.cursor().execute("LOCK TABLE t IN ACCESS SHARE MODE")
        run = migrinit.start("migrate", env=env)
        run.err.wait_for(r"0002_b\.sql.*55P03.*begun again")
    assert run.wait() == 0 and not run.err.find("is lost|are lost"), run
    assert len(database.history()) == 2


def test_another_that_is_in_the_midst_of_it_is_waited_for(migrinit, database):
    gate = "SELECT pg_advisory_xact_lock(7)"
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b=gate, m0003_c="DROP TABLE a")
    env = {**REFUSE, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"}
    with database.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        first = migrinit.start("migrate", env=env)
        first.err.wait_for("✓ 0001_a")
        second = migrinit.start("migrate", env=env)
        second.err.wait_for("Another migrator is at work")
    for run in (first, second):
        assert run.wait() == 0 and not run.err.find("lost"), run
    assert len(database.history()) == 3


def test_drizzle_drops_a_column(migrinit, database):
    entries = [{"idx": i, "version": "7", "when": 1700000000000 + i, "tag": tag, "breakpoints": True}
               for i, tag in enumerate(["0000_a", "0001_b"])]
    migrinit.write("drizzle/meta/_journal.json", json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}))
    migrinit.write("drizzle/0000_a.sql", 'CREATE TABLE "t" ("id" int, "name" text);--> statement-breakpoint\nCREATE INDEX "i" ON "t" ("id");')
    migrinit.write("drizzle/0001_b.sql", 'ALTER TABLE "t" ADD COLUMN "m" int;--> statement-breakpoint\nALTER TABLE "t" DROP COLUMN "name";')
    fresh = migrinit.run("migrate", env=REFUSE)  # the run makes the table itself
    assert fresh.code == 0, fresh
    database.run('DELETE FROM drizzle.__drizzle_migrations WHERE id = 2; ALTER TABLE t ADD COLUMN "name" text; ALTER TABLE t DROP COLUMN m')
    run = migrinit.run("migrate", env=REFUSE)
    assert run.code == 1 and run.err.find(r'✗ drizzle/0001_b\.sql:2:17: ALTER TABLE "t" DROP COLUMN "name"'), run
    text = 'ALTER TABLE "t" ADD COLUMN "m" int;--> statement-breakpoint\nALTER TABLE "t" DROP COLUMN "name";'
    migrinit.write("drizzle/0001_b.sql", "-- migrinit: allow-destructive drop-column\n" + text)
    assert migrinit.run("migrate", env=REFUSE).code == 0


def test_prisma_drops_a_table(migrinit, database):
    database.run('CREATE TABLE "Post" (); ALTER TABLE "Post" OWNER TO app')
    migrinit.write("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n')
    migrinit.write("prisma/migrations/20240101000000_a/migration.sql", '-- DropTable\nDROP TABLE "Post";\n')
    run = migrinit.run("migrate", env=REFUSE)
    assert run.code == 1 and run.err.find(r'20240101000000_a/migration\.sql:2:1: DROP TABLE "Post"'), run
    assert database.tables() == {"Post"}


def test_placeholder_is_judged_as_sent_and_shown_as_written(migrinit, database):
    database.run("CREATE TABLE secretly (); ALTER TABLE secretly OWNER TO app")
    migrinit.write("migrations/V1__a.sql", "CREATE TABLE a ();")
    migrinit.write("migrations/V2__b.sql", "${what} TABLE ${table};")
    env = {"FLYWAY_BASELINE_ON_MIGRATE": "true", "FLYWAY_BASELINE_VERSION": "0",
           "FLYWAY_PLACEHOLDERS_WHAT": "DROP", "FLYWAY_PLACEHOLDERS_TABLE": "secretly"}
    run = migrinit.run("migrate", env={**REFUSE, **env})
    assert run.code == 1 and run.err.find(r"V2__b\.sql:1:1: DROP TABLE \$\{table\}: "), run
    assert not run.err.find("secretly")
    assert database.has_table("secretly") and not database.has_table("a")


def test_what_a_baseline_covers_is_not_judged(migrinit, database):
    database.run("CREATE TABLE a (n int)")
    migrinit.write("migrations/V1__a.sql", "DROP TABLE IF EXISTS a; CREATE TABLE a ();")
    migrinit.write("migrations/V2__b.sql", "CREATE TABLE b ();")
    run = migrinit.run("migrate", env={**REFUSE, "FLYWAY_BASELINE_ON_MIGRATE": "true"})
    assert run.code == 0, run
    assert database.has_table("b")


def test_down_is_asked_for_and_not_judged(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    migrinit.write("migrations/0001_a.down.sql", "DROP TABLE a")
    assert migrinit.run("migrate", env=REFUSE).code == 0
    run = migrinit.run("down", env=REFUSE)
    assert run.code == 0 and not run.err.find("lost"), run
    assert database.tables() == set()


def test_command_does_not_run(old, migrinit):
    env = {**REFUSE, **STRICT, "MIGRINIT_MIGRATE_DIR": "migrations", "MIGRINIT_MIGRATE_COMMAND": "touch ran"}
    run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find(f"✗ {LOST}") and not run.err.find("touch ran"), run
