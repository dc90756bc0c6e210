"""`migrinit resolve` and `baseline`: the bookkeeping changes, the schema does not. Every format, on a server."""

import base64
import hashlib
import json
import re
import shlex

import pytest
from postgres import wait_until

# Three migrations of each format; the table that each makes is its name's last letter.
TABLES = "abc"


class Format:
    """A format's files, and its bookkeeping without times."""

    tool = ""
    book = ""  # a query
    ids = ("1", "2", "3")
    has_order = False  # the tool refuses a gap in the order
    baseline_word = None  # of everything; None: no word is needed

    def write(self, program, count):
        raise NotImplementedError

    def name(self, number):
        """The file's name, as status prints it."""
        return f"{number}_{TABLES[number - 1]}"

    def sql(self, number):
        return f"CREATE TABLE {TABLES[number - 1]} ();\n"


class Files(Format):
    """One file for each migration."""

    def __init__(self, tool, book, pattern, text="{sql}", has_order=False, ids=None, **more):
        self.tool, self.book, self.pattern, self.text, self.has_order = tool, book, pattern, text, has_order
        self.ids = ids or tuple(self.name(number) for number in (1, 2, 3))
        for key, value in more.items():
            setattr(self, key, value)

    def write(self, program, count):
        for number in range(1, count + 1):
            values = {"number": number, "letter": TABLES[number - 1], "sql": self.sql(number)}
            program.write(f"migrations/{self.pattern.format(**values)}", self.text.format(**values))

    def name(self, number):
        path = self.pattern.format(number=number, letter=TABLES[number - 1])
        return path.split("/")[0].removesuffix(".sql").removesuffix(".up")


class Drizzle(Format):
    tool = "drizzle"
    book = "SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY created_at"
    ids = ("1700000000001", "1700000000002", "1700000000003")

    def write(self, program, count):
        entries = []
        for number in range(1, count + 1):
            entries.append({"idx": number - 1, "version": "7", "when": 1700000000000 + number, "tag": self.name(number), "breakpoints": True})
            program.write(f"migrations/{self.name(number)}.sql", self.sql(number))
        program.write("migrations/meta/_journal.json", json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}))


class Graphile(Format):
    tool = "graphile-migrate"
    book = "SELECT filename, hash, previous_hash FROM graphile_migrate.migrations ORDER BY filename"
    ids = ("000001.sql", "000002.sql", "000003.sql")
    has_order = True

    def name(self, number):
        return f"{number:06}"

    def write(self, program, count):
        previous = ""
        for number in range(1, count + 1):
            body = self.sql(number).strip()
            digest = "sha1:" + hashlib.sha1(f"{previous}\n{body}\n".lstrip().encode()).hexdigest()
            text = f"--! Previous: {previous or '-'}\n--! Hash: {digest}\n\n{body}\n"
            program.write(f"migrations/committed/{number:06}.sql", text)
            previous = digest


def seal(program, files, folder="migrations"):
    """The files and what `atlas migrate hash` makes of them."""
    so_far, total, lines = hashlib.sha256(), hashlib.sha256(), []
    for name in sorted(files):
        program.write(f"{folder}/{name}", files[name])
        so_far.update(name.encode() + files[name].encode())
        digest = base64.b64encode(so_far.digest()).decode()
        total.update(name.encode() + digest.encode())
        lines.append(f"{name} h1:{digest}\n")
    program.write(f"{folder}/atlas.sum", f"h1:{base64.b64encode(total.digest()).decode()}\n{''.join(lines)}")


class Atlas(Format):
    tool = "atlas"
    book = "SELECT version, description, type, applied, total, error, hash FROM atlas_schema_revisions.atlas_schema_revisions ORDER BY version"
    has_order = True

    def write(self, program, count):
        seal(program, {f"{self.name(number)}.sql": self.sql(number) for number in range(1, count + 1)})


PRISMA_BOOK = (
    "SELECT migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL FROM _prisma_migrations"
    " ORDER BY started_at, migration_name"
)
FLYWAY_BOOK = "SELECT version, description, type, script, checksum, success FROM flyway_schema_history ORDER BY installed_rank"

