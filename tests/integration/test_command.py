"""A program as a migration step: same lock, same policy, same time limit; its output prefixed."""

from postgres import wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}


def test_environment_and_output(migrinit, server, database):
    seen = f"{migrinit.cwd}/seen"
    migrinit.write("step.sh", f'echo "to stdout"; echo "to stderr" >&2; printf %s "$DATABASE_URL" > {seen}\n')
    del migrinit.env["DATABASE_URL"]
    from postgres import PASSWORD

    env = {
        **STRICT,
        "PGHOST": "127.0.0.1",
        "PGPORT": server.port,
        "PGUSER": "app",
        "PGPASSWORD": PASSWORD,
        "PGDATABASE": database.name,
        "MIGRINIT_MIGRATE_COMMAND": "sh step.sh",
    }
    run = migrinit.run(*APP, env=env)
    assert run.code == 0 and run.app_started, run
    assert run.err.find(r"^\[Migration\].*to stdout"), run
    assert run.err.find(r"^\[Migration\].*to stderr"), run
    assert run.out.count("to stdout") == 0, "stdout belongs to the app"
    import psycopg2

    with open(seen, encoding="utf-8") as f:
        url = f.read()
    psycopg2.connect(url).close()
    assert f"/{database.name}" in url


def test_failure_and_policy(migrinit):
    env = {"MIGRINIT_MIGRATE_COMMAND": "echo oh no; exit 3"}
    run = migrinit.run(*APP, env={**env, **STRICT})
    assert run.code == 1, run
    assert not run.app_started
    assert run.err.find("oh no") and run.err.find(r"\b3\b")
    run = migrinit.run(*APP, env=env)
    assert run.code == 0 and run.out.text == "APP status=failed", run


def test_program_that_is_not_there(migrinit):
    run = migrinit.run(*APP, env={**STRICT, "MIGRINIT_MIGRATE_COMMAND": "/nowhere/tool migrate"})
    assert run.code in (1, 78), run
    assert run.err.find("/nowhere/tool")


def test_time_limit(migrinit):
    pid_file = f"{migrinit.cwd}/pid"
    env = {**STRICT, "MIGRINIT_MIGRATE_COMMAND": f"echo $$ > {pid_file}; exec sleep 600", "MIGRINIT_MIGRATE_TIMEOUT": "1s"}
    run = migrinit.run(*APP, env=env)
    assert run.code == 1, run
    assert run.seconds < 30
    assert run.err.find("(?i)time limit|timeout|time"), run
    expect_gone(pid_file)


def expect_gone(pid_file):
    import os

    with open(pid_file, encoding="ascii") as f:
        pid = int(f.read())

    def is_gone():
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                return f.read().rsplit(")", 1)[1].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    wait_until(is_gone, f"process {pid} is gone")
    assert not os.path.exists(f"/proc/{pid}/exe") or is_gone()


def test_term_reaches_it(migrinit, database):
    pid_file = f"{migrinit.cwd}/pid"
    migrinit.write("step.sh", f"trap 'echo caught it; exit 0' TERM; echo $$ > {pid_file}; echo begun; sleep 600 & wait\n")
    run = migrinit.start(*APP, env={**STRICT, "MIGRINIT_MIGRATE_COMMAND": "sh step.sh"})
    run.err.wait_for("begun")
    run.signal()
    assert run.wait(20) == 143, run
    assert not run.app_started
    assert run.err.find("caught it"), run
    expect_gone(pid_file)
    wait_until(lambda: database.advisory_locks() == 0, "the lock is released")


def test_two_at_once_run_one_after_the_other(migrinit):
    """Begin and end lines of the two never interleave."""
    log = f"{migrinit.cwd}/log"
    go = f"{migrinit.cwd}/go"
    migrinit.write("step.sh", f"echo begin >> {log}; while [ ! -e {go} ]; do sleep 0.05; done; echo end >> {log}\n")
    env = {**STRICT, "MIGRINIT_MIGRATE_COMMAND": "sh step.sh"}
    runs = [migrinit.start(*APP, env=env) for _ in range(2)]
    wait_until(lambda: any(run.err.find("(?i)another migrator|lock") for run in runs), "one waits for the other")
    migrinit.write("go", "")
    assert [run.wait() for run in runs] == [0, 0], runs
    with open(log, encoding="ascii") as f:
        assert f.read().split() == ["begin", "end", "begin", "end"]


