"""mobvibe: Drizzle's folder applied at deploy time, then the Node server."""

import json
import os
import shutil
import threading

import pytest
from postgres import wait_until
from texts import compose, dockerfile, path_of, read

HEALTH = json.loads(read("mobvibe", "railway.json"))["deploy"]["healthcheckPath"]
FAILED = "0003_failing"


@pytest.fixture
def services():
    return compose("mobvibe", "compose.yaml")


@pytest.fixture
def image(host):
    return host.image("mobvibe", "Dockerfile")


@pytest.fixture
def gateway(host, services, database):
    return database(host.database(services["postgres"]))


def start(host, services, image, **more):
    return host.service(image, services["gateway"], **more)


def history(gateway):
    return gateway.rows("SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id")


def add(image, tag, sql):
    """One migration more, as drizzle-kit generate would have added it."""
    path = image.file("/app/drizzle/meta/_journal.json")
    with open(path, encoding="utf-8") as f:
        journal = json.load(f)
    last = journal["entries"][-1]
    journal["entries"].append({**last, "idx": last["idx"] + 1, "when": last["when"] + 1000, "tag": tag})
    with open(path, "w", encoding="utf-8") as f:
        json.dump(journal, f)
    with open(image.file(f"/app/drizzle/{tag}.sql"), "w", encoding="utf-8") as f:
        f.write(sql)


def drizzle_kit(host, services, *args):
    """The developer's own machine."""
    run = host.finish(host.image("mobvibe", "Dockerfile.before"), services["gateway"], entrypoint=["node_modules/.bin/drizzle-kit", *args])
    assert run.code == 0, run
    return run.out.text


def test_migrates_at_deploy_time_then_serves(host, services, image, gateway):
    run = start(host, services, image)
    run.out.wait_for(r"\[gateway\] listening")
    assert run.err.find("drizzle: 3 of 3 migrations pending") and run.err.find("✓ Migrations completed successfully"), run
    assert host.get(3005, HEALTH) == (200, "0 sessions\n")
    assert [line.split("✓ ")[1].split(" ")[0] for line in run.err.lines if "✓ 0" in line] == [
        "0000_initial_schema", "0001_add_sessions_table", "0002_add_sessions_indexes",
    ]  # fmt: skip


def test_health_check_passes_after_the_migrations_only(host, services, image, gateway):
    add(image, "0003_long", "SELECT pg_advisory_xact_lock(7);")
    with gateway.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        run = start(host, services, image)
        wait_until(lambda: gateway.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"), "the long migration")
        assert host.get(3005, HEALTH)[0] == 0
    run.out.wait_for("listening")
    assert host.get(3005, HEALTH)[0] == 200


def test_stop_reaches_the_server(host, services, image, gateway):
    """TERM: what is being answered is answered to its end, and the exit code is the server's."""
    run = start(host, services, image)
    run.out.wait_for("listening")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(host.get(3005, "/slow")))
    asking.start()
    wait_until(lambda: gateway.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), "the slow request")
    assert run.stop() == 0, run
    asking.join()
    assert answers == [(200, "0 sessions\n")]
    assert run.out.find(r"\[gateway\] stopping") and run.out.find(r"\[gateway\] stopped"), run


