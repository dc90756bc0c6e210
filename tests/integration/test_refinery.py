"""The refinery format: rows, checksums and rules as refinery 0.9 has them."""

import re

import pytest
from program import APP

ENV = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true", "MIGRINIT_MIGRATE_FORMAT": "refinery"}

FILES = {
    "V1__a": "create table a(i int);\n",
    "V2__rows": "SET search_path = pg_catalog;\nINSERT INTO public.a VALUES (1), (2);",
    "U3__late": "CREATE VIEW v AS SELECT 1 AS one",
    "V10__last": "",
}
# What refinery_core 0.9.0 has written for the first.
CHECKSUM = "4714008957796537232"


def write(program, count=None):
    for name in list(FILES)[:count]:
        program.write(f"migrations/{name}.sql", FILES[name])


def history(database):
    return database.rows("SELECT version, name FROM refinery_schema_history ORDER BY version")


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=ENV)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("refinery: 4 of 4 migrations pending"), run
    assert history(database) == [(1, "a"), (2, "rows"), (3, "late"), (10, "last")]
    assert database.value("SELECT checksum FROM refinery_schema_history WHERE version = 1") == CHECKSUM
    again = migrinit.run(*APP, env=ENV)
    assert again.code == 0 and again.app_started, again
    assert database.value("SELECT count(*) FROM a") == 2
    assert migrinit.run("status", env=ENV).code == 0


def test_applied_on_is_a_time_of_rfc_3339(migrinit, database):
    write(migrinit)
    database.run(f"ALTER DATABASE {database.name} SET timezone = 'Asia/Kathmandu'")
    assert migrinit.run("migrate", env=ENV).code == 0
    for applied_on, age in database.rows(
        "SELECT applied_on, extract(epoch FROM now() - applied_on::timestamptz) FROM refinery_schema_history"
    ):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", applied_on)
        assert 0 <= age < 600


def test_goes_on_from_what_refinery_has_written(migrinit, database):
    database.run(
        "CREATE TABLE refinery_schema_history(version INT4 PRIMARY KEY, name VARCHAR(255),"
        " applied_on VARCHAR(255), checksum VARCHAR(255));"
        f"INSERT INTO refinery_schema_history VALUES (1, 'a', '2026-11-21T00:28:10.513860445Z', '{CHECKSUM}');"
        "CREATE TABLE a (i int); ALTER TABLE a OWNER TO app; ALTER TABLE refinery_schema_history OWNER TO app"
    )
    write(migrinit)
    run = migrinit.run("migrate", env=ENV)
    assert run.code == 0, run
    assert run.err.find("3 of 4 migrations pending"), run
    assert len(history(database)) == 4


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("V1__a", "create table a(i int); ", "changed after it was applied"),
        ("V1__b", None, "changed after it was applied"),
        ("V1__a", None, "version 1 is applied, but has no file"),
        ("V4__between", "SELECT 1", "was not applied, but the later version 10 was"),
    ],
)
def test_what_refinery_refuses_to_go_on_with(migrinit, database, name, text, said):
    import os

    write(migrinit)
    assert migrinit.run("migrate", env=ENV).code == 0
    if text is None:
        path = os.path.join(migrinit.cwd, "migrations/V1__a.sql")
        os.rename(path, path + ".old") if name == "V1__a" else os.rename(path, path.replace("__a", "__b"))
    else:
        migrinit.write(f"migrations/{name}.sql", text)
    migrinit.write("migrations/V11__next.sql", "CREATE TABLE next ();")
    run = migrinit.run("migrate", env=ENV)
    assert run.code == 1, run
    assert run.err.find(said), run
    assert not database.has_table("next")


def test_u_may_come_late(migrinit, database):
    write(migrinit)
    assert migrinit.run("migrate", env=ENV).code == 0
    migrinit.write("migrations/sub/U4__between.sql", "CREATE TABLE between_them ();")
    run = migrinit.run("migrate", env=ENV)
    assert run.code == 0, run
    assert (4, "between") in history(database)


@pytest.mark.parametrize("name", ["V2__b.rs", "V2__a-b.sql", "V20240101000000__a.sql", "V1.2__a.sql", "U1__again.sql"])
def test_what_cannot_be_run_is_refused_before_anything(migrinit, database, name):
    write(migrinit, 1)
    migrinit.write(f"migrations/{name}", "SELECT 1;")
    run = migrinit.run("migrate", env=ENV)
    assert run.code == 78, run
    assert run.err.find(name), run
    assert database.tables() == set()


def test_without_the_setting_it_may_be_flyway(migrinit, database):
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 78, run
    assert run.err.find("could be flyway.s as well as refinery.s"), run
    assert database.tables() == set()
