"""dockerd and docker-compose: the local runner as README.md has it, and services that wait for migrations."""

import json
import os

import dockerd
import pytest

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compose", "compose.yaml")


@pytest.fixture(scope="module")
def docker():
    if not dockerd.is_here():
        pytest.skip("no dockerd or no docker-compose of Debian's: make deps")
    daemon = dockerd.Docker()
    yield daemon
    daemon.close()


@pytest.fixture
def compose(docker, folder):
    """compose(place, command...): docker-compose with that folder of migrations."""
    place = []

    def run(*words, check=True, **files):
        if files:
            place.append(folder(**files))
        args = ["--ansi", "never", "-p", "shop", "-f", FILE, *words]
        return docker(*args, tool=dockerd.COMPOSE, check=check, MIGRATIONS=place[0])

    yield run
    run("down", "-v", "-t", "1")


def state(docker, service):
    """Of the project's container; None where it was not made."""
    name = docker("ps", "-aq", "-f", f"label=com.docker.compose.service={service}").stdout.strip()
    return json.loads(docker("inspect", name).stdout)[0]["State"] if name else None


def query(compose, sql):
    return compose("exec", "-T", "db", "psql", "-U", "app", "-Atc", sql, "shop").stdout.strip()


def test_services_that_wait_for_the_migrations(docker, compose):
    """The app is told to end unless the schema is current; its visitor waits for its HEALTHCHECK."""
    compose("up", "-d", m0001_a="CREATE TABLE a (n int); SELECT pg_sleep(1);")
    assert state(docker, "migrate")["ExitCode"] == 0
    assert query(compose, "SELECT id FROM migrinit.migrations") == "0001_a"
    app = state(docker, "app")
    assert app["Status"] == "running"
    assert app["Health"]["Status"] == "healthy"
    compose("stop", "app")
    assert state(docker, "app")["ExitCode"] == 0


def test_services_do_not_start_when_the_migrations_fail(docker, compose):
    done = compose("up", "-d", check=False, m0001_a="CREATE TABLE a (n int);", m0002_b="SELECT nonsense;")
    assert done.returncode != 0
    assert state(docker, "migrate")["ExitCode"] == 1
    assert query(compose, "SELECT id FROM migrinit.migrations") == "0001_a"
    app = state(docker, "app")
    assert app is None or app["Status"] == "created"


def test_local_runner(docker, folder):
    """docker run --rm -v $PWD/migrations:/migrations -e DATABASE_URL migrinit migrate"""
    place = folder(m0001_a="CREATE TABLE a (n int);")
    docker("network", "create", "local")
    docker("run", "-d", "--name", "local-db", "--network", "local", "localhost/database")
    try:
        runner = ["run", "--rm", "--network", "local", "-v", f"{place}:/migrations", "-e", "DATABASE_URL"]
        done = docker(*runner, "localhost/migrinit", "migrate", DATABASE_URL="postgresql://app:secret@local-db/shop")
        assert "0001_a" in done.stderr
    finally:
        docker("rm", "-f", "local-db")
        docker("network", "rm", "local")