def test_native_and_command_in_file_order(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a (n int)")
    migrinit.write("seed.py", "import os, psycopg2\nc = psycopg2.connect(os.environ['DATABASE_URL'])\nc.cursor().execute('INSERT INTO a VALUES (1)')\nc.commit()\n")
    ini = migrinit.write("m.ini", '[migrate]\ndir = migrations\n[migrate:seed]\ncommand = "/usr/bin/python3 seed.py"\n')
    run = migrinit.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
    assert run.code == 0, run
    assert database.value("SELECT count(*) FROM a") == 1


def test_failed_step_stops_the_later_ones(migrinit):
    ini = migrinit.write("m.ini", '[migrate:one]\ncommand = "exit 1"\n[migrate:two]\ncommand = "touch two"\n')
    run = migrinit.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
    assert run.code == 1, run
    import os

    assert not os.path.exists(f"{migrinit.cwd}/two")


def test_hostile_output_is_made_safe(migrinit):
    env = {**STRICT, "MIGRINIT_MIGRATE_COMMAND": r"printf 'a\033[31mred\033[0m\rover\001\n'"}
    run = migrinit.run(*APP, env=env)
    assert run.code == 0, run
    assert run.err.find("red")
    assert "\033" not in run.err.text and "\r" not in run.err.text and "\001" not in run.err.text


def test_database_url_of_a_dir_step_decides(migrinit, database):
    """With a dir, the native reader decides whether the command is needed at all."""
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    assert migrinit.run("migrate").code == 0
    ini = migrinit.write("m.ini", '[migrate]\ndir = migrations\ncommand = "touch ran"\n')
    run = migrinit.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
    assert run.code == 0, run
    import os

    assert not os.path.exists(f"{migrinit.cwd}/ran"), run


def test_exit_code_0_is_not_enough_where_words_are_asked_for(migrinit):
    """drizzle-kit push 0.31 ends with 0 when it wanted to ask at a terminal, and did nothing."""
    env = {**STRICT, "MIGRINIT_MIGRATE_SUCCESS": "Changes applied | No changes detected"}
    for said, code in (("[x] Interactive prompts require a TTY terminal", 1), ("[ok] Changes applied", 0), ("[i] No changes detected", 0)):
        run = migrinit.run(*APP, env={**env, "MIGRINIT_MIGRATE_COMMAND": f"echo before; printf '{said}'"})
        assert run.code == code, run
        assert run.app_started == (code == 0)
        if code:
            assert run.err.find("ended with 0, but its output has nothing of: Changes applied"), run
    run = migrinit.run(*APP, env={**env, "MIGRINIT_MIGRATE_COMMAND": "echo Changes applied; exit 2"})
    assert run.code == 1, "words do not outweigh the exit code"


def test_a_command_that_leaves_its_folder_pending_has_failed(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    env = {**STRICT, "MIGRINIT_MIGRATE_DIR": "migrations", "MIGRINIT_MIGRATE_COMMAND": "true"}
    run = migrinit.run(*APP, env=env)
    assert run.code == 1 and not run.app_started, run
    assert run.err.find("ended with 0, but 1 pending in migrations"), run
    run = migrinit.run(*APP, env={**env, "MIGRINIT_MIGRATE_PROBE": "off"})
    assert run.code == 0, "probe = off takes the command's word"


def test_bootstrap_alone_does_not_run_it(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    assert migrinit.run("migrate").code == 0
    env = {**STRICT, "MIGRINIT_MIGRATE_DIR": "migrations", "MIGRINIT_MIGRATE_COMMAND": "touch ran", "MIGRINIT_DATABASE_SCHEMAS": "extra"}
    run = migrinit.run(*APP, env=env)
    assert run.code == 0, run
    assert database.value("SELECT to_regnamespace('extra') IS NOT NULL")
    import os

    assert not os.path.exists(f"{migrinit.cwd}/ran"), run


def test_verify_and_wait_ask_the_folder(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    env = {**STRICT, "MIGRINIT_MIGRATE_DIR": "migrations", "MIGRINIT_MIGRATE_COMMAND": "touch ran"}
    run = migrinit.run(*APP, env={**env, "AUTO_MIGRATE": "verify"})
    assert run.code == 1 and run.err.find("command: 1 pending in migrations"), run
    waiting = migrinit.start(*APP, env={**env, "AUTO_MIGRATE": "wait"})
    waiting.err.wait_for("Waiting for the schema")
    assert migrinit.run("migrate").code == 0
    assert waiting.wait() == 0, waiting
    run = migrinit.run("status", env=env)
    assert run.code == 0 and run.out.find("^plain: migrations, recorded in migrinit.migrations"), run


def test_a_folder_that_nobody_reads_is_the_commands_own_affair(migrinit):
    """A native format that is not sure, or a file that only psql can run, stops nothing."""
    migrinit.write("app/migrations/0001_initial.py", "class Migration: pass\n")
    env = {**STRICT, "MIGRINIT_MIGRATE_DIR": "app/migrations", "MIGRINIT_MIGRATE_COMMAND": "echo run >> ran"}
    run = migrinit.run(*APP, env=env)
    assert run.code == 0 and run.err.find("app/migrations does not tell whether anything is pending"), run
    migrinit.write("app/migrations/0002_b.sql", "\\\\i other.sql\n")
    assert migrinit.run(*APP, env=env).code == 0
    run = migrinit.run(*APP, env={**env, "MIGRINIT_MIGRATE_FORMAT": "plain"})
    assert run.code == 78, "a format that was named must be able to read it"
    run = migrinit.run(*APP, env={**env, "MIGRINIT_MIGRATE_DIR": "nowhere"})
    assert run.code == 78 and run.err.find("nowhere: does not exist"), run
