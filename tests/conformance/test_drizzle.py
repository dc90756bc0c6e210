"""Drizzle (tests/conformance/drizzle*/package.json have the versions): a journal, and 1.0's folders.

The tool says "applied successfully" whether or not something was pending, so whether it finds
nothing to do is seen in the database: it is let run, and no row may come of it.
"""

import datetime
import hashlib
import json
import shutil

import pytest
from matrix import YARDSTICKS, Conformance, Migration, Tool, hard_migrations, migrinit, npm_program, read_state

BREAK = "--> statement-breakpoint"
TABLE = "drizzle.__drizzle_migrations"
FORMAT = {"MIGRINIT_MIGRATE_FORMAT": "drizzle"}

CONFIG = {"dialect": "postgresql", "out": "./drizzle", "schema": "./schema.ts"}
MIGRATE = """
const { drizzle } = require("drizzle-orm/node-postgres");
const { migrate } = require("drizzle-orm/node-postgres/migrator");
const { Client } = require("pg");
(async () => {
    const client = new Client({ connectionString: process.argv[1] });
    await client.connect();
    await migrate(drizzle({ client }), { migrationsFolder: "drizzle" });
    await client.end();
})().catch((error) => { console.error(error); process.exit(1); });
"""

# All that is pending runs in one transaction: what cannot, Drizzle cannot run at all, and an enum's
# new value cannot be used before it is committed.
UNABLE = ("index_concurrently", "vacuum", "index_dropped")
ENUM_USED = Migration("enum_used", "CREATE TABLE moods (m mood);\nINSERT INTO moods VALUES ('sad');")

OWN = [
    Migration(
        "generated_like",
        f'CREATE TABLE "u" (\n\t"id" serial PRIMARY KEY NOT NULL\n);\n{BREAK}\nCREATE INDEX "i" ON "u" ("id");{BREAK}\n'
        "INSERT INTO u DEFAULT VALUES;",
    ),
    Migration(
        "pieces_without_semicolon",
        f"INSERT INTO journal (what) VALUES ('p1')\n{BREAK}\nINSERT INTO journal (what) VALUES ('p2') -- no end {BREAK}"
        " INSERT INTO journal (what) VALUES ('p3')",
    ),
    Migration("breaks_only", f"{BREAK}\n{BREAK}{BREAK}\n"),
    Migration("empty", ""),
    Migration("pulled", "-- Current sql file was generated after introspecting the database\n/*\nCREATE TABLE journal (\n);\n" + BREAK.replace(">", "") + "\n*/\n"),
    Migration("crlf_breaks", f"INSERT INTO journal (what) VALUES ('one\r\ntwo')\r\n{BREAK}\r\nINSERT INTO journal (what) VALUES ('c');\r\n"),
]


def migrations():
    hard = [ENUM_USED if m.title == "enum_used" else m for m in hard_migrations() if m.title not in UNABLE]
    return hard[:-1] + OWN + hard[-1:]


class Drizzle(Tool):
    name = "drizzle"
    migrations = migrations()
    bookkeeping = f"SELECT hash, created_at FROM {TABLE} ORDER BY id"
    own_tables = (TABLE, "drizzle.__drizzle_migrations_id_seq")
    package = "drizzle"

    def files(self, count):
        entries, found = [], {}
        for number, migration in enumerate(self.migrations[:count]):
            tag = f"{number:04}_{migration.title}"
            entries.append({"idx": number, "version": "7", "when": 1700000000000 + number * 1001, "tag": tag, "breakpoints": True})
            found[f"drizzle/{tag}.sql"] = migration.sql
        found["drizzle/meta/_journal.json"] = json.dumps({"version": "7", "dialect": "postgresql", "entries": entries})
        return found

    def node_path(self):
        return npm_program(self.package, "drizzle-kit").rsplit("/.bin/", 1)[0]

    def migrate(self, place):
        """The library's own migrate(), which drizzle-kit calls, too: seconds faster."""
        place.command(["node", "-e", MIGRATE, place.url], {"NODE_PATH": self.node_path()})

    def migrate_by_kit(self, place):
        place.write("drizzle.config.js", f"module.exports = {json.dumps(CONFIG | {'dbCredentials': {'url': place.url}})};")
        kit = npm_program(self.package, "drizzle-kit")
        place.command([kit, "migrate", "--config", "drizzle.config.js"], {"NODE_PATH": self.node_path()})

    def is_current(self, place):
        before = place.database.value(f"SELECT count(*) FROM {TABLE}")
        self.migrate(place)
        return place.database.value(f"SELECT count(*) FROM {TABLE}") == before


def snapshot(number):
    """What drizzle-kit 1.0 looks at before it migrates: a chain without a fork."""
    kind = {"type": "diff", "deltas": []} if number else {"type": "base", "ddl": []}
    parent = f"s{number - 1}" if number else "00000000-0000-0000-0000-000000000000"
    return kind | {"version": "9", "dialect": "postgres", "id": f"s{number}", "prevIds": [parent], "footprints": []}


