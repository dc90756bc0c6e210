"""Alembic's folder, read without Python: when the command is spared, and what makes the folder one that does not tell.

The folder is written here as the tool's templates have it, and the command writes the tool's table, which is all that
is looked at. With the tool itself: tests/conformance/test_alembic.py.
"""

import os

import pytest

ENV = """from alembic import context

config = context.config
target_metadata = None


def run_migrations_online():
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata{configure})
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
"""
INI = "[alembic]\nscript_location = {location}\n"
SCRIPT = '"""x\n\nRevision ID: {rev}\n"""\nfrom alembic import op\n\nrevision = {rev!r}\ndown_revision = {down!r}\nbranch_labels = None\ndepends_on = None\n'
TABLE = "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES {rows}; GRANT ALL ON alembic_version TO app"


class Folder:
    """db/alembic with revisions, and a command that brings the table to the heads and leaves a line."""

    def __init__(self, migrinit, database):
        self.migrinit, self.database = migrinit, database
        self.env = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true", "MIGRINIT_MIGRATE_DIR": "db/alembic"}
        self.command()
        self.write("alembic.ini", INI.format(location="db/alembic"))
        self.write("db/alembic/env.py", ENV.format(configure=""))
        self.revisions({"a1": None, "b2": "a1", "c3": "b2"})

    def write(self, path, text):
        return self.migrinit.write(path, text)

    def remove(self, path):
        os.unlink(os.path.join(self.migrinit.cwd, path))

    def revisions(self, graph, folder="db/alembic/versions"):
        for rev, down in graph.items():
            self.write(f"{folder}/{rev}_x.py", SCRIPT.format(rev=rev, down=down))

    def command(self, words="upgrade head", heads=("c3",)):
        rows = ", ".join(f"('{head}')" for head in heads)
        sql = f"CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32)); DELETE FROM alembic_version; INSERT INTO alembic_version VALUES {rows}"
        self.env["MIGRINIT_MIGRATE_COMMAND"] = f'echo run >> launches; : alembic {words}; psql "$DATABASE_URL" -qc "{sql}"'

    def has(self, *rows):
        self.database.run(TABLE.format(rows=", ".join(f"('{row}')" for row in rows)))

    def launches(self, **env):
        path = os.path.join(self.migrinit.cwd, "launches")
        if os.path.exists(path):
            os.unlink(path)
        run = self.migrinit.run("migrate", env={**self.env, **env})
        assert run.code == 0, run
        return (1 if os.path.exists(path) else 0), run


@pytest.fixture
def folder(migrinit, database):
    return Folder(migrinit, database)


def test_command_is_run_once_and_then_spared(folder):
    count, run = folder.launches()
    assert count == 1 and run.err.find("3 of 3 migrations pending in db/alembic"), run
    count, run = folder.launches()
    assert count == 0 and run.err.find("up to date, 3 applied and none pending"), run


def test_table_behind_the_files(folder):
    folder.has("b2")
    status = folder.migrinit.run("status", env=folder.env)
    assert status.code == 1 and status.out.find("c3"), status
    assert folder.launches()[0] == 1


def test_two_heads(folder):
    folder.revisions({"d4": "b2"})
    folder.command("upgrade heads", ["c3", "d4"])
    folder.has("c3")
    assert folder.launches()[0] == 1
    assert folder.launches()[0] == 0


@pytest.mark.parametrize(
    "ini, location",
    [
        ("db/alembic/alembic.ini", None),  # as Flask-Migrate has it
        ("db/alembic.ini", "alembic"),  # above, and relative to itself
        ("backend/alembic.ini", "db/alembic"),  # named by the command
    ],
)
def test_where_alembic_ini_may_be(folder, ini, location):
    folder.remove("alembic.ini")
    folder.write(ini, INI.format(location=location) if location else "[alembic]\n")
    folder.command(f"-c {ini} upgrade head" if ini.startswith("backend") else "upgrade head")
    folder.has("c3")
    count, run = folder.launches()
    assert count == 0, run


def test_folder_of_alembic_ini_alone(folder):
    folder.remove("alembic.ini")
    folder.write("db/alembic.ini", INI.format(location="alembic"))
    folder.has("c3")
    count, run = folder.launches(MIGRINIT_MIGRATE_DIR="db")
    assert count == 0, run


def test_other_places_of_revisions(folder):
    folder.write("alembic.ini", INI.format(location="db/alembic") + "version_locations = db/one db/two db/none\n")
    folder.revisions({"a1": None}, "db/one")
    folder.revisions({"b2": "a1", "c3": "b2"}, "db/two")
    folder.has("c3")
    count, run = folder.launches()
    assert count == 0, run


def test_table_of_env_py_and_of_the_setting(folder):
    folder.write("db/alembic/env.py", ENV.format(configure=', version_table="versions"'))
    folder.database.run("CREATE TABLE versions AS SELECT 'c3' AS version_num; GRANT ALL ON versions TO app")
    count, run = folder.launches()
    assert count == 0, run
    folder.database.run("ALTER TABLE versions RENAME TO others")
    count, run = folder.launches(MIGRINIT_MIGRATE_TABLE="public.others")
    assert count == 0, run


UNCLEAR = {
    "command that goes back": (lambda f: f.command("downgrade base"), "the command says downgrade"),
    "command with another name": (lambda f: f.command("-n other upgrade head"), "the command says -n"),
    "no alembic.ini": (lambda f: f.remove("alembic.ini"), "no alembic.ini whose script_location is this folder"),
    "alembic.ini of another folder": (lambda f: f.write("alembic.ini", INI.format(location="elsewhere")), "no alembic.ini whose"),
    "settings in pyproject.toml": (lambda f: f.write("pyproject.toml", "[tool.alembic]\n"), "may have settings of Alembic"),
    "no revisions": (lambda f: [f.remove(f"db/alembic/versions/{rev}_x.py") for rev in ("a1", "b2", "c3")], "there are no revisions"),
    "revision that computes": (lambda f: f.write("db/alembic/versions/d4_x.py", "revision = make()\n"), "d4_x.py"),
    "revision of which nothing is known": (lambda f: f.revisions({"d4": "z9"}), "z9"),
    "env.py that computes its table": (lambda f: f.write("db/alembic/env.py", ENV.format(configure=", version_table=name()")), "env.py"),
    "revision that is no file": (lambda f: os.symlink("/nowhere", f"{f.migrinit.cwd}/db/alembic/versions/d4_x.py"), "d4_x.py"),
    "another table's rights": (lambda f: f.database.run("REVOKE ALL ON alembic_version FROM app"), "permission denied"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNCLEAR)
def test_what_does_not_tell(folder, what):
    """The command is run, as if no folder were given."""
    change, word = UNCLEAR[what]
    folder.has("c3")
    change(folder)
    folder.env["MIGRINIT_MIGRATE_COMMAND"] = folder.env["MIGRINIT_MIGRATE_COMMAND"].partition("; psql")[0]
    run = folder.migrinit.run("migrate", env=folder.env)
    assert os.path.exists(f"{folder.migrinit.cwd}/launches"), run
    assert run.err.find(word), run
