"""Settings: default < INI file < environment < flag; every value's origin; nothing cut, nothing guessed."""

import os

import pytest
from postgres import PASSWORD, PASSWORD_ENCODED

LONG = "x" * 1000


def config(program, *args, **env):
    """`migrinit config` as one text."""
    run = program.run(*args, "config", env=env)
    assert run.code == 0, run
    return run.out


def line_of(output, setting):
    """The line about a setting, "section.key", below the heading of its section."""
    section, key = setting.split(".")
    heading = output.lines.index(f"[{section}]")
    line = next((line for line in output.lines[heading + 1 :] if line.split()[:1] == [key]), None)
    assert line, f"no {setting} in:\n{output.text}"
    return line


def test_later_sources_win_and_say_so(program):
    ini = program.write("m.ini", "[wait]\ntimeout = 11s\n")
    assert "default" in line_of(config(program), "wait.timeout")
    line = line_of(config(program, MIGRINIT_CONFIG=ini), "wait.timeout")
    assert "11s" in line and "m.ini:2" in line
    line = line_of(config(program, MIGRINIT_CONFIG=ini, MIGRINIT_WAIT_TIMEOUT="12s"), "wait.timeout")
    assert "12s" in line and "MIGRINIT_WAIT_TIMEOUT" in line
    line = line_of(config(program, "--wait-timeout=13s", MIGRINIT_CONFIG=ini, MIGRINIT_WAIT_TIMEOUT="12s"), "wait.timeout")
    assert "13s" in line and "--wait-timeout" in line


@pytest.mark.parametrize(
    ("env", "nearest"),
    [
        ({"MIGRINIT_WAIT_TIMEUOT": "5s"}, "MIGRINIT_WAIT_TIMEOUT"),
        ({"MIGRINIT_MIGRATE_DRI": "x"}, "MIGRINIT_MIGRATE_DIR"),
    ],
)
def test_unknown_environment_names_the_nearest(program, env, nearest):
    run = program.run("config", env=env)
    assert run.code == 78
    assert next(iter(env)) in run.err.text and nearest in run.err.text


def test_unknown_key_names_line_and_nearest(program):
    ini = program.write("m.ini", "; a comment\n[wait]\ntimeuot = 5s\n")
    run = program.run("--", "true", env={"MIGRINIT_CONFIG": ini})
    assert run.code == 78
    assert "m.ini:3" in run.err.text and "timeout" in run.err.text


def test_unknown_section(program):
    ini = program.write("m.ini", "[wiat]\ntimeout = 5s\n")
    run = program.run("--", "true", env={"MIGRINIT_CONFIG": ini})
    assert run.code == 78
    assert "m.ini" in run.err.text and "wait" in run.err.text


def test_unknown_flag_is_usage(program):
    run = program.run("--wait-timeuot=5s", "config")
    assert run.code in (64, 78)
    assert "--wait-timeout" in run.err.text


@pytest.mark.parametrize("name", ["AUTO_MIGRATE_FAIL_ON_ERROR", "AUTO_MIGRATE", "MIGRINIT_WAIT_ENABLED"])
@pytest.mark.parametrize("value", ["ture", "2", "enabled"])
def test_what_is_no_boolean_is_an_error(program, name, value):
    run = program.run("--", "sh", "-c", "echo APP", env={name: value})
    assert run.code == 78
    assert not run.app_started
    assert name in run.err.text


@pytest.mark.parametrize(("word", "shown"), [("yes", "true"), ("ON", "true"), ("1", "true"), ("no", "false"), ("off", "false"), ("0", "false")])
def test_words_of_a_boolean(program, word, shown):
    line = line_of(config(program, AUTO_MIGRATE_FAIL_ON_ERROR=word.lower()), "migrate.fail_on_error")
    assert shown in line


@pytest.mark.parametrize("value", ["5 parsecs", "-1", "1.2.3", "s"])
def test_what_is_no_duration_is_an_error(program, value):
    run = program.run("config", env={"MIGRINIT_WAIT_TIMEOUT": value})
    assert run.code == 78
    assert "MIGRINIT_WAIT_TIMEOUT" in run.err.text


