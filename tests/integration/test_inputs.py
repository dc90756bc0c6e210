"""A command with inputs runs once for each state of its files: the hash of the last success decides."""

import json
import os

import pytest
from postgres import wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}


class Step:
    """A command that notes each of its runs."""

    def __init__(self, migrinit, inputs="src/*.ts"):
        self.migrinit = migrinit
        self.env = {**STRICT, "MIGRINIT_MIGRATE_INPUTS": inputs, "MIGRINIT_MIGRATE_COMMAND": "sh step.sh"}
        migrinit.write("step.sh", "echo run >> ran\n")
        migrinit.write("src/schema.ts", "one")
        migrinit.write("src/other.ts", "two")

    def run(self, *args, **env):
        return self.migrinit.run(*(args or ["migrate"]), env={**self.env, **env})

    def migrate(self, **env):
        run = self.run(**env)
        assert run.code == 0, run
        return run

    @property
    def count(self):
        try:
            with open(f"{self.migrinit.cwd}/ran", encoding="ascii") as f:
                return len(f.readlines())
        except FileNotFoundError:
            return 0


@pytest.fixture
def step(migrinit):
    return Step(migrinit)


def test_once_and_again_after_a_change(step, database):
    run = step.migrate()
    assert step.count == 1
    assert run.err.find("command: it has not succeeded yet"), run
    run = step.migrate()
    assert step.count == 1, "it was run again"
    assert run.err.find("command: nothing to do, its 2 input files are as at its last success"), run
    step.migrinit.write("src/schema.ts", "changed")
    run = step.migrate()
    assert step.count == 2
    assert run.err.find("its inputs have changed since its last success"), run
    step.migrate()
    assert step.count == 2
    row = database.rows("SELECT step, length(hash), duration_ms IS NOT NULL, finished_by FROM migrinit.inputs")
    assert len(row) == 1 and row[0][:3] == ("", 64, True) and "app" in row[0][3], row


def test_names_count_as_well(step):
    step.migrate()
    os.rename(f"{step.migrinit.cwd}/src/other.ts", f"{step.migrinit.cwd}/src/another.ts")
    step.migrate()
    assert step.count == 2
    step.migrinit.write("src/readme.md", "does not fit")
    step.migrate()
    assert step.count == 2


def test_command_and_success_count_as_well(step):
    step.migrate()
    step.migrate(MIGRINIT_MIGRATE_COMMAND="sh ./step.sh")
    assert step.count == 2
    step.migrinit.write("step.sh", "echo run >> ran; echo done\n")
    step.migrate(MIGRINIT_MIGRATE_COMMAND="sh ./step.sh", MIGRINIT_MIGRATE_SUCCESS="done")
    assert step.count == 3


def test_failure_keeps_what_was(step, database):
    step.migrate()
    before = database.rows("SELECT * FROM migrinit.inputs")
    step.migrinit.write("step.sh", "echo run >> ran; exit 3\n")
    step.migrinit.write("src/schema.ts", "changed")
    assert step.run().code == 1
    assert database.rows("SELECT * FROM migrinit.inputs") == before
    assert step.run().code == 1
    assert step.count == 3, "it is tried at every start until it succeeds"
    step.migrinit.write("src/schema.ts", "one")
    step.migrate()
    assert step.count == 3, "the files of the last success are back"


def test_nothing_pending_takes_no_lock_and_writes_nothing(step, server, database):
    step.migrate()
    offset = server.log_size()
    step.migrate()
    log = "\n".join(server.log_since(offset, database.name))
    assert "advisory" not in log and "INSERT" not in log and "CREATE" not in log, log
    assert "FROM \"migrinit\".\"inputs\"" in log