FORMATS = {
    "atlas": Atlas(),
    "plain": Files("plain", "SELECT id, checksum FROM migrinit.migrations ORDER BY id", "{number}_{letter}.sql"),
    "dbmate": Files(
        "dbmate", "TABLE schema_migrations ORDER BY version", "{number}_{letter}.sql", "-- migrate:up\n{sql}-- migrate:down\n", ids=("1", "2", "3")
    ),
    "diesel": Files(
        "diesel", "SELECT version FROM __diesel_schema_migrations ORDER BY 1", "{number}_{letter}/up.sql", ids=("1", "2", "3")
    ),
    "drizzle": Drizzle(),
    "drizzle folders": Files(
        "drizzle", "SELECT hash, created_at, name FROM drizzle.__drizzle_migrations ORDER BY name", "2024010{number}000000_{letter}/migration.sql"
    ),
    "flyway": Files("flyway", FLYWAY_BOOK, "V{number}__{letter}.sql", has_order=True, ids=("1", "2", "3"), baseline_word="3"),
    "golang-migrate": Files("golang-migrate", "TABLE schema_migrations", "{number}_{letter}.up.sql", has_order=True, ids=("1", "2", "3")),
    "goose": Files(
        "goose", "SELECT version_id, is_applied FROM goose_db_version ORDER BY id", "{number}_{letter}.sql", "-- +goose Up\n{sql}",
        has_order=True, ids=("1", "2", "3"),
    ),
    "graphile-migrate": Graphile(),
    "node-pg-migrate": Files("node-pg-migrate", "SELECT name FROM pgmigrations ORDER BY run_on, id", "{number}_{letter}.sql", has_order=True),
    "prisma": Files("prisma", PRISMA_BOOK, "{number}_{letter}/migration.sql"),
    "refinery": Files(
        "refinery", "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version", "V{number}__{letter}.sql",
        has_order=True, ids=("1", "2", "3"),
    ),
    "sqlx": Files(
        "sqlx", "SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version", "{number}_{letter}.sql", ids=("1", "2", "3")
    ),
    "tern": Files("tern", "TABLE schema_version", "{number}_{letter}.sql", has_order=True, ids=("1", "2", "3")),
}


# Of tools that write one row of a kind of its own.
BASELINES = {
    "atlas": ("3", "c", 1, 0, 0, "", ""),
    "flyway": ("3", "<< Flyway Baseline >>", "BASELINE", "<< Flyway Baseline >>", None, True),
}


@pytest.fixture(params=FORMATS)
def format_(request, migrinit):
    found = FORMATS[request.param]
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = found.tool
    migrinit.env["MIGRINIT_MIGRATE_DIR"] = "migrations"
    return found


def good(run):
    assert run.code == 0, run
    return run


def refused(run, code, *patterns):
    assert run.code == code, run
    for pattern in patterns:
        assert run.err.find(pattern), (pattern, run)


def exist(database, names):
    for name in names:
        database.run(f"CREATE TABLE {name} ()")


def current(migrinit):
    good(migrinit.run("verify"))
    good(migrinit.run("status"))
    assert migrinit.run("migrate").err.count("✓") == 0


# ---- baseline ----


def test_baseline_up_to_a_name_and_on_from_there(migrinit, database, format_):
    exist(database, ("a", "b", "elsewhere"))
    format_.write(migrinit, 3)
    run = good(migrinit.run("baseline", format_.name(2)))
    assert run.err.find("nothing was run, 1 migration is pending"), run
    assert not database.has_table("c")
    good(migrinit.run("migrate"))
    assert database.tables() >= {"a", "b", "c", "elsewhere"}
    current(migrinit)


