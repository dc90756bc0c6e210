"""node-pg-migrate itself before and after migrinit: each half may be either's."""

import os

import pytest
from npm_tool import image, run_tool
from postgres import Database
from program import Program

TOOL = "node-pg-migrate"

# In the order in which the tool runs them, which is not that of the names.
FILES = {
    "9_first": "CREATE TABLE users (id serial PRIMARY KEY, name text)",
    "10_b2": "-- Up Migration\nINSERT INTO users (name) VALUES ('a;b'), ('it''s -- no comment');\n-- Down Migration\nDELETE FROM users;\n",
    "10_b10": "-- down migration\nDROP TABLE orders;\n-- up migration\nCREATE TABLE orders (id int REFERENCES users);\n",
    "10_C": "-- Up Migration\r\nALTER TABLE orders ADD note text;\r\n-- Down Migration\r\nALTER TABLE orders\r\n  DROP note;\r\n",
    "10": "-- Up Migration\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;\n",
    "20241231235959999_utc": "CREATE TYPE colour AS ENUM ('red', 'it''s');\n-- Down Migration\nCREATE TABLE colours (c colour);\n",
    "1735689600000_milliseconds": "-- Up Migration\n-- nothing yet\n-- Down Migration\n",
    "20250101000000001_utc": "",
    "1735689600002_dump": "SELECT pg_catalog.set_config('search_path', 'public', false);\nCREATE VIEW v AS SELECT f() AS one;\n",
    "1735689600003_index": "--- Up Migration ---\nCREATE INDEX i ON users (name);\n--- Down Migration ---\nDROP INDEX i;",
    "1735689600003_its": "INSERT INTO users (name) SELECT 'n' || g FROM generate_series(1, 3) g;",
    "1735689600004_value": "ALTER TYPE colour ADD VALUE 'green';",
    "1735689600005_books": "-- Up Migration\nUPDATE pgmigrations SET name = name;\n-- Down Migration\nSELECT 1;\n",
    "1735689600006_domain": "-- Up Migration\nCREATE DOMAIN mail AS text CHECK (VALUE ~ '@')\n-- Down Migration\nDROP DOMAIN mail",
    "1735689600007_dollars": "-- Up Migration\nDO $a$ BEGIN EXECUTE $q$CREATE TABLE made (a text DEFAULT ';')$q$; END $a$;\n-- Down Migration\nDROP TABLE made;\n",
    "1735689600008_select": "SELECT 1; SELECT * FROM users;",
    "1735689600009_trigger": "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';\n"
    "CREATE TRIGGER t BEFORE INSERT ON made FOR EACH ROW EXECUTE FUNCTION t();\n",
    "1735689600010_comment": "-- Up Migration\nCOMMENT ON TABLE users IS 'it''s; one';\n-- Down Migration\nCOMMENT ON TABLE users IS NULL;\n",
    "1735689600011_nested": "-- Up Migration\n/* a /* nested; */ comment; */ CREATE TABLE nested (i int);\n-- Down Migration\nDROP TABLE nested;\n",
    "1735689600012_parts": "-- Up Migration\nCREATE TABLE parts (i int) PARTITION BY RANGE (i);\n"
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);\n-- Down Migration\nDROP TABLE parts;\n",
    "1735689600013_escapes": "-- Up Migration\nINSERT INTO made VALUES (E'a\\';b'), (U&'\\0041;');\n-- Down Migration\nTRUNCATE made;\n",
}


def write(run, count=None):
    for name in list(FILES)[:count]:
        run.write(f"migrations/{name}.sql", FILES[name])


def tool(run, where):
    result = run_tool(TOOL, TOOL, "up", cwd=run.cwd, env={"DATABASE_URL": where.url})
    assert result.returncode == 0, result.stdout
    return result.stdout


def book(where):
    return where.rows("SELECT id, name FROM pgmigrations ORDER BY run_on, id")


def run_migrinit(run):
    result = run.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": TOOL})
    assert result.code == 0, result
    return result


@pytest.fixture(scope="module")
def alone(server, tmp_path_factory):
    """The tool's own work, from an empty database to the end."""
    where = Database(server, "node_pg_migrate_alone")
    run = Program(tmp_path_factory.mktemp("alone"))
    write(run)
    tool(run, where)
    yield image(where, "pgmigrations"), book(where)
    where.drop()


def expect_same(run, where, alone):
    assert [name for _, name in book(where)] == list(FILES)
    assert (image(where, "pgmigrations"), book(where)) == alone
    assert "No migrations to run!" in tool(run, where)
    status = run.run("status")
    assert status.code == 0, status


