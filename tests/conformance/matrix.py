"""Proves that migrinit and a migration tool are interchangeable on one folder.

A tool is described by a subclass of `Tool`, and tested by a subclass of `Conformance`:

    class Dbmate(Tool):
        name = "dbmate"
        bookkeeping = "SELECT version FROM schema_migrations ORDER BY version"
        own_tables = ("public.schema_migrations",)
        migrations = [m for m in hard_migrations() if ...]

        def files(self, count): ...        # {path: text} of the folder with the first `count`
        def migrate(self, place): ...      # runs the tool; raises when it fails
        def is_current(self, place): ...   # asks the tool whether nothing is pending

    class TestDbmate(Conformance):
        tool = Dbmate()

What the tests of `Conformance` show: the tool alone; migrinit alone; the tool for the first n, then
migrinit; migrinit for the first n, then the tool, for every n; several at once. Each ends with the
same schema (pg_dump -s), the same rows and sequences, the same bookkeeping, and with both programs
saying that nothing is pending. The yardstick is the tool alone, once per session.

The dump is compared as it is, the bookkeeping table with it, but for the \\restrict lines, which
are random. What a tool cannot help to make differ may be taken out in `normalise()`; say why there.

`place` is a working folder with a database: `place.url`, `place.cwd`, `place.database` (see
tests/support/postgres.py), `place.write(path, text)`, `place.command(argv, env)` (the tool's output,
or an AssertionError with it). A tool from npm has tests/conformance/<name>/package.json with exact
versions; `npm_program(name, program)` gives the path of its program below .cache/npm/<name>, which
tests/conformance/install.sh fills. Engines in Rust are told in rust_tools.py, tools in Go in go_tools.py.
"""

import copy
import dataclasses
import difflib
import itertools
import json
import os
import subprocess
import threading

import pytest
from program import ROOT, Program

# More than any run takes; for a tool that hangs.
PATIENCE_S = 120

# Of the ways to share a folder every n-th one is tried, and several programs at once then fewer times.
STEP = int(os.environ.get("CONFORMANCE_STEP", "1"))
ROUNDS = 10 if STEP == 1 else 3


@dataclasses.dataclass(frozen=True)
class Migration:
    """What a tool's own file is made of."""

    title: str
    sql: str
    in_transaction: bool = True
    down: str = ""  # takes it back well enough for the way up to work again


