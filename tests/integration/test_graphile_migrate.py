"""The graphile-migrate format. tests/conformance has the tool itself."""

import hashlib

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
LOCK = 4727445306447283
FIRST = "sha1:a76271013b710d32d3b2ca5792d1a48904a0dfec"  # as the tool has it
BODIES = ["create table a(i int);", "--! no-transaction\ncreate index concurrently on a(i);", "insert into a values (1)"]


def write(program, bodies, head=""):
    previous = ""
    for number, body in enumerate(bodies, 1):
        digest = "sha1:" + hashlib.sha1(((previous + "\n" + body).strip() + "\n").encode()).hexdigest()
        text = f"--! Previous: {previous or '-'}\n--! Hash: {digest}\n{head}\n{body}\n"
        program.write(f"migrations/committed/{number:06}.sql", text)
        previous = digest


def history(database):
    return [row[0] for row in database.rows("SELECT filename FROM graphile_migrate.migrations ORDER BY filename")]


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit, BODIES)
    migrinit.write("migrations/current.sql", "DROP TABLE a;")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("graphile-migrate: 3 of 3 migrations pending"), run
    assert history(database) == ["000001.sql", "000002.sql", "000003.sql"]
    assert database.value("SELECT hash FROM graphile_migrate.migrations WHERE previous_hash IS NULL") == FIRST
    assert database.has_table("graphile_migrate.current")
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and again.app_started, again
    assert database.value("SELECT count(*) FROM a") == 1


def test_changed_after_commit_is_not_run(migrinit, database):
    write(migrinit, BODIES[:1])
    assert migrinit.run("migrate").code == 0
    write(migrinit, BODIES)
    path = "migrations/committed/000003.sql"
    with open(f"{migrinit.cwd}/{path}", encoding="utf-8") as f:
        migrinit.write(path, f.read().replace("(1)", "(2)"))
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"000003\.sql: the hash does not fit"), run
    assert history(database) == ["000001.sql"]


@pytest.mark.parametrize("body", ["ALTER DATABASE :DATABASE_NAME SET a.b TO c", "GRANT ALL ON a TO :DATABASE_OWNER"])
def test_placeholders_are_refused_before_anything(migrinit, database, body):
    write(migrinit, [*BODIES, body])
    run = migrinit.run("migrate")
    assert run.code == 78, run
    assert run.err.find(r"000004\.sql.*placeholder :DATABASE"), run
    assert database.tables() == set()


def test_waits_for_the_tool_s_lock(migrinit, database):
    write(migrinit, BODIES)
    with database.session() as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("a")
    assert run.wait() == 0, run
    assert len(history(database)) == 3