def test_migrinit_alone(migrinit, database, alone):
    write(migrinit)
    run_migrinit(migrinit)
    expect_same(migrinit, database, alone)


@pytest.mark.parametrize("done", range(1, len(FILES)))
def test_tool_then_migrinit(migrinit, database, alone, done):
    write(migrinit, done)
    tool(migrinit, database)
    write(migrinit)
    result = run_migrinit(migrinit)
    assert result.err.find(f"{len(FILES) - done} of {len(FILES)} migrations pending"), result
    expect_same(migrinit, database, alone)


@pytest.mark.parametrize("done", range(1, len(FILES)))
def test_migrinit_then_tool(migrinit, database, alone, done):
    write(migrinit, done)
    run_migrinit(migrinit)
    write(migrinit)
    tool(migrinit, database)
    expect_same(migrinit, database, alone)


def test_both_at_once(server, tmp_path, alone):
    """The tool gives up where somebody else is at work; each migration is applied once all the same."""
    for number in range(10):
        where = Database(server, f"node_pg_migrate_race_{number}")
        run = Program(tmp_path / str(number))
        run.env["DATABASE_URL"] = where.url
        os.makedirs(run.cwd)
        write(run)
        started = run.start("migrate", env={"MIGRINIT_MIGRATE_FORMAT": TOOL})
        run_tool(TOOL, TOOL, "up", cwd=run.cwd, env={"DATABASE_URL": where.url})
        assert started.wait(60) == 0, started
        assert [name for _, name in book(where)] == list(FILES)
        assert image(where, "pgmigrations") == alone[0]
        run.close()
        where.drop()


def tool_down(run, where):
    return run_tool(TOOL, TOOL, "down", cwd=run.cwd, env={"DATABASE_URL": where.url}).returncode == 0


def migrinit_down(run, _):
    return run.run("down", env={"MIGRINIT_MIGRATE_FORMAT": TOOL}).code == 0


def way_back(run, where, up, down):
    """Whether it was gone, what is left then, and after the tool has gone on from there."""
    up()
    is_gone = down(run, where)
    left = image(where, "pgmigrations"), book(where)
    tool(run, where)
    return is_gone, left, image(where, "pgmigrations"), book(where)


@pytest.mark.parametrize("done", range(1, len(FILES) + 1))
def test_way_back_is_the_tools_own(server, tmp_path, done):
    """Also where the tool refuses: without a down part, or with one that fails. The yardstick comes first."""
    found = []
    for number, (up, down) in enumerate([(tool, tool_down), (tool, migrinit_down), (lambda run, _: run_migrinit(run), tool_down)]):
        where = Database(server, f"node_pg_migrate_back_{done}_{number}")
        run = Program(tmp_path / str(number))
        run.env["DATABASE_URL"] = where.url
        os.makedirs(run.cwd)
        write(run, done)
        found.append(way_back(run, where, lambda up=up, run=run, where=where: up(run, where), down))
        run.close()
        where.drop()
    assert found[1] == found[0]
    assert found[2] == found[0]


@pytest.mark.parametrize("count", [None, 4])
def test_baseline_as_the_tool_s_fake(migrinit, database, server, tmp_path, count):
    """`up --fake` records without running; so does `baseline`, all or up to a name."""
    where = Database(server, database.name + "_fake")
    try:
        theirs = Program(tmp_path)
        for run in (theirs, migrinit):
            write(run)
        words = ["up", *([str(count)] if count else []), "--fake"]
        result = run_tool(TOOL, TOOL, *words, cwd=theirs.cwd, env={"DATABASE_URL": where.url})
        assert result.returncode == 0, result.stdout
        names = [list(FILES)[count - 1]] if count else []
        run = migrinit.run("baseline", *names, env={"MIGRINIT_MIGRATE_FORMAT": TOOL})
        assert run.code == 0, run
        assert book(database) == book(where) and len(book(where)) == (count or len(FILES))
        assert image(database, "pgmigrations") == image(where, "pgmigrations")
    finally:
        where.drop()
    if not count:
        assert "No migrations to run!" in tool(migrinit, database)


def test_resolved_reads_as_applied(migrinit, database, alone):
    """The next one is run by hand, and recorded; the tool goes on behind it."""
    write(migrinit, 2)
    run_migrinit(migrinit)
    write(migrinit)
    third = list(FILES)[2]
    database.run("SET ROLE app; CREATE TABLE orders (id int REFERENCES users)")
    run = migrinit.run("resolve", "--applied", third, env={"MIGRINIT_MIGRATE_FORMAT": TOOL})
    assert run.code == 0, run
    tool(migrinit, database)
    expect_same(migrinit, database, alone)