def hard_migrations():
    """SQL that readers of SQL get wrong. Each can be applied once only, or leaves a row in `journal`.

    None leaves a setting behind: sessions of tools last for one file or for all of them.
    """
    rows = ",\n".join(f"  ({i}, 'line {i}: it''s; -- no comment')" for i in range(4000))
    cases = [
        ("journal", "CREATE TABLE journal (id int GENERATED ALWAYS AS IDENTITY, what text NOT NULL);"),
        ("quoted_names", 'CREATE TABLE "Semi;colon" ("a""b" int, "-- no" text, "Grün" text DEFAULT \'ä;ö\');'),
        (
            "strings",
            "INSERT INTO journal (what) VALUES ('it''s; -- fine'), (E'it\\'s; /* fine'), (U&'\\00e4;'), ('\\'),\n"
            " ($$dollar ' ; $$), ($a$ $b$ ; $a$), ('two ' \n 'parts;'), ('{{brace}} ${env} :name %s $1 ?');",
        ),
        (
            "plpgsql",
            "CREATE FUNCTION noted(w text) RETURNS int LANGUAGE plpgsql AS $fn$\n-- a comment; in a body\nBEGIN\n"
            "  EXECUTE $q$ INSERT INTO journal (what) VALUES ('by noted; ' || $1) $q$ USING w;\n  RETURN 1;\nEND;\n$fn$;\n"
            "SELECT noted('first');",
        ),
        (
            "atomic_body",
            "CREATE FUNCTION three() RETURNS int LANGUAGE sql BEGIN ATOMIC\n  SELECT CASE WHEN true THEN 1 ELSE 2 END;\n"
            "  SELECT 3;\nEND;\nINSERT INTO journal (what) SELECT three();",
        ),
        ("enum", "CREATE TYPE mood AS ENUM ('sad', 'it''s ok');"),
        ("enum_grows", "ALTER TYPE mood ADD VALUE 'happy; very' AFTER 'sad';"),
        ("enum_used", "CREATE TABLE moods (m mood);\nINSERT INTO moods VALUES ('happy; very'), ('sad');"),
        ("index_concurrently", "CREATE INDEX CONCURRENTLY journal_what ON journal (what);", False),
        ("comments_only", "-- it's only; a comment\n/* and /* nested; ' */ one */\n"),
        ("no_last_semicolon", "INSERT INTO journal (what) VALUES ('a'); INSERT INTO journal (what) VALUES ('no semicolon')"),
        ("crlf", "CREATE TABLE crlf (\r\n  t text\r\n);\r\nINSERT INTO crlf VALUES ('one\r\ntwo');\r\n"),
        ("comment_at_end", "INSERT INTO journal (what) VALUES ('b'); -- it's; the end"),
        ("do_block", "DO $do$ BEGIN FOR i IN 1..3 LOOP PERFORM noted('loop ' || i); END LOOP; END $do$;"),
        (
            "partitions",
            "CREATE TABLE parts (d date NOT NULL, n int) PARTITION BY RANGE (d);\n"
            "CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');\n"
            "CREATE TABLE parts_rest PARTITION OF parts DEFAULT;\nINSERT INTO parts VALUES ('2024-05-05', 1), ('1999-01-01', 2);",
        ),
        (
            "views",
            "CREATE VIEW v AS SELECT what FROM journal WHERE what LIKE '%;%';\n"
            "CREATE MATERIALIZED VIEW mv AS SELECT count(*) AS n FROM journal;\n"
            "CREATE RULE r AS ON DELETE TO moods DO ALSO (INSERT INTO journal (what) VALUES ('x'); DELETE FROM crlf);",
        ),
        (
            "triggers",
            "CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM noted(''t;''); RETURN NEW; END';\n"
            "CREATE TRIGGER touch BEFORE INSERT ON crlf FOR EACH ROW EXECUTE FUNCTION touched();\n"
            "INSERT INTO crlf VALUES ('three');",
        ),
        ("long_file", f"CREATE TABLE long_file (id int PRIMARY KEY, t text);\nINSERT INTO long_file VALUES\n{rows};\n"),
        (
            "other_schema",
            # `public` stays in front: some tools look for their table where the file pointed.
            "CREATE SCHEMA other;\nCREATE TABLE other.here (id serial PRIMARY KEY);\nSET LOCAL search_path = public, other;\n"
            "INSERT INTO here DEFAULT VALUES;\nINSERT INTO journal (what) VALUES (current_setting('search_path'));",
        ),
        (
            "policies",
            "ALTER TABLE moods ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON moods USING (m <> 'sad' OR current_user = 'app;');\n"
            "REVOKE ALL ON moods FROM PUBLIC;\nGRANT SELECT (m) ON moods TO PUBLIC;",
        ),
        (
            "types",
            "CREATE DOMAIN positive AS int CHECK (VALUE > 0);\nCREATE TYPE pair AS (a positive, b text);\n"
            "CREATE TABLE booked (r int4range, p pair, EXCLUDE USING gist (r WITH &&));\n"
            "INSERT INTO booked VALUES ('[1,5)', (1, 'it''s;')), ('[5,9)', NULL);",
        ),
        (
            "generated",
            "CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a * 2) STORED, CHECK (a::text <> ';'));\n"
            "COMMENT ON TABLE g IS 'it''s; a comment -- of a table';\nINSERT INTO g VALUES (21);",
        ),
        (
            "deferred",
            "ALTER TABLE g ADD PRIMARY KEY (a), ADD COLUMN up int REFERENCES g DEFERRABLE INITIALLY IMMEDIATE;\n"
            "SET CONSTRAINTS ALL DEFERRED;\nINSERT INTO g (a, up) VALUES (1, 2), (2, 1);",
        ),
        ("json", "CREATE TABLE j (b jsonb);\nINSERT INTO j VALUES ('{\"a;\": \"it''s\"}');\n"
         "UPDATE j SET b = b || '{\"x\": 1}' WHERE b ? 'a;' AND b @> '{}' AND NOT b ?| array['z', ':z'];"),
        (
            "temporary_and_lock",
            "CREATE TEMPORARY TABLE short ON COMMIT DROP AS SELECT 1 AS x;\nLOCK TABLE journal IN EXCLUSIVE MODE;\n"
            "SAVEPOINT s;\nINSERT INTO journal (what) VALUES ('gone');\nROLLBACK TO SAVEPOINT s;\nRELEASE SAVEPOINT s;\n"
            "INSERT INTO journal (what) SELECT 'short ' || x FROM short;",
        ),
        ("vacuum", "VACUUM (ANALYZE) journal;", False),
        ("index_dropped", "DROP INDEX CONCURRENTLY journal_what;", False),
        (
            "procedure",
            "CREATE PROCEDURE p(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$;\nCALL p(1);\n"
            "INSERT INTO journal (what) VALUES ('last');\nREFRESH MATERIALIZED VIEW mv;",
        ),
    ]
    return [Migration(*case, down=HARD_DOWN[case[0]]) for case in cases]


