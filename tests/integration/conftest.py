"""Fixtures: one server for the session, a database and a working folder for each test."""

import itertools
import os
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

# pylint: disable=wrong-import-position
from postgres import PASSWORD, PASSWORD_ENCODED, Database, Postgres  # noqa: E402
from program import PROGRAM, Program  # noqa: E402

numbers = itertools.count(1)


def pytest_sessionstart(session):
    if not os.access(PROGRAM, os.X_OK):
        pytest.exit(f"{PROGRAM} is not there; run make first", returncode=2)


@pytest.fixture(scope="session")
def server():
    instance = Postgres()
    yield instance
    instance.remove()


@pytest.fixture
def database(server):
    instance = Database(server, f"t{next(numbers)}")
    yield instance
    instance.drop()


@pytest.fixture
def no_database(server):
    """A name under which there is no database yet."""
    instance = Database(server, f"t{next(numbers)}", exists=False)
    yield instance
    instance.drop()


@pytest.fixture
def own_server():
    """A server of the test's own, to be stopped and killed."""
    instance = Postgres()
    yield instance
    instance.remove()


@pytest.fixture
def program():
    """Runs the program in an empty folder. No run of any test may show the password."""
    folder = tempfile.mkdtemp(prefix="migrinit-test-")
    os.chmod(folder, 0o755)  # some runs are by another user
    instance = Program(folder)
    yield instance
    instance.close()
    shutil.rmtree(folder, ignore_errors=True)
    output = instance.all_output()
    assert PASSWORD not in output
    assert PASSWORD_ENCODED not in output
    assert "Can4ry" not in output, "a part of the password was printed"


@pytest.fixture
def migrinit(program, database):
    """The same, with DATABASE_URL of a fresh database."""
    program.env["DATABASE_URL"] = database.url
    return program