def test_config_file_that_is_named_must_exist(program):
    run = program.run("config", env={"MIGRINIT_CONFIG": "/nowhere/migrinit.ini"})
    assert run.code == 78
    assert "/nowhere/migrinit.ini" in run.err.text


def test_config_redacts(program, server):
    output = config(program, DATABASE_URL=server.url("shop"))
    assert f"127.0.0.1:{server.port}/shop" in output.text
    assert "DATABASE_URL" in output.text


def test_url_of_a_thousand_characters_in_the_ini_file(migrinit, database):
    del migrinit.env["DATABASE_URL"]
    url = database.url + "?application_name=" + LONG
    ini = migrinit.write("m.ini", f"[database]\nurl = {url}\n[wait]\ntimeout = 20s\n")
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"MIGRINIT_CONFIG": ini})
    assert run.code == 0, run
    assert database.has_table("a")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quoted_value_with_semicolon_comes_back_exactly(program, quote):
    ini = program.write("m.ini", f"[migrate]\ncommand = {quote}echo one ;echo two # three{quote}\n")
    line = line_of(config(program, MIGRINIT_CONFIG=ini), "migrate.command")
    assert "echo one ;echo two # three" in line


def test_unquoted_semicolon_is_asked_about(program):
    ini = program.write("m.ini", "[migrate]\ncommand = echo one ;echo two\n")
    run = program.run("config", env={"MIGRINIT_CONFIG": ini})
    assert run.code == 78
    assert "m.ini:2" in run.err.text and "quot" in run.err.text


def test_url_from_a_file(migrinit, database):
    path = migrinit.write("secret", migrinit.env.pop("DATABASE_URL") + "\n")
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"DATABASE_URL_FILE": path})
    assert run.code == 0, run
    assert database.has_table("a")


def test_password_from_a_file_and_parts(migrinit, database, server):
    from postgres import PASSWORD

    del migrinit.env["DATABASE_URL"]
    path = migrinit.write("secret", PASSWORD + "\n")
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run(
        "migrate",
        env={
            "DB_HOST": "127.0.0.1",
            "DB_PORT": server.port,
            "POSTGRES_USER": "app",
            "POSTGRES_PASSWORD_FILE": path,
            "POSTGRES_DB": database.name,
        },
    )
    assert run.code == 0, run
    assert database.has_table("a")


def test_libpq_variables(migrinit, database, server):
    from postgres import PASSWORD

    del migrinit.env["DATABASE_URL"]
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run(
        "migrate",
        env={
            "PGHOST": "127.0.0.1",
            "PGPORT": server.port,
            "PGUSER": "app",
            "PGPASSWORD": PASSWORD,
            "PGDATABASE": database.name,
        },
    )
    assert run.code == 0, run
    assert database.has_table("a")


def test_file_that_is_named_must_exist(program):
    run = program.run("config", env={"DATABASE_URL_FILE": "/nowhere/secret"})
    assert run.code == 78
    assert "DATABASE_URL_FILE" in run.err.text and "/nowhere/secret" in run.err.text


def test_value_and_file_at_once_is_an_error(program, server):
    path = program.write("secret", "postgresql://a@b/c")
    run = program.run("config", env={"DATABASE_URL": server.url("x"), "DATABASE_URL_FILE": path})
    assert run.code == 78
    assert "DATABASE_URL_FILE" in run.err.text


@pytest.mark.parametrize("name", ["MIGRATE_DATABASE_URL", "DIRECT_URL"])
def test_migration_url_wins_over_the_app_s(migrinit, database, name):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    env = {name: migrinit.env["DATABASE_URL"], "DATABASE_URL": "postgresql://pooler.invalid/x"}
    run = migrinit.run("migrate", env=env)
    assert run.code == 0, run
    assert database.has_table("a")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg2", "postgresql+asyncpg"])
def test_urls_as_orms_write_them(migrinit, database, scheme):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    url = database.url.replace("postgresql", scheme, 1)
    run = migrinit.run("migrate", env={"DATABASE_URL": url})
    assert run.code == 0, run
    assert database.has_table("a")


