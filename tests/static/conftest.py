"""Fixtures: one server, a database for each test, and roots as images have them."""

import itertools
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
pytest.register_assert_rewrite("roots")

# pylint: disable=wrong-import-position
from postgres import Database, Postgres  # noqa: E402
from program import PROGRAM, Program  # noqa: E402
from roots import Root  # noqa: E402

numbers = itertools.count(1)


def pytest_sessionstart(session):
    if not os.access(PROGRAM, os.X_OK):
        pytest.exit(f"{PROGRAM} is not there; run make static first", returncode=2)


@pytest.fixture(scope="session")
def server():
    instance = Postgres()
    yield instance
    instance.remove()


@pytest.fixture
def database(server):
    instance = Database(server, f"r{next(numbers)}")
    yield instance
    instance.drop()


@pytest.fixture
def root_of(tmp_path):
    """Makes a root by the name of its kind, and ends what runs in it."""
    program = Program(tmp_path)
    yield lambda kind: Root(kind, str(tmp_path), program)
    program.close()
