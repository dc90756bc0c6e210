"""migrinit alone in an empty root, and in roots like those of common images."""

import pytest
from postgres import PASSWORD_ENCODED
from roots import KINDS

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
SELF = ["--", "/migrinit", "--version"]


@pytest.mark.parametrize("uid", [0, 65534, 12345])
@pytest.mark.parametrize("kind", KINDS)
def test_migrates(root_of, database, kind, uid):
    run = root_of(kind).run("migrate", uid=uid, env={"DATABASE_URL": database.url})
    assert run.code == 0, run
    assert database.value("SELECT n FROM a") == 1
    assert database.history() == ["0001_a"]


@pytest.mark.parametrize("uid", [0, 65534, 12345])
@pytest.mark.parametrize("kind", KINDS)
def test_supervises_an_app_as_pid_1(root_of, database, kind, uid):
    run = root_of(kind).run(*SELF, uid=uid, pid_1=True, env={**STRICT, "DATABASE_URL": database.url})
    assert run.code == 0, run
    assert run.out.find(r"^migrinit \d"), run
    assert database.value("SELECT n FROM a") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_becomes_an_app(root_of, database, kind):
    run = root_of(kind).run("--app-mode=exec", *SELF, uid=65534, env={**STRICT, "DATABASE_URL": database.url})
    assert run.code == 0, run
    assert run.out.find(r"^migrinit \d"), run


def test_command_step_where_there_is_a_shell(root_of, database):
    env = {"DATABASE_URL": database.url, "MIGRINIT_MIGRATE_COMMAND": "echo made by $0; exit 0", "MIGRINIT_MIGRATE_DIR": None}
    run = root_of("alpine").run("migrate", uid=65534, env=env)
    assert run.code == 0, run
    assert run.err.find("made by /bin/sh"), run


def test_command_step_where_there_is_none(root_of, database):
    env = {"DATABASE_URL": database.url, "MIGRINIT_MIGRATE_COMMAND": "exit 0"}
    run = root_of("scratch").run("migrate", env=env)
    assert run.code == 1, run
    assert run.err.find("cannot run /bin/sh: No such file or directory"), run


def test_no_user_and_no_passwd(root_of, server, database):
    """libpq itself would say that user ID 65534 does not exist."""
    url = f"postgresql://127.0.0.1:{server.port}/{database.name}"
    run = root_of("scratch").run("migrate", uid=65534, env={"DATABASE_URL": url})
    assert run.code == 78, run
    assert run.err.find("no database user is given"), run
    assert run.err.find("POSTGRES_USER"), run


def test_user_of_passwd_when_none_is_given(root_of, server, database):
    url = f"postgresql://127.0.0.1:{server.port}/{database.name}"
    env = {"DATABASE_URL": url, "MIGRINIT_WAIT_TIMEOUT": "1s", "MIGRINIT_WAIT_AUTH_GRACE": "0"}
    run = root_of("distroless").run("migrate", uid=65532, env=env)
    assert run.code == 77, run
    assert run.err.find("nonroot@127.0.0.1"), run


def test_localhost_needs_etc_hosts(root_of, server, database):
    """Container runtimes write one. Where none is, the name is waited for like any other."""
    url = f"postgresql://app:{PASSWORD_ENCODED}@localhost:{server.port}/{database.name}"
    env = {**STRICT, "DATABASE_URL": url, "MIGRINIT_WAIT_TIMEOUT": "1s", "MIGRINIT_WAIT_ATTEMPT_TIMEOUT": "1s"}
    run = root_of("scratch").run("migrate", env=env)
    assert run.code == 69, run
    assert run.err.find("host name not found|no answer"), run
    assert root_of("distroless").run("migrate", env=env).code == 0


@pytest.mark.parametrize("name", ["db.invalid", "db.test", "-.-", "a" * 70])
def test_every_failing_name_is_waited_for(root_of, name):
    """musl has words of its own for them: none may end the wait."""
    env = {**STRICT, "DATABASE_URL": f"postgresql://app@{name}/shop", "MIGRINIT_WAIT_TIMEOUT": "1s"}
    run = root_of("distroless").run("migrate", env=env)
    assert run.code == 69, run
