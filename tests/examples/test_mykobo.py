"""mykobo: Flask-Migrate, web and worker from one image, AUTO_MIGRATE and AUTO_MIGRATE_FAIL_ON_ERROR."""

import os
import re

import pytest
from manifests import container_of, restricted, secret_environment
from postgres import wait_until
from texts import compose, documents, environment_of

HEADS = ["def456"]
BROKEN = 'def upgrade():\n    op.execute("SELECT nothing")\n'
RUNNING = "[Migration] Running database migrations: python manage.py db upgrade"
DONE = "[Migration] ✓ Migrations completed successfully"
CONTINUING = "[Migration] Continuing despite migration failure (set AUTO_MIGRATE_FAIL_ON_ERROR=true to exit on error)"
EXITING = "[Migration] Exiting due to migration failure (AUTO_MIGRATE_FAIL_ON_ERROR=true)"


@pytest.fixture
def services():
    return compose("mykobo", "compose.yaml")


@pytest.fixture
def strict():
    return compose("mykobo", "compose.yaml", AUTO_MIGRATE_FAIL_ON_ERROR="true")


@pytest.fixture
def image(host):
    return host.image("mykobo", "Dockerfile")


@pytest.fixture
def mykobo(host, services, database):
    return database(host.database(services["postgres"]))


def web(host, services, image, port=5000, **more):
    return host.service(image, services["web"], env={"PORT": port, **more.pop("env", {})}, **more)


def heads(mykobo):
    if not mykobo.has_table("alembic_version"):
        return []
    return [row[0] for row in mykobo.rows("SELECT version_num FROM alembic_version")]


def add(image, revision, body, down="def456"):
    with open(image.file(f"/app/migrations/versions/{revision}_more.py"), "w", encoding="utf-8") as f:
        f.write(f"from alembic import op\n\nrevision = {revision!r}\ndown_revision = {down!r}\n\n\n{body}\n\ndef downgrade():\n    pass\n")


def is_up(host, port=5000):
    return wait_until(lambda: host.get(port, "/health")[0] == 200, "the web application")


def test_log_of_a_first_deployment(host, services, image, mykobo):
    """The lines in their order; Alembic's own among them."""
    run = web(host, services, image)
    is_up(host)
    lines = [
        r"\[Migration\] Database URL: postgresql://mykobo_user@postgres:5432/mykobo$",
        re.escape(RUNNING),
        r"INFO  \[alembic.runtime.migration\] Context impl PostgresqlImpl\.",
        r"INFO  \[alembic.runtime.migration\] Will assume transactional DDL\.",
        r"INFO  \[alembic.runtime.migration\] Running upgrade  -> abc123, Initial migration",
        r"INFO  \[alembic.runtime.migration\] Running upgrade abc123 -> def456, Add user_email column",
        re.escape(DONE),
    ]
    places = [next(place for place, line in enumerate(run.err.lines) if re.search(pattern, line)) for pattern in lines]
    assert places == sorted(places)
    assert run.out.find("^Starting web application...$")
    assert all("[Migration]" in line for line in run.err.lines[: places[-1] + 1]), "grep Migration finds all of it"
    assert heads(mykobo) == HEADS and mykobo.has_table("dapp.transactions")
    assert host.get(5000, "/health") == (200, '{"transactions":0}\n')


def test_worker_from_the_same_image(host, services, image, mykobo):
    assert services["worker"]["image"] == services["web"]["image"]
    run = host.service(image, services["worker"])
    run.out.wait_for("worker: 0 transactions")
    assert run.err.find(re.escape(DONE)) and heads(mykobo) == HEADS
    assert run.stop() == 0 and run.out.find("worker: stopped"), run


def test_second_start_runs_no_python_for_it(host, services, image, mykobo):
    assert host.finish(image, services["web"], command=["migrate"]).code == 0
    run = web(host, services, image, entrypoint=["strace", "-f", "-qq", "-e", "trace=execve", "-o", "/tmp/trace", "migrinit", "true"])
    assert run.wait() == 0 and run.err.find("up to date, 2 applied and none pending in migrations"), run
    with open(image.file("/tmp/trace"), encoding="utf-8") as f:
        programs = re.findall(r'execve\("([^"]*)".* = 0$', f.read(), re.M)
    assert [os.path.basename(program) for program in programs] == ["migrinit", "true"]


def test_after_a_code_change(host, services, image, mykobo):
    assert host.finish(image, services["web"], command=["migrate"]).code == 0
    add(image, "fed789", 'def upgrade():\n    op.execute("ALTER TABLE dapp.transactions ADD COLUMN more int")\n')
    run = host.finish(image, services["web"], command=["migrate"])
    assert run.code == 0 and run.err.find("Running upgrade def456 -> fed789"), run
    assert heads(mykobo) == ["fed789"]


