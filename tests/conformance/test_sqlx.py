"""sqlx's own Migrator (rust/Cargo.toml has the version), which takes a lock and keeps checksums."""

import os

import pytest
from matrix import Conformance, assert_nothing_pending, assert_same, hard_migrations, migrinit, pair, read_state, without_concurrently
from rust_tools import RustTool

ROWS = "SELECT version, description, success, encode(checksum, 'hex'), execution_time >= 0 FROM _sqlx_migrations ORDER BY version"


class Sqlx(RustTool):
    name = "sqlx"
    migrations = hard_migrations()
    bookkeeping = ROWS
    own_tables = ("public._sqlx_migrations",)
    has_lock = True

    def text(self, migration, sql):
        return sql if migration.in_transaction else f"-- no-transaction\n{sql}"

    def files(self, count):
        found = {}
        for number, migration in enumerate(self.migrations[:count], 1):
            name = f"migrations/2024{number:010}_{migration.title}"
            found[f"{name}.up.sql"] = self.text(migration, migration.sql)
            found[f"{name}.down.sql"] = self.text(migration, migration.down)
        return found

    def for_company(self):
        return without_concurrently(self)


class SimpleSqlx(Sqlx):
    """One file for each, which nothing takes back."""

    has_down = False

    def files(self, count):
        return {
            path.replace(".up.sql", ".sql"): text for path, text in super().files(count).items() if path.endswith(".up.sql")
        }


def attempt(place, *words):
    return place.run(*words, env={"MIGRINIT_MIGRATE_FORMAT": "sqlx"})