def test_prisma_parameters(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    database.run("CREATE SCHEMA tenant AUTHORIZATION app")
    url = database.url + "?schema=tenant&connection_limit=5&pool_timeout=3&sslmode=prefer"
    run = migrinit.run("migrate", env={"DATABASE_URL": url})
    assert run.code == 0, run
    assert database.has_table("tenant.a")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,  # as it is, nothing encoded
        PASSWORD_ENCODED,
        PASSWORD_ENCODED.lower(),
    ],
)
def test_password_raw_and_encoded(migrinit, database, server, password):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    if password == PASSWORD_ENCODED.lower():
        password = PASSWORD_ENCODED.replace("%2F", "%2f").replace("%3A", "%3a")
    run = migrinit.run("migrate", env={"DATABASE_URL": server.url(database.name, password=password), "MIGRINIT_WAIT_AUTH_GRACE": "0"})
    assert run.code == 0, run
    assert database.has_table("a")


@pytest.mark.parametrize("wrap", ["'{}'", '"{}"', "  {}  ", "{}\r"])
def test_url_as_env_files_leave_it(migrinit, database, wrap):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"DATABASE_URL": wrap.format(database.url)})
    assert run.code == 0, run
    assert database.has_table("a")


@pytest.mark.parametrize("url", ["mysql://app:{}@db/shop", "postgresql://app:{}@db:99999/shop", "postgresql://app:{}@db:port/shop"])
def test_bad_url_ends_at_once(migrinit, url):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("migrate", env={"DATABASE_URL": url.format(PASSWORD_ENCODED)})
    assert run.code == 78, run
    assert run.seconds < 30


def test_help_and_version(program):
    run = program.run("--version")
    assert run.code == 0 and "migrinit" in run.out.text
    run = program.run("--help")
    assert run.code == 0
    for name in ("AUTO_MIGRATE", "AUTO_MIGRATE_FAIL_ON_ERROR", "MIGRINIT_WAIT_TIMEOUT", "DATABASE_URL"):
        assert name in run.out.text


def test_no_command_is_usage(program):
    run = program.run()
    assert run.code == 64
    assert "COMMAND" in run.err.text or "help" in run.err.text


def test_app_gets_arguments_environment_and_exit_code(migrinit):
    migrinit.migrations(m0001_a="SELECT 1")
    run = migrinit.run("--", "sh", "-c", 'echo "$0|$1|$FOO"; exit 7', "a b", "", env={"FOO": "bar baz"})
    assert run.code == 7, run
    assert run.out.lines == ["a b||bar baz"]


@pytest.mark.parametrize("mode", ["exec", "supervise"])
@pytest.mark.parametrize(("command", "code"), [("/nowhere/app", 127), ("/etc/passwd", 126)])
def test_app_that_cannot_run(migrinit, mode, command, code):
    migrinit.migrations(m0001_a="SELECT 1")
    run = migrinit.run("--", command, env={"MIGRINIT_APP_MODE": mode})
    assert run.code == code, run
    assert command in run.err.text


@pytest.mark.parametrize("mode", ["exec", "supervise"])
def test_app_in_either_mode(migrinit, mode):
    migrinit.migrations(m0001_a="SELECT 1")
    run = migrinit.run("--", "sh", "-c", "echo APP; kill -KILL $$", env={"MIGRINIT_APP_MODE": mode})
    assert run.code == 128 + 9, run
    assert run.app_started


def test_stdout_is_the_app_s_alone(migrinit):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("--", "echo", "hello")
    assert run.code == 0, run
    assert run.out.text == "hello"
    assert run.err.count(r"^\[Migration\] ") > 0


def test_json_log(migrinit):
    import json

    migrinit.migrations(m0001_a="CREATE TABLE a ()", m0002_b="SELECT nonsense")
    run = migrinit.run("--log-format=json", "migrate")
    assert run.code == 1, run
    events = [json.loads(line) for line in run.err.lines]
    assert any(event["event"] == "migration.applied" for event in events)
    assert any(event["level"] == "error" for event in events)
    assert all({"time", "level", "scope", "event", "message"} <= set(event) for event in events)


def test_closed_standard_descriptors(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a (n int)")
    program = os.environ.get("MIGRINIT", "build/migrinit")
    run = migrinit.run("-c", 'exec "$0" migrate <&- >&- 2>&-', os.path.abspath(program), program="/bin/sh")
    assert run.code == 0, run
    assert database.has_table("a")
