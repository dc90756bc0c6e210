"""Who migrates, and what the app is told of it: as the starting user, or already as the app's."""

import os

import pytest
from program import APP

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make other users")

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
AS_USER = {**STRICT, "MIGRINIT_APP_USER": "65534:65533"}
WHO = ["--", "sh", "-c", "echo APP $(id -u):$(id -g) $HOME $MIGRINIT_STATUS"]


@pytest.mark.parametrize("mode", ["supervise", "exec"])
@pytest.mark.parametrize("who,ids,home", [("start", "0:0", None), ("app", "65534:65533", "/nonexistent")])
def test_command_step(migrinit, mode, who, ids, home):
    """No group of the starting user's is left, and libpq's home is the app's."""
    env = {**AS_USER, "MIGRINIT_MIGRATE_AS": who, "MIGRINIT_APP_MODE": mode, "MIGRINIT_MIGRATE_COMMAND": "echo step $(id -u):$(id -g) $(id -G) $HOME"}
    run = migrinit.run(*WHO, env=env)
    assert run.code == 0, run
    assert run.err.find(f"step {ids} {ids.split(':')[1]} {home or migrinit.cwd}$"), run
    assert run.out.text == "APP 65534:65533 /nonexistent ok"


@pytest.mark.parametrize("who,code", [("start", 0), ("app", 78)])
def test_folder_is_read_by_who_migrates(migrinit, database, who, code):
    folder = migrinit.migrations(m0001_a="CREATE TABLE a ()")
    os.chmod(folder, 0o700)
    run = migrinit.run(*WHO, env={**AS_USER, "MIGRINIT_MIGRATE_AS": who})
    assert run.code == code, run
    assert database.has_table("public.a") == (code == 0)
    if code:
        assert run.err.find("may not be read by uid 65534"), run


@pytest.mark.parametrize("words", [APP, ["migrate"]])
def test_secrets_are_read_before(migrinit, database, words):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    secret = migrinit.write("secret", migrinit.env.pop("DATABASE_URL") + "\n")
    os.chmod(secret, 0o400)
    run = migrinit.run(*words, env={**AS_USER, "MIGRINIT_MIGRATE_AS": "app", "DATABASE_URL_FILE": secret})
    assert run.code == 0 and database.has_table("public.a"), run


def test_migrations_have_their_own_url_and_the_app_has_its_own(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    env = {**AS_USER, "MIGRATE_DATABASE_URL": migrinit.env["DATABASE_URL"], "DATABASE_URL": "postgresql://pooler/x"}
    words = ["--", "sh", "-c", 'echo "APP $DATABASE_URL ${MIGRATE_DATABASE_URL-none}"']
    run = migrinit.run(*words, env=env)
    assert run.code == 0 and database.has_table("public.a"), run
    assert run.out.text == "APP postgresql://pooler/x none"
    words[-1] = words[-1].replace("$DATABASE_URL", "$DATABASE_URL ${#MIGRATE_DATABASE_URL}").replace(" ${MIGRATE_DATABASE_URL-none}", "")
    run = migrinit.run(*words, env={**env, "MIGRINIT_APP_KEEP_ENV": "true"})
    assert run.out.text == f"APP postgresql://pooler/x {len(env['MIGRATE_DATABASE_URL'])}"


def test_what_cannot_be_had_touches_no_database(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    prefix = ["setpriv", "--bounding-set=-setuid", "--inh-caps=-all"]
    run = migrinit.run(*APP, env={**AS_USER, "AUTO_MIGRATE_FAIL_ON_ERROR": "false"}, prefix=prefix)
    assert run.code == 78 and not run.app_started, run
    assert database.tables() == set() and not database.has_table("migrinit.migrations")
