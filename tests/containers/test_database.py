"""The database as other containers find it: by a name, and not always there yet."""

import os
import time

from engine import Server, url_of
from postgres import wait_until

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
MIGRATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images", "app", "migrations")
ALL = ["0001_items", "0002_first_item"]

# What a database of a compose file may need for its first start.
LATE_S = 20
REPLICAS = 5


def test_database_that_starts_20_s_later(start, tmp_path):
    """First its name is unknown, then nobody listens, then it answers: each is waited for."""
    began = time.monotonic()
    (tmp_path / "go").mkdir(mode=0o755)
    env = {**STRICT, "DATABASE_URL": url_of("late", "shop")}
    app = start("app", env=env)
    job = start("migrinit", "migrate", env=env, options=["-v", f"{MIGRATIONS}:/migrations:ro"])
    for run in (app, job):
        run.err.wait_for("host name not found")
    late = ["bash", "-c", "until [ -e /go/now ]; do sleep 0.1; done; exec postgres"]
    server = Server("late", *late, options=["-v", f"{tmp_path}/go:/go:ro"])
    try:
        for run in (app, job):
            run.err.wait_for("connection refused")
        wait_until(lambda: time.monotonic() - began >= LATE_S, "its time has come", 2 * LATE_S)
        assert not app.out.lines, app
        (tmp_path / "go" / "now").touch()
        app.out.wait_for("started")
        assert job.wait() == 0, job
        applied = [line for run in (app, job) for line in run.err.lines if "✓ 000" in line]
        assert len(applied) == len(ALL), applied
        app.stop()
        assert app.wait() == 0, app
    finally:
        server.remove()


def test_replicas_that_start_together(start, database):
    """Each migration is applied once, by whichever was first; every app starts."""
    runs = [start("app", env={**STRICT, "DATABASE_URL": database.url}) for _ in range(REPLICAS)]
    for run in runs:
        run.out.wait_for("started")
    assert database.history() == ALL
    assert database.run("SELECT count(*) FROM items")[0][0] == 1
    for run in runs:
        run.stop()
        assert run.wait() == 0, run
