"""What a run has to say to the server, counted by a proxy in between.

Times are no matter of a test, questions are: each costs the way to the server and back. The counts
are of round trips once the connection stands.
"""

import os

import pytest
from proxy import Proxy


@pytest.fixture
def counted(migrinit, database, server, tmp_path):
    """Runs a verb through the proxy: its round trips, and what was sent by type."""
    proxy = Proxy(str(tmp_path), os.path.join(server.directory, f".s.PGSQL.{server.port}"))
    migrinit.env["DATABASE_URL"] = f"postgresql://app@/{database.name}?host={tmp_path}&port=5432"

    def run(*args, **env):
        proxy.reset()
        result = migrinit.run(*args, env=env)
        assert result.code == 0, result
        assert proxy.counts.connections == 1
        return proxy.counts.round_trips - proxy.counts.connecting, proxy.counts.sent["Q"]

    yield run
    proxy.close()


def add(migrinit, format_name, numbers):
    for n in numbers:
        up = {"dbmate": "-- migrate:up\n", "goose": "-- +goose Up\n"}.get(format_name, "")
        down = "-- migrate:down\n" if format_name == "dbmate" else ""
        name = f"{n:014}_t{n}.up.sql" if format_name == "golang-migrate" else f"{n:014}_t{n}.sql"
        migrinit.write(f"migrations/{name}", f"{up}CREATE TABLE t{n} (i int);\n{down}")


@pytest.mark.parametrize("format_name", ["plain", "dbmate", "goose", "golang-migrate"])
def test_round_trips(counted, migrinit, format_name):
    env = {"MIGRINIT_MIGRATE_FORMAT": format_name}
    add(migrinit, format_name, range(1, 8))
    # The session's set-up, the look, the lock with a second look; the table; the unlock.
    first, _ = counted("migrate", **env)
    assert first <= 7 + 5
    add(migrinit, format_name, range(8, 28))
    more, queries = counted("migrate", **env)
    assert more <= 20 + 4
    assert queries == more, "a message of its own that nobody waited for"
    assert counted("migrate", **env)[0] == 2
    assert counted("status", **env)[0] == 2


@pytest.mark.server_since(13)  # before, no owner of a database may create an extension
def test_extension_that_a_file_creates_is_one_question_more(counted, migrinit):
    env = {"MIGRINIT_MIGRATE_FORMAT": "plain", "MIGRINIT_MIGRATE_DESTRUCTIVE": "refuse"}
    add(migrinit, "plain", range(1, 3))
    counted("migrate", **env)
    migrinit.write("migrations/3_x.sql", "CREATE EXTENSION IF NOT EXISTS hstore")
    migrinit.write("migrations/4_y.sql", "CREATE EXTENSION citext; CREATE EXTENSION pg_trgm")
    assert counted("plan", **env)[0] == 3
    assert counted("migrate", **env)[0] == 2 + 4 + 1
    assert counted("migrate", **env)[0] == 2


def test_round_trips_of_the_first_run_of_a_detected_folder(counted, migrinit):
    """One more: has another tool kept this database?"""
    add(migrinit, "dbmate", range(1, 8))
    assert counted("migrate")[0] <= 7 + 6
    assert counted("migrate")[0] == 2
