"""streamystats: a migration service that needs nothing but its own image."""

import json
import os
import shutil

import pytest
from texts import EXAMPLES, compose, dockerfile, path_of, read

FOLDER = "/app/packages/database/drizzle"


@pytest.fixture
def services():
    return compose("streamystats", "compose.yaml")


@pytest.fixture
def image(host):
    return host.image("streamystats", "Dockerfile")


@pytest.fixture
def server(host, services):
    """As the image of the database starts: no database of ours."""
    host.database(services["vectorchord"])
    return host.server


@pytest.fixture
def stats(server, database):
    return database("streamystats")


def up(host, services, name, images):
    """Starts a service when what it depends on has ended with 0, as compose does; gives what ran, in order."""
    ran = []
    for needed, how in services[name].get("depends_on", {}).items():
        assert how == {"condition": "service_completed_successfully"}
        ran += up(host, services, needed, images)
        if ran[-1].code != 0:
            return ran
    return [*ran, host.finish(images[name], services[name])]


def test_whole_story_with_a_database_that_comes_later(own_host, services):
    own_host.database(services["vectorchord"])
    own_host.server.stop()
    run = own_host.service(own_host.image("streamystats", "Dockerfile"), services["migrate"])
    run.err.wait_for("Waiting for database")
    own_host.server.start()
    assert run.wait() == 0, run
    assert run.err.find("drizzle: 2 of 2 migrations pending") and run.err.find("✓ Migrations completed successfully"), run


def test_creates_database_and_extensions(host, services, image, stats):
    run = host.finish(image, services["migrate"])
    assert run.code == 0, run
    extensions = {row[0] for row in stats.rows("SELECT extname FROM pg_extension")}
    assert "uuid-ossp" in extensions
    assert stats.tables() == {"servers", "sessions"}


def test_extension_that_is_not_available_is_a_warning(host, services, image, stats):
    """PostgreSQL alone has no pgvector. Where it is installed, it is created, and a name that nobody has is tried."""
    with stats.server.admin("postgres") as cursor:
        cursor.execute("SELECT FROM pg_available_extensions WHERE name = 'vector'")
        name = "no_vector" if cursor.rowcount else "vector"
    wanted = image.stage.env["MIGRINIT_DATABASE_EXTENSIONS"]
    assert wanted == "vector? uuid-ossp"
    run = host.finish(image, services["migrate"], env={"MIGRINIT_DATABASE_EXTENSIONS": wanted.replace("vector", name)})
    assert run.code == 0, run
    assert run.err.find(f"optional extension.*{name}"), run
    assert stats.tables() == {"servers", "sessions"}


def test_extension_that_must_be_there(host, services, image, stats):
    run = host.finish(image, services["migrate"], env={"MIGRINIT_DATABASE_EXTENSIONS": "vector uuid-ossp"})
    assert run.code == 1 and run.err.find("✗ .*vector"), run


def test_again_and_again(host, services, image, stats):
    for _ in range(3):
        run = host.finish(image, services["migrate"])
        assert run.code == 0, run
    assert run.err.find("up to date"), run
    assert stats.value("SELECT count(*) FROM drizzle.__drizzle_migrations") == 2


def test_services_that_depend_on_it_start(host, services, image, stats):
    ran = up(host, services, "app", {"migrate": image, "app": host.image("streamystats", "Dockerfile.app")})
    assert [run.code for run in ran] == [0, 0] and ran[1].out.text == "app: 0 servers", ran


def test_services_that_depend_on_it_do_not_start_when_it_fails(host, services, image, stats):
    with open(image.file(f"{FOLDER}/0001_slim_masque.sql"), "a", encoding="utf-8") as f:
        f.write("\n--> statement-breakpoint\nSELECT nothing;\n")
    ran = up(host, services, "app", {"migrate": image, "app": host.image("streamystats", "Dockerfile.app")})
    assert [run.code for run in ran] == [1], ran
    assert ran[0].err.find(r"0001_slim_masque.sql:\d+:8: ERROR: column \"nothing\" does not exist"), ran