def test_replicas_at_once_run_it_once(step, migrinit):
    migrinit.write("step.sh", "echo run >> ran; while [ ! -e go ]; do sleep 0.05; done\n")
    runs = [migrinit.start(*APP, env=step.env) for _ in range(4)]
    wait_until(lambda: step.count == 1, "one is at work")
    wait_until(lambda: sum(bool(run.err.find("Another migrator")) for run in runs) == 3, "the others wait")
    migrinit.write("go", "")
    assert [run.wait() for run in runs] == [0] * 4, runs
    assert step.count == 1
    assert all(run.app_started for run in runs)


def test_two_steps_make_the_table_at_once(migrinit, database):
    """Each has a lock of its own: neither may fail because the other was faster."""
    migrinit.write("in", "x")
    inis = []
    for name in ("one", "two", "three"):
        inis.append(migrinit.write(f"{name}.ini", f"[migrate:{name}]\ninputs = in\ncommand = true\n"))
    for _ in range(5):
        database.run("DROP SCHEMA IF EXISTS migrinit CASCADE")
        runs = [migrinit.start("migrate", env={"MIGRINIT_CONFIG": ini}) for ini in inis]
        assert [run.wait() for run in runs] == [0, 0, 0], runs
        assert database.value("SELECT count(*) FROM migrinit.inputs") == 3


def test_double_star_and_links_of_a_config_map(migrinit):
    step = Step(migrinit, inputs="mounted/**/*.sql, mounted/x.sql")
    migrinit.write("mounted/..2024/deep/a.sql", "a")
    migrinit.write("mounted/..2024/x.sql", "x")
    os.symlink("..2024", f"{migrinit.cwd}/mounted/..data")
    os.symlink("..data/deep", f"{migrinit.cwd}/mounted/deep")
    os.symlink("..data/x.sql", f"{migrinit.cwd}/mounted/x.sql")
    run = step.migrate()
    step.migrate()
    assert step.count == 1
    run = step.run("status")
    assert run.code == 0 and run.out.find("command: 2 input files, unchanged"), run
    migrinit.write("mounted/..2025/deep/a.sql", "other")
    migrinit.write("mounted/..2025/x.sql", "x")
    os.symlink("..2025", f"{migrinit.cwd}/mounted/..new")
    os.rename(f"{migrinit.cwd}/mounted/..new", f"{migrinit.cwd}/mounted/..data")
    step.migrate()
    assert step.count == 2


def test_a_folder_is_all_that_is_in_it(migrinit):
    step = Step(migrinit, inputs="src/")
    migrinit.write("src/deep/er.txt", "x")
    step.migrate()
    migrinit.write("src/deep/er.txt", "y")
    step.migrate()
    assert step.count == 2


@pytest.mark.parametrize("inputs", ["nowhere/*.ts", "src/*.js", "src/missing.ts", "src/**/x"])
def test_a_pattern_that_nothing_fits_is_an_error(step, inputs):
    run = step.run(*APP, MIGRINIT_MIGRATE_INPUTS=f"src/*.ts {inputs}")
    assert run.code == 78, run
    assert run.err.find(f"no file fits {inputs}".replace("*", r"\*")), run
    assert step.count == 0


def test_a_file_that_cannot_be_read_is_an_error(step, migrinit):
    os.mkfifo(f"{migrinit.cwd}/src/pipe.ts")
    run = step.run()
    assert run.code == 78 and run.err.find(r"src/pipe\.ts: is a FIFO"), run


