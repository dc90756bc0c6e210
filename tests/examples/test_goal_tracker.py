"""goal-tracker: Prisma's folder applied at the API's start, in the workflow, and by hand."""

import os
import shutil

import pytest
from container import prisma_engine
from postgres import wait_until
from texts import compose, documents, path_of

INIT, PROGRESS = "20260110090000_init", "20260203101500_add_progress"
CURRENT = "Database schema is up to date!"


@pytest.fixture
def services():
    return compose("goal-tracker", "compose.yaml")


@pytest.fixture
def image(host):
    return host.image("goal-tracker/apps/api", "Dockerfile")


@pytest.fixture
def goals(host, services, database):
    return database(host.database(services["postgres"]))


def applied(goals):
    return goals.rows("SELECT migration_name, applied_steps_count FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY started_at")


ALL = [(INIT, 1), (PROGRESS, 1)]


def prisma(host, services, *args):
    """The real CLI in the image of before: exit code and output."""
    options = prisma_engine()
    run = host.finish(host.image("goal-tracker/apps/api", "Dockerfile.before"), services["api"],
                      entrypoint=["npx", "prisma", "migrate", *args], env=options["env"], mounts=options["mounts"])  # fmt: skip
    return run.code, run.out.text + run.err.text


def start(host, services, image, port=3000, **more):
    more["env"] = {"PORT": port, **more.get("env", {})}
    return host.service(image, services["api"], **more)


def write(image, name, sql):
    path = image.file(f"/app/prisma/migrations/{name}")
    shutil.copytree(image.file(f"/app/prisma/migrations/{INIT}"), path)
    with open(f"{path}/migration.sql", "w", encoding="utf-8") as f:
        f.write(sql)
    return f"{path}/migration.sql"


def test_at_the_start_of_the_api(host, services, image, goals):
    run = start(host, services, image)
    run.out.wait_for("api: listening, migrations: ok")
    assert run.err.find("✓ Migrations completed successfully"), run
    assert host.get(3000) == (200, "0 steps made\n")
    assert applied(goals) == ALL
    assert run.stop() == 0, run


def test_prisma_agrees(host, services, image, goals):
    assert host.finish(image, services["api"], command=["migrate"]).code == 0
    code, text = prisma(host, services, "status")
    assert code == 0 and CURRENT in text, text
    code, text = prisma(host, services, "deploy")
    assert code == 0 and "No pending migrations to apply." in text, text


def test_four_instances_at_once(host, services, image, goals):
    runs = [start(host, services, image, port=3000 + number) for number in range(4)]
    for run in runs:
        run.out.wait_for("api: listening, migrations: ok")
    assert applied(goals) == ALL
    assert sum(run.err.count(f"✓ {INIT}") for run in runs) == 1
    assert prisma(host, services, "status")[0] == 0
    assert [run.stop() for run in runs] == [0] * 4


def test_another_start_has_nothing_to_do(host, services, image, goals):
    assert host.finish(image, services["api"], command=["migrate"]).code == 0
    run = start(host, services, image)
    run.out.wait_for("api: listening")
    assert run.err.find("up to date, 2 applied and none pending"), run


def test_a_restart_mends_what_a_start_could_not(own_host, services):
    """The database was not there in time; the runtime starts the container again."""
    goals = own_host.database(services["postgres"])
    own_host.server.stop()
    image = own_host.image("goal-tracker/apps/api", "Dockerfile")
    run = own_host.finish(image, services["api"], env={"MIGRINIT_WAIT_TIMEOUT": "1s"})
    assert run.code == 69 and not run.out.text, run
    own_host.server.start()
    run = start(own_host, services, image)
    run.out.wait_for("api: listening, migrations: ok")
    assert goals == "goaltracker" and run.stop() == 0


def workflow():
    (file,) = documents("goal-tracker", "deploy.yml")
    return [step["run"] for step in file["jobs"]["deploy"]["steps"] if "run" in step]


def test_in_the_workflow(own_host, services):
    """docker compose up -d postgres, run --rm api migrate, up -d: no loop around pg_isready."""
    first, second, third = workflow()
    assert first == "docker compose up -d postgres" and third == "docker compose up -d"
    own_host.database(services["postgres"])
    own_host.server.stop()
    image = own_host.image("goal-tracker/apps/api", "Dockerfile")
    words = second.split()
    assert words[:5] == ["docker", "compose", "run", "--rm", "api"]
    run = own_host.service(image, services["api"], command=words[5:])
    run.err.wait_for("Waiting for database")
    own_host.server.start()
    assert run.wait() == 0, run
    run = start(own_host, services, image)
    run.out.wait_for("api: listening, migrations: ok")
    assert run.err.find("none pending"), "what the workflow did is not done again"


def test_workflow_fails_when_a_migration_fails(host, services, image, goals):
    write(image, "20260301000000_bad", "ALTER TABLE nothing ADD n int;\n")
    run = host.finish(image, services["api"], command=["migrate"])
    assert run.code == 1 and run.err.find("20260301000000_bad/migration.sql:1:1: ERROR:"), run


def test_by_hand(host, services, image, goals):
    """With AUTO_MIGRATE=false in the environment of compose: the API runs, a person migrates in it."""
    services = compose("goal-tracker", "compose.yaml", AUTO_MIGRATE="false")
    run = start(host, services, image)
    run.out.wait_for("api: listening, migrations: skipped")
    assert goals.tables() == set()
    code, text = run.exec("migrinit", "status")
    assert code == 1 and INIT in text, text
    code, text = run.exec("migrinit", "plan")
    assert code == 0 and 'CREATE TABLE "Goal"' in text, text
    code, text = run.exec("migrinit", "plan", "--try")
    assert code == 0 and goals.tables() == set(), text
    code, text = run.exec("migrinit", "migrate")
    assert code == 0 and applied(goals) == ALL, text
    assert run.exec("migrinit", "status")[0] == 0
    assert host.get(3000) == (200, "0 steps made\n")


