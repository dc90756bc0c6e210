"""tern's own command line, where it is on PATH (docs/conformance.md)."""

import re

from go_tools import GoTool
from matrix import Conformance, hard_migrations

MARK = "---- create above / drop below ----"
NO_TRANSACTION = "---- tern: disable-tx ----\n"


class Tern(GoTool):
    name = "tern"
    # "{{" begins a template, and a part of comments alone is refused by either.
    migrations = [m for m in hard_migrations() if "{{" not in m.sql and m.title != "comments_only"]
    bookkeeping = "SELECT version FROM public.schema_version"
    own_tables = ("public.schema_version",)
    records_newest_only = True
    has_lock = True

    def file_name(self, number, migration):
        return f"migrations/{number:03}_{migration.title}.sql"

    def files(self, count):
        found = {}
        for _, name, migration in self.named(count):
            mark = "" if migration.in_transaction else NO_TRANSACTION
            found[name] = f"{mark}{migration.sql}\n\n{MARK}\n\n{mark}{migration.down or '-- nothing'}\n"
        return found

    def command(self, place, *verb):
        return place.command(["tern", *verb, "--migrations", "migrations", "--conn-string", self.url(place)])

    def migrate(self, place):
        self.command(place, "migrate")

    def rollback(self, place):
        self.command(place, "migrate", "--destination", "-1")

    def is_current(self, place):
        done, count = re.search(r"version:\s+(\d+) of (\d+)", self.command(place, "status")).groups()
        return done == count


class TestTern(Conformance):
    tool = Tern()
