"""What the suites share: one server for the session, a database and a working folder for each test.

Who starts the tests in the background has INT and QUIT ignored for them (a shell) or HUP (nohup); what they start must not
inherit that.
"""

import itertools
import os
import shutil
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))

# pylint: disable=wrong-import-position
from postgres import Database, Postgres, find_bin, major_of  # noqa: E402
from program import PROGRAM, Program  # noqa: E402

numbers = itertools.count(1)

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# nohup's own wish stays: a handler that does nothing is no handler behind exec.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


def pytest_addoption(parser):
    parser.addoption("--with-server", action="store_true", help="only the tests that ask for a database")


def pytest_configure(config):
    config.addinivalue_line("markers", "server_since(major): about what an older PostgreSQL does not have")


def is_for(major, item):
    return all(major >= mark.args[0] for mark in item.iter_markers("server_since"))


def pytest_collection_modifyitems(config, items):
    major = major_of(os.path.join(find_bin(), "postgres"))
    items[:] = [item for item in items if is_for(major, item)]
    if config.getoption("--with-server"):
        items[:] = [item for item in items if {"server", "own_server"} & set(item.fixturenames)]


def pytest_sessionstart():
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
def program():
    """Runs the program in an empty folder. No run of any test may show the password, or a part of it."""
    folder = tempfile.mkdtemp(prefix="migrinit-test-")
    os.chmod(folder, 0o755)  # some runs are by another user
    instance = Program(folder)
    instance.heard = []  # what else is searched for it
    yield instance
    instance.close()
    shutil.rmtree(folder, ignore_errors=True)
    output = "\n".join([instance.all_output(), *instance.heard])
    assert "Can4ry" not in output, "the password, or a part of it, was printed"


@pytest.fixture
def migrinit(program, database):
    """The program with DATABASE_URL of a fresh database."""
    program.env["DATABASE_URL"] = database.url
    return program