def test_by_hand_in_a_container_of_its_own(host, services, image, goals):
    assert host.finish(image, services["api"], command=["status"]).code == 1
    assert host.finish(image, services["api"], command=["migrate"]).code == 0
    run = host.finish(image, services["api"], command=["status"])
    assert run.code == 0 and run.out.find(PROGRESS), run


def test_service_of_its_own(host, image, goals):
    """compose.migrate-service.yaml: the API starts after it, and only on the schema that it needs."""
    services = compose("goal-tracker", "compose.yaml", "compose.migrate-service.yaml")
    assert services["api"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    early = start(host, services, image)
    assert early.wait() == 1 and early.err.find("2 pending"), early
    assert host.finish(image, services["migrate"]).code == 0
    run = start(host, services, image)
    run.out.wait_for("api: listening, migrations: ok")


def test_failed_migration_is_repaired_by_hand(host, services, image, goals):
    """As with Prisma: mended by hand, then `resolve --applied`; or undone, and `--rolled-back`."""
    path = write(image, "20260301000000_half", 'BEGIN;\nCREATE TABLE half ();\nCOMMIT;\nSELECT nothing;\n')
    run = host.finish(image, services["api"])
    assert run.code == 1 and not run.out.find("listening"), "the container does not start"
    assert host.finish(image, services["api"]).code == 1
    running = start(host, compose("goal-tracker", "compose.yaml", AUTO_MIGRATE="false"), image)
    running.out.wait_for("listening")
    code, text = running.exec("migrinit", "resolve", "--applied", "20260301000000_half")
    assert code == 0, text
    assert running.exec("migrinit", "status")[0] == 0 and running.stop() == 0
    write(image, "20260302000000_wrong", "BEGIN;\nDROP TABLE half;\nCOMMIT;\nSELECT nothing;\n")
    assert host.finish(image, services["api"], command=["migrate"]).code == 1
    assert host.finish(image, services["api"], command=["resolve", "--rolled-back", "20260302000000_wrong"]).code == 0
    with open(path.replace("20260301000000_half", "20260302000000_wrong"), "w", encoding="utf-8") as f:
        f.write("SELECT 1;\n")
    run = start(host, services, image)
    run.out.wait_for("api: listening, migrations: ok")


def test_long_migration_is_healthy_progress(host, services, image, goals):
    """HEALTHCHECK: no until the API runs; --startup says yes all the while, so that nobody ends it."""
    write(image, "20260301000000_long", "SELECT pg_advisory_xact_lock(42);\n")
    with goals.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(42)")
        run = start(host, services, image)
        wait_until(lambda: "migrating" in run.exec("migrinit", "health")[1], "the long migration")
        assert run.exec(*image.stage.healthcheck)[0] == 1
        assert run.exec("migrinit", "health", "--startup")[0] == 0
        holder.cursor().execute("SELECT pg_advisory_unlock(42)")
        run.out.wait_for("api: listening")
    wait_until(lambda: run.exec(*image.stage.healthcheck)[0] == 0, "the API is ready")


def test_new_code_before_the_schema(host, services, image, goals):
    """Zero downtime: an API that bears both schemas is started, somebody migrates, nobody restarts it."""
    run = start(host, compose("goal-tracker", "compose.yaml", AUTO_MIGRATE="false"), image)
    run.out.wait_for("listening")
    assert host.get(3000)[0] == 503
    assert host.finish(image, services["api"], command=["migrate"]).code == 0
    assert host.get(3000)[0] == 200


def test_new_version_waits_for_the_schema(host, image, goals):
    """Blue and green: the new one is up when somebody has migrated."""
    services = compose("goal-tracker", "compose.yaml", AUTO_MIGRATE="wait")
    green = start(host, services, image)
    green.err.wait_for("Waiting for the schema")
    assert host.get(3000)[0] == 0
    assert host.finish(image, services["api"], command=["migrate"]).code == 0
    green.out.wait_for("api: listening, migrations: ok")


def test_migrations_go_to_the_primary(host, services, image, goals):
    """The app's own URL may lead to a replica or a pooler: here, to nobody."""
    url = services["api"]["environment"]["DATABASE_URL"]
    run = start(host, services, image, env={"DATABASE_URL": url.replace("5432", "5433"), "MIGRATE_DATABASE_URL": url})
    run.out.wait_for("api: listening, migrations: ok")
    assert applied(goals) == ALL
    assert host.get(3000)[0] == 503, "the app was given its own"


def test_takes_over_from_prisma(host, services, image, goals):
    code, text = prisma(host, services, "deploy")
    assert code == 0, text
    rows = goals.rows("SELECT * FROM _prisma_migrations ORDER BY id")
    run = start(host, services, image)
    run.out.wait_for("api: listening, migrations: ok")
    assert run.err.find("up to date, 2 applied and none pending"), run
    assert goals.rows("SELECT * FROM _prisma_migrations ORDER BY id") == rows


def test_image_needs_no_prisma(image):
    (packages,) = image.mounts.values()
    assert not os.path.exists(f"{packages}/prisma") and os.path.exists(f"{packages}/pg")
    assert os.path.exists(path_of("goal-tracker/apps/api/prisma/schema.prisma"))


def test_backup_and_restore(host, services, image, goals):
    assert host.finish(image, services["api"], command=["migrate"]).code == 0
    host.back_up_and_restore("goaltracker", "user")
    run = start(host, services, image)
    run.out.wait_for("api: listening, migrations: ok")
    assert run.err.find("up to date, 2 applied and none pending"), run
    assert CURRENT in prisma(host, services, "status")[1]