def test_baseline_of_everything_is_as_if_it_had_been_run(migrinit, database, server, format_):
    exist(database, TABLES)
    format_.write(migrinit, 3)
    good(migrinit.run("baseline", *filter(None, [format_.baseline_word])))
    current(migrinit)
    rows = database.rows(format_.book)
    if format_.tool in BASELINES:
        assert rows == [BASELINES[format_.tool]]
        return
    database.run("DROP TABLE a, b, c; DROP SCHEMA IF EXISTS migrinit, drizzle, graphile_migrate CASCADE")
    for table in database.tables():
        database.run(f'DROP TABLE "{table}"')
    good(migrinit.run("migrate"))
    assert rows == database.rows(format_.book)


def test_baseline_is_a_beginning(migrinit, database, format_):
    format_.write(migrinit, 1)
    good(migrinit.run("migrate"))
    before = database.rows(format_.book)
    format_.write(migrinit, 3)
    refused(migrinit.run("baseline"), 1, "has rows already", "migrinit resolve --applied NAME")
    assert database.rows(format_.book) == before


def test_baseline_of_an_empty_table(migrinit, database, format_):
    """The table was made, and nothing was recorded since: still a beginning."""
    exist(database, TABLES)
    format_.write(migrinit, 3)
    good(migrinit.run("baseline", format_.name(1)))
    tables = {"atlas": "atlas_schema_revisions.atlas_schema_revisions", "flyway": "flyway_schema_history", "prisma": "_prisma_migrations"}
    if format_.tool in tables:
        database.run(f"TRUNCATE {tables[format_.tool]}")
    else:
        good(migrinit.run("resolve", "--rolled-back", format_.ids[0]))
    good(migrinit.run("baseline", format_.name(3)))
    current(migrinit)


def test_baseline_of_no_migration(migrinit, database, format_):
    format_.write(migrinit, 3)
    run = migrinit.run("baseline", format_.name(2) + "x")
    refused(run, 64, "is no version" if format_.tool == "flyway" else f"the nearest is {format_.name(2)}")
    assert not database.rows("SELECT FROM pg_class WHERE relkind = 'r' AND relowner = 'app'::regrole"), "nothing was begun"


# ---- resolve ----


@pytest.mark.parametrize("word", ["id", "name"])
def test_applied_by_hand(migrinit, database, format_, word):
    format_.write(migrinit, 1)
    good(migrinit.run("migrate"))
    exist(database, "b")
    format_.write(migrinit, 3)
    run = good(migrinit.run("resolve", "--applied", format_.ids[1] if word == "id" else format_.name(2)))
    assert run.err.find(f"{re.escape(format_.name(2))} is recorded as applied; nothing was run"), run
    good(migrinit.run("migrate"))
    assert database.has_table("c")
    current(migrinit)
    refused(migrinit.run("resolve", "--applied", format_.ids[1]), 1, "is recorded as applied already")


def test_applied_without_a_table(migrinit, database, format_):
    """As each tool's own verb does, it makes the table, in a schema that is not empty."""
    exist(database, "a")
    format_.write(migrinit, 2)
    good(migrinit.run("resolve", "--applied", format_.ids[0]))
    good(migrinit.run("migrate"))
    current(migrinit)


def test_rolled_back_by_hand(migrinit, database, format_):
    format_.write(migrinit, 3)
    good(migrinit.run("migrate"))
    database.run("DROP TABLE c")
    before = database.rows(format_.book)
    run = migrinit.run("resolve", "--rolled-back", format_.ids[2])
    if format_.tool == "prisma":
        refused(run, 1, "P3012")
        assert database.rows(format_.book) == before
        return
    good(run)
    assert run.err.find("is recorded as rolled back"), run
    assert not database.has_table("c")
    good(migrinit.run("migrate"))
    assert database.has_table("c") and database.rows(format_.book) == before
    current(migrinit)


def test_out_of_order_is_said_where_the_tool_can_bear_it(migrinit, database, format_):
    format_.write(migrinit, 1)
    good(migrinit.run("migrate"))
    before = database.rows(format_.book)
    format_.write(migrinit, 3)
    run = migrinit.run("resolve", "--applied", format_.ids[2])
    if format_.has_order:
        refused(run, 1, "begin with 2|nothing was changed: what comes before it")
        assert database.rows(format_.book) == before
        return
    good(run)
    good(migrinit.run("migrate"))
    assert database.has_table("b") and not database.has_table("c")