@pytest.mark.parametrize("fail_on_error", ["true", "false"])
@pytest.mark.parametrize("state", ["current", "pending", "broken"])
@pytest.mark.parametrize("auto", ["true", "false"])
def test_policy(host, image, mykobo, auto, state, fail_on_error):
    """AUTO_MIGRATE x AUTO_MIGRATE_FAIL_ON_ERROR, as compose hands them on."""
    services = compose("mykobo", "compose.yaml", AUTO_MIGRATE=auto, AUTO_MIGRATE_FAIL_ON_ERROR=fail_on_error)
    if state != "pending":
        assert host.finish(image, services["web"], command=["migrate"]).code == 0
    if state == "broken":
        add(image, "fed789", BROKEN)
    run = web(host, services, image, command=["sh", "-c", "echo APP $MIGRINIT_STATUS"])
    code = run.wait()
    if auto == "false":
        assert (code, run.out.text) == (0, "APP skipped"), run
        assert not run.err.find("Running") and heads(mykobo) == ([] if state == "pending" else HEADS)
    elif state != "broken":
        assert (code, run.out.text) == (0, "APP ok"), run
        assert heads(mykobo) == HEADS
    elif fail_on_error == "true":
        assert (code, run.out.text) == (1, ""), run
        assert run.err.find(re.escape(EXITING)) and run.err.find(r"\[Migration\] ✗ "), run
    else:
        assert (code, run.out.text) == (0, "APP failed"), run
        assert run.err.find(re.escape(CONTINUING)) and run.err.find('column "nothing" does not exist'), run


def test_defaults(services):
    environment = environment_of(services["web"]["environment"])
    assert (environment["AUTO_MIGRATE"], environment["AUTO_MIGRATE_FAIL_ON_ERROR"]) == ("true", "false")


def test_no_database_lenient(host, services, image):
    """Connection refused: waited for, told, and started."""
    run = web(host, services, image, env={"MIGRINIT_WAIT_TIMEOUT": "1s", "DATABASE_URL": "postgresql://mykobo_user:x@postgres:5433/mykobo"})
    run.out.wait_for("Starting web application...")
    assert run.err.find(r"\[Migration\] ✗ .*connection refused") and run.err.find(re.escape(CONTINUING)), run


def test_no_database_strict(host, strict, image):
    run = web(host, strict, image, env={"MIGRINIT_WAIT_TIMEOUT": "1s", "DATABASE_URL": "postgresql://mykobo_user:x@postgres:5433/mykobo"})
    assert run.wait() == 69 and not run.out.text, run
    assert run.err.find(r"\[Migration\] ✗ .*connection refused") and run.err.find(re.escape(EXITING)), run


def test_waits_for_a_database_that_comes_later(own_host, strict):
    own_host.database(strict["postgres"])
    own_host.server.stop()
    run = web(own_host, strict, own_host.image("mykobo", "Dockerfile"))
    run.err.wait_for("Waiting for database")
    own_host.server.start()
    run.out.wait_for("Starting web application...")
    assert run.err.find(re.escape(DONE)), run


def test_several_instances_at_once(host, strict, image, mykobo):
    """Web and worker, twice each: one migrates, the others skip."""
    runs = [web(host, strict, image, port=5000 + number) for number in range(2)]
    runs += [host.service(image, strict["worker"]) for _ in range(2)]
    for run in runs[:2]:
        run.out.wait_for("Starting web application...")
    for run in runs[2:]:
        run.out.wait_for("worker: 0 transactions")
    assert sum(run.err.count(re.escape(RUNNING)) for run in runs) == 1
    assert heads(mykobo) == HEADS


def test_swarm_stack(host, image, mykobo, tmp_path):
    """Three replicas and a worker, the URL in a secret: migrations run on all of them, safely."""
    services = compose("mykobo", "stack.yaml")
    secret = tmp_path / "url"
    secret.write_text("postgresql://mykobo_user:mykobo4all@postgres:5432/mykobo")
    (name,) = services["web"]["secrets"]
    mounts = {f"/run/secrets/{name}": str(secret)}
    runs = [host.service(image, services["web"], env={"PORT": 5000 + n}, mounts=mounts) for n in range(services["web"]["deploy"]["replicas"])]
    runs.append(host.service(image, services["worker"], mounts=mounts))
    for number in range(3):
        is_up(host, 5000 + number)
    runs[3].out.wait_for("worker: 0 transactions")
    assert sum(run.err.count(re.escape(RUNNING)) for run in runs) == 1


MANAGE = ("python", "manage.py", "db")


