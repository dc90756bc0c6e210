"""Alembic and Flask-Migrate (Debian's alembic, python3-flask-migrate): a command step that asks before it starts Python.

The folder has branches, merges, dependencies, a label of a branch, files out of order. Every beginning of
it is one that Alembic itself can bring to its heads; what migrinit reads of it must then be what the table
holds, and the command must not be run. That it is not is shown by a command that leaves a line wherever
it runs, and once by strace.
"""

import json
import os
import re

import pytest

ALEMBIC = "/usr/bin/alembic"

# revision: down_revision, depends_on, branch_labels. In an order in which each beginning is complete.
GRAPH = {
    "01base": (None, None, None),
    "02": ("01base", None, None),
    "03": ("02", None, None),
    "04left": ("03", None, None),
    "04right": ("03", None, None),
    "05left": ("04left", None, None),
    "05right": ("04right", None, None),
    "06merge": (("05left", "05right"), None, None),
    "07": ("06merge", None, None),
    "audit1": (None, None, "audit"),
    "audit2": ("audit1", "07", None),
    "08": ("07", None, None),
    "09": ("08", None, None),
    "audit3": ("audit2", None, None),
    "10": ("09", "audit", None),
    "11a": ("10", None, None),
    "11b": ("10", None, None),
    "11c": ("10", None, None),
    "12merge": (("11a", "11b", "11c"), None, None),
    "audit4": ("audit3", "12merge", None),
    "13": ("12merge", None, None),
    "14": ("13", "audit4", None),
    "15": ("14", None, None),
    "16": ("15", None, None),
}

# The ways in which people, and the tool's own templates, write the same.
STYLES = [
    '"""{name}\n\nRevision ID: {rev}\nRevises: x\n"""\nfrom alembic import op\n\nrevision = {rev!r}\n'
    "down_revision = {down!r}\nbranch_labels = {labels!r}\ndepends_on = {depends!r}\n",
    "from typing import Sequence, Union\n\nfrom alembic import op\n\nrevision: str = {rev!r}\n"
    "down_revision: Union[str, Sequence[str], None] = {down!r}\n"
    "branch_labels: Union[str, Sequence[str], None] = {labels!r}\n"
    "depends_on: Union[str, Sequence[str], None] = {depends!r}\n",
    "# revision = 'no'\nfrom alembic import op\nTEXT = '''\ndown_revision = 'no'\n'''\n"
    "depends_on = {depends!r}  # why\nbranch_labels = (\n    {labels!r}\n) if False else {labels!r}\n"
    "revision = ({rev!r})\ndown_revision = \\\n    {down!r}\n",
]

BODY = "\n\ndef upgrade():\n    revision = 'local'\n    op.execute('CREATE TABLE \"t_{rev}\" (id int)')\n\n\ndef downgrade():\n    op.execute('DROP TABLE \"t_{rev}\"')\n"