# By title. Nothing at all, comments and text without a last semicolon are among them.
HARD_DOWN = {
    "journal": "DROP TABLE journal;",
    "quoted_names": 'DROP TABLE "Semi;colon"',
    "strings": "DELETE FROM journal WHERE what IN ('it''s; -- fine', E'it\\'s; /* fine', '\\', $a$ $b$ ; $a$);\n"
    "INSERT INTO journal (what) VALUES ($$undone; ' -- $$);",
    "plpgsql": "-- it's; a comment\nDROP FUNCTION noted(text);",
    "atomic_body": "DROP FUNCTION three();\nDELETE FROM journal WHERE what = '3'",
    "enum": "DROP TYPE mood;",
    "enum_grows": "ALTER TYPE mood RENAME VALUE 'happy; very' TO 'it was; happy';",
    "enum_used": "DROP TABLE moods; -- it's; gone",
    "index_concurrently": "DROP INDEX CONCURRENTLY journal_what;",
    "comments_only": "/* nothing; ' */\n",
    "no_last_semicolon": "DELETE FROM journal WHERE what = 'a'; DELETE FROM journal WHERE what = 'no semicolon'",
    "crlf": "DROP TABLE\r\n  crlf;\r\n",
    "comment_at_end": "",
    "do_block": "DO $do$ BEGIN FOR i IN 1..3 LOOP DELETE FROM journal WHERE what = 'loop ' || i; END LOOP; END $do$;",
    "partitions": "DROP TABLE parts;",
    "views": "DROP RULE r ON moods;\nDROP MATERIALIZED VIEW mv;\nDROP VIEW v;",
    "triggers": "DROP TRIGGER touch ON crlf;\nDROP FUNCTION touched();\nDELETE FROM crlf WHERE t = 'three';",
    "long_file": "DROP TABLE long_file;",
    "other_schema": "SET LOCAL client_min_messages = error;\nDROP SCHEMA other CASCADE;",
    "policies": "DROP POLICY p ON moods;\nALTER TABLE moods DISABLE ROW LEVEL SECURITY;\nREVOKE SELECT (m) ON moods FROM PUBLIC;",
    "types": "DROP TABLE booked;\nDROP TYPE pair;\nDROP DOMAIN positive;",
    "generated": "DROP TABLE g;",
    "deferred": "DELETE FROM g WHERE up IS NOT NULL;\nALTER TABLE g DROP COLUMN up, DROP CONSTRAINT g_pkey, ALTER a DROP NOT NULL;",
    "json": "UPDATE j SET b = b - 'a;' WHERE b ? 'x' AND NOT b ?| array['z', ':z'];\nDROP TABLE j;",
    "temporary_and_lock": "DELETE FROM journal WHERE what LIKE 'short %';",
    "vacuum": "VACUUM (ANALYZE) journal;",
    "index_dropped": "CREATE INDEX CONCURRENTLY journal_what ON journal (what);",
    "procedure": "DROP PROCEDURE p(int);\nDELETE FROM journal WHERE what = 'last';",
}


def own_transaction(migration):
    """In the implicit transaction of one message there are no savepoints (25P01)."""
    if "SAVEPOINT" not in migration.sql:
        return migration
    return dataclasses.replace(migration, sql=f"BEGIN;\n{migration.sql}\nCOMMIT;\n")


def npm_program(tool, program):
    """The path of a program that tests/conformance/<tool>/package.json names, installed if need be."""
    path = os.path.join(ROOT, ".cache/npm", tool, "node_modules/.bin", program)
    if not os.path.exists(path):
        subprocess.run([os.path.join(ROOT, "tests/conformance/install.sh"), tool], check=True, stdin=subprocess.DEVNULL)
    return path


