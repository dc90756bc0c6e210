"""migrinit plan: what would be run, as a list, as a script, and tried out and rolled back."""

import subprocess

import pytest

FILES = {
    "m0001_a": "CREATE TABLE a (id int);\n",
    "m0002_b": "INSERT INTO a VALUES (1), (2);\nCREATE TABLE b (id int)",
    "m0003_c": "-- migrinit: no-transaction\nCREATE INDEX CONCURRENTLY c ON a (id);\n",
}


def first_applied(migrinit):
    migrinit.migrations(m0001_a=FILES["m0001_a"])
    assert migrinit.run("migrate").code == 0
    migrinit.migrations(**FILES)


def test_plan_lists_what_is_pending_in_order(migrinit, database):
    first_applied(migrinit)
    run = migrinit.run("plan")
    assert run.code == 0, run
    text = run.out.text
    assert "2 of 3 migrations pending" in text
    assert "CREATE TABLE a" not in text
    assert text.index("INSERT INTO a") < text.index("CREATE INDEX CONCURRENTLY")
    assert "0003_c.sql (not in a transaction)" in text
    assert database.tables() == {"a"} and len(database.history()) == 1


def test_plan_as_sql_does_by_hand_what_migrate_would_do(migrinit, database):
    migrinit.migrations(**FILES)
    run = migrinit.run("plan", "--sql")
    assert run.code == 0, run
    assert database.tables() == set()
    subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url],
        input=run.out.text, text=True, check=True, stdout=subprocess.DEVNULL,
    )
    assert database.tables() == {"a", "b"}
    again = migrinit.run("status")
    assert again.code == 0 and "3 applied, 0 pending, 0 changed" in again.out.text, again


def test_try_runs_everything_and_leaves_nothing(migrinit, database):
    first_applied(migrinit)
    run = migrinit.run("plan", "--try")
    assert run.code == 0, run
    assert run.out.find(r"ms  line 1\s+INSERT INTO"), run
    assert run.out.find(r"held so far: .*RowExclusiveLock on a"), run
    assert run.out.find(r"not tried: it cannot run in a transaction"), run
    assert database.tables() == {"a"} and len(database.history()) == 1
    assert database.value("SELECT count(*) FROM a") == 0


def test_try_that_fails_says_where_and_leaves_nothing(migrinit, database):
    first_applied(migrinit)
    migrinit.migrations(m0002_b="INSERT INTO a VALUES (1);\nSELECT totl FROM a;\n")
    run = migrinit.run("plan", "--try")
    assert run.code == 1, run
    assert run.err.find(r"0002_b\.sql:2:8: ERROR: column .totl. does not exist \(42703\)"), run
    assert run.err.find(r"2 \| SELECT totl FROM a;"), run
    assert database.value("SELECT count(*) FROM a") == 0


def test_try_refuses_a_file_that_would_commit(migrinit, database):
    first_applied(migrinit)
    migrinit.migrations(m0002_b="INSERT INTO a VALUES (1);\nCOMMIT;\n")
    run = migrinit.run("plan", "--try")
    assert run.code == 78, run
    assert run.err.find(r"0002_b\.sql"), run
    assert database.value("SELECT count(*) FROM a") == 0


@pytest.mark.server_since(13)  # before, no owner of a database may create an extension
def test_try_creates_what_the_settings_list_first(migrinit, database):
    """As `migrate` would, and rolled back with the rest; an optional extension that is not there does not end it."""
    migrinit.env.update({"MIGRINIT_DATABASE_EXTENSIONS": "of_nobody? pgcrypto", "MIGRINIT_DATABASE_SCHEMAS": "shop"})
    migrinit.migrations(m0001_a="CREATE TABLE shop.a AS SELECT gen_random_bytes(4) AS b;\n")
    run = migrinit.run("plan", "--try")
    assert run.code == 0 and "All of it works, and is rolled back." in run.out.text, run
    assert database.value("SELECT to_regnamespace('shop') IS NULL")
    assert not database.rows("SELECT FROM pg_extension WHERE extname = 'pgcrypto'")
    assert migrinit.run("migrate").code == 0
    run = migrinit.run("plan", "--try", env={"MIGRINIT_DATABASE_EXTENSIONS": "of_nobody"})
    assert run.code == 0, "nothing is pending"


def test_try_without_an_extension_that_must_be_there(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ();\n")
    run = migrinit.run("plan", "--try", env={"MIGRINIT_DATABASE_EXTENSIONS": "of_nobody"})
    assert run.code == 1 and run.err.find('creating EXTENSION "of_nobody"'), run
    assert database.tables() == set()


def test_try_with_nothing_pending(migrinit):
    migrinit.migrations(m0001_a=FILES["m0001_a"])
    assert migrinit.run("migrate").code == 0
    run = migrinit.run("plan", "--try")
    assert run.code == 0 and "nothing pending" in run.out.text, run
