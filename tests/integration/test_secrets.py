"""The password is seen by nobody. Every test's output is looked through (conftest); here is the rest."""

import glob
import threading

import pytest
from fakes import FakeServer
from postgres import PASSWORD, PASSWORD_ENCODED, free_port, wait_until
from program import APP

CANARY = PASSWORD.partition("@")[0]
VERBS = (["migrate"], ["wait"], ["status"], ["status", "--json"], ["config"], APP, ["--log-format=json", "migrate"], ["--log-level=debug", "migrate"])


class Watch:
    """Reads all command lines of the machine while something runs."""

    def __init__(self):
        self.hits = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self.over.is_set():
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(path, "rb") as f:
                        line = f.read()
                except OSError:
                    continue
                if CANARY.encode() in line:
                    self.hits.add(line)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def urls(server, database):
    """The same place with its password in every shape, and broken in every way."""
    port, name = server.port, database.name
    whole = {
        "encoded": database.url,
        "raw": f"postgresql://app:{PASSWORD}@127.0.0.1:{port}/{name}",
        "keywords": f"host=127.0.0.1 port={port} dbname={name} user=app password='{PASSWORD}'",
        "in the query": f"postgresql://app@127.0.0.1:{port}/{name}?password={PASSWORD_ENCODED}",
        "sslpassword": f"{database.url}?sslpassword={CANARY}",
    }
    broken = {
        "scheme": f"mysql://app:{PASSWORD_ENCODED}@127.0.0.1/{name}",
        "no scheme": f"app:{PASSWORD_ENCODED}@127.0.0.1/{name}",
        "port": f"postgresql://app:{PASSWORD_ENCODED}@127.0.0.1:port/{name}",
        "big port": f"postgresql://app:{PASSWORD_ENCODED}@127.0.0.1:99999/{name}",
        "percent": f"postgresql://app:{CANARY}%zz@127.0.0.1:{port}/{name}",
        "two ats": f"postgresql://app:p@{CANARY}@127.0.0.1:{port}/{name}",
        "slash": f"postgresql://app:p/{CANARY}@127.0.0.1:{port}/{name}",
        "no host": f"postgresql://app:{PASSWORD_ENCODED}",
        "unknown parameter": f"{database.url}?nonsense={CANARY}",
        "unclosed quote": f"host=127.0.0.1 password='{CANARY}",
        "keyword": f"host=127.0.0.1 {CANARY}",
        "refused": server.url(name, port=free_port()),
        "wrong password": server.url(name, password=CANARY),
        "wrong user": server.url(name, user="nobody_here"),
        "wrong database": server.url("no_such_database"),
    }
    return {**whole, **broken}


class Anywhere:
    """Only for the names of the shapes, which pytest wants before there is a server."""

    port, name = 1, "x"

    def url(self, *_args, **_more):
        return ""


@pytest.mark.parametrize("shape", urls(Anywhere(), Anywhere()))
def test_every_verb_with_every_url(program, server, database, shape):
    program.migrations(m0001_a="SELECT 1")
    env = {
        "DATABASE_URL": urls(server, database)[shape],
        "MIGRINIT_WAIT_TIMEOUT": "400ms",
        "MIGRINIT_WAIT_AUTH_GRACE": "0",
        "AUTO_MIGRATE_FAIL_ON_ERROR": "true",
    }
    with Watch() as watch:
        for verb in VERBS:
            program.run(*verb, env=env)
    assert watch.hits == set()
    # what they printed is looked through when the fixture ends


def test_password_in_a_server_message(migrinit):
    migrinit.migrations(m0001_a=f"DO $$ BEGIN RAISE EXCEPTION 'the url is %', '{migrinit.env['DATABASE_URL']}'; END $$")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("the url is"), run


def test_password_in_a_failing_statement(migrinit):
    migrinit.migrations(m0001_a=f"SELECT '{PASSWORD}' FROM nowhere")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("nowhere"), run


def test_password_in_a_command_s_output(migrinit):
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_COMMAND": 'echo "connecting to $DATABASE_URL" >&2; exit 1'})
    assert run.code == 1 and run.err.find("connecting to"), run


def test_command_line_of_a_command_step(migrinit):
    migrinit.write("go", "")
    with Watch() as watch:
        run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_COMMAND": "sleep 0.3"})
    assert run.code == 0, run
    assert watch.hits == set()


def test_secret_file_that_is_wrong(program):
    path = program.write("secret", f"mysql://app:{PASSWORD_ENCODED}@x/y\n")
    run = program.run("migrate", env={"DATABASE_URL_FILE": path})
    assert run.code == 78, run


def test_server_that_answers_with_the_password(program):
    program.migrations(m0001_a="SELECT 1")
    with FakeServer("error", code="28P01", text=f"no such password: {PASSWORD} {PASSWORD_ENCODED}") as fake:
        env = {"DATABASE_URL": f"postgresql://app:{PASSWORD_ENCODED}@127.0.0.1:{fake.port}/x", "MIGRINIT_WAIT_AUTH_GRACE": "0"}
        run = program.run("migrate", env=env)
    assert run.code == 77, run


def test_app_gets_what_it_was_given_and_no_more(migrinit, database):
    """DATABASE_URL was in the environment: the app has it. A secret from a file it has not."""
    migrinit.migrations(m0001_a="SELECT 1")
    path = migrinit.write("secret", migrinit.env.pop("DATABASE_URL"))
    run = migrinit.run("--", "sh", "-c", "env | grep -c Can4ry; echo APP", env={"DATABASE_URL_FILE": path})
    assert run.code == 0 and run.out.lines[0] == "0", run
    wait_until(lambda: database.sessions() == 0, "no session is left")
    run = migrinit.run("--", "sh", "-c", "env | grep -c Can4ry; echo APP", env={"DATABASE_URL": database.url})
    assert run.out.lines[0] == "1", run


def test_no_descriptor_leaks_into_the_app(migrinit):
    migrinit.migrations(m0001_a="SELECT 1")
    for mode in ("exec", "supervise"):
        run = migrinit.run("--", "sh", "-c", "ls /proc/$$/fd; true", env={"MIGRINIT_APP_MODE": mode})
        assert run.code == 0, run
        assert run.out.text.split() == ["0", "1", "2"], run