def test_rolled_back_in_the_middle_where_the_tool_can_bear_it(migrinit, database, format_):
    format_.write(migrinit, 3)
    good(migrinit.run("migrate"))
    before = database.rows(format_.book)
    run = migrinit.run("resolve", "--rolled-back", format_.ids[1])
    if format_.has_order or format_.tool == "prisma":
        refused(run, 1, "roll|P3012|nothing was changed")
        assert database.rows(format_.book) == before
        return
    good(run)
    database.run("DROP TABLE b")
    good(migrinit.run("migrate"))
    assert database.has_table("b")


def test_what_is_not_recorded_cannot_be_rolled_back(migrinit, database, format_):
    format_.write(migrinit, 1)
    good(migrinit.run("migrate"))
    format_.write(migrinit, 2)
    refused(migrinit.run("resolve", "--rolled-back", format_.ids[1]), 1, "is not recorded at all|P3011")


def test_unknown_name_says_the_nearest(migrinit, format_):
    format_.write(migrinit, 3)
    run = migrinit.run("resolve", "--applied", format_.name(3) + "x")
    refused(run, 64, "there is no migration", f"the nearest is {format_.name(3)}")


# ---- failed and dirty states: the hint's own words ----


def commands(run):
    """What the hint says, as a shell would take it."""
    found = [shlex.split(text) for line in run.err.lines for text in re.findall(r"`(migrinit resolve --[^`]*)`", line)]
    assert [words[2] for words in found] == ["--rolled-back", "--applied"], run
    return {words[2]: words[1:] for words in found}


class Failure:
    changed = None  # what the file is before the tool refuses it

    def write_other(self, program, folder):
        program.write(f"{folder}/{self.other}", "SELECT 0;\n")


class Prisma(Failure):
    tool = "prisma"
    other = "0_old/migration.sql"

    def write(self, program, first, second):
        program.write("migrations/1_it's half/migration.sql", first)
        program.write("migrations/2_b/migration.sql", second)

    half = "BEGIN;\nCREATE TABLE half ();\nCOMMIT;\nSELECT nothing;\n"
    whole = "CREATE TABLE half ();\n"


class Golang(Failure):
    tool = "golang-migrate"
    other = "0_old.up.sql"

    def write(self, program, first, second):
        program.write("migrations/1_half.up.sql", first)
        program.write("migrations/2_b.up.sql", second)

    half = "CREATE TABLE half ();\nVACUUM half;\nSELECT nothing;\n"
    whole = "CREATE TABLE half ();\n"


class Flyway(Failure):
    tool = "flyway"
    other = "V0__old.sql"

    def write(self, program, first, second):
        program.write("migrations/V01.0__half.sql", first)
        program.write("migrations/V2__b.sql", second)
        program.write("migrations/V01.0__half.sql.conf", "executeInTransaction=false\n")

    half = "CREATE TABLE half ();\nSELECT nothing;\n"
    whole = "CREATE TABLE half ();\n"


class FlywayRepeatable(Flyway):
    def write(self, program, first, second):
        program.write("migrations/R__it's_half.sql", first)
        program.write("migrations/R__second.sql", second)
        program.write("migrations/R__it's_half.sql.conf", "executeInTransaction=false\n")


class Sqlx(Failure):
    """Only sqlx itself leaves such a row: in MySQL's ways, or when it is killed without a transaction."""

    tool = "sqlx"
    other = "0_old.sql"

    def write(self, program, first, second):
        program.write("migrations/1_half.sql", first)
        program.write("migrations/2_b.sql", second)

    half = whole = "CREATE TABLE half ();\n"


