"""Fixtures: one server for the session; working folders, each with a database of its own."""

import itertools
import os
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
pytest.register_assert_rewrite("matrix")

# pylint: disable=wrong-import-position
import go_tools  # noqa: E402
from matrix import Place  # noqa: E402
from postgres import Database, Postgres  # noqa: E402
from program import PROGRAM  # noqa: E402

numbers = itertools.count(1)

# Not skipped, which would look like a test: `make samples` has them, and says what it needs.
collect_ignore = [] if "MIGRINIT_SAMPLES" in os.environ else ["test_samples.py"]
collect_ignore += go_tools.missing()


def pytest_report_header():
    return [f"NOT SHOWN, for the tool is not on PATH: {file}" for file in go_tools.missing()]


def pytest_sessionstart(session):
    if not os.access(PROGRAM, os.X_OK):
        pytest.exit(f"{PROGRAM} is not there; run make first", returncode=2)


def pytest_generate_tests(metafunc):
    """`first`: every way to share the tool's migrations between two programs."""
    if "first" in metafunc.fixturenames:
        step = int(os.environ.get("CONFORMANCE_STEP", "1"))
        metafunc.parametrize("first", range(1, len(metafunc.cls.tool.migrations), step))


@pytest.fixture(scope="session")
def server():
    instance = Postgres()
    yield instance
    instance.remove()


@pytest.fixture
def new_place(server):
    """Makes empty folders with empty databases."""
    places = []

    def make():
        place = Place(tempfile.mkdtemp(prefix="migrinit-conform-"), Database(server, f"c{next(numbers)}"))
        places.append(place)
        return place

    yield make
    for place in places:
        place.close()
        place.database.drop()
        shutil.rmtree(place.cwd, ignore_errors=True)