class TestSqlx(Conformance):
    tool = Sqlx()

    def test_names_and_what_is_written_of_them(self, new_place):
        """Numbers of 64 bits with a sign, in their order; a suffix that stands there twice goes twice."""
        names = ("-5_below", "+7_plus", "007000_zeros_and__more", "10_ten", "9_nine", "11_a.sql", "12_b.up.sql", "13_c.up", "14_d.SQL", "15_")
        files = {f"{name}.sql": f"SELECT '{name}'" for name in (*names, str(2**63 - 1) + "_last")}
        files |= {"README.md": "", "noversion.sql": "SELECT 1/0", "x_y.txt": "", "folder/20_x.sql": "SELECT 1/0"}
        theirs, ours = pair(new_place, files)
        self.tool.migrate(theirs)
        migrinit(ours, self.tool)
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))
        assert_nothing_pending(ours, self.tool)

    @pytest.mark.parametrize("text", ["\ufeff-- no-transaction\n", " -- no-transaction\n", "-- comment\n-- no-transaction\n", "-- No-transaction\n"])
    def test_mark_that_is_none(self, new_place, text):
        theirs, ours = pair(new_place, {"1_a.sql": "CREATE TABLE a (i int)", "2_b.sql": f"{text}CREATE INDEX CONCURRENTLY i ON a (i)"})
        assert self.tool.ask(theirs, "up").returncode != 0
        assert attempt(ours, "migrate").code != 0
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    @pytest.mark.parametrize("text", ["-- no-transaction", "-- no-transactions are needed; here\n", ""])
    def test_mark_that_is_one_and_none_at_all(self, new_place, text):
        """Only its first bytes are looked at."""
        theirs, ours = pair(new_place, {"1_a.sql": "CREATE TABLE a (i int)", "2_b.sql": f"{text}\nVACUUM a"})
        code = self.tool.ask(theirs, "up").returncode
        assert (code == 0) == bool(text)
        assert (attempt(ours, "migrate").code == 0) == bool(text)
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    def test_names_for_which_both_refuse_the_folder(self, new_place):
        place = new_place()
        place.write("migrations/1_a.sql", "SELECT 1")
        for name in ("a_b.sql", "1.5_b.sql", "_b.sql", " 1_b.sql", "9223372036854775808_b.sql", "a_b.down.sql"):
            place.write(f"migrations/{name}", "SELECT 1")
            refused = self.tool.ask(place, "up")
            assert refused.returncode != 0 and "integer version" in refused.stdout, refused.stdout
            assert attempt(place, "migrate").code == 78
            os.unlink(os.path.join(place.cwd, "migrations", name))
        self.tool.migrate(place)

    @pytest.mark.parametrize("name", ["2_b.sql", "1_a.down.sql"])
    def test_file_that_is_no_utf8_for_which_both_refuse_the_folder(self, new_place, name):
        theirs, ours = pair(new_place, {"1_a.up.sql": "CREATE TABLE a ()", name: ""})
        for place in (theirs, ours):
            with open(os.path.join(place.cwd, "migrations", name), "wb") as f:
                f.write(b"SELECT 1 -- Gr\xfcn\n")
        refused = self.tool.ask(theirs, "up")
        assert refused.returncode != 0 and "valid UTF-8" in refused.stdout, refused.stdout
        assert attempt(ours, "migrate").code == 78
        assert ours.database.value("SELECT to_regclass('a') IS NULL")

    def test_changed_missing_and_dirty_are_refused_by_both(self, new_place):
        for change, why in (
            (lambda place: place.write("migrations/1_a.sql", "SELECT 1;\r\n"), "VersionMismatch"),
            (lambda place: place.database.run("UPDATE _sqlx_migrations SET version = 3"), "VersionMissing"),
            (lambda place: place.database.run("UPDATE _sqlx_migrations SET success = false"), "Dirty"),
        ):
            theirs, ours = pair(new_place, {"1_a.sql": "SELECT 1;\n"})
            self.tool.migrate(theirs)
            migrinit(ours, self.tool)
            for place in (theirs, ours):
                place.write("migrations/2_b.sql", "CREATE TABLE b ()")
                change(place)
            refused = self.tool.ask(theirs, "up")
            assert refused.returncode != 0 and why in refused.stdout, refused.stdout
            assert attempt(ours, "migrate").code == 1
            assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    def test_partially_applied_is_resolved(self, new_place):
        """The tool has no word for it; what it says of the row is what counts."""
        _, ours = pair(new_place, {"1_a.sql": "SELECT 1;\n", "2_b.sql": "CREATE TABLE b ()"})
        self.tool.migrate(ours)
        left = read_state(ours, self.tool)
        ours.database.run("UPDATE _sqlx_migrations SET success = false WHERE version = 2")
        assert self.tool.ask(ours, "up").returncode != 0
        assert attempt(ours, "resolve", "--applied", "2").code == 0
        assert_nothing_pending(ours, self.tool)
        assert_same(read_state(ours, self.tool), left)

    def test_older_one_is_applied_by_both(self, new_place):
        theirs, ours = pair(new_place, {"5_a.sql": "CREATE TABLE a ()"})
        for place, migrate in ((theirs, self.tool.migrate), (ours, lambda place: migrinit(place, self.tool))):
            migrate(place)
            place.write("migrations/4_b.sql", "CREATE TABLE b ()")
            migrate(place)
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    def test_last_one_without_a_way_back(self, new_place):
        """The tool undoes what is below it, and leaves it standing. migrinit refuses: docs/how-it-works.md."""
        files = {"1_a.up.sql": "CREATE TABLE a ()", "1_a.down.sql": "DROP TABLE a", "2_b.sql": "CREATE TABLE b ()"}
        theirs, ours = pair(new_place, files)
        for place in (theirs, ours):
            self.tool.migrate(place)
        before = read_state(ours, self.tool)
        self.tool.rollback(theirs)
        assert [row[0] for row in theirs.database.rows(ROWS)] == [2]
        assert attempt(ours, "down").code != 0
        assert_same(read_state(ours, self.tool), before)


class TestSimpleSqlx(Conformance):
    """One file for each migration."""

    tool = SimpleSqlx()
    test_tool_and_migrinit_at_once = None  # as above
    test_way_back_is_the_tools_own = None  # there is none
    test_all_the_way_back = None