class Atlas(Failure):
    """What is half done is gone on with, and fails again."""

    tool = "atlas"

    def write(self, program, first, second):
        seal(program, {"1_it's half.sql": f"-- atlas:txmode none\n\n{first}", "2_b.sql": second})

    def write_other(self, program, folder):
        seal(program, {"0_old.sql": "SELECT 0;\n"}, folder)

    half = "CREATE TABLE half ();\nSELECT nothing;\n"
    whole = "CREATE TABLE half (id int);\n"


class AtlasChanged(Atlas):
    changed = "CREATE TABLE IF NOT EXISTS half ();\nSELECT 1;\n"


FAILURES = {
    "atlas": Atlas(),
    "atlas changed": AtlasChanged(),
    "flyway": Flyway(),
    "flyway repeatable": FlywayRepeatable(),
    "golang-migrate": Golang(),
    "prisma": Prisma(),
    "sqlx": Sqlx(),
}


@pytest.fixture(params=FAILURES)
def failed(request, migrinit, database):
    """A migration that failed half-way: the table half is there."""
    tool = FAILURES[request.param]
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = tool.tool
    tool.write(migrinit, tool.half, "CREATE TABLE b ();\n")
    if tool.tool == "sqlx":
        good(migrinit.run("migrate"))
        database.run("DELETE FROM _sqlx_migrations WHERE version = 2; UPDATE _sqlx_migrations SET success = false; DROP TABLE b")
    else:
        assert migrinit.run("migrate").code == 1
    assert database.has_table("half") and not database.has_table("b")
    if tool.changed:
        tool.write(migrinit, tool.changed, "CREATE TABLE b ();\n")
    return tool


def test_rolled_back_as_the_hint_says(migrinit, database, failed):
    run = migrinit.run("migrate")
    assert run.code == 1, run
    database.run("DROP TABLE half")
    failed.write(migrinit, failed.whole, "CREATE TABLE b ();\n")
    good(migrinit.run(*commands(run)["--rolled-back"]))
    assert not database.has_table("half")
    good(migrinit.run("migrate"))
    assert database.has_table("half") and database.has_table("b")
    current(migrinit)


def test_applied_as_the_hint_says(migrinit, database, failed):
    run = migrinit.run("migrate")
    assert run.code == 1, run
    failed.write(migrinit, failed.whole, "CREATE TABLE b ();\n")
    good(migrinit.run(*commands(run)["--applied"]))
    assert not database.has_table("b")
    good(migrinit.run("migrate"))
    assert database.has_table("b")
    current(migrinit)


def test_a_record_that_could_not_be_written_as_the_hint_says(migrinit, database):
    """Outside of a transaction the statements stay, whatever becomes of their record."""
    migrinit.migrations(
        m1_a="SELECT 1;", m2_b="-- migrinit: no-transaction\nCREATE TABLE b ();\nREVOKE INSERT ON migrinit.migrations FROM app;\n", m3_c="CREATE TABLE c ();"
    )
    run = migrinit.run("migrate")
    assert run.code == 1 and database.history() == ["1_a"], run
    database.run("GRANT INSERT ON migrinit.migrations TO app")
    (words,) = [shlex.split(text) for line in run.err.lines for text in re.findall(r"`(migrinit resolve --[^`]*)`", line)]
    good(migrinit.run(*words[1:]))
    good(migrinit.run("migrate"))
    assert database.history() == ["1_a", "2_b", "3_c"]


def test_failed_one_without_a_file_can_only_be_rolled_back(migrinit, database, failed):
    """A rolled-back deploy: the hint offers what works in this image."""
    migrinit.env["MIGRINIT_MIGRATE_DIR"] = "older"
    failed.write_other(migrinit, "older")
    run = migrinit.run("migrate")
    assert run.code == 1, run
    (words,) = [shlex.split(text) for line in run.err.lines for text in re.findall(r"`(migrinit resolve --[^`]*)`", line)]
    assert words[2] == "--rolled-back", run
    good(migrinit.run(*words[1:]))
    assert not migrinit.run("status").out.find("^  failed")


