"""podman: containers by image, a database to each test, and what became of them."""

import itertools
import json
import os
import subprocess
import sys
import time

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

# pylint: disable=wrong-import-position
from postgres import wait_until  # noqa: E402

NETWORK = "shop"
PASSWORD = "secret"
PATIENCE = float(os.environ.get("TEST_DEADLINE", "20"))

# What podman gives a container to stop before it is killed: long, as the machine may be busy with more.
GRACE = 60

SETTINGS = {name: os.environ[name] for name in os.environ if name.startswith("CONTAINERS_")}
numbers = itertools.count(1)


def podman(*args, check=True):
    """A command to its end; its output without the last line end."""
    done = subprocess.run(
        ["podman", *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd="/"
    )
    if check and done.returncode != 0:
        raise AssertionError(f"podman {' '.join(args)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    done.stdout = done.stdout.rstrip("\n")
    return done


def inspect(name):
    return json.loads(podman("container", "inspect", name).stdout)[0]


def url_of(host, database):
    return f"postgresql://app:{PASSWORD}@{host}/{database}"


class Server:
    """The database image, running; its superuser is `app`."""

    def __init__(self, name, *words, options=()):
        self.name = name
        podman("run", "-d", "--name", name, "--network", NETWORK, *options, "database", *words)
        self.address = inspect(name)["NetworkSettings"]["Networks"][NETWORK]["IPAddress"]

    def connect(self, database="postgres"):
        connection = psycopg2.connect(host=self.address, user="app", password=PASSWORD, dbname=database)
        connection.autocommit = True
        return connection

    def wait(self):
        def answers():
            try:
                self.connect().close()
                return True
            except psycopg2.OperationalError:
                return False

        wait_until(answers, "the database answers", PATIENCE)
        return self

    def remove(self):
        podman("rm", "-f", "-t", "0", self.name)


class Database:
    """One of a test's own."""

    def __init__(self, server, name):
        self.name = name
        self.server = server
        self.url = url_of(server.name, name)
        self.run(f"CREATE DATABASE {name}", "postgres")

    def run(self, sql, database=None):
        connection = self.server.connect(database or self.name)
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows

    def has_table(self, name):
        return self.run(f"SELECT to_regclass('{name}') IS NOT NULL")[0][0]

    def history(self):
        if not self.has_table("migrinit.migrations"):
            return []
        return [row[0] for row in self.run("SELECT id FROM migrinit.migrations ORDER BY id")]

    def sessions(self, condition="true"):
        """Of anybody but the one who asks."""
        return self.run(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND pid <> pg_backend_pid() AND {condition}"
        )[0][0]

    def drop(self):
        self.run(f"DROP DATABASE {self.name} WITH (FORCE)", "postgres")


class Gate:
    """Holds what a migration asks for, until it is opened."""

    SQL = "SET LOCAL lock_timeout = 0;\nCREATE TABLE begun (n int);\nSELECT pg_advisory_xact_lock(4711);\n"

    def __init__(self, database):
        self.database = database
        self.connection = database.server.connect(database.name)
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(4711)")

    def wait_for_a_visitor(self):
        wait_until(
            lambda: self.database.sessions("wait_event_type = 'Lock' AND wait_event = 'advisory'"),
            "the migration is at the gate",
            PATIENCE,
        )

    def open(self):
        self.connection.close()


class Container:
    """One run of an image, its streams attached from the first byte on."""

    def __init__(self, program, image, words, env, options):
        self.name = f"c{next(numbers)}"
        given = [f"--env={name}={value}" for name, value in (env or {}).items()]
        prefix = ["podman", "run", "--name", self.name, "--network", NETWORK, *given, *options]
        self.run = program.start(*words, prefix=prefix, program=image, env=SETTINGS)
        self.out = self.run.out
        self.err = self.run.err

    def wait(self):
        self.code = self.run.wait()
        return self.code

    def stop(self):
        """`podman stop`; how long it took, in seconds."""
        started = time.monotonic()
        podman("stop", "-t", str(GRACE), self.name)
        return time.monotonic() - started

    def inspect(self):
        return inspect(self.name)

    def exec(self, *words):
        return podman("exec", self.name, *words, check=False)

    def __repr__(self):
        return f"{self.name}{self.run!r}"
