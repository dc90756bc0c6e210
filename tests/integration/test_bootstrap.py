"""Bootstrap: the database, its schemas and extensions, also when several do it at once."""

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}


def bootstrap(program, text):
    return program.write("m.ini", text)


def test_database_is_created(program, no_database):
    program.migrations(m0001_a="CREATE TABLE a ()")
    env = {**STRICT, "DATABASE_URL": no_database.url, "MIGRINIT_DATABASE_CREATE": "true"}
    run = program.run(*APP, env=env)
    assert run.code == 0, run
    assert run.app_started
    assert no_database.has_table("a")
    assert run.err.find("Created database")
    again = program.run(*APP, env=env)
    assert again.code == 0 and not again.err.find("Created database")


@pytest.mark.parametrize("question", [("status",), ("verify",), ("plan",), ("plan", "--sql"), ("plan", "--try")], ids="_".join)
def test_a_question_creates_nothing(program, server, no_database, question):
    program.migrations(m0001_a="CREATE TABLE a ()")
    env = {"DATABASE_URL": no_database.url, "MIGRINIT_DATABASE_CREATE": "true", "MIGRINIT_WAIT_TIMEOUT": "1s"}
    run = program.run(*question, env=env)
    assert run.code == 77 and run.err.find("does not exist"), run
    with server.admin("postgres") as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", (no_database.name,))
        assert not cursor.fetchall()


def test_several_creators_at_once(program, no_database):
    program.migrations(m0001_a="CREATE TABLE a ()")
    env = {**STRICT, "DATABASE_URL": no_database.url, "MIGRINIT_DATABASE_CREATE": "true"}
    runs = [program.start(*APP, env=env) for _ in range(6)]
    assert [run.wait() for run in runs] == [0] * 6, runs
    assert all(run.app_started for run in runs)
    assert no_database.history() != []


def test_role_that_may_not_create(program, server, no_database):
    program.migrations(m0001_a="CREATE TABLE a ()")
    with server.admin("postgres") as cursor:
        cursor.execute("ALTER ROLE app NOCREATEDB")
    try:
        env = {**STRICT, "DATABASE_URL": no_database.url, "MIGRINIT_DATABASE_CREATE": "true"}
        run = program.run(*APP, env={**env, "MIGRINIT_WAIT_AUTH_GRACE": "0"})
    finally:
        with server.admin("postgres") as cursor:
            cursor.execute("ALTER ROLE app CREATEDB")
    assert run.code in (1, 77), run
    assert not run.app_started
    assert run.err.find("(?i)createdb|may not create|permission denied")


@pytest.mark.server_since(13)  # before, no owner of a database may create an extension
def test_schemas_and_extensions(migrinit, database):
    ini = bootstrap(migrinit, "[database]\nschemas = sales, audit\nextensions = pgcrypto\n")
    migrinit.migrations(m0001_a="CREATE TABLE sales.a (id uuid DEFAULT gen_random_uuid())")
    run = migrinit.run("migrate", env={"MIGRINIT_CONFIG": ini})
    assert run.code == 0, run
    assert database.has_table("sales.a")
    assert database.value("SELECT count(*) FROM pg_namespace WHERE nspname IN ('sales', 'audit')") == 2
    assert database.value("SELECT count(*) FROM pg_extension WHERE extname = 'pgcrypto'") == 1
    again = migrinit.run("migrate", env={"MIGRINIT_CONFIG": ini})
    assert again.code == 0, again


def test_extension_that_is_not_there_is_an_error(migrinit, database):
    ini = bootstrap(migrinit, "[database]\nextensions = no_such_extension\n")
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
    assert run.code in (1, 78), run
    assert not run.app_started
    assert run.err.find("no_such_extension")
    assert not database.has_table("a")


def test_extension_with_a_question_mark_is_a_warning(migrinit, database):
    ini = bootstrap(migrinit, "[database]\nextensions = no_such_extension?\n")
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
    assert run.code == 0, run
    assert run.app_started
    assert run.err.find("no_such_extension")
    assert database.has_table("a")


def test_name_with_quotes_in_it(program, server):
    from postgres import Database

    odd = Database(server, "od-d name", exists=False)
    try:
        program.migrations(m0001_a="CREATE TABLE a ()")
        env = {**STRICT, "DATABASE_URL": server.url("od-d%20name"), "MIGRINIT_DATABASE_CREATE": "true"}
        run = program.run(*APP, env=env)
        assert run.code == 0, run
        assert odd.has_table("a")
    finally:
        odd.drop()
