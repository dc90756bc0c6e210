"""golang-migrate's own command line, where it is on PATH as `migrate` (docs/conformance.md)."""

import os
import re

from go_tools import GoTool
from matrix import Conformance, hard_migrations, own_transaction


class GolangMigrate(GoTool):
    name = "golang-migrate"
    migrations = [own_transaction(migration) for migration in hard_migrations()]
    bookkeeping = "SELECT version, dirty FROM schema_migrations"
    own_tables = ("public.schema_migrations",)
    records_newest_only = True
    has_lock = True

    def file_name(self, number, migration):
        return f"migrations/{number:06}_{migration.title}"

    def files(self, count):
        found = {}
        for _, name, migration in self.named(count):
            found[f"{name}.up.sql"] = migration.sql
            found[f"{name}.down.sql"] = migration.down
        return found

    def command(self, place, *verb):
        return place.command(["migrate", "-path", "migrations", "-database", self.url(place), *verb])

    def migrate(self, place):
        self.command(place, "up")

    def rollback(self, place):
        self.command(place, "down", "1")

    def is_current(self, place):
        """It has no verb for it: the version that it names is the folder's last one."""
        version = int(re.search(r"^(\d+)$", self.command(place, "version"), re.M).group(1))
        return version == max(int(name.split("_")[0]) for name in os.listdir(os.path.join(place.cwd, "migrations")))


class TestGolangMigrate(Conformance):
    tool = GolangMigrate()

    def test_migrinit_detects_the_folder(self, new_place, yardstick):
        """sqlx has files of these names, too: what it is must be said."""
        place = new_place()
        self.tool.write(place, self.count)
        run = place.run("migrate")
        assert run.code == 78 and run.err.find("golang-migrate's as well as sqlx's"), run
