"""Fixtures, beside those of all suites: for each test a room and a tally."""

import itertools

import pytest

pytest.register_assert_rewrite("room")

# pylint: disable=wrong-import-position
from cutter import Cutter  # noqa: E402
from postgres import Database, Postgres  # noqa: E402
from room import Room  # noqa: E402
from tally import Tally  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shared_server():
    instance = Postgres()
    yield instance
    instance.remove()


@pytest.fixture(scope="module")
def stopped_server():
    instance = Postgres()
    yield instance
    instance.remove()


@pytest.fixture
def server(request):
    """The shared one; tests that stop theirs, or change its settings, have one for their file."""
    is_own = request.node.get_closest_marker("own_server")
    return request.getfixturevalue("stopped_server" if is_own else "shared_server")


def pytest_configure(config):
    config.addinivalue_line("markers", "own_server: these tests stop their server, or change its settings")


@pytest.fixture
def room(server, program):
    database = Database(server, f"f{next(numbers)}")
    instance = Room(program, database)
    yield instance
    instance.leave()
    program.close()
    database.drop()


@pytest.fixture
def cutter(server):
    instance = Cutter(f"{server.directory}/.s.PGSQL.{server.port}")
    yield instance
    instance.close()


@pytest.fixture
def tally(request, capsys):
    return Tally(request.node.name.removeprefix("test_"), capsys)
