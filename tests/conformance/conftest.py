"""Fixtures, beside those of all suites: working folders, each with a database of its own."""

import itertools
import os
import shutil
import tempfile

import pytest

pytest.register_assert_rewrite("matrix")

# pylint: disable=wrong-import-position
import go_tools  # noqa: E402
from matrix import STEP, Place  # noqa: E402
from postgres import Database  # noqa: E402

numbers = itertools.count(1)

# Not skipped, which would look like a test: `make samples` has them, and says what it needs.
collect_ignore = [] if "MIGRINIT_SAMPLES" in os.environ else ["test_samples.py"]
collect_ignore += go_tools.missing()


def pytest_report_header():
    return [f"NOT SHOWN, for the tool is not on PATH: {file}" for file in go_tools.missing()]


def pytest_generate_tests(metafunc):
    """`first`: every way to share the tool's migrations between two programs."""
    if "first" in metafunc.fixturenames:
        metafunc.parametrize("first", range(1, len(metafunc.cls.tool.migrations), STEP))


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