def test_failed_migration_leaves_nothing_and_a_mended_one_runs(host, services, image, stats):
    path = image.file(f"{FOLDER}/0001_slim_masque.sql")
    shutil.copy(path, path + ".good")
    with open(path, "a", encoding="utf-8") as f:
        f.write("\n--> statement-breakpoint\nSELECT nothing;\n")
    assert host.finish(image, services["migrate"]).code == 1
    assert stats.tables() == {"servers"}
    os.replace(path + ".good", path)
    assert host.finish(image, services["migrate"]).code == 0
    assert stats.tables() == {"servers", "sessions"}


@pytest.mark.parametrize(
    "env,code",
    [
        # what the image says by itself: vectorchord:5432, postgres, postgres, streamystats
        ({}, 0),
        ({"POSTGRES_DB": "other"}, 0),
        ({"DB_HOST": "db", "DB_PORT": "5432", "NODE_ENV": "production"}, 0),
        ({"POSTGRES_PASSWORD": "wrong4all", "MIGRINIT_WAIT_AUTH_GRACE": "0"}, 77),
        ({"DB_PORT": "5433", "MIGRINIT_WAIT_TIMEOUT": "1s"}, 69),
        # a URL says more than all of them
        ({"DATABASE_URL": "postgresql://postgres:postgres@vectorchord:5432/other", "DB_HOST": "nowhere", "POSTGRES_DB": "no"}, 0),
    ],
)
def test_variables_and_their_defaults(host, server, image, database, env, code):
    run = host.run(image, env=env)
    assert run.code == code, run
    if code == 0:
        name = "other" if "other" in str(env) else "streamystats"
        assert database(name).tables() == {"servers", "sessions"}


def test_folder_mounted_in_development(host, image, stats, tmp_path):
    """A new file is seen without a new image."""
    services = compose("streamystats", "compose.yaml", "compose.dev.yaml")
    source, target, mode = services["migrate"]["volumes"][0].split(":")
    assert target == FOLDER and mode == "ro" and source == "./packages/database/drizzle"
    folder = tmp_path / "drizzle"
    shutil.copytree(path_of("streamystats", source), folder)
    assert host.finish(image, services["migrate"], mounts={target: str(folder)}).code == 0
    journal = json.loads((folder / "meta/_journal.json").read_text())
    journal["entries"].append({**journal["entries"][-1], "idx": 2, "when": journal["entries"][-1]["when"] + 1, "tag": "0002_more"})
    (folder / "meta/_journal.json").write_text(json.dumps(journal))
    (folder / "0002_more.sql").write_text("ALTER TABLE servers ADD COLUMN url text;\n")
    run = host.finish(image, services["migrate"], mounts={target: str(folder)})
    assert run.code == 0 and run.err.find("✓ 0002_more"), run