@pytest.mark.parametrize("name", ["atlas", "prisma", "flyway"])
def test_schema_that_was_there_before_as_the_hint_says(migrinit, database, name):
    format_ = FORMATS[name]
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = format_.tool
    exist(database, ("a", "theirs"))
    format_.write(migrinit, 2)
    refused(migrinit.run("migrate"), 1, "not empty|but no revisions of Atlas", "migrinit baseline (NAME|VERSION)")
    good(migrinit.run("baseline", format_.ids[0]))
    good(migrinit.run("migrate"))
    current(migrinit)


def test_one_of_two_failures_is_told_of_the_other(migrinit, database):
    tool = FAILURES["prisma"]
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = "prisma"
    tool.write(migrinit, "SELECT 1;", "SELECT 2;")
    good(migrinit.run("migrate"))
    database.run("UPDATE _prisma_migrations SET finished_at = NULL")
    run = good(migrinit.run("resolve", "--rolled-back", "2_b"))
    assert run.err.find("2_b is recorded as rolled back") and run.err.find("it's half, started at .*P3009"), run


# ---- Atlas's, Flyway's and Prisma's own rows ----


ATLAS_TABLE = "atlas_schema_revisions.atlas_schema_revisions"


def test_atlas_s_rows_of_what_was_not_run(migrinit, database):
    """One stopped half-way, the other was never begun: the tool goes on with neither."""
    files = {"1_a.sql": "-- atlas:txmode none\n\nCREATE TABLE a ();\nSELECT nothing;\nSELECT 3;\n", "2_b.sql": "CREATE TABLE b ();\n"}
    seal(migrinit, files)
    assert migrinit.run("migrate").code == 1
    began = database.value(f"SELECT executed_at FROM {ATLAS_TABLE}")
    good(migrinit.run("resolve", "--applied", "1_a"))
    good(migrinit.run("resolve", "--applied", "2"))
    rows = database.rows(
        f"SELECT version, type, applied, total, error, error_stmt, partial_hashes::text, hash = '' FROM {ATLAS_TABLE} ORDER BY 1"
    )
    assert rows == [("1", 6, 3, 3, "", "", "null", False), ("2", 4, 0, 0, "", "", "null", False)]
    assert database.value(f"SELECT executed_at FROM {ATLAS_TABLE} WHERE version = '1'") == began
    current(migrinit)
    assert database.tables() == {"a"}


def test_atlas_s_first_row_stands_for_all_before_it(migrinit, database):
    FORMATS["atlas"].write(migrinit, 3)
    refused(migrinit.run("resolve", "--applied", "2"), 1, "all before it are applied as well", "begin with 1")
    assert not database.has_table(ATLAS_TABLE)
    good(migrinit.run("resolve", "--applied", "1"))
    good(migrinit.run("resolve", "--applied", "2"))
    good(migrinit.run("migrate"))
    assert database.tables() == {"c"}


def test_atlas_s_only_row_where_there_are_tables(migrinit, database):
    """Without a row the tool would refuse to begin."""
    FORMATS["atlas"].write(migrinit, 1)
    good(migrinit.run("migrate"))
    refused(migrinit.run("resolve", "--rolled-back", "1"), 1, "the table public.a", "nothing was changed: without any row")
    database.run("DROP TABLE a")
    good(migrinit.run("resolve", "--rolled-back", "1"))
    good(migrinit.run("migrate"))
    current(migrinit)


def test_atlas_s_baseline_is_no_checkpoint(migrinit, database):
    checkpoint = "-- atlas:checkpoint\n\nCREATE TABLE a ();\n"
    seal(migrinit, {"1_a.sql": "CREATE TABLE a ();\n", "2_all.sql": checkpoint})
    exist(database, "a")
    refused(migrinit.run("baseline", "2_all"), 1, "2_all is a checkpoint file")
    good(migrinit.run("baseline"))
    assert database.rows(f"SELECT version FROM {ATLAS_TABLE}") == [("1",)]
    current(migrinit)


