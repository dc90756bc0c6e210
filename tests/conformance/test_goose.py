"""goose's own command line, where it is on PATH (docs/conformance.md): it takes no lock by itself."""

from go_tools import GoTool
from matrix import Conformance, hard_migrations


class Goose(GoTool):
    name = "goose"
    migrations = hard_migrations()
    bookkeeping = "SELECT version_id, is_applied FROM goose_db_version ORDER BY id"
    own_tables = ("public.goose_db_version", "public.goose_db_version_id_seq")

    def file_name(self, number, migration):
        return f"migrations/{number:05}_{migration.title}.sql"

    def part(self, sql):
        """A semicolon at the end of a line ends a statement, and must, unless a piece is kept together."""
        if not sql.strip() or (sql.rstrip().endswith(";") and ";" not in sql.rstrip()[:-1]):
            return sql
        return f"-- +goose StatementBegin\n{sql}\n-- +goose StatementEnd"

    def files(self, count):
        found = {}
        for _, name, migration in self.named(count):
            mark = "" if migration.in_transaction else "-- +goose NO TRANSACTION\n"
            found[name] = f"{mark}-- +goose Up\n{self.part(migration.sql)}\n\n-- +goose Down\n{self.part(migration.down)}\n"
        return found

    def command(self, place, *verb):
        return place.command(["goose", "-dir", "migrations", "postgres", self.url(place), *verb])

    def migrate(self, place):
        self.command(place, "up")

    def rollback(self, place):
        self.command(place, "down")

    def is_current(self, place):
        return "Pending" not in self.command(place, "status")


class TestGoose(Conformance):
    tool = Goose()
