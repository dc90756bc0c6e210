"""graphile-migrate itself before and after migrinit: each half may be either's."""

import hashlib
import os

import pytest
from npm_tool import image, run_tool
from postgres import Database
from program import Program

TOOL = "graphile-migrate"
BOOK = "graphile_migrate.migrations"

BODIES = {
    "000001": "CREATE TABLE users (id serial PRIMARY KEY, name text)",
    "000002-rows": "INSERT INTO users (name) VALUES ('a;b'), ('it''s -- no comment');",
    "000003-index": "--! no-transaction\nCREATE INDEX CONCURRENTLY i ON users (name);",
    "000004": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;",
    "000005-Type": "-- a comment first\n\nCREATE TYPE colour AS ENUM ('red', 'it''s');\nCREATE TABLE colours (c colour);",
    "000006-comment": "-- nothing to do",
    "000007": "SELECT pg_catalog.set_config('search_path', 'public', true);\nCREATE VIEW v AS SELECT f() AS one;",
    "000008": "ALTER TABLE users ADD mail text DEFAULT to_char(now(), 'HH24:MI:SS');\r\nUPDATE users SET mail = NULL;",
    "000009": "ALTER TYPE colour ADD VALUE 'green';",
    "000010-used": "INSERT INTO colours VALUES ('green'), ('it''s');",
    "000011-books": "UPDATE graphile_migrate.migrations SET date = date;",
    "000012-another-index": "--! no-transaction\nCREATE INDEX CONCURRENTLY j ON users (mail);",
    "000013-dollars": "DO $a$ BEGIN EXECUTE $q$CREATE TABLE made (a text DEFAULT ';')$q$; END $a$;",
    "000014-select": "SELECT 1; SELECT * FROM users;",
    "000015": "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';\n"
    "CREATE TRIGGER t BEFORE INSERT ON made FOR EACH ROW EXECUTE FUNCTION t();",
    "000016-remark": "COMMENT ON TABLE users IS 'it''s; one';",
    "000017-nested": "/* a /* nested; */ comment; */ CREATE TABLE nested (i int)",
    "000018": "CREATE TABLE parts (i int) PARTITION BY RANGE (i);\n"
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);",
    "000019-escapes": "INSERT INTO made VALUES (E'a\\';b'), (U&'\\0041;');",
    "000020-role": "SET LOCAL search_path TO pg_catalog;\nCREATE TABLE public.last_one (i int4)",
}


def committed():
    """The files as the tool's documentation says that it writes them, hashed here."""
    previous = ""
    for name, body in BODIES.items():
        text = (previous + "\n" + body.strip()).strip() + "\n"
        digest = "sha1:" + hashlib.sha1(text.encode()).hexdigest()
        yield name, f"--! Previous: {previous or '-'}\n--! Hash: {digest}\n\n{body.strip()}\n"
        previous = digest


FILES = dict(committed())


def write(run, count=None):
    for name in list(FILES)[:count]:
        run.write(f"migrations/committed/{name}.sql", FILES[name])
    run.write("migrations/current.sql", "-- work in progress\n")


def tool(run, where):
    run.write(".gmrc", "{}")
    result = run_tool(TOOL, TOOL, "migrate", cwd=run.cwd, env={"DATABASE_URL": where.url})
    assert result.returncode == 0, result.stdout
    return result.stdout


def book(where):
    return where.rows(f"SELECT filename, hash, previous_hash FROM {BOOK} ORDER BY filename")


def run_migrinit(run):
    result = run.run("migrate")
    assert result.code == 0, result
    return result


@pytest.fixture(scope="module")
def alone(server, tmp_path_factory):
    """The tool's own work, from an empty database to the end."""
    where = Database(server, "graphile_alone")
    run = Program(tmp_path_factory.mktemp("alone"))
    write(run)
    tool(run, where)
    yield image(where, BOOK), book(where)
    where.drop()


def expect_same(run, where, alone):
    assert [row[0] for row in book(where)] == [name.split("-")[0] + ".sql" for name in FILES]
    assert (image(where, BOOK), book(where)) == alone
    assert "Already up to date" in tool(run, where)
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
        where = Database(server, f"graphile_race_{number}")
        run = Program(tmp_path / str(number))
        run.env["DATABASE_URL"] = where.url
        os.makedirs(run.cwd)
        write(run)
        run.write(".gmrc", "{}")
        started = run.start("migrate")
        run_tool(TOOL, TOOL, "migrate", cwd=run.cwd, env={"DATABASE_URL": where.url})
        assert started.wait(60) == 0, started
        assert (image(where, BOOK), book(where)) == alone
        run.close()
        where.drop()


def test_baseline_reads_as_applied(migrinit, database, alone):
    """The bookkeeping was lost: it is recorded anew, and the tool finds nothing to do."""
    write(migrinit)
    tool(migrinit, database)
    database.run("DROP SCHEMA graphile_migrate CASCADE")
    run = migrinit.run("baseline")
    assert run.code == 0, run
    expect_same(migrinit, database, alone)