class Drizzle1(Drizzle):
    """The layout of Drizzle 1.0."""

    bookkeeping = f"SELECT hash, created_at, name, applied_at IS NOT NULL FROM {TABLE} ORDER BY id"
    package = "drizzle_1_0"
    letters = ("a", "A", "b")  # by localeCompare(); by bytes "A" would come first

    def files(self, count):
        """Three within one second."""
        found = {}
        for number, migration in enumerate(self.migrations[:count]):
            folder = f"drizzle/{20240101000000 + number // 3}_{self.letters[number % 3]}"
            found[f"{folder}/migration.sql"] = migration.sql
            found[f"{folder}/snapshot.json"] = json.dumps(snapshot(number))
        return found


class Drizzle1ByKit(Drizzle1):
    """drizzle-kit wants the order by bytes as well: it refuses a folder where the two differ."""

    letters = ("a", "b", "c")


class TestDrizzle(Conformance):
    tool = Drizzle()


class TestDrizzle1(Conformance):
    tool = Drizzle1()

    @pytest.fixture
    def yardstick(self, new_place, request):
        """The name of the format is that of the other layout, too: a stash of its own."""
        known = request.config.stash.setdefault(YARDSTICKS, {})
        if self.tool.package not in known:
            place = new_place()
            self.tool.write(place, self.count)
            self.tool.migrate(place)
            known[self.tool.package] = read_state(place, self.tool)
        return known[self.tool.package]


def journal(*entries):
    items = [{"idx": i, "when": when, "tag": tag} for i, (when, tag) in enumerate(entries)]
    return json.dumps({"version": "7", "dialect": "postgresql", "entries": items})


def test_what_the_tool_passes_over_is_applied(new_place):
    """A branch merged late has an older "when"."""
    place, tool = new_place(), Drizzle()
    tool.write(place, 0)
    for name in "abc":
        place.write(f"drizzle/{name}.sql", f"CREATE TABLE {name} ();")
    place.write("drizzle/meta/_journal.json", journal((10, "a"), (30, "b")))
    tool.migrate(place)
    place.write("drizzle/meta/_journal.json", journal((10, "a"), (20, "c"), (30, "b")))
    tool.migrate(place)
    assert place.database.tables() == {"a", "b"}, "the tool does pass over it"
    skip = place.run("migrate", env=FORMAT | {"MIGRINIT_MIGRATE_OUT_OF_ORDER": "skip"})
    assert skip.code == 0 and skip.err.find("c.sql is passed over") and place.database.tables() == {"a", "b"}, skip
    place.write("drizzle/stray.sql", "SELECT nothing;")
    run = migrinit(place, tool)
    assert run.err.find("1 of 3 migrations pending"), run
    assert run.err.find("c.sql is pending, and older than the newest .* itself would pass over it in silence"), run
    assert run.err.find("_journal.json does not list it: stray.sql"), run
    assert place.database.tables() == {"a", "b", "c"}
    assert tool.is_current(place)
    assert place.run("status", env=FORMAT).code == 0


def test_concurrently_runs_without_transaction(new_place):
    """The tool cannot run it at all, but with a COMMIT before it, which people write."""
    place, tool = new_place(), Drizzle()
    tool.write(place, 0)
    place.write("drizzle/a.sql", f"CREATE TABLE a (n int)\n{BREAK}\nCREATE TABLE b (n int)")
    place.write("drizzle/i.sql", "CREATE INDEX CONCURRENTLY i ON a (n)")
    place.write("drizzle/j.sql", f"CREATE INDEX k ON a (n)\n{BREAK}\nCOMMIT\n{BREAK}\nCREATE INDEX CONCURRENTLY j ON a (n)")
    place.write("drizzle/meta/_journal.json", journal((1, "a"), (2, "i"), (3, "j")))
    migrinit(place, tool)
    assert place.database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid") == 3
    assert tool.is_current(place)


@pytest.mark.parametrize("sql, where", [
    (f"CREATE TABLE a (n int)\n{BREAK}\nCREATE TABLE b (n int)\n{BREAK}\nSELECT nothing FROM a", "4:8"),
    (f"CREATE TABLE a (n int UNIQUE)\n{BREAK}\nINSERT INTO a VALUES (1)\n{BREAK}\nINSERT INTO a VALUES (1)", "5:1"),
    (f"CREATE TABLE a (n int UNIQUE)\n{BREAK}\nCOMMIT\n{BREAK} INSERT INTO a VALUES (1)\n{BREAK}\nINSERT INTO a VALUES (1)", "6:1"),
])
def test_places_of_errors_are_those_of_the_file(new_place, sql, where):
    place, tool = new_place(), Drizzle()
    tool.write(place, 0)
    place.write("drizzle/x.sql", sql.replace(f"\n{BREAK}\nSELECT", f"{BREAK}\nSELECT"))
    place.write("drizzle/meta/_journal.json", journal((1, "x")))
    run = place.run("migrate", env=FORMAT)
    assert run.code == 1, run
    assert run.err.find(rf"x\.sql:{where}: "), run
    assert place.database.rows(f"TABLE {TABLE}") == []


