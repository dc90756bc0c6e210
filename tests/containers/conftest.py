"""Fixtures: a network, a database server on it, and containers that are gone when the test is."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
pytest.register_assert_rewrite("engine")

# pylint: disable=wrong-import-position
from engine import NETWORK, Container, Database, Gate, Server, numbers, podman  # noqa: E402
from program import Program  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def network():
    """What a run that was cut off has left in the storage goes first."""
    podman("pod", "rm", "-af", check=False)
    podman("rm", "-af", "-t", "0", check=False)
    podman("network", "rm", "-f", NETWORK, check=False)
    podman("network", "create", NETWORK)
    yield NETWORK
    podman("network", "rm", "-f", NETWORK)


@pytest.fixture(scope="session")
def server():
    instance = Server("db").wait()
    yield instance
    instance.remove()


@pytest.fixture
def database(server):
    instance = Database(server, f"t{next(numbers)}")
    yield instance
    instance.drop()


@pytest.fixture
def gate(database):
    instance = Gate(database)
    yield instance
    instance.open()


@pytest.fixture
def folder(tmp_path):
    """A folder of migrations, name=sql, that any user may read; for a volume."""
    place = tmp_path / "migrations"

    def write(**files):
        place.mkdir(mode=0o755)
        for name, sql in files.items():
            (place / f"{name.lstrip('m')}.sql").write_text(sql, encoding="utf-8")
        return str(place)

    return write


@pytest.fixture
def start(tmp_path):
    """Runs an image: start("app", "app", "say", "hello", env=..., options=...)."""
    program = Program(tmp_path)
    started = []

    def run(image, *words, env=None, options=()):
        started.append(Container(program, image, [str(word) for word in words], env, options))
        return started[-1]

    yield run
    for container in started:
        podman("rm", "-f", "-t", "0", container.name, check=False)
    program.close()
