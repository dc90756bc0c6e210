"""Who starts the tests in the background has INT and QUIT ignored for them (a shell) or HUP (nohup); what they start must not inherit that."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))

# pylint: disable=wrong-import-position
from postgres import find_bin, major_of  # noqa: E402

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
