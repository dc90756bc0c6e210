import os

import pytest
from namespace import PROGRAM, Starter
from terminal import Terminal


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
