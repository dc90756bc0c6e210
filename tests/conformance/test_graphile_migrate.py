"""graphile-migrate (graphile-migrate/package.json has the version): each file has the hash of the one before."""

import hashlib

from matrix import ROUNDS, Conformance, Migration, Tool, npm_program

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


class GraphileMigrate(Tool):
    name = "graphile-migrate"
    titles_are_names = True
    migrations = [Migration(title, sql) for title, sql in FILES.items()]
    bookkeeping = "SELECT filename, hash, previous_hash FROM graphile_migrate.migrations ORDER BY filename"
    own_tables = ("graphile_migrate.migrations", "graphile_migrate.current")

    def files(self, count):
        found = {f"migrations/committed/{migration.title}.sql": migration.sql for migration in self.migrations[:count]}
        return {**found, "migrations/current.sql": "-- work in progress\n", ".gmrc": "{}"}

    def attempt(self, place):
        return place.attempt([npm_program(self.name, self.name), "migrate"])

    def migrate(self, place):
        result = self.attempt(place)
        assert result.returncode == 0, result.stdout

    def is_current(self, place):
        return "Already up to date" in self.attempt(place).stdout


class TestGraphileMigrate(Conformance):
    tool = GraphileMigrate()

    def test_names_are_recorded_without_what_is_for_people(self, yardstick):
        assert [row[0] for row in yardstick.bookkeeping] == [name.split("-")[0] + ".sql" for name in FILES]

    def test_both_at_once(self, new_place, yardstick):
        """The tool gives up where somebody else is at work; each migration is applied once all the same."""
        for _ in range(ROUNDS):
            place = new_place()
            self.tool.write(place, self.count)
            started = place.start("migrate")
            self.tool.attempt(place)
            assert started.wait(60) == 0, started
            self.assert_conforms(place, yardstick)
