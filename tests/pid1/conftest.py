import os

import pytest
from namespace import Starter
from terminal import Terminal

# The sanitizers bring an allocator of their own, which must come first.
collect_ignore = ["test_memory.py"] if "ASAN_OPTIONS" in os.environ else []


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