class Place(Program):
    """A working folder and the database that its migrations are for."""

    def __init__(self, cwd, database):
        super().__init__(cwd)
        self.database = database
        self.url = database.url
        self.env["DATABASE_URL"] = database.url

    def command(self, argv, env=None):
        """Runs a tool to its end; gives what it printed."""
        result = self.attempt(argv, env)
        assert result.returncode == 0, f"{argv} ended with {result.returncode}:\n{result.stdout}"
        return result.stdout

    def attempt(self, argv, env=None):
        """The same, whatever its exit code."""
        return subprocess.run(
            argv,
            cwd=self.cwd,
            env={**self.env, "PATH": os.environ["PATH"], **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )


class Tool:
    """What the tests need to know of a tool; see the head of this file."""

    name = ""  # its format's name in migrinit
    migrations = []
    bookkeeping = ""  # a query; no times and no generated ids; ordered
    own_tables = ()  # schema.table of the bookkeeping: not data
    has_lock = False  # may it run at the same time as another of itself?
    has_down = False  # has it a verb that undoes the last migration: rollback()?
    records_newest_only = False  # one row for all of them
    titles_are_names = False  # its migrations' titles are whole file names: no others can be put in their place

    def files(self, count):
        raise NotImplementedError

    def migrate(self, place):
        raise NotImplementedError

    def is_current(self, place):
        raise NotImplementedError

    def rollback(self, place):
        """Undoes the last one."""
        raise NotImplementedError

    def normalise(self, dump):
        return dump

    def for_company(self):
        """The tool with what of its migrations it can run while another of itself waits."""
        return self

    def write(self, place, count):
        for path, text in self.files(count).items():
            place.write(path, text)


@dataclasses.dataclass
class State:
    """What is left in a database."""

    schema: str
    data: dict
    bookkeeping: list


TABLES = """
SELECT format('%%I.%%I', nspname, relname), relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind IN ('r', 'm', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
   AND c.oid <> ALL (SELECT to_regclass(t) FROM unnest(%s::text[]) t WHERE to_regclass(t) IS NOT NULL)
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND (d.deptype = 'e' OR d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass
                            AND d.refobjid = ANY (SELECT to_regclass(t) FROM unnest(%s::text[]) t)))
 ORDER BY 1"""


def dump_schema(database):
    """pg_dump -s, but for the lines that are random."""
    server = database.server
    dump = subprocess.run(
        [os.path.join(server.bin, "pg_dump"), "-s", "-h", server.directory, "-p", str(server.port), "-U", "postgres", database.name],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return "\n".join(line for line in dump.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def read_rows(database, own_tables):
    """The rows of every table and the state of every sequence that are not the tool's own."""
    data = {}
    with database.server.admin(database.name) as cursor:
        cursor.execute(TABLES, (list(own_tables), list(own_tables)))
        for name, kind in cursor.fetchall():
            columns = "(last_value, is_called)::text" if kind == "S" else "t::text"
            cursor.execute(f"SELECT {columns} FROM ONLY {name} t ORDER BY 1")
            data[name] = [row[0] for row in cursor.fetchall()]
    return data


def read_state(place, tool):
    return State(
        tool.normalise(dump_schema(place.database)),
        read_rows(place.database, tool.own_tables),
        place.database.rows(tool.bookkeeping),
    )


def differences(state, yardstick):
    """Lines of a short diff; pytest's own takes its time on long texts."""
    ours = [*state.schema.splitlines(), *(f"{name}: {row}" for name, rows in state.data.items() for row in rows)]
    theirs = [*yardstick.schema.splitlines(), *(f"{name}: {row}" for name, rows in yardstick.data.items() for row in rows)]
    return "\n".join(itertools.islice(difflib.unified_diff(theirs, ours, "tool alone", "here", lineterm=""), 60))


def assert_same(state, yardstick):
    assert state.bookkeeping == yardstick.bookkeeping
    if state != yardstick:
        pytest.fail(differences(state, yardstick) or "other tables, all without rows", pytrace=False)


def migrinit(place, tool):
    run = place.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": tool.name}, timeout=PATIENCE_S)
    assert run.code == 0, run
    return run


def migrinit_down(place, tool, count=1):
    run = place.run("down", str(count), env={"MIGRINIT_MIGRATE_FORMAT": tool.name}, timeout=PATIENCE_S)
    assert run.code == 0, run
    return run


def pair(new_place, files):
    """A place for the tool and one for migrinit, with the same files in the folder."""
    theirs, ours = new_place(), new_place()
    for place in (theirs, ours):
        for path, text in files.items():
            place.write(f"migrations/{path}", text)
    return theirs, ours


def assert_nothing_pending(place, tool):
    assert tool.is_current(place), f"{tool.name} says that something is pending"
    run = place.run("status", env={"MIGRINIT_MIGRATE_FORMAT": tool.name})
    assert run.code == 0, run


def without_concurrently(tool):
    """The tool with what it can apply while another of itself waits: who waits in pg_advisory_lock() holds a snapshot, and
    CREATE INDEX CONCURRENTLY would wait for that. Whichever of the two PostgreSQL picks then ends with 40P01."""
    beside = copy.copy(tool)
    beside.migrations = [migration for migration in tool.migrations if not migration.title.startswith("index_")]
    return beside


def migrate_quietly(tool, place, failures):
    try:
        tool.migrate(place)
    except Exception as error:  # pylint: disable=broad-except  # a thread's errors are nobody's
        failures.append(error)


class Conformance:
    """The tests; a subclass names the tool. `first` runs over every n, see conftest.py."""

    tool = Tool()

    @pytest.fixture
    def yardstick(self, new_place, request):
        """What the tool itself leaves from empty. Made once for each tool."""
        known = request.config.stash.setdefault(YARDSTICKS, {})
        if self.tool not in known:
            known[self.tool] = self.tool_alone(new_place(), self.tool)
        return known[self.tool]

    @staticmethod
    def tool_alone(place, tool):
        tool.write(place, len(tool.migrations))
        tool.migrate(place)
        assert tool.is_current(place)
        return read_state(place, tool)

    @property
    def count(self):
        return len(self.tool.migrations)

    def assert_conforms(self, place, yardstick):
        assert_nothing_pending(place, self.tool)
        assert_same(read_state(place, self.tool), yardstick)

    def test_folder_is_hard_enough(self, yardstick):
        assert self.count >= 20
        shown = 1 if self.tool.records_newest_only else self.count
        assert len(yardstick.bookkeeping) >= shown, "the bookkeeping query shows each migration"
        assert yardstick.data

    def test_tool_is_asked_rightly(self, new_place):
        """A tool that says "nothing pending" of anything would prove nothing."""
        place = new_place()
        self.tool.write(place, self.count - 1)
        self.tool.migrate(place)
        assert self.tool.is_current(place)
        self.tool.write(place, self.count)
        assert not self.tool.is_current(place)

    def test_migrinit_detects_the_folder(self, new_place, yardstick):
        place = new_place()
        self.tool.write(place, self.count)
        run = place.run("migrate", timeout=PATIENCE_S)
        assert run.code == 0, run
        self.assert_conforms(place, yardstick)

    def test_migrinit_alone_then_again(self, new_place, yardstick):
        place = new_place()
        self.tool.write(place, self.count)
        migrinit(place, self.tool)
        self.assert_conforms(place, yardstick)
        migrinit(place, self.tool)
        self.tool.migrate(place)
        self.assert_conforms(place, yardstick)

    def test_migrinit_after_tool_does_nothing(self, new_place, yardstick):
        place = new_place()
        self.tool.write(place, self.count)
        self.tool.migrate(place)
        migrinit(place, self.tool)
        self.assert_conforms(place, yardstick)

    def test_tool_first_then_migrinit(self, new_place, yardstick, first):
        place = new_place()
        self.tool.write(place, first)
        self.tool.migrate(place)
        self.tool.write(place, self.count)
        migrinit(place, self.tool)
        self.assert_conforms(place, yardstick)

    def test_migrinit_first_then_tool(self, new_place, yardstick, first):
        place = new_place()
        self.tool.write(place, first)
        migrinit(place, self.tool)
        self.tool.write(place, self.count)
        self.tool.migrate(place)
        self.assert_conforms(place, yardstick)

    def test_migrinit_takes_over_twice(self, new_place, yardstick):
        """Turn and turn about, one migration each."""
        place = new_place()
        for count in range(1, self.count + 1):
            self.tool.write(place, count)
            if count % 2:
                migrinit(place, self.tool)
            else:
                self.tool.migrate(place)
        self.assert_conforms(place, yardstick)

    def test_several_at_once(self, new_place, yardstick):
        for _ in range(ROUNDS):
            place = new_place()
            self.tool.write(place, self.count)
            env = {"MIGRINIT_MIGRATE_FORMAT": self.tool.name}
            runs = [place.start("migrate", env=env) for _ in range(4)]
            assert [run.wait(PATIENCE_S) for run in runs] == [0] * 4, runs
            self.assert_conforms(place, yardstick)

    def test_baseline_is_as_if_it_had_been_run(self, new_place, yardstick):
        """A database whose bookkeeping was lost: it is recorded anew, and the tool finds nothing to do."""
        place = new_place()
        self.tool.write(place, self.count)
        self.tool.migrate(place)
        place.database.run(f"DROP TABLE {self.tool.own_tables[0]}")
        run = place.run("baseline", env={"MIGRINIT_MIGRATE_FORMAT": self.tool.name})
        assert run.code == 0, run
        self.assert_conforms(place, self.as_baseline(yardstick))

    def as_baseline(self, yardstick):
        """What the tool itself would have, where that is not what it has after a run."""
        return yardstick

    def test_resolved_reads_as_applied(self, new_place):
        """The last one is run by hand, and said to be applied."""
        place = new_place()
        self.tool.write(place, self.count - 1)
        migrinit(place, self.tool)
        self.tool.write(place, self.count)
        status = place.run("status", "--json", env={"MIGRINIT_MIGRATE_FORMAT": self.tool.name})
        last = json.loads(status.out.text)["steps"][0]["migrations"][-1]["name"]
        run = place.run("resolve", "--applied", last, env={"MIGRINIT_MIGRATE_FORMAT": self.tool.name})
        assert run.code == 0, run
        assert_nothing_pending(place, self.tool)

    def test_tool_and_migrinit_at_once(self, new_place):
        if not self.tool.has_lock:
            return  # not skipped: there is nothing that could be shown of a tool without a lock
        tool = self.tool.for_company()
        yardstick = self.tool_alone(new_place(), tool)
        for round_number in range(ROUNDS):
            place = new_place()
            tool.write(place, len(tool.migrations))
            failures = []
            other = threading.Thread(target=migrate_quietly, args=(tool, place, failures))
            run = None
            if round_number % 2:
                run = place.start("migrate", env={"MIGRINIT_MIGRATE_FORMAT": tool.name})
            other.start()
            run = run or place.start("migrate", env={"MIGRINIT_MIGRATE_FORMAT": tool.name})
            other.join()
            assert run.wait(PATIENCE_S) == 0, run
            assert not failures, failures
            assert_nothing_pending(place, tool)
            assert_same(read_state(place, tool), yardstick)

    def up_and_down(self, place, count, up, down):
        """What the way back leaves, and what the tool makes of it when it goes on."""
        self.tool.write(place, count)
        up()
        down()
        left = read_state(place, self.tool)
        self.tool.migrate(place)
        assert_nothing_pending(place, self.tool)
        return left, read_state(place, self.tool)

    def test_way_back_is_the_tools_own(self, new_place, first):
        """The tool up and down is the yardstick: migrinit down after the tool, the tool down after migrinit."""
        if not self.tool.has_down:
            return  # not skipped: there is nothing to be compared with
        tool, place = self.tool, new_place()
        yardstick = self.up_and_down(place, first, lambda: tool.migrate(place), lambda: tool.rollback(place))
        place = new_place()
        ours = self.up_and_down(place, first, lambda: tool.migrate(place), lambda: migrinit_down(place, tool))
        assert_same(ours[0], yardstick[0])
        assert_same(ours[1], yardstick[1])
        place = new_place()
        ours = self.up_and_down(place, first, lambda: migrinit(place, tool), lambda: tool.rollback(place))
        assert_same(ours[0], yardstick[0])
        assert_same(ours[1], yardstick[1])

    def test_all_the_way_back(self, new_place):
        if not self.tool.has_down:
            return
        tool, place = self.tool, new_place()
        yardstick = self.up_and_down(
            place, self.count, lambda: tool.migrate(place), lambda: [tool.rollback(place) for _ in range(self.count)]
        )
        place = new_place()
        ours = self.up_and_down(place, self.count, lambda: migrinit(place, tool), lambda: migrinit_down(place, tool, self.count))
        assert_same(ours[0], yardstick[0])
        assert_same(ours[1], yardstick[1])


YARDSTICKS = pytest.StashKey()
