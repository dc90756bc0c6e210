import itertools
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

# pylint: disable=wrong-import-position
from namespace import PROGRAM, Starter  # noqa: E402
from postgres import Database, Postgres  # noqa: E402
from terminal import Terminal  # noqa: E402

numbers = itertools.count(1)


def pytest_configure(config):
    config.addinivalue_line("markers", "plain_build: not for a build with sanitizers, which need /proc and the allocator")
    config.addinivalue_line("markers", "dynamic_build: not for a static one, into which nothing can be preloaded")


def has_loader():
    with open(PROGRAM, "rb") as program:
        return b"/ld-linux" in program.read(4096)


def pytest_collection_modifyitems(items):
    left_out = set()
    if "ASAN_OPTIONS" in os.environ:
        left_out.add("plain_build")
    if not has_loader():
        left_out.add("dynamic_build")
    items[:] = [item for item in items if not any(item.get_closest_marker(mark) for mark in left_out)]


@pytest.fixture
def start():
    starter = Starter()
    yield starter
    starter.close()


@pytest.fixture
def terminal():
    opened = []

    def open_terminal(*words, **more):
        opened.append(Terminal(*words, **more))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def server():
    """Outside of every namespace, as a database is."""
    instance = Postgres()
    yield instance
    instance.remove()


@pytest.fixture
def database(server):
    instance = Database(server, f"p{next(numbers)}")
    yield instance
    instance.drop()
