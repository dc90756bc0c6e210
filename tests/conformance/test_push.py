"""drizzle-kit push (tests/conformance/drizzle): no files, no table, and an exit code of 0 although nothing was done."""

import os

from matrix import npm_program

CONFIG = """module.exports = {
  dialect: "postgresql",
  schema: "./schema.js",
  dbCredentials: { url: process.env.DATABASE_URL + "?sslmode=disable" },
};
"""

SCHEMA = 'const { pgTable, integer } = require("drizzle-orm/pg-core");\nexports.guests = pgTable("guests", { %s });\n'


class Push:
    def __init__(self, place, options=""):
        kit = npm_program("drizzle", "drizzle-kit")
        self.place = place
        self.env = {
            "NODE_PATH": kit.rsplit("/.bin/", 1)[0],
            "PATH": os.environ["PATH"],
            "MIGRINIT_MIGRATE_COMMAND": f"echo run >> launches; {kit} push --config drizzle.config.js {options}",
            "MIGRINIT_MIGRATE_INPUTS": "schema.js drizzle.config.js",
            "AUTO_MIGRATE_FAIL_ON_ERROR": "true",
        }
        os.symlink(self.env["NODE_PATH"], f"{place.cwd}/node_modules")
        place.write("drizzle.config.js", CONFIG)
        self.schema("n: integer()")

    def schema(self, columns):
        self.place.write("schema.js", SCHEMA % columns)

    def run(self, **env):
        return self.place.run("migrate", env={**self.env, **env}, timeout=120)

    @property
    def launches(self):
        with open(f"{self.place.cwd}/launches", encoding="ascii") as f:
            return len(f.readlines())

    def columns(self):
        rows = self.place.database.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'guests'::regclass AND attnum > 0 AND NOT attisdropped")
        return sorted(row[0] for row in rows)


WORDS = {"MIGRINIT_MIGRATE_SUCCESS": "Changes applied | No changes detected"}


def test_push_runs_once_for_each_schema(new_place):
    push = Push(new_place())
    run = push.run(**WORDS)
    assert run.code == 0 and run.err.find("Changes applied"), run
    assert push.run(**WORDS).code == 0 and push.launches == 1
    push.schema("n: integer(), m: integer()")
    assert push.run(**WORDS).code == 0 and push.launches == 2
    assert push.columns() == ["m", "n"]


def test_push_that_wants_a_terminal_has_failed(new_place):
    push = Push(new_place())
    assert push.run(**WORDS).code == 0
    push.place.database.run("INSERT INTO guests VALUES (1)")
    push.schema("m: integer()")
    run = push.run(**WORDS)
    assert run.code == 1, run
    assert run.err.find("ended with 0, but its output has nothing of: Changes applied"), run
    assert push.columns() == ["n"], "nothing was done"
    run = push.run(**WORDS)
    assert run.code == 1 and push.launches == 3, "and is tried again"


def test_push_by_force(new_place):
    push = Push(new_place(), options="--force")
    assert push.run(**WORDS).code == 0
    push.place.database.run("INSERT INTO guests VALUES (1)")
    push.schema("")
    run = push.run(**WORDS)
    assert run.code == 0, run
    assert push.columns() == []
