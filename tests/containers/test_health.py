"""HEALTHCHECK of the image, and probes: `migrinit health` beside PID 1."""

from engine import podman, url_of


def healthcheck(run):
    return podman("healthcheck", "run", run.name, check=False).returncode


def test_healthcheck_while_waiting_and_when_the_app_runs(start, database, folder, gate):
    options = ["-v", f"{folder(m0001_gate=gate.SQL)}:/migrations:ro"]
    run = start("app", env={"DATABASE_URL": database.url}, options=options)
    gate.wait_for_a_visitor()
    assert healthcheck(run) == 1
    startup = run.exec("migrinit", "health", "--startup")
    assert startup.returncode == 0
    assert "migration 1 of 1: 0001_gate" in startup.stdout
    gate.open()
    run.out.wait_for("started")
    assert healthcheck(run) == 0
    run.stop()
    assert run.wait() == 0, run


def test_waiting_for_a_database_is_alive_and_not_ready(start):
    run = start("app", env={"DATABASE_URL": url_of("nowhere", "shop")})
    run.err.wait_for("Waiting for database")
    assert healthcheck(run) == 1
    assert run.exec("migrinit", "health", "--live").returncode == 0
    run.stop()
    assert run.wait() == 143, run


def test_probe_of_another_user_than_the_app_s(start, database):
    env = {"DATABASE_URL": database.url, "MIGRINIT_APP_USER": "65534:65534"}
    run = start("app", env=env, options=["--read-only"])
    run.out.wait_for("started")
    for user in ("0", "65534", "12345"):
        done = podman("exec", "--user", user, run.name, "migrinit", "health", check=False)
        assert done.returncode == 0, done
