"""diesel's own engine (rust/Cargo.toml has the version): no lock, no checksums, names compared as text."""

import pytest
from matrix import Conformance, assert_nothing_pending, assert_same, hard_migrations, migrinit, migrinit_down, pair, read_state
from rust_tools import RustTool

# The tool refuses a script without a statement, up and down.
NOTHING = "SELECT 'nothing';"


class Diesel(RustTool):
    name = "diesel"
    migrations = [m for m in hard_migrations() if m.title != "comments_only"]
    bookkeeping = "SELECT version FROM __diesel_schema_migrations ORDER BY version"
    own_tables = ("public.__diesel_schema_migrations",)

    def files(self, count):
        found = {}
        for number, migration in enumerate(self.migrations[:count], 1):
            folder = f"migrations/2024-01-{number:02}-000000_{migration.title}"
            found[f"{folder}/up.sql"] = migration.sql
            found[f"{folder}/down.sql"] = migration.down or NOTHING
            if not migration.in_transaction:
                found[f"{folder}/metadata.toml"] = "run_in_transaction = false\n"
        return found


class TestDiesel(Conformance):
    tool = Diesel()

    def test_order_and_versions_of_names(self, new_place):
        """Text, so 10 before 9; what is behind the first '_' does not count, a '-' nowhere."""
        names = ("9_nine", "10_ten", "1-0-1_a_b", "no", "Zeta-1", "ä_1", "00000000000000_diesel_initial_setup", "2024-01-02-030405_x")
        files = {f"{name}/up.sql": "SELECT 1" for name in names}
        files |= {f"{name}/down.sql": f"CREATE TABLE IF NOT EXISTS \"{name}\" ()" for name in names}
        files |= {"README.md": "no folder", ".hidden/x": "", "10_ten/notes.txt": "", ".diesel_lock": ""}
        theirs, ours = pair(new_place, files)
        self.tool.migrate(theirs)
        migrinit(ours, self.tool)
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))
        assert ours.database.value("SELECT count(*) FROM __diesel_schema_migrations") == len(names)
        for _ in names:
            self.tool.rollback(theirs)
            migrinit_down(ours, self.tool)
            assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    @pytest.mark.parametrize(
        "metadata,is_in_transaction",
        [
            ("run_in_transaction = false", False),
            ("run_in_transaction=true # no\n", True),
            ('"run_in_transaction" = false', False),
            ("other = 1\n", False),
            ("", False),
            ("\r\nrun_in_transaction = true\r\n", True),
            ("[section]\nrun_in_transaction = true\n", False),
        ],
    )
    def test_metadata(self, new_place, metadata, is_in_transaction):
        """CREATE INDEX CONCURRENTLY tells whether there is a transaction."""
        files = {
            "1_a/up.sql": "CREATE TABLE a (i int);",
            "2_b/up.sql": "CREATE INDEX CONCURRENTLY i ON a (i);",
            "2_b/metadata.toml": metadata,
        }
        theirs, ours = pair(new_place, files)
        assert (self.tool.ask(theirs, "up").returncode == 0) == (not is_in_transaction)
        run = ours.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": "diesel"})
        assert (run.code == 0) == (not is_in_transaction), run
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    @pytest.mark.parametrize(
        "files",
        [
            {"1_a/up.sql": ""},
            {"1_a/up.sql": "-- nothing; here\n"},
            {"1_a/up.sql": "SELECT 1", "2_b/down.sql": "SELECT 1"},
            {"1_a/up.sql": "SELECT 1", "2_b/README.md": ""},
            {"1_a/up.sql": "SELECT 1", f"{'1' * 51}_b/up.sql": "SELECT 1"},
        ],
    )
    def test_both_refuse(self, new_place, files):
        theirs, ours = pair(new_place, files)
        assert self.tool.ask(theirs, "up").returncode != 0
        assert ours.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": "diesel"}).code != 0

    @pytest.mark.parametrize("down", [None, "", "-- nothing; here\n", "SELECT 1/0"])
    def test_both_refuse_to_go_back(self, new_place, down):
        files = {"1_a/up.sql": "CREATE TABLE a ()", "1_a/down.sql": "DROP TABLE a", "2_b/up.sql": "CREATE TABLE b ()"}
        if down is not None:
            files["2_b/down.sql"] = down
        theirs, ours = pair(new_place, files)
        for place in (theirs, ours):
            self.tool.migrate(place)
        assert self.tool.ask(theirs, "down").returncode != 0
        assert ours.run("down", env={"MIGRINIT_MIGRATE_FORMAT": "diesel"}).code != 0
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    def test_what_is_older_or_gone_or_changed_does_not_matter(self, new_place):
        theirs, ours = pair(new_place, {"2_b/up.sql": "CREATE TABLE b ()"})
        for place, migrate in ((theirs, self.tool.migrate), (ours, lambda place: migrinit(place, self.tool))):
            place.database.run(
                "SET ROLE app; CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL,"
                " run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP); INSERT INTO __diesel_schema_migrations VALUES ('3')"
            )
            migrate(place)
            place.write("migrations/1_a/up.sql", "CREATE TABLE a ()")
            place.write("migrations/2_b/up.sql", "CREATE TABLE changed ()")
            migrate(place)
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))
        assert_nothing_pending(ours, self.tool)

    @pytest.mark.parametrize("sql", ["CREATE TABLE a (); COMMIT;", "CREATE TABLE a (); COMMIT; CREATE TABLE b ();", "CREATE TABLE a (); ROLLBACK;"])
    def test_own_commit(self, new_place, sql):
        """The tool says that it is in no transaction any more, and ends with 1, but it has written its row."""
        theirs, ours = pair(new_place, {"1_a/up.sql": sql, "2_b/up.sql": "CREATE TABLE last ()"})
        said = self.tool.ask(theirs, "up")
        assert said.returncode == 1 and "NotInTransaction" in said.stdout, said.stdout
        self.tool.migrate(theirs)
        migrinit(ours, self.tool)
        assert_same(read_state(ours, self.tool), read_state(theirs, self.tool))

    def test_time_is_utc_whatever_the_database_s_zone(self, new_place):
        theirs, ours = pair(new_place, {"1_a/up.sql": "SELECT 1"})
        for place, migrate in ((theirs, self.tool.migrate), (ours, lambda place: migrinit(place, self.tool))):
            place.database.run(f"ALTER DATABASE {place.database.name} SET timezone TO 'Asia/Tokyo'")
            migrate(place)
            assert place.database.value(
                "SELECT abs(extract(epoch FROM run_on - now() AT TIME ZONE 'UTC')) < 600 FROM __diesel_schema_migrations"
            )
