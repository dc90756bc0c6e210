"""flagmeter: a migrations image around `drizzle-kit push --force`."""

import os
import re
import subprocess

import pytest
from texts import compose, documents, dockerfile, path_of, read

RUNNING = "Running database migrations: node_modules/.bin/drizzle-kit push --config=drizzle.config.js --force"
NEW_COLUMN = 'note: text("note"),\n  seenAt:'


@pytest.fixture
def services():
    return compose("flagmeter", "compose.yaml")


@pytest.fixture
def image(host):
    return host.image("flagmeter", "Dockerfile")


@pytest.fixture
def flagmeter(host, services, database):
    return database(host.database(services["postgres"]))


def change_schema(image, old, new):
    """The next version."""
    path = image.file("/app/src/schema.js")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert old in text
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))


def columns(flagmeter):
    return {row[0] for row in flagmeter.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'events'::regclass AND attnum > 0 AND NOT attisdropped")}


def test_one_shot_pushes_the_schema(host, services, image, flagmeter):
    run = host.finish(image, services["migrate"])
    assert run.code == 0, run
    assert run.err.find(re.escape(RUNNING)) and run.err.find("Changes applied"), run
    assert flagmeter.tables() == {"flags", "events"}
    assert flagmeter.advisory_locks() == 0


def test_second_run_does_not_launch_it(host, services, image, flagmeter):
    assert host.finish(image, services["migrate"]).code == 0
    run = host.finish(image, services["migrate"])
    assert run.code == 0 and not run.err.find("Running database migrations"), run
    trace = "/tmp/trace"
    run = host.finish(image, services["migrate"], entrypoint=["strace", "-f", "-qq", "-e", "trace=execve", "-o", trace, "migrinit", "migrate"])
    with open(image.file(trace), encoding="utf-8") as f:
        programs = re.findall(r'execve\("([^"]*)".* = 0$', f.read(), re.M)
    assert run.code == 0 and [os.path.basename(program) for program in programs] == ["migrinit"], programs


def test_replicas_push_once(host, services, image, flagmeter):
    runs = [host.service(image, services["migrate"]) for _ in range(4)]
    assert [run.wait() for run in runs] == [0] * 4, runs
    assert sum(run.err.count(re.escape(RUNNING)) for run in runs) == 1


def test_rollback_is_the_image_before(host, services, image, flagmeter):
    """v1.2.2, v1.2.3, and v1.2.2 again."""
    next_image = host.image("flagmeter", "Dockerfile")
    change_schema(next_image, "seenAt:", NEW_COLUMN)
    assert host.finish(image, services["migrate"]).code == 0
    assert columns(flagmeter) == {"id", "flag_id", "seen_at"}
    assert host.finish(next_image, services["migrate"]).code == 0
    assert columns(flagmeter) == {"id", "flag_id", "note", "seen_at"}
    run = host.finish(image, services["migrate"])
    assert run.code == 0 and columns(flagmeter) == {"id", "flag_id", "seen_at"}, run


def test_schema_conflict_fails_the_container(host, services, image, flagmeter):
    """A constraint that is in use is to be dropped: drizzle-kit's own words, and the exit code."""
    assert host.finish(image, services["migrate"]).code == 0
    flagmeter.run("CREATE SCHEMA audit; CREATE TABLE audit.uses (flag text REFERENCES flags (name))")
    change_schema(image, ".notNull().unique()", ".notNull()")
    for _ in range(2):  # a failure is not remembered as done
        run = host.finish(image, services["migrate"])
        assert run.code == 1 and run.err.find(re.escape(RUNNING)), run
        assert run.err.find(r"command \| .*cannot drop constraint"), run


def test_question_at_a_terminal_fails_the_container(host, services, image, flagmeter):
    """Was a table renamed? drizzle-kit asks, changes nothing, and ends with 0."""
    flagmeter.run("CREATE TABLE flag (id serial PRIMARY KEY)")
    run = host.finish(image, services["migrate"])
    assert run.code == 1 and run.err.find("ended with 0, but its output has nothing of: Changes applied"), run
    assert flagmeter.tables() == {"flag"}


def test_wrong_credentials(host, services, image, flagmeter):
    url = "postgresql://flagmeter:not-flagmeter-4all@postgres:5432/flagmeter"
    service = compose("flagmeter", "compose.yaml", DATABASE_URL=url)["migrate"]
    run = host.finish(image, service, env={"MIGRINIT_WAIT_AUTH_GRACE": "0"})
    assert run.code == 77 and run.err.find('password authentication failed for user "flagmeter"'), run


def test_wrong_network(host, services, image):
    """The name is not known where the container is."""
    url = "postgresql://flagmeter:flagmeter123@elsewhere:5432/flagmeter"
    run = host.finish(image, services["migrate"], env={"DATABASE_URL": url, "MIGRINIT_WAIT_TIMEOUT": "1s"})
    assert run.code == 69 and run.err.find("elsewhere"), run


def test_waits_for_the_database(own_host, services):
    own_host.database(services["postgres"])
    own_host.server.stop()
    run = own_host.service(own_host.image("flagmeter", "Dockerfile"), services["migrate"])
    run.err.wait_for("Waiting for database .*: connection refused")
    own_host.server.start()
    assert run.wait() == 0 and run.err.find("Migrations completed successfully"), run


def test_worker_waits_connects_again_and_stops(host, services, image, flagmeter):
    assert host.finish(image, services["migrate"]).code == 0
    worker = host.service(host.image("flagmeter", "Dockerfile.worker"), services["worker"])
    worker.out.wait_for("worker: 0 events")
    with host.server.admin("postgres") as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'flagmeter' AND usename = 'flagmeter'")
    flagmeter.run("INSERT INTO flags (name) VALUES ('dark'); INSERT INTO events (flag_id) VALUES (1)")
    worker.out.wait_for("worker: 1 events")
    assert worker.stop() == 0 and worker.out.find("worker: stopped"), worker


def test_worker_has_nothing_of_the_migrations():
    stages = dockerfile("flagmeter", "Dockerfile.worker")
    copied = [source for step in stages[None].steps if step[0] == "copy" for source in step[2]]
    assert not [source for source in copied if "src" in source or "drizzle" in source]
    assert "--omit=dev" in stages["packages"].steps[-1][2]


def test_migrations_image_has_nothing_of_the_runtime(image):
    assert sorted(os.listdir(image.file("/app"))) == ["drizzle.config.js", "node_modules", "package.json", "src"]


def test_stack_file():
    (stack,) = documents("flagmeter", "coolify.migrate.yaml")
    migrate = stack["services"]["migrate"]
    tag = migrate["image"].partition(":")[2]
    assert re.fullmatch(r"v\d+\.\d+\.\d+", tag), "a git tag, never latest"
    assert migrate["deploy"]["restart_policy"] == {"condition": "none"}
    assert migrate["deploy"]["resources"]["limits"] == {"memory": "256M", "cpus": "0.2"}
    assert stack["networks"] == {"obs_flagmeter-net": {"external": True}} and migrate["networks"] == ["obs_flagmeter-net"]


def test_stack_service_runs(host, image, flagmeter):
    run = host.finish(image, compose("flagmeter", "coolify.migrate.yaml")["migrate"])
    assert run.code == 0 and flagmeter.has_table("flags"), run


@pytest.mark.parametrize(
    "given,network,url",
    [
        ({}, "obs_flagmeter-net", "postgresql://flagmeter:flagmeter123@postgres:5432/flagmeter"),
        ({"NETWORK_NAME": "my_network"}, "my_network", "postgresql://flagmeter:flagmeter123@postgres:5432/flagmeter"),
        ({"NETWORK_NAME": "my_network", "DATABASE_URL": "postgresql://u:p@h/d"}, "my_network", "postgresql://u:p@h/d"),
    ],
)
def test_local_scripts(tmp_path, given, network, url):
    """What `npm run migrate` calls: a program of docker's name says what it was told."""
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\necho "docker $*"\n')
    docker.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), **given}
    said = subprocess.run(["npm", "run", "--silent", "migrate"], cwd=path_of("flagmeter"), env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert said.splitlines() == [
        "docker build -t flagmeter-migrations:local .",
        f"docker run --rm --network={network} -e DATABASE_URL={url} flagmeter-migrations:local",
    ]


def test_takes_over_from_the_image_before(host, services, image, flagmeter):
    """A database that drizzle-kit pushed to is left as it is, and remembered."""
    before = host.image("flagmeter", "Dockerfile.before")
    assert before.command()[:2] == ["pnpm", "exec"]
    program = ["node_modules/.bin/" + before.command()[2], *before.command()[3:]]
    run = host.finish(before, services["migrate"], entrypoint=program)
    assert run.code == 0 and flagmeter.tables() == {"flags", "events"}, run
    flagmeter.run("INSERT INTO flags (name) VALUES ('kept')")
    run = host.finish(image, services["migrate"])
    assert run.code == 0 and run.err.find("No changes detected"), run
    assert flagmeter.value("SELECT name FROM flags") == "kept"


def test_command_is_the_one_of_before():
    words = " ".join(dockerfile("flagmeter", "Dockerfile.before")[None].cmd)
    assert words == "pnpm exec drizzle-kit push --config=drizzle.config.js --force"
    assert "command = node_modules/.bin/drizzle-kit push --config=drizzle.config.js --force\n" in read("flagmeter", "migrinit.ini")


def test_backup_and_restore(host, services, image, flagmeter):
    """What was remembered of the schema is in the backup."""
    assert host.finish(image, services["migrate"]).code == 0
    host.back_up_and_restore("flagmeter", "flagmeter")
    run = host.finish(image, services["migrate"])
    assert run.code == 0 and not run.err.find("Running database migrations"), run


def test_look_before_it_is_pushed(host, services, image, flagmeter):
    run = host.finish(image, services["migrate"], command=["plan"])
    assert run.code == 0 and run.out.find("would run: node_modules/.bin/drizzle-kit push"), run
    assert flagmeter.tables() == set()