def test_by_hand_in_a_running_container(host, image, mykobo):
    """AUTO_MIGRATE=false; exec web python manage.py db upgrade, current, heads, downgrade."""
    services = compose("mykobo", "compose.yaml", AUTO_MIGRATE="false")
    mykobo.run("CREATE SCHEMA dapp")
    run = web(host, services, image)
    run.out.wait_for("Starting web application...")
    code, text = run.exec("migrinit", "status")
    assert code == 1 and "abc123" in text, text
    assert run.exec(*MANAGE, "upgrade", env={"AUTO_MIGRATE": "false"})[0] == 0
    assert "def456 (head)" in run.exec(*MANAGE, "current")[1] and "def456 (head)" in run.exec(*MANAGE, "heads")[1]
    assert run.exec("migrinit", "status")[0] == 0
    assert host.get(5000, "/health")[0] == 200
    assert run.exec(*MANAGE, "downgrade")[0] == 0 and heads(mykobo) == ["abc123"]
    assert run.exec(*MANAGE, "upgrade")[0] == 0 and heads(mykobo) == HEADS


def test_first_deployment_without_a_folder(host, services, image, mykobo):
    """Lenient: the container starts all the same, and the folder is made in it."""
    mykobo.run("CREATE SCHEMA dapp")
    os.rename(image.file("/app/migrations"), image.file("/app/kept"))
    run = web(host, services, image)
    run.out.wait_for("Starting web application...")
    assert run.err.find(r"\[Migration\] ✗ .*migrations"), run
    code, text = run.exec(*MANAGE, "init")
    assert code == 0, text
    code, text = run.exec(*MANAGE, "migrate", "-m", "Initial migration", "--rev-id", "first")
    assert code == 0 and "first_initial_migration.py" in os.listdir(image.file("/app/migrations/versions")), text
    assert run.stop() in (0, 143)
    run = web(host, services, image)
    is_up(host)
    assert heads(mykobo) == ["first"] and run.err.find(re.escape(DONE)), run


def test_models_are_what_the_folder_says(host, services, image, mykobo):
    run = web(host, services, image)
    is_up(host)
    code, text = run.exec(*MANAGE, "migrate", "-m", "Nothing new")
    assert code == 0 and "Detected" not in text, text


def test_new_migration_is_made_in_the_container(host, services, image, mykobo):
    """A change of the models, `exec web python manage.py db migrate`, and the next start applies it."""
    assert host.finish(image, services["web"], command=["migrate"]).code == 0
    with open(image.file("/app/app/models.py"), "a", encoding="utf-8") as f:
        f.write("    note = db.Column(db.Text)\n")
    run = web(host, services, image)
    run.out.wait_for("Starting web application...")
    code, text = run.exec(*MANAGE, "migrate", "-m", "Add note column", "--rev-id", "fed789")
    assert code == 0 and "Detected added column 'dapp.transactions.note'" in text, text
    run.stop()
    run = web(host, services, image)
    is_up(host)
    assert run.err.find("Running upgrade def456 -> fed789, Add note column") and heads(mykobo) == ["fed789"], run


@pytest.mark.parametrize("kind", ["Job", "Deployment"])
def test_kubernetes(host, image, mykobo, kind):
    """The Job, or the pods' init containers, three at once; then web under the same restrictions."""
    manifest = next(d for d in documents("mykobo", "kubernetes.yaml") if d["kind"] == kind)
    restricted(manifest)
    url = "postgresql://mykobo_user:mykobo4all@postgres:5432/mykobo"
    secrets = {("mykobo-secrets", "database-url"): url}
    migrate, options = container_of(manifest, "migrate", secrets)
    runs = [host.start(image, **options) for _ in range(manifest["spec"].get("replicas", 1))]
    assert migrate["command"] == ["migrinit", "migrate"] and [run.wait() for run in runs] == [0] * len(runs), runs
    assert heads(mykobo) == HEADS and sum(run.err.count(re.escape(RUNNING)) for run in runs) == 1
    if kind == "Job":
        return
    container, options = container_of(manifest, "web", secrets)
    assert secret_environment(container, secrets) == {"DATABASE_URL": url}
    run = host.start(image, **options)
    is_up(host)
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert run.exec(*container[probe]["exec"]["command"])[0] == 0, probe


def test_takes_over_from_the_entrypoint_script(host, services, image, mykobo):
    mykobo.run("CREATE SCHEMA dapp")
    before = web(host, services, host.image("mykobo", "Dockerfile.before"))
    is_up(host)
    assert before.out.find(re.escape(DONE)), before
    before.kill()
    run = web(host, services, image)
    is_up(host)
    assert run.err.find("up to date, 2 applied and none pending"), run


def test_backup_and_restore(host, services, image, mykobo):
    assert host.finish(image, services["web"], command=["migrate"]).code == 0
    host.back_up_and_restore("mykobo", "mykobo_user")
    run = host.finish(image, services["web"], command=["migrate"])
    assert run.code == 0 and run.err.find("up to date, 2 applied and none pending"), run


def test_blue_and_green(host, image, mykobo):
    """The new version is started, and serves when somebody has migrated."""
    services = compose("mykobo", "compose.yaml", AUTO_MIGRATE="wait")
    run = web(host, services, image)
    run.err.wait_for("Waiting for the schema")
    assert host.get(5000, "/health")[0] == 0
    assert host.finish(image, services["web"], command=["migrate"]).code == 0
    is_up(host)