def test_flyway_s_missing_migration_is_marked_as_deleted(migrinit, database):
    format_ = FORMATS["flyway"]
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = "flyway"
    migrinit.write("migrations/V001.0__gone.sql", "SELECT 1;")
    migrinit.write("migrations/V2__b.sql", "SELECT 2;")
    good(migrinit.run("migrate"))
    migrinit.write("other/V2__b.sql", "SELECT 2;")
    env = {"MIGRINIT_MIGRATE_DIR": "other"}
    refused(migrinit.run("migrate", env=env), 1, "its file is not here", "`migrinit resolve --rolled-back 1`")
    good(migrinit.run("resolve", "--rolled-back", "1", env=env))
    rows = database.rows(format_.book)
    assert [row[:4] for row in rows][2] == ("001.0", "gone", "DELETE", "V001.0__gone.sql") and rows[2][4] == rows[0][4]
    good(migrinit.run("migrate", env=env))


def test_flyway_s_baseline_is_version_1_unless_told(migrinit, database):
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = "flyway"
    FORMATS["flyway"].write(migrinit, 2)
    good(migrinit.run("baseline"))
    assert database.rows("SELECT installed_rank, version, installed_by, execution_time FROM flyway_schema_history") == [(1, "1", "app", 0)]
    database.run("TRUNCATE flyway_schema_history")
    good(migrinit.run("baseline", "1_5"))
    assert database.value("SELECT version FROM flyway_schema_history") == "1.5"


def test_prisma_s_row_of_before_is_rolled_back(migrinit, database):
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = "prisma"
    migrinit.write("migrations/1_a/migration.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT nothing;\n")
    assert migrinit.run("migrate").code == 1
    good(migrinit.run("resolve", "--applied", "1_a"))
    assert database.rows(
        "SELECT logs, finished_at IS NOT NULL, finished_at = started_at, rolled_back_at IS NOT NULL, applied_steps_count"
        " FROM _prisma_migrations ORDER BY started_at"
    )[1:] == [("", True, True, False, 0)]
    assert database.value("SELECT count(*) FROM _prisma_migrations WHERE rolled_back_at IS NOT NULL") == 1
    good(migrinit.run("status"))


def test_golang_migrate_s_first_version_rolled_back_empties_the_table(migrinit, database):
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = "golang-migrate"
    FORMATS["golang-migrate"].write(migrinit, 1)
    good(migrinit.run("migrate"))
    good(migrinit.run("resolve", "--rolled-back", "1"))
    assert database.rows("TABLE schema_migrations") == []


# ---- which one, which step, whose turn ----


def test_name_of_two_migrations(migrinit):
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = "flyway"
    migrinit.write("migrations/x/R__view.sql", "SELECT 1;")
    migrinit.write("migrations/B1__a.sql", "SELECT 1;")
    migrinit.write("migrations/V1__a.sql", "SELECT 1;")
    good(migrinit.run("resolve", "--applied", "x/R__view.sql"))
    run = migrinit.run("resolve", "--applied", "nothing")
    refused(run, 64, "there is no migration nothing")


STEPS = "[migrate:one]\ndir = one\n[migrate:two]\ndir = two\ntable = two.book\n[migrate:seed]\ncommand = true\n"


def test_step_is_found_or_asked_for(migrinit, database):
    migrinit.migrations(folder="one", m1_a="SELECT 1;", m2_b="SELECT 2;")
    migrinit.migrations(folder="two", m1_a="SELECT 1;", m3_c="SELECT 3;")
    migrinit.write("migrinit.ini", STEPS)
    migrinit.env["MIGRINIT_CONFIG"] = "migrinit.ini"
    good(migrinit.run("resolve", "--applied", "3_c"))
    assert database.rows("SELECT id FROM two.book") == [("3_c",)]
    refused(migrinit.run("resolve", "--applied", "1_a"), 64, "several steps have a migration 1_a", "--step one, --step two$")
    good(migrinit.run("resolve", "--applied", "1_a", "--step", "two"))
    refused(migrinit.run("resolve", "--applied", "1_a", "--step=three"), 64, "there is no step three")
    refused(migrinit.run("resolve", "--applied", "1_a", "--step=seed"), 64, "there is no step seed with a folder")
    refused(migrinit.run("baseline"), 64, "there are several steps", "--step one")
    good(migrinit.run("baseline", "--step=one", "1_a"))
    assert database.rows("SELECT id FROM migrinit.migrations") == [("1_a",)]


