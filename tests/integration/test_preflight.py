"""Extensions that pending files create are looked for on the server before anything is applied."""

import pytest
from pgbouncer import PgBouncer
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
MISSING = r"migrations/0002_b\.sql:2:3: the server does not have the extension vector_of_ours"


@pytest.fixture(params=["direct", "pooled"])
def either(request, server, database, program):
    """Past a pooler, and through one."""
    program.env["DATABASE_URL"] = database.url
    if request.param == "direct":
        yield program
        return
    pooler = PgBouncer(server, "transaction")
    program.env["DATABASE_URL"] = pooler.url(database)
    yield program
    pooler.remove()


@pytest.fixture
def wanting(either):
    either.migrations(
        m0001_a="CREATE TABLE a (); CREATE EXTENSION IF NOT EXISTS hstore",
        m0002_b='SELECT 1;\n  CREATE EXTENSION IF NOT EXISTS "vector_of_ours"; CREATE EXTENSION VECTOR_of_ours',
        m0003_c="CREATE EXTENSION postgis_of_ours CASCADE",
    )
    return either


def test_missing_extensions_are_all_named_and_nothing_is_applied(wanting, database):
    run = wanting.run(*APP, env=STRICT)
    assert run.code == 1 and not run.app_started, run
    assert run.err.find(f"✗ {MISSING}") and run.err.find(r"nor postgis_of_ours \(migrations/0003_c\.sql:1:1\)"), run
    assert run.err.find("hint: nothing is applied: run a server image that has it"), run
    assert database.tables() == set() and not database.has_table("migrinit.migrations")
    assert database.advisory_locks() == 0


def test_status_verify_and_plan_tell(wanting, database):
    status = wanting.run("status")
    assert status.code == 1 and status.out.find(f"refused: {MISSING}"), status
    assert status.out.find(f"note: {MISSING}") and status.out.find("note: .*postgis_of_ours"), status
    verify = wanting.run("verify")
    assert verify.code == 1 and verify.err.count(MISSING) == 1, verify
    plan = wanting.run("plan")
    assert plan.code == 0 and plan.out.find(f"-- note: {MISSING}"), plan
    assert database.tables() == set()


@pytest.mark.server_since(13)  # before, no owner of a database may create an extension
def test_what_is_available_or_installed_is_no_matter(either, database):
    with database.server.admin(database.name) as cursor:
        cursor.execute("CREATE EXTENSION pageinspect")  # a superuser's
    either.migrations(m0001_a='CREATE EXTENSION hstore; CREATE EXTENSION IF NOT EXISTS "pageinspect"', m0002_b="CREATE TABLE b ()")
    run = either.run("migrate")
    assert run.code == 0 and not run.err.find("extension"), run
    assert database.value("SELECT count(*) FROM pg_extension WHERE extname = 'hstore'") == 1


def test_what_a_block_may_answer_for_is_left_to_it(migrinit, database):
    migrinit.migrations(m0001_a="DO $$ BEGIN CREATE EXTENSION vector_of_ours; EXCEPTION WHEN others THEN NULL; END $$; CREATE TABLE a ()")
    assert migrinit.run("migrate").code == 0
    assert database.tables() == {"a"}


