"""Fixtures: a network with a PostgreSQL for the session, and one of a test's own."""

import os

import pytest
from container import Host
from postgres import Database

# Every password that an example has in its files: none of them may be printed.
PASSWORDS = ("flagmeter123", "postgres:postgres", "4all")


def pytest_sessionstart(session):
    if os.geteuid() != 0:
        pytest.exit("the examples run in containers, which are made by root here", returncode=2)


@pytest.fixture(scope="session")
def machine():
    instance = Host()
    yield instance
    instance.close()


def said_nothing(host):
    output = "\n".join(container.err.text + "\n" + container.out.text for container in host.containers)
    for password in PASSWORDS:
        assert password not in output, "a password was printed"


@pytest.fixture
def host(machine):
    """The network, with no container and no database in it."""
    yield machine
    said_nothing(machine)
    machine.end_containers()
    machine.drop_databases()


@pytest.fixture
def own_host():
    """The same, to be switched off and on."""
    instance = Host()
    yield instance
    said_nothing(instance)
    instance.end_containers()
    instance.close()


@pytest.fixture
def database(host):
    """Looks into a database of the host by its name."""
    return lambda name: Database(host.server, name, exists=False)


@pytest.fixture
def empty_shop(host, database):
    """A role that owns the database, and one that is to read and write; each example grants the rest."""
    host.role("shop_owner", "owner4all")
    host.role("shop_app", "app4all")
    host.create("shop", "shop_owner")
    return database("shop")