def test_zero_downtime_steps(host, services, image, stats):
    """A nullable column, a backfill, the constraint in a migration of its own: while the app is at work."""
    assert host.finish(image, services["migrate"]).code == 0
    stats.run("INSERT INTO servers (name) SELECT 'n' || g FROM generate_series(1, 1000) g")
    journal_path = image.file(f"{FOLDER}/meta/_journal.json")
    with open(journal_path, encoding="utf-8") as f:
        journal = json.load(f)
    steps = {
        "0002_column": "ALTER TABLE servers ADD COLUMN kind text;",
        "0003_backfill": "UPDATE servers SET kind = 'old' WHERE kind IS NULL;",
        "0004_constraint": "ALTER TABLE servers ADD CONSTRAINT kind_there CHECK (kind IS NOT NULL) NOT VALID;\n"
        "--> statement-breakpoint\nALTER TABLE servers VALIDATE CONSTRAINT kind_there;",
    }
    for number, (tag, sql) in enumerate(steps.items(), 2):
        journal["entries"].append({**journal["entries"][0], "idx": number, "when": journal["entries"][-1]["when"] + 1, "tag": tag})
        with open(image.file(f"{FOLDER}/{tag}.sql"), "w", encoding="utf-8") as f:
            f.write(sql)
    with open(journal_path, "w", encoding="utf-8") as f:
        json.dump(journal, f)
    with stats.session() as reader:
        reader.cursor().execute("SELECT count(*) FROM servers")
        run = host.service(image, services["migrate"], env={"MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "1200ms"})
        # the app's open transaction holds it up, and queues nobody for long
        run.err.wait_for("0002_column waits for a lock: pid")
        reader.rollback()
    assert run.wait() == 0, run
    assert stats.value("SELECT count(*) FROM servers WHERE kind = 'old'") == 1000


def test_look_into_the_container(host, services, image, stats):
    """docker compose run migrate ls; --entrypoint sh; migrinit status."""
    run = host.finish(image, services["migrate"], command=["ls", FOLDER])
    assert run.code == 0 and "0000_romantic_karma.sql" in run.out.text, run
    run = host.finish(image, services["migrate"], entrypoint=["sh"], command=["-c", "migrinit migrate && migrinit status"])
    assert run.code == 0 and run.out.find("0001_slim_masque"), run


def test_service_is_never_restarted_and_has_a_limit(services):
    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["deploy"]["resources"]["limits"] == {"memory": "512M"}


def test_image_has_nothing_of_the_application():
    stage = dockerfile("streamystats", "Dockerfile")[None]
    assert stage.steps == [
        ("copy", "migrinit", ["/migrinit"], "/usr/local/bin/"),
        ("copy", None, ["packages/database/drizzle"], FOLDER + "/"),
    ]


def drizzle_kit(host, database, *args):
    """The developer's own machine: drizzle-kit in packages/database."""
    before = host.image("streamystats", "Dockerfile.before")
    program = ["node_modules/.bin/drizzle-kit", *args]
    return host.run(before, entrypoint=program, env={"DATABASE_URL": f"postgresql://postgres:postgres@vectorchord:5432/{database}"})


def test_drizzle_kit_goes_on_where_migrinit_was(host, services, image, stats):
    assert host.finish(image, services["migrate"]).code == 0
    rows = stats.rows("SELECT * FROM drizzle.__drizzle_migrations ORDER BY id")
    run = drizzle_kit(host, "streamystats", "migrate")
    assert run.code == 0, run
    assert stats.rows("SELECT * FROM drizzle.__drizzle_migrations ORDER BY id") == rows


def test_takes_over_from_the_script_before(host, services, image, stats):
    before = host.image("streamystats", "Dockerfile.before")
    run = host.finish(before, services["migrate"])
    assert run.code == 0 and stats.tables() == {"servers", "sessions"}, run
    rows = stats.rows("SELECT * FROM drizzle.__drizzle_migrations ORDER BY id")
    run = host.finish(image, services["migrate"])
    assert run.code == 0 and run.err.find("up to date, 2 applied and none pending"), run
    assert stats.rows("SELECT * FROM drizzle.__drizzle_migrations ORDER BY id") == rows


def test_folder_is_what_the_schema_says(host, tmp_path):
    """drizzle-kit generate finds nothing to add."""
    before = host.image("streamystats", "Dockerfile.before")
    shutil.copytree(os.path.join(EXAMPLES, "streamystats/packages/database/src"), before.file("/app/packages/database/src"))
    run = host.run(before, entrypoint=["node_modules/.bin/drizzle-kit", "generate"])
    assert run.code == 0 and "No schema changes" in run.out.text, run
    assert '"db:status": "migrinit status"' in read("streamystats", "packages/database/package.json")


def test_backup_and_restore(host, services, image, stats):
    assert host.finish(image, services["migrate"]).code == 0
    host.back_up_and_restore("streamystats", "postgres")
    run = host.finish(image, services["migrate"])
    assert run.code == 0 and run.err.find("up to date, 2 applied and none pending"), run


def test_review_before_it_is_applied(host, services, image, stats):
    """The SQL, and a try that is rolled back."""
    host.create("streamystats", "postgres")
    run = host.finish(image, services["migrate"], command=["migrinit", "plan"])
    assert run.code == 0 and 'CREATE TABLE "servers"' in run.out.text, run
    run = host.finish(image, services["migrate"], command=["migrinit", "plan", "--try"])
    assert run.code == 0 and "All of it works, and is rolled back." in run.out.text, run
    assert stats.tables() == set(), run