@pytest.mark.server_since(13)  # before, no owner of a database may create an extension
def test_what_the_role_may_not_create_is_told_and_tried(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE EXTENSION pageinspect", m0003_c="CREATE EXTENSION hstore")
    run = migrinit.run("migrate", env=STRICT)
    assert run.code == 1 and run.err.find(r"0002_b\.sql:1:1: to create the extension pageinspect the role lacks a superuser"), run
    assert run.err.find("✗ .*0002_b.*42501") and not run.err.find("hstore"), run
    with database.server.admin("postgres") as cursor:
        cursor.execute(f'ALTER DATABASE "{database.name}" OWNER TO postgres')
    with database.server.admin(database.name) as cursor:
        cursor.execute("CREATE EXTENSION pageinspect; GRANT CREATE ON SCHEMA public TO app")
    run = migrinit.run("migrate", env=STRICT)
    assert run.code == 1 and run.err.find("extension hstore the role lacks CREATE on the database"), run


def test_pg_tle_has_extensions_that_no_catalog_lists(migrinit, database):
    """Not installed on the machine of the tests; that it is there is all that is asked."""
    with database.server.admin(database.name) as cursor:
        cursor.execute("UPDATE pg_extension SET extname = 'pg_tle' WHERE extname = 'plpgsql'")
    migrinit.migrations(m0001_a="CREATE EXTENSION vector_of_ours")
    run = migrinit.run("migrate", env=STRICT)
    assert run.code == 1 and run.err.find("0A000|58P01") and not run.err.find("does not have the extension"), run


@pytest.mark.server_since(13)  # before, no owner of a database may create an extension
def test_question_that_fails_is_told_and_no_failure(either, database):
    with database.server.admin(database.name) as cursor:
        cursor.execute("REVOKE SELECT ON pg_available_extensions FROM PUBLIC")
    either.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE EXTENSION hstore")
    assert either.run("plan").code == 0
    run = either.run("migrate", env=STRICT)
    assert run.code == 0 and run.err.count("to be created is not known: ERROR: .*42501") == 1, run
    assert database.tables() == {"a"} and database.advisory_locks() == 0


def test_what_a_baseline_covers_is_not_looked_for(migrinit, database):
    database.run("CREATE TABLE a (n int)")
    migrinit.write("migrations/V1__a.sql", "CREATE EXTENSION vector_of_ours;")
    migrinit.write("migrations/V2__b.sql", "CREATE TABLE b ();")
    run = migrinit.run("migrate", env={"FLYWAY_BASELINE_ON_MIGRATE": "true"})
    assert run.code == 0 and database.has_table("b"), run


def test_placeholder_is_looked_for_as_it_is_sent(migrinit, database):
    migrinit.write("migrations/V1__a.sql", "CREATE TABLE a ();")
    migrinit.write("migrations/V2__b.sql", "CREATE EXTENSION ${ext};")
    env = {**STRICT, "FLYWAY_PLACEHOLDERS_EXT": "vector_of_ours", "MIGRINIT_MIGRATE_FORMAT": "flyway"}
    run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find(r"V2__b\.sql:1:1: the server does not have the extension vector_of_ours"), run
    assert not database.has_table("a")


@pytest.mark.server_since(13)  # before, no owner of a database may create an extension
def test_optional_extensions_of_the_settings_are_warned_of(either, database):
    """Through a pooler a failure ends the transaction of the turn, and may not begin it for ever."""
    either.migrations(m0001_a="CREATE TABLE s.a (id uuid DEFAULT uuid_generate_v4())")
    env = {"MIGRINIT_DATABASE_EXTENSIONS": "pageinspect?, uuid-ossp?, vector_of_ours?", "MIGRINIT_DATABASE_SCHEMAS": "s"}
    run = either.run(*APP, env={**STRICT, **env})
    assert run.code == 0 and run.app_started, run
    assert run.err.count("Going on without an optional extension: .*pageinspect.*42501.*superuser") == 1, run
    assert run.err.find("does not have these optional extensions: vector_of_ours") and not run.err.find("✗"), run
    assert database.has_table("s.a")
    again = either.run(*APP, env={**STRICT, **env})
    assert again.code == 0 and again.app_started and again.err.count("pageinspect") == 1, again
    assert database.advisory_locks() == 0


def test_extension_of_the_settings_that_the_role_may_not_create(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={**STRICT, "MIGRINIT_DATABASE_EXTENSIONS": "pageinspect"})
    assert run.code == 1 and run.err.find("42501") and run.err.find("hint: Must be superuser .*beforehand"), run
    assert database.tables() == set()