def test_stop_while_it_migrates(host, services, image, gateway):
    add(image, "0003_long", "SELECT pg_advisory_xact_lock(7);")
    with gateway.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(7)")
        run = start(host, services, image)
        wait_until(lambda: gateway.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"), "the long migration")
        assert run.stop() == 143, run
    assert not run.out.find("listening")


@pytest.mark.parametrize(
    "sql,told",
    [
        ("ALTER TABLE machines ADD COLUMN;", r":1:32: ERROR: syntax error at or near \";\" \(42601\)"),
        ("CREATE TABLE machines ();", r":1:1: ERROR: relation \"machines\" already exists \(42P07\)"),
        ("INSERT INTO sessions (machine_id, title) VALUES ('none', 't');", r"violates foreign key constraint .*\(23503\)"),
        ('ALTER TABLE sessions ADD CONSTRAINT sessions_machine_id_machines_id_fk CHECK (true);', r"constraint .* already exists \(42710\)"),
        ("SET ROLE pg_monitor;--> statement-breakpoint\nCREATE TABLE public.mine ();", r"permission denied for schema public \(42501\)"),
    ],
    ids=["syntax", "duplicate", "foreign-key", "constraint", "permission"],
)  # fmt: skip
def test_failed_migration_keeps_the_server_from_starting(host, services, image, gateway, sql, told):
    with host.server.admin("gateway") as cursor:
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    add(image, FAILED, sql)
    run = start(host, services, image)
    assert run.wait() == 1, run
    assert run.err.find(f"✗ .*drizzle/{FAILED}.sql.*" + told), run
    assert run.err.find(r"Exiting due to migration failure \(AUTO_MIGRATE_FAIL_ON_ERROR=true\)"), run
    assert not run.out.find("listening")


def test_no_database_url(host, image):
    """Not set in Railway, the server does not start on a schema that nobody looked at."""
    run = host.run(image, env={"DATABASE_URL": None})
    assert run.code == 78 and not run.out.find("listening"), run
    run = host.start(image, env={"DATABASE_URL": None, "AUTO_MIGRATE_FAIL_ON_ERROR": "false"})
    run.out.wait_for("listening")
    assert run.err.find("there are migrations, but no database is configured"), run


def test_nothing_is_migrated_when_the_image_is_built():
    for name in ("Dockerfile", "Dockerfile.before"):
        ran = [step[2] for stage in dockerfile("mobvibe", name).values() for step in stage.steps if step[0] == "run"]
        assert ran and all(command.startswith("npm install") for command in ran)


def test_deploys_of_one_image(host, services, image, gateway):
    """The same image again, and a newer one."""
    for _ in range(2):
        run = start(host, services, image, command=["true"])
        assert run.wait() == 0, run
    assert run.err.find("up to date, 3 applied and none pending"), run
    add(image, "0003_kind", "ALTER TABLE machines ADD COLUMN kind text;")
    run = start(host, services, image, command=["true"])
    assert run.wait() == 0 and run.err.find("1 of 4 migrations pending"), run
    assert len(history(gateway)) == 4


def test_rollback_is_a_migration_that_takes_back(host, services, image, gateway):
    add(image, "0003_kind", "ALTER TABLE machines ADD COLUMN kind text;")
    assert start(host, services, image, command=["true"]).wait() == 0
    add(image, "0004_no_kind", "ALTER TABLE machines DROP COLUMN kind;")
    assert start(host, services, image, command=["true"]).wait() == 0
    assert gateway.value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'machines'::regclass AND attname = 'kind'") == 0


def test_rolled_back_deploy_finds_a_newer_database(host, services, image, gateway):
    newer = host.image("mobvibe", "Dockerfile")
    add(newer, "0003_kind", "ALTER TABLE machines ADD COLUMN kind text;")
    assert start(host, services, newer, command=["true"]).wait() == 0
    run = start(host, services, image)
    run.out.wait_for("listening")
    assert run.err.find("ahead"), run


def test_edited_file_is_told(host, services, image, gateway):
    """Once deployed, files are immutable: Drizzle would not notice, `strict` refuses."""
    assert start(host, services, image, command=["true"]).wait() == 0
    with open(image.file("/app/drizzle/0001_add_sessions_table.sql"), "a", encoding="utf-8") as f:
        f.write("\n-- edited\n")
    run = start(host, services, image, entrypoint=["migrinit", "status"])
    assert run.wait() == 0 and run.out.find("0001_add_sessions_table.*changed|changed.*0001_add_sessions_table"), run
    run = start(host, services, image, env={"MIGRINIT_MIGRATE_STRICT": "true"})
    assert run.wait() == 1 and run.err.find("0001_add_sessions_table"), run


def test_schema_drift_after_push(host, services, image, gateway):
    """Somebody has pushed in production: the folder's files are recorded, and the next one runs."""
    drizzle_kit(host, services, "push", "--force")
    assert gateway.tables() == {"machines", "sessions"}
    run = start(host, services, image)
    assert run.wait() == 1 and run.err.find("already exists"), run
    run = start(host, services, image, entrypoint=["migrinit", "baseline"])
    assert run.wait() == 0, run
    add(image, "0003_kind", "ALTER TABLE machines ADD COLUMN kind text;")
    run = start(host, services, image)
    run.out.wait_for("listening")
    assert len(history(gateway)) == 4


def test_local_database_begun_afresh(host, services, image, gateway):
    assert start(host, services, image, command=["true"]).wait() == 0
    gateway.drop()
    host.create("gateway", "mobvibe")
    assert start(host, services, image, command=["true"]).wait() == 0
    assert gateway.tables() == {"machines", "sessions"}


def test_folder_is_what_the_schema_says(host, services):
    """db:generate finds nothing to add; a change makes the next file, with its snapshot and its entry in the journal."""
    before = host.image("mobvibe", "Dockerfile.before")
    generate = ["node_modules/.bin/drizzle-kit", "generate", "--name", "kind"]
    run = host.finish(before, services["gateway"], entrypoint=generate)
    assert run.code == 0 and "No schema changes" in run.out.text, run
    path = before.file("/app/src/db/schema.js")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace('name: text("name").notNull(),', 'name: text("name").notNull(),\n  kind: text("kind"),'))
    assert host.finish(before, services["gateway"], entrypoint=generate).code == 0
    assert {"0003_kind.sql", "meta"} <= set(os.listdir(before.file("/app/drizzle")))


