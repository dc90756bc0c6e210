"""node-pg-migrate (node-pg-migrate/package.json has the version): all pending files in one transaction."""

from matrix import ROUNDS, Conformance, Migration, Tool, migrinit, npm_program, read_state

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


class NodePgMigrate(Tool):
    name = "node-pg-migrate"
    titles_are_names = True
    migrations = [Migration(title, sql) for title, sql in FILES.items()]
    bookkeeping = "SELECT id, name FROM pgmigrations ORDER BY run_on, id"
    own_tables = ("public.pgmigrations",)

    def files(self, count):
        return {f"migrations/{migration.title}.sql": migration.sql for migration in self.migrations[:count]}

    def attempt(self, place, verb):
        return place.attempt([npm_program(self.name, self.name), verb])

    def migrate(self, place):
        result = self.attempt(place, "up")
        assert result.returncode == 0, result.stdout

    def is_current(self, place):
        return "No migrations to run!" in self.attempt(place, "up").stdout


class TestNodePgMigrate(Conformance):
    tool = NodePgMigrate()

    def test_order_is_the_tools_own(self, yardstick):
        assert [name for _, name in yardstick.bookkeeping] == list(FILES)

    def test_both_at_once(self, new_place, yardstick):
        """The tool gives up where somebody else is at work; each migration is applied once all the same."""
        for _ in range(ROUNDS):
            place = new_place()
            self.tool.write(place, self.count)
            started = place.start("migrate", env={"MIGRINIT_MIGRATE_FORMAT": self.tool.name})
            self.tool.attempt(place, "up")
            assert started.wait(60) == 0, started
            self.assert_conforms(place, yardstick)

    def way_back(self, place, count, up, down):
        """Whether it was gone, what is left then, and after the tool has gone on from there."""
        self.tool.write(place, count)
        up(place)
        is_gone = down(place) == 0
        left = read_state(place, self.tool)
        self.tool.migrate(place)
        return is_gone, left, read_state(place, self.tool)

    def test_way_back_is_the_tools_own(self, new_place, first):
        """Also where the tool refuses: without a down part, or with one that fails."""

        def theirs(place):
            return self.tool.attempt(place, "down").returncode

        def ours(place):
            return place.run("down", env={"MIGRINIT_MIGRATE_FORMAT": self.tool.name}).code

        yardstick = self.way_back(new_place(), first, self.tool.migrate, theirs)
        assert self.way_back(new_place(), first, self.tool.migrate, ours) == yardstick
        assert self.way_back(new_place(), first, lambda place: migrinit(place, self.tool), theirs) == yardstick
