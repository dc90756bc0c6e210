import os

import pytest
from namespace import Starter
from terminal import Terminal


def pytest_configure(config):
    config.addinivalue_line("markers", "plain_build: not for a build with sanitizers, which need /proc and the allocator")


def pytest_collection_modifyitems(items):
    if "ASAN_OPTIONS" in os.environ:
        items[:] = [item for item in items if not item.get_closest_marker("plain_build")]


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