def test_new_table_from_schema_to_server(host, services, image, gateway):
    """Generated by the real tool, copied into the image, applied at its start."""
    before = host.image("mobvibe", "Dockerfile.before")
    with open(before.file("/app/src/db/schema.js"), "a", encoding="utf-8") as f:
        f.write('\nexports.newTable = pgTable("new_table", { id: text("id").primaryKey() });\n')
    assert host.finish(before, services["gateway"], entrypoint=["node_modules/.bin/drizzle-kit", "generate"]).code == 0
    shutil.copytree(before.file("/app/drizzle"), image.file("/app/drizzle"), dirs_exist_ok=True)
    run = start(host, services, image)
    run.out.wait_for("listening")
    assert gateway.has_table("new_table")


def test_drizzle_kit_goes_on_where_migrinit_was(host, services, image, gateway):
    assert start(host, services, image, command=["true"]).wait() == 0
    rows = history(gateway)
    drizzle_kit(host, services, "migrate")
    assert history(gateway) == rows


def test_takes_over_from_the_start_script(host, services, image, gateway):
    before = start(host, services, host.image("mobvibe", "Dockerfile.before"))
    before.out.wait_for(r"\[gateway\] Migrations complete")
    before.out.wait_for("listening")
    before.kill()
    rows = history(gateway)
    run = start(host, services, image)
    run.out.wait_for("listening")
    assert run.err.find("up to date, 3 applied and none pending") and history(gateway) == rows, run


def test_railway_file():
    settings = json.loads(read("mobvibe", "railway.json"))
    assert settings["build"]["dockerfilePath"] == "Dockerfile" and os.path.exists(path_of("mobvibe", "Dockerfile"))
    assert HEALTH == "/health"
    assert "DATABASE_URL is ${{Postgres.DATABASE_URL}}" in read("mobvibe", "compose.yaml")


def test_scripts_of_the_developer():
    """push and studio are for development; the image has no drizzle-kit to run them with."""
    scripts = json.loads(read("mobvibe", "package.json"))["scripts"]
    assert scripts == {f"db:{verb}": f"drizzle-kit {verb}" for verb in ("generate", "migrate", "push", "studio")}


def test_image_needs_no_drizzle_kit(image):
    (packages,) = image.mounts.values()
    assert os.path.exists(f"{packages}/drizzle-orm") and not os.path.exists(f"{packages}/drizzle-kit")


def test_backup_and_restore(host, services, image, gateway):
    assert start(host, services, image, command=["true"]).wait() == 0
    host.back_up_and_restore("gateway", "mobvibe")
    run = start(host, services, image)
    run.out.wait_for("listening")
    assert run.err.find("up to date, 3 applied and none pending"), run


def test_review_before_it_is_applied(host, services, image, gateway):
    """`plan` before a deploy: the SQL; with --try what it does and how long it takes, rolled back."""
    run = start(host, services, image, entrypoint=["migrinit", "plan"])
    assert run.wait() == 0 and 'CREATE TABLE "machines"' in run.out.text, run
    run = start(host, services, image, entrypoint=["migrinit", "plan", "--try"])
    assert run.wait() == 0 and "0001_add_sessions_table" in run.out.text and gateway.tables() == set(), run