def test_step_of_another_database(migrinit, database, server):
    from postgres import Database

    other = Database(server, database.name + "_other")
    try:
        migrinit.migrations(folder="one", m1_a="SELECT 1;")
        migrinit.migrations(folder="two", m2_b="SELECT 2;")
        migrinit.write("migrinit.ini", f"[migrate:one]\ndir = one\n[migrate:two]\ndir = two\nurl = {other.url}\n")
        migrinit.env["MIGRINIT_CONFIG"] = "migrinit.ini"
        good(migrinit.run("baseline", "2_b"))
        assert other.history() == ["2_b"] and database.history() == []
    finally:
        other.drop()


def test_only_a_command(migrinit):
    refused(migrinit.run("baseline", env={"MIGRINIT_MIGRATE_COMMAND": "true"}), 64, "no step has a folder")


def test_the_turn_is_waited_for(migrinit, database):
    """A migration at work goes first; what is said then is looked at anew."""
    migrinit.migrations(m1_a="CREATE TABLE a ();", m2_b="LOCK TABLE gate;")
    database.run("CREATE TABLE gate (); GRANT ALL ON gate TO app")
    with database.session() as session:
        session.cursor().execute("LOCK TABLE gate")
        holder = migrinit.start("migrate")
        wait_until(
            lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", database.name),
            "the holder is in its migration",
        )
        run = migrinit.start("resolve", "--applied", "2_b")
        run.err.wait_for("Another migrator is at work")
    assert holder.wait() == 0, holder
    assert run.wait() == 1 and run.err.find("2_b is recorded as applied already"), run
    assert database.advisory_locks() == 0


def test_another_tool_s_database_is_not_begun(migrinit, database):
    database.run("CREATE TABLE _prisma_migrations (id int); INSERT INTO _prisma_migrations VALUES (1); GRANT ALL ON _prisma_migrations TO app")
    migrinit.migrations(m1_a="SELECT 1;")
    refused(migrinit.run("baseline"), 78, "was kept by")
    assert database.history() == []


# ---- verify ----


def test_verify_says_why_not(migrinit, database):
    migrinit.migrations(m1_a="CREATE TABLE a ();", m2_b="CREATE TABLE b ();")
    refused(migrinit.run("verify"), 1, r"migrations/1_a\.sql is pending", r"migrations/2_b\.sql is pending", "2 pending in migrations")
    assert not database.has_table("migrinit.migrations")
    good(migrinit.run("migrate"))
    good(migrinit.run("verify"))
    migrinit.migrations(m2_b="CREATE TABLE b (n int);")
    assert good(migrinit.run("verify")).err.find("2_b.sql was changed")
    refused(migrinit.run("verify", "--migrate-strict"), 1, "2_b was changed after it was applied")


def test_verify_names_twenty_of_many(migrinit):
    migrinit.migrations(**{f"m{number:03}_x": "SELECT 1;" for number in range(1, 26)})
    run = migrinit.run("verify")
    assert run.code == 1 and run.err.count("is pending$") == 20 and run.err.find("and 5 more"), run


@pytest.mark.parametrize("verb", ["verify", "status"])
def test_a_missing_database_is_not_created_to_look_at_it(program, no_database, verb):
    program.migrations(m1_a="SELECT 1;")
    env = {
        "DATABASE_URL": no_database.url, "MIGRINIT_DATABASE_CREATE": "true",
        "MIGRINIT_WAIT_AUTH_GRACE": "0", "MIGRINIT_WAIT_TIMEOUT": "2s",
    }
    run = program.run(verb, env=env)
    assert run.code not in (0, 1) and run.err.find("does not exist"), run