class Alembic:
    migrations = list(GRAPH)
    table = "alembic_version"

    def write(self, place, count):
        """The first revisions; file names do not follow their order."""
        for number, rev in enumerate(self.migrations[:count]):
            down, depends, labels = GRAPH[rev]
            # What is not understood of a label matters only where somebody depends on it.
            style = STYLES[0] if labels else STYLES[number % len(STYLES)]
            text = style.format(name=rev, rev=rev, down=down, labels=labels, depends=depends)
            place.write(f"db/alembic/versions/{(number * 7) % 24:02}_{rev}.py", text + BODY.format(rev=rev))

    def prepare(self, place, configure=""):
        place.env["PYTHONDONTWRITEBYTECODE"] = "1"
        place.command([ALEMBIC, "init", "db/alembic"])
        path = f"{place.cwd}/db/alembic/env.py"
        with open(path, encoding="utf-8") as f:
            text = f.read()
        url = 'import os\n\nconfig.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%"))\n'
        text = text.replace("target_metadata = None\n", f"target_metadata = None\n{url}")
        text = text.replace("target_metadata=target_metadata", f"target_metadata=target_metadata{configure}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def migrate(self, place):
        place.command([ALEMBIC, "upgrade", "heads"])

    def rows(self, place):
        return sorted(row[0] for row in place.database.rows(f"SELECT version_num FROM {self.table}"))


class Step:
    """migrinit with the tool as its command; counts how often it was run."""

    def __init__(self, place, command=f"{ALEMBIC} upgrade heads", folder="db/alembic"):
        self.place = place
        self.env = {
            "MIGRINIT_MIGRATE_DIR": folder,
            "MIGRINIT_MIGRATE_COMMAND": f"echo run >> launches; exec {command}",
            "AUTO_MIGRATE_FAIL_ON_ERROR": "true",
        }

    def run(self, *args, **env):
        return self.place.run(*(args or ("migrate",)), env={**self.env, **env})

    def migrate(self, launches):
        before = self.launches
        run = self.run()
        assert run.code == 0, run
        assert self.launches - before == launches, run
        return run

    @property
    def launches(self):
        path = f"{self.place.cwd}/launches"
        if not os.path.exists(path):
            return 0
        with open(path, encoding="ascii") as f:
            return len(f.readlines())

    def status(self):
        run = self.run("status", "--json")
        return run.code, json.loads(run.out.text)["steps"][0]


class TestAlembic:
    tool = Alembic()

    def place(self, new_place, **more):
        place = new_place()
        self.tool.prepare(place, **more)
        return place

    def test_tool_first_then_migrinit(self, new_place, first):
        place = self.place(new_place)
        step = Step(place)
        self.tool.write(place, first)
        self.tool.migrate(place)
        # the real heads are what the table holds: nothing is pending, and Python is not started
        step.migrate(launches=0)
        code, status = step.status()
        assert (code, status["applied"], status["pending"], status["missing"] + status["ahead"]) == (0, first, 0, 0)
        assert [m["id"] for m in status["migrations"] if m["state"] != "applied"] == []
        # the rest is migrated by the command, once
        self.tool.write(place, len(self.tool.migrations))
        code, status = step.status()
        assert code == 1 and status["pending"] == len(self.tool.migrations) - first
        step.migrate(launches=1)
        assert self.tool.rows(place) == ["16"]
        step.migrate(launches=0)

    def test_from_empty_and_again(self, new_place):
        place = self.place(new_place)
        step = Step(place)
        self.tool.write(place, len(self.tool.migrations))
        run = step.migrate(launches=1)
        assert run.err.find(r"24 of 24 migrations pending in db/alembic"), run
        run = step.migrate(launches=0)
        assert run.err.find("up to date, 24 applied and none pending in db/alembic"), run
        assert self.tool.rows(place) == ["16"]

    def test_no_python_process_at_all(self, new_place):
        place = self.place(new_place)
        self.tool.write(place, 9)
        step = Step(place)
        step.migrate(launches=1)
        trace = f"{place.cwd}/trace"
        run = place.run("migrate", env=step.env, prefix=["strace", "-f", "-qq", "-e", "trace=execve", "-o", trace])
        assert run.code == 0, run
        with open(trace, encoding="utf-8", errors="replace") as f:
            programs = re.findall(r'execve\("([^"]*)"', f.read())
        assert len(programs) == 1 and programs[0].endswith("/migrinit"), programs

    def test_custom_table_of_env_py(self, new_place):
        place = self.place(new_place, configure=', version_table="seen", version_table_schema="audit"')
        place.database.run("CREATE SCHEMA audit AUTHORIZATION app")
        self.tool.write(place, len(self.tool.migrations))
        step = Step(place)
        step.migrate(launches=1)
        step.migrate(launches=0)
        assert step.status()[1]["table"] == "audit.seen"

    def test_table_that_must_be_told(self, new_place):
        place = self.place(new_place, configure=', version_table=os.environ["VERSION_TABLE"]')
        place.env["VERSION_TABLE"] = "seen"
        self.tool.write(place, len(self.tool.migrations))
        step = Step(place)
        run = step.migrate(launches=1)
        assert run.err.find("db/alembic/env.py sets version_table in a way that is not understood"), run
        step.migrate(launches=1)
        step.env["MIGRINIT_MIGRATE_TABLE"] = "seen"
        step.migrate(launches=0)
        # a wrong one is no danger, only of no use
        step.env["MIGRINIT_MIGRATE_TABLE"] = "other"
        run = step.migrate(launches=1)
        assert run.err.find("is its table another one"), run

    def test_several_heads(self, new_place):
        """`upgrade head` fails on them even with nothing to do, so it must be run to say so."""
        place = self.place(new_place)
        self.tool.write(place, 5)
        self.tool.migrate(place)
        assert self.tool.rows(place) == ["04left", "04right"]
        Step(place).migrate(launches=0)
        step = Step(place, command=f"{ALEMBIC} upgrade head")
        run = step.run()
        assert run.code == 1 and run.err.find("Multiple head revisions"), run

    def test_database_ahead_of_the_image(self, new_place):
        """A rolled-back deploy: the tool fails, having changed nothing; the policy is to start with a warning."""
        place = self.place(new_place)
        self.tool.write(place, len(self.tool.migrations))
        self.tool.migrate(place)
        for name in os.listdir(f"{place.cwd}/db/alembic/versions"):
            if "_15" in name or "_16" in name:
                os.remove(f"{place.cwd}/db/alembic/versions/{name}")
        step = Step(place)
        run = step.run("--", "sh", "-c", "echo APP $MIGRINIT_STATUS")
        assert run.code == 0 and run.out.text == "APP ok", run
        assert run.err.find("Can't locate revision identified by '16'"), run
        assert run.err.find(r"the database is ahead of db/alembic: 1 applied migration comes after all of its files \(newest: 16\)"), run
        assert step.status()[0] == 0
        run = step.run("--", "true", AUTO_MIGRATE="verify")
        assert run.code == 0 and run.err.find("ahead"), run

    def test_questions_run_nothing(self, new_place):
        place = self.place(new_place)
        self.tool.write(place, len(self.tool.migrations))
        step = Step(place)
        run = step.run("plan")
        assert run.out.find("would run: ") and run.out.find("--   pending: .*_16$"), run
        run = step.run("--", "true", AUTO_MIGRATE="verify")
        assert run.code == 1 and run.err.find("24 pending in db/alembic"), run
        waiting = place.start("--", "true", env={**step.env, "AUTO_MIGRATE": "wait"})
        waiting.err.wait_for("Waiting for the schema")
        assert step.launches == 0
        self.tool.migrate(place)
        assert waiting.wait() == 0, waiting
        assert step.run("--", "true", AUTO_MIGRATE="verify").code == 0
        assert step.run("plan").out.find("nothing to do, would not run")
        assert step.launches == 0

    def test_replicas_at_once(self, new_place):
        """By itself the tool has no lock: one of two first starts dies (UniqueViolation on pg_type)."""
        place = self.place(new_place)
        self.tool.write(place, len(self.tool.migrations))
        step = Step(place)
        runs = [place.start("migrate", env=step.env) for _ in range(4)]
        assert [run.wait(120) for run in runs] == [0] * 4, runs
        assert step.launches == 1
        assert self.tool.rows(place) == ["16"]

    @pytest.mark.parametrize(
        "change,reason",
        [
            (("db/alembic/versions/99_x.py", "revision = 'x' + 'y'\ndown_revision = '01base'\n"), "99_x.py revision is not a plain"),
            (("db/alembic/versions/99_x.py", "revision = '16'\ndown_revision = '15'\n"), "are both revision 16"),
            (("db/alembic/versions/99_x.py", "revision = '17'\ndown_revision = 'gone'\n"), "no file is the revision gone"),
            (("db/alembic/versions/99_x.py", "x = 1\n"), "99_x.py revision is not a plain"),
            (("alembic.ini", "[alembic]\nscript_location = pkg:alembic\n"), "names a folder of a Python package"),
            (("alembic.ini", "[alembic]\nscript_location = elsewhere\n"), "no alembic.ini whose script_location is this folder"),
            (("alembic.ini", "[alembic]\nscript_location = db/alembic\nsourceless = true\n"), "sourceless"),
            (("pyproject.toml", "[tool.alembic]\n"), "pyproject.toml may have settings"),
        ],
    )
    def test_what_is_not_understood_is_run(self, new_place, change, reason):
        place = self.place(new_place)
        self.tool.write(place, len(self.tool.migrations))
        self.tool.migrate(place)
        place.write(*change)
        step = Step(place, command="true")
        run = step.migrate(launches=1)
        assert run.err.find("does not tell whether anything is pending") and run.err.find(re.escape(reason)), run
        run = step.run("--", "true", AUTO_MIGRATE="verify")
        assert run.code == 0 and run.err.find("is not known; it is not run here"), run

    @pytest.mark.parametrize("line", ["for t in tenants(): context.run_migrations()", "connection.execute('SELECT 1')"])
    def test_env_py_that_does_more(self, new_place, line):
        place = self.place(new_place)
        self.tool.write(place, 3)
        self.tool.migrate(place)
        with open(f"{place.cwd}/db/alembic/env.py", "a", encoding="utf-8") as f:
            f.write(f"\n\ndef more():\n    {line}\n")
        step = Step(place)
        step.migrate(launches=1)
        step.env["MIGRINIT_MIGRATE_PROBE"] = "on"
        step.migrate(launches=0)

    def test_several_version_locations(self, new_place):
        place = self.place(new_place)
        self.tool.write(place, 4)
        place.write("more/17.py", "from alembic import op\nrevision = '17'\ndown_revision = '04left'\n" + BODY.format(rev="17"))
        ini = f"{place.cwd}/alembic.ini"
        with open(ini, encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"(?m)^version_path_separator.*$", "version_path_separator = os", text)
        text = text.replace("[alembic]\n", "[alembic]\nversion_locations = %(here)s/more:db/alembic/versions:%(here)s/none\n")
        place.write("alembic.ini", text)
        step = Step(place)
        step.migrate(launches=1)
        assert self.tool.rows(place) == ["17"]
        step.migrate(launches=0)

    @pytest.mark.parametrize("folder,command", [(".", ""), ("db/alembic", "-c ./alembic.ini "), ("db/../db/alembic/", "")])
    def test_where_the_folder_may_be_named(self, new_place, folder, command):
        place = self.place(new_place)
        self.tool.write(place, 3)
        step = Step(place, command=f"{ALEMBIC} {command}upgrade head", folder=folder)
        step.migrate(launches=1)
        step.migrate(launches=0)

    def test_command_that_changes_its_folder(self, new_place):
        place = new_place()
        place.cwd, whole = f"{place.cwd}/backend", place.cwd
        os.mkdir(place.cwd)
        self.tool.prepare(place)
        self.tool.write(place, 3)
        place.cwd = whole
        step = Step(place, folder="backend/db/alembic")
        step.env["MIGRINIT_MIGRATE_COMMAND"] = f"echo run >> launches; cd backend && {ALEMBIC} upgrade head"
        step.migrate(launches=1)
        step.migrate(launches=0)


APP = """import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
migrate = Migrate(app, db)
"""

FLASK = "/usr/bin/python3 -m flask --app app db"


class TestFlaskMigrate:
    def test_folder_of_flask_db_init(self, new_place):
        place = new_place()
        place.env["PYTHONDONTWRITEBYTECODE"] = "1"
        place.write("app.py", APP)
        place.command(["sh", "-c", f"{FLASK} init"])
        for number in range(1, 24):
            down = f"r{number - 1}" if number > 1 else None
            place.write(
                f"migrations/versions/r{number}_.py",
                STYLES[0].format(name=number, rev=f"r{number}", down=down, labels=None, depends=None) + BODY.format(rev=f"r{number}"),
            )
        step = Step(place, command=f"{FLASK} upgrade", folder="migrations")
        step.migrate(launches=1)
        assert place.database.value("SELECT version_num FROM alembic_version") == "r23"
        run = step.migrate(launches=0)
        assert run.err.find("23 applied and none pending in migrations"), run

    def test_folder_for_several_databases_is_not_guessed(self, new_place):
        place = new_place()
        place.env["PYTHONDONTWRITEBYTECODE"] = "1"
        place.write("app.py", APP)
        place.command(["sh", "-c", f"{FLASK} init --multidb"])
        step = Step(place, command="true", folder="migrations")
        run = step.migrate(launches=1)
        assert run.err.find("env.py has a loop"), run

    def test_without_a_command_the_answer_is_the_step(self, new_place):
        place = new_place()
        place.env["PYTHONDONTWRITEBYTECODE"] = "1"
        place.write("app.py", APP)
        place.command(["sh", "-c", f"{FLASK} init"])
        run = place.run("migrate")
        assert run.code == 78, run
        assert run.err.find(r"\[migrate\] command = flask db upgrade"), run
        assert run.err.find(r"dir = migrations"), run
