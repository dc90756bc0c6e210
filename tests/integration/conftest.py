"""Fixtures, beside those of all suites: databases that are not there yet, servers to be stopped."""

import itertools

import pytest
from postgres import Database, Postgres

numbers = itertools.count(1)


@pytest.fixture
def no_database(server):
    """A name under which there is no database yet."""
    instance = Database(server, f"absent{next(numbers)}", exists=False)
    yield instance
    instance.drop()


@pytest.fixture
def own_server():
    """A server of the test's own, to be stopped and killed."""
    instance = Postgres()
    yield instance
    instance.remove()
