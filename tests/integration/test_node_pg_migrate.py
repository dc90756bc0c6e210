"""The node-pg-migrate format. tests/conformance has the tool itself."""

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
LOCK = 7241865325823964


def part(up, down="SELECT 1;"):
    return f"-- Up Migration\n{up}\n\n-- Down Migration\n{down}\n"


def write(program, **files):
    for name, text in files.items():
        program.write(f"migrations/{name.lstrip('m')}.sql", text)


def names(database):
    return [row[0] for row in database.rows("SELECT name FROM pgmigrations ORDER BY run_on, id")]


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit, m9_users=part("CREATE TABLE users (id int);", "DROP TABLE users;"), m10_row="INSERT INTO users VALUES (1)")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("node-pg-migrate: 2 of 2 migrations pending"), run
    assert names(database) == ["9_users", "10_row"]
    assert database.value("SELECT count(*) FROM users") == 1
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and again.app_started, again
    assert names(database) == ["9_users", "10_row"]


def test_order_of_applied_must_be_that_of_files(migrinit, database):
    write(migrinit, m1_a=part("CREATE TABLE a ();"), m3_c=part("CREATE TABLE c ();"))
    assert migrinit.run("migrate").code == 0
    write(migrinit, m2_b=part("CREATE TABLE b ();"))
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find("in place 2 the files have 2_b, the applied migrations 3_c"), run
    assert names(database) == ["1_a", "3_c"] and not database.has_table("b")


@pytest.mark.parametrize("name", ["2_b.js", "2_b.ts", "2_b.cjs", "2_b.mjs", "README.md"])
def test_what_is_no_sql_is_refused_before_anything(migrinit, database, name):
    write(migrinit, m1_a=part("CREATE TABLE a ();"))
    migrinit.write(f"migrations/{name}", "x")
    run = migrinit.run("migrate")
    assert run.code == 78, run
    assert run.err.find(name), run
    assert database.tables() == set()


def test_failure_leaves_the_ones_before(migrinit, database):
    write(migrinit, m1_a=part("CREATE TABLE a ();"), m2_b=part("CREATE TABLE b ();\nSELECT nothing;"))
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"2_b\.sql:3:8: .*nothing.*42703"), run
    assert names(database) == ["1_a"] and not database.has_table("b")


def test_waits_for_the_tool_s_lock(migrinit, database):
    write(migrinit, m1_a=part("CREATE TABLE a ();"))
    with database.session() as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("a")
    assert run.wait() == 0, run
    assert names(database) == ["1_a"]


def test_objects_are_where_the_search_path_says(migrinit, database):
    database.run("CREATE SCHEMA shop AUTHORIZATION app")
    write(migrinit, m1_a=part("CREATE TABLE a ();"))
    run = migrinit.run("migrate", env={"DATABASE_URL": database.url + "?search_path=shop"})
    assert run.code == 0, run
    assert database.has_table("shop.a") and database.has_table("shop.pgmigrations")
