import pytest
from namespace import Starter
from terminal import Terminal


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
