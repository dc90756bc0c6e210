"""Through a PgBouncer in statement mode, where no transaction is possible: refused, with the reason."""

import pytest
from pgbouncer import PgBouncer

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
REASON = "pooler is in statement mode .*no transaction is possible"


@pytest.fixture
def pooler(server, database, program):
    instance = PgBouncer(server, "statement")
    program.env["DATABASE_URL"] = instance.url(database)
    yield instance
    instance.remove()


@pytest.mark.usefixtures("pooler")
def test_migrating_is_refused_at_once(program, database):
    program.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    run = program.run("migrate", env=STRICT)
    assert run.code == 78 and run.err.count(REASON) == 1, run
    assert run.err.find("MIGRATE_DATABASE_URL") and not run.err.find("connecting again"), run
    assert database.tables() == set() and database.advisory_locks() == 0
    direct = program.run("migrate", env={**STRICT, "MIGRATE_DATABASE_URL": database.url})
    assert direct.code == 0, direct


@pytest.mark.usefixtures("pooler")
def test_migrating_on_is_refused_as_well(program, database):
    """With a table of bookkeeping no statement fails before the pooler ends the session."""
    program.migrations(m0001_a="CREATE TABLE a ()")
    assert program.run("migrate", env={"MIGRATE_DATABASE_URL": database.url}).code == 0
    current = program.run("migrate", env=STRICT)
    assert current.code == 0, current
    program.migrations(m0002_b="CREATE TABLE b ()")
    run = program.run("migrate", env=STRICT)
    assert run.code == 78 and run.err.count(REASON) == 1, run
    assert database.tables() == {"a"}


@pytest.mark.usefixtures("pooler")
def test_verbs_that_need_a_transaction_are_refused_and_those_that_read_are_not(program, database):
    program.migrations(m0001_a="CREATE TABLE a ()")
    for verb in (["baseline"], ["resolve", "--applied", "0001_a"], ["plan", "--try"]):
        run = program.run(*verb)
        assert run.code == 78 and run.err.find(REASON), run
    assert program.run("status").code == 1
    assert program.run("verify").code == 1
    assert program.run("plan").code == 0
    assert database.tables() == set()