def test_folder_of_before_and_table_of_1_0_is_refused(new_place):
    place, other = new_place(), new_place()
    new = Drizzle1()
    new.write(place, 1)
    new.migrate(place)
    Drizzle().write(other, 1)
    place.env["MIGRINIT_MIGRATE_DIR"] = other.cwd + "/drizzle"
    run = place.run("migrate", env=FORMAT)
    assert run.code == 78 and run.err.find("drizzle-kit up"), run
    assert place.database.value(f"SELECT count(*) FROM {TABLE}") == 1


class DrizzleUp(Drizzle1):
    """The folder that drizzle-kit up (1.0) makes of a journal: named by "when" in whole seconds."""

    def files(self, count):
        found = {}
        for number, migration in enumerate(self.migrations[:count]):
            when = datetime.datetime.fromtimestamp(1700000000 + number * 1001 // 1000, datetime.timezone.utc)
            found[f"drizzle/{when:%Y%m%d%H%M%S}_{migration.title}/migration.sql"] = migration.sql
        return found


def bring_up(place, count):
    """Drizzle before 1.0 applies the first ones; then the folder is that of 1.0, with all of them."""
    old, new = Drizzle(), DrizzleUp()
    place.database.run("DROP SCHEMA IF EXISTS drizzle CASCADE")
    old.write(place, count)
    old.migrate(place)
    shutil.rmtree(place.cwd + "/drizzle")
    new.write(place, len(new.migrations))
    return new


@pytest.mark.parametrize("count", [1, 9, len(Drizzle.migrations)])
def test_table_of_before_1_0_is_brought_up_to_date(new_place, count):
    """By the tool in one place, by migrinit in another: the same columns, the same rows."""
    one, two = new_place(), new_place()
    tool = bring_up(one, count)
    tool.migrate(one)
    bring_up(two, count)
    assert two.run("status", env=FORMAT).code == (0 if count == len(tool.migrations) else 1)
    run = migrinit(two, tool)
    assert run.err.count("bookkeeping table is brought up to date") == 1, run
    assert not migrinit(two, tool).err.find("✓"), "once"
    rows = f"SELECT id, hash, created_at, name, applied_at IS NULL FROM {TABLE} ORDER BY id"
    assert two.database.rows(rows) == one.database.rows(rows)
    columns = ("SELECT column_name, data_type, column_default, is_nullable FROM information_schema.columns"
               " WHERE table_schema = 'drizzle' ORDER BY ordinal_position")
    assert two.database.rows(columns) == one.database.rows(columns)
    assert tool.is_current(two)


def test_row_that_fits_no_folder_is_refused(new_place):
    place = new_place()
    tool = bring_up(place, 3)
    place.database.run(f"UPDATE {TABLE} SET hash = 'x', created_at = 5 WHERE id = 2")
    run = place.run("migrate", env=FORMAT)
    assert run.code == 78 and run.err.find("row with id 2 fits no migration"), run
    with pytest.raises(AssertionError, match="do not match any local migration"):
        tool.migrate(place)


@pytest.mark.parametrize("tool", [Drizzle(), Drizzle1ByKit()], ids=["journal", "1.0"])
def test_kit_before_and_after(new_place, tool):
    place = new_place()
    tool.write(place, 9)
    tool.migrate_by_kit(place)
    tool.write(place, 18)
    migrinit(place, tool)
    rows = place.database.rows(tool.bookkeeping)
    tool.migrate_by_kit(place)
    assert place.database.rows(tool.bookkeeping) == rows and len(rows) == 18
    tool.write(place, len(tool.migrations))
    tool.migrate_by_kit(place)
    assert place.run("status", env=FORMAT).code == 0


def test_hash_is_that_of_the_bytes(new_place):
    place, tool = new_place(), Drizzle()
    tool.write(place, 3)
    migrinit(place, tool)
    hashes = [hashlib.sha256(m.sql.encode()).hexdigest() for m in tool.migrations[:3]]
    assert [row[0] for row in place.database.rows(tool.bookkeeping)] == hashes


def test_baseline_as_the_kit_s_pull(new_place):
    """`pull --init` writes a folder from the database and records it as applied; so does `baseline` of that folder."""
    theirs, ours, tool = new_place(), new_place(), Drizzle1ByKit()
    for place in (theirs, ours):
        place.database.run("SET ROLE app; CREATE TABLE users (id int PRIMARY KEY, name text)")
    theirs.write("drizzle.config.js", f"module.exports = {json.dumps(CONFIG | {'dbCredentials': {'url': theirs.url}})};")
    theirs.command([npm_program(tool.package, "drizzle-kit"), "pull", "--init", "--config", "drizzle.config.js"], {"NODE_PATH": tool.node_path()})
    shutil.copytree(theirs.cwd + "/drizzle", ours.cwd + "/drizzle")
    rows = theirs.database.rows(tool.bookkeeping)
    assert len(rows) == 1, rows
    run = ours.run("baseline", env=FORMAT)
    assert run.code == 0, run
    assert ours.database.rows(tool.bookkeeping) == rows
    assert tool.is_current(ours)
