"""Tools that are programs in Go: in no registry of the tests, so taken from PATH, or not shown."""

import shutil

from matrix import Tool, without_concurrently

# What docs/conformance.md names, and the test file of each.
PROGRAMS = {"goose": "test_goose.py", "migrate": "test_golang_migrate.py", "tern": "test_tern.py"}


def missing():
    """The test files of those that are not on PATH."""
    return [file for program, file in PROGRAMS.items() if not shutil.which(program)]


class GoTool(Tool):
    """Numbered files in one folder, and one program that is told the URL."""

    has_down = True

    def url(self, place):
        return place.url + "?sslmode=disable"

    def file_name(self, number, migration):
        raise NotImplementedError

    def for_company(self):
        return without_concurrently(self)

    def named(self, count):
        return [(number, self.file_name(number, migration), migration) for number, migration in enumerate(self.migrations[:count], 1)]
