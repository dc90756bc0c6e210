"""Who is compared: migrinit, the tools of the conformance tests, alembic, psql, and the floor.

Everybody gets the same small migrations, each in the form that he reads, and a database of his own.
"""

import contextlib
import glob
import importlib
import inspect
import itertools
import os
import shutil
import subprocess
import tempfile
import time

from matrix import Migration, Place, Tool, npm_program
from postgres import Database
from program import PROGRAM, ROOT

numbers = itertools.count(1)


def small_migrations(count):
    return [Migration(f"small_{i}", f"CREATE TABLE small_{i} (id int PRIMARY KEY, name text);") for i in range(1, count + 1)]


class Alembic(Tool):
    """Debian's package. migrinit has no format for it: a folder of Python is run by its own tool."""

    name = "alembic"
    env = (
        "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n"
        'with create_engine(os.environ["DATABASE_URL"]).connect() as connection:\n'
        "    context.configure(connection=connection, transaction_per_migration=True)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n"
    )

    def files(self, count):
        found = {"alembic.ini": "[alembic]\nscript_location = steps\n", "steps/env.py": self.env}
        for n, migration in enumerate(self.migrations[:count], 1):
            before = repr(f"r{n - 1}") if n > 1 else None
            found[f"steps/versions/r{n}_{migration.title}.py"] = (
                f'from alembic import op\nrevision = "r{n}"\ndown_revision = {before}\n'
                f"def upgrade():\n    op.execute({migration.sql!r})\n"
            )
        return found

    def migrate(self, place):
        program = shutil.which("alembic")
        assert program, "apt-get install alembic (make deps)"
        place.command([program, "upgrade", "head"])


class NodePgMigrate(Tool):
    """From npm; its conformance tests have a description of their own."""

    name = "node-pg-migrate"

    def files(self, count):
        return {f"migrations/17356896{n:05}_{m.title}.sql": m.sql + "\n" for n, m in enumerate(self.migrations[:count], 1)}

    def migrate(self, place):
        place.command([npm_program(self.name, self.name), "up"])


class Plain(Tool):
    """migrinit's own format: nobody else reads it."""

    name = "plain"

    def files(self, count):
        return {f"migrations/{n:05}_{m.title}.sql": m.sql + "\n" for n, m in enumerate(self.migrations[:count], 1)}


class BenchPlace(Place):
    """Starts programs with as little of Python around them as can be; keeps what they cost."""

    seconds = cpu_seconds = 0.0

    def attempt(self, argv, env=None):
        whole = {**self.env, "PATH": os.environ["PATH"], **(env or {})}
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            started = time.perf_counter()
            process = subprocess.Popen(
                argv, cwd=self.cwd, env=whole, stdin=subprocess.DEVNULL, stdout=said, stderr=said, close_fds=False
            )
            _, status, used = os.wait4(process.pid, 0)
            self.seconds = time.perf_counter() - started
            self.cpu_seconds = used.ru_utime + used.ru_stime
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            return subprocess.CompletedProcess(argv, process.returncode, said.read())


@contextlib.contextmanager
def new_place(server):
    with tempfile.TemporaryDirectory(prefix="migrinit-bench-") as folder:
        database = Database(server, f"b{next(numbers)}")
        try:
            yield BenchPlace(folder, database)
        finally:
            database.drop()


def described_tools():
    """Those of the conformance tests' matrix whose files can have any content, and the two above."""
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/conformance/test_*.py"))):
        name = os.path.basename(path)[:-3]
        if name in ("test_samples", "test_contestants"):
            continue
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if issubclass(kind, Tool) and kind.__module__ == name and not kind.titles_are_names:
                tool = kind()
                # Several descriptions may be of one format.
                tool.label = tool.name if kind.__name__.lower() == tool.name else f"{tool.name} ({kind.__name__})"
                yield tool
    for tool in (NodePgMigrate(), Alembic()):
        tool.label = tool.name
        yield tool


def find_tools(server, wanted):
    """Those that run here, tried on one migration each. One that does not is named in a loud line."""
    found = []
    for tool in described_tools():
        if wanted and tool.name not in wanted:
            continue
        tool.migrations = small_migrations(1)
        with new_place(server) as place:
            tool.write(place, 1)
            try:
                tool.migrate(place)
                found.append(tool)
            except (AssertionError, OSError, subprocess.SubprocessError) as error:
                print(f"!!! NOT COMPARED: {tool.label}: {str(error).splitlines()[0]}", flush=True)
    return found


def run_migrinit(place, tool, *wrapper):
    place.command([*wrapper, PROGRAM, "migrate"], {"MIGRINIT_MIGRATE_FORMAT": tool.name})


def has_format(tool):
    return not isinstance(tool, Alembic)


def script_of(migrations):
    """What a runner sends, as one file for psql."""
    table = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY);\n"
    return table + "".join(
        f"BEGIN;\n{migration.sql}\nINSERT INTO schema_migrations VALUES ('{migration.title}');\nCOMMIT;\n"
        for migration in migrations
    )


def run_psql(place, script):
    psql = os.path.join(place.database.server.bin, "psql")
    place.command([psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, place.url])
