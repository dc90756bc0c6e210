"""A database that another tool has kept is not begun afresh because the folder looks like ours."""

import pytest


@pytest.mark.parametrize(
    "table,tool",
    [("_sqlx_migrations", "sqlx"), ("flyway_schema_history", "Flyway"), ("alembic_version", "Alembic")],
)
def test_foreign_table_with_rows_is_refused(migrinit, database, table, tool):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    database.run(f"CREATE TABLE {table} AS SELECT 1 AS version; GRANT SELECT ON {table} TO app")
    run = migrinit.run("migrate")
    assert run.code == 78, run
    assert run.err.find(rf"kept by {tool}: public\.{table} has rows"), run
    assert not database.has_table("a")


def test_foreign_table_without_rows_is_no_obstacle(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    database.run("CREATE TABLE goose_db_version (version_id bigint); GRANT SELECT ON goose_db_version TO app")
    assert migrinit.run("migrate").code == 0
    assert database.has_table("a")


def test_naming_the_format_begins_afresh(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    database.run("CREATE TABLE _sqlx_migrations AS SELECT 1 AS version; GRANT SELECT ON _sqlx_migrations TO app")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": "plain"})
    assert run.code == 0, run
    assert database.has_table("a")


def test_own_bookkeeping_settles_it(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    assert migrinit.run("migrate").code == 0
    database.run("CREATE TABLE _sqlx_migrations AS SELECT 1 AS version; GRANT SELECT ON _sqlx_migrations TO app")
    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="CREATE TABLE b ()")
    assert migrinit.run("migrate").code == 0
    assert database.has_table("b")
