"""dbmate (tests/npm/package.json has the version): no lock of its own, a transaction unless told not."""

import glob
import os

from matrix import Conformance, Tool, hard_migrations, migrinit_down
from program import ROOT


class Dbmate(Tool):
    name = "dbmate"
    migrations = hard_migrations()
    bookkeeping = "SELECT version FROM schema_migrations ORDER BY version"
    own_tables = ("public.schema_migrations",)
    has_down = True

    def files(self, count):
        found = {}
        for number, migration in enumerate(self.migrations[:count], 1):
            option = "" if migration.in_transaction else " transaction:false"
            text = f"-- migrate:up{option}\n{migration.sql}\n-- migrate:down{option}\n{migration.down}\n"
            found[f"db/migrations/2024{number:010}_{migration.title}.sql"] = text
        return found

    def program(self):
        found = glob.glob(os.path.join(ROOT, ".cache/npm/node_modules/@dbmate/*/bin/dbmate"))
        assert found, "make deps installs dbmate"
        return [found[0], "--no-dump-schema", "--url"]

    def migrate(self, place):
        place.command([*self.program(), place.url + "?sslmode=disable", "migrate"])

    def rollback(self, place):
        place.command([*self.program(), place.url + "?sslmode=disable", "rollback"])

    def is_current(self, place):
        result = place.attempt([*self.program(), place.url + "?sslmode=disable", "status", "--exit-code"])
        return result.returncode == 0 and "Pending: 0" in result.stdout


class TestDbmate(Conformance):
    tool = Dbmate()

    def test_which_one_is_the_last(self, new_place):
        """Names go by their bytes, whatever their numbers: 10_b, 1_a, 2_d, 9_c."""
        left = []
        for down in (self.tool.rollback, lambda place: migrinit_down(place, self.tool)):
            place = new_place()
            for name in ("1_a", "9_c", "10_b", "2_d"):
                place.write(f"db/migrations/{name}.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n")
            self.tool.migrate(place)
            left.append([])
            for _ in range(4):
                down(place)
                left[-1].append(place.database.rows(self.tool.bookkeeping))
        assert left[0] == left[1]
        assert left[0][2] == [("10",)]