def test_inputs_without_a_command_are_an_error(migrinit):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_INPUTS": "migrations/*"})
    assert run.code == 78 and run.err.find("inputs is of a command"), run
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_SUCCESS": "x"})
    assert run.code == 78 and run.err.find("success is of a command"), run


def test_status_plan_verify_and_wait(step, migrinit):
    run = step.run("status")
    assert run.code != 0 and run.out.find("2 input files, pending: it has not succeeded yet"), run
    assert step.run("plan").out.find("-- command: would run: sh step.sh")
    run = step.run(*APP, AUTO_MIGRATE="verify")
    assert run.code == 1 and run.err.find("it has not succeeded yet") and not run.app_started, run
    waiting = migrinit.start(*APP, env={**step.env, "AUTO_MIGRATE": "wait"})
    waiting.err.wait_for("Waiting for the schema to be brought up to date")
    assert step.count == 0, "questions run nothing"
    step.migrate()
    assert waiting.wait() == 0 and waiting.app_started, waiting
    run = step.run("status", "--json")
    assert run.code == 0, run
    answer = json.loads(run.out.text)["steps"][0]
    assert answer["command"] == "sh step.sh" and answer["inputs"]["files"] == 2
    assert answer["inputs"]["state"] == "current" and answer["inputs"]["finished_at"]
    assert step.run("plan").out.find("nothing to do, would not run: sh step.sh")
    assert step.run(*APP, AUTO_MIGRATE="verify").code == 0
    migrinit.write("src/schema.ts", "changed")
    run = step.run("status", "--json")
    assert run.code == 1 and json.loads(run.out.text)["steps"][0]["inputs"]["state"] == "changed", run
    assert step.count == 1


def test_a_role_that_may_not_remember_does_not_run_it(step, database):
    database.run("CREATE SCHEMA migrinit; GRANT USAGE ON SCHEMA migrinit TO app")
    run = step.run()
    assert run.code == 1, run
    assert run.err.find("migrinit.inputs: creating: ERROR: permission denied"), run
    assert run.err.find("grant CREATE"), run
    assert step.count == 0


def test_steps_are_remembered_by_name(migrinit):
    migrinit.write("a", "a")
    migrinit.write("b", "b")
    ini = migrinit.write(
        "m.ini",
        '[migrate:one]\ncommand = "echo one >> ran"\ninputs = a\n[migrate:two]\ncommand = "echo two >> ran"\ninputs = b\n',
    )
    env = {"MIGRINIT_CONFIG": ini}
    for _ in range(2):
        assert migrinit.run("migrate", env=env).code == 0
    migrinit.write("b", "c")
    assert migrinit.run("migrate", env=env).code == 0
    with open(f"{migrinit.cwd}/ran", encoding="ascii") as f:
        assert f.read().split() == ["one", "two", "two"]


def test_folder_and_inputs_either_is_enough(migrinit, database):
    """With a folder as well, files of it that are pending run the command too."""
    step = Step(migrinit)
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    assert migrinit.run("migrate").code == 0
    step.env["MIGRINIT_MIGRATE_DIR"] = "migrations"
    step.migrate()
    step.migrate()
    assert step.count == 1
    migrinit.migrations(m0002_b="CREATE TABLE b ()")
    migrinit.write(
        "step.sh",
        "echo run >> ran\n/usr/bin/python3 - <<'END'\nimport os, psycopg2\nc = psycopg2.connect(os.environ['DATABASE_URL'])\n"
        "c.cursor().execute(\"INSERT INTO migrinit.migrations (id, checksum) VALUES ('0002_b', 'x')\")\nc.commit()\nEND\n",
    )
    step.migrate()
    assert step.count == 2
    step.migrate()
    assert step.count == 2


def test_a_connection_that_is_lost_meanwhile(step, migrinit, database):
    """It idles beside a long command; a firewall, or a restart of the server, ends it. What was done is recorded."""
    migrinit.write(
        "step.sh",
        "echo run >> ran\n/usr/bin/python3 - <<'END'\nimport os, psycopg2\nc = psycopg2.connect(os.environ['DATABASE_URL'])\n"
        "c.autocommit = True\na = c.cursor()\n"
        "while True:\n"
        "    a.execute(\"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database() AND usename = current_user\")\n"
        "    if not a.fetchall(): break\nEND\n",
    )
    step.migrate()
    assert database.value("SELECT count(*) FROM migrinit.inputs") == 1
    step.migrate()
    assert step.count == 1
