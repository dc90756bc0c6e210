"""The atlas format: rows and rules as Atlas's community version 1.2.3 has them."""

import base64
import hashlib
import json
import os
import subprocess

import pytest
from postgres import wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
LOCK = 2686470616
TABLE = "atlas_schema_revisions.atlas_schema_revisions"
NO_TX = "-- atlas:txmode none\n\n"

FILES = {
    "20240101000000_users": "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);\n",
    "20240102000000_settings": "SET search_path = pg_catalog;\nCREATE TABLE public.other (id int);",
    "20240103000000_index": NO_TX + "CREATE INDEX CONCURRENTLY i ON users (id);\n-- between\nCREATE INDEX CONCURRENTLY j ON users (id);\n",
    "20240104000000": "-- atlas:delimiter \\n\\n\nALTER TABLE users ADD mail text;\nUPDATE users SET mail = 'a;b'\n\nINSERT INTO other VALUES (1)\n\n",
}
STATEMENTS = [2, 2, 2, 2]
DONE = [
    "CREATE TABLE users (id int); INSERT INTO users VALUES (1); ALTER TABLE users OWNER TO app",
    "CREATE TABLE other (id int); ALTER TABLE other OWNER TO app",
    "CREATE INDEX i ON users (id); CREATE INDEX j ON users (id)",
    "ALTER TABLE users ADD mail text; UPDATE users SET mail = 'a;b'; INSERT INTO other VALUES (1)",
]


def digest(data):
    return base64.b64encode(data.digest()).decode()


def hashes(files):
    so_far = hashlib.sha256()
    out = {}
    for name in sorted(files):
        so_far.update(f"{name}.sql".encode() + files[name].encode())
        out[name] = digest(so_far)
    return out


def partial(*texts):
    so_far = hashlib.sha256()
    out = []
    for text in texts:
        so_far.update(text.encode())
        out.append("h1:" + digest(so_far))
    return json.dumps(out)


def write(program, files=None):
    """The files and what `atlas migrate hash` makes of them."""
    files = FILES if files is None else files
    for name, text in files.items():
        program.write(f"migrations/{name}.sql", text)
    lines = hashes(files)
    total = hashlib.sha256("".join(f"{name}.sql{value}" for name, value in lines.items()).encode())
    text = f"h1:{digest(total)}\n" + "".join(f"{name}.sql h1:{value}\n" for name, value in lines.items())
    program.write("migrations/atlas.sum", text)


def make_table(database, schema="atlas_schema_revisions"):
    database.run(
        f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION app;"
        f'CREATE TABLE {schema}.atlas_schema_revisions ("version" character varying NOT NULL, "description" character varying NOT NULL,'
        ' "type" bigint NOT NULL DEFAULT 2, "applied" bigint NOT NULL DEFAULT 0, "total" bigint NOT NULL DEFAULT 0,'
        ' "executed_at" timestamptz NOT NULL, "execution_time" bigint NOT NULL, "error" text NULL, "error_stmt" text NULL,'
        ' "hash" character varying NOT NULL, "partial_hashes" jsonb NULL, "operator_version" character varying NOT NULL,'
        f' PRIMARY KEY ("version")); ALTER TABLE {schema}.atlas_schema_revisions OWNER TO app'
    )


def record(database, name, applied, total=None, hash="", partial_hashes="null", kind=2, error="", schema="atlas_schema_revisions"):
    version, _, description = name.partition("_")
    with database.server.admin(database.name) as cursor:
        cursor.execute(
            f"INSERT INTO {schema}.atlas_schema_revisions VALUES (%s, %s, %s, %s, %s, now(), 12345, %s, %s, %s, %s, 'Atlas CLI v1.2.3')",
            (version, description, kind, applied, applied if total is None else total, error, error, hash, partial_hashes),
        )


def revisions(database, table=TABLE):
    return database.rows(
        f"SELECT version, description, type, applied, total, error, error_stmt, hash, partial_hashes::text FROM {table} ORDER BY version"
    )


def finished(files=None, statements=None):
    """What the tool has when all of it is applied."""
    files = FILES if files is None else files
    sums = hashes(files)
    rows = []
    for name, count in zip(sorted(files), statements or STATEMENTS):
        version, _, description = name.partition("_")
        rows.append((version, description, 2, count, count, "", "", sums[name], "null"))
    return rows


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("looks like atlas: atlas.sum") and run.err.find("atlas: 4 of 4 migrations pending"), run
    assert revisions(database) == finished()
    assert database.rows("SELECT id, mail FROM users") == [(1, "a;b")]
    assert database.value("SELECT count(*) FROM pg_index WHERE indexrelid IN ('i'::regclass, 'j'::regclass) AND indisvalid") == 2
    times = database.rows(f"SELECT executed_at > now() - interval '1 hour', execution_time >= 0, operator_version FROM {TABLE}")
    assert all(row[0] and row[1] and row[2].startswith("migrinit ") for row in times), times
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and again.app_started, again
    assert again.err.find("atlas: up to date, 4 applied"), again
    assert revisions(database) == finished() and migrinit.run("status").code == 0


@pytest.mark.parametrize("first", range(0, 5))
def test_goes_on_from_what_atlas_has_written(migrinit, database, first):
    make_table(database)
    sums = hashes(FILES)
    for i, name in enumerate(list(FILES)[:first]):
        record(database, name, STATEMENTS[i], hash=sums[name])
        database.run(DONE[i])
    record(database, ".atlas_cloud_identifier", 0)
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert bool(run.err.find(f"{4 - first} of 4 migrations pending")) == (first < 4), run
    assert revisions(database)[1:] == finished()
    assert database.rows("SELECT id, mail FROM users") == [(1, "a;b")]


def test_shape_of_the_table(migrinit, database):
    shape = (
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute"
        f" LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = '{TABLE}'::regclass AND attnum > 0 ORDER BY attnum"
    )
    keys = f"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{TABLE}'::regclass"
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    ours = database.rows(shape), database.rows(keys)
    database.run(f"DROP TABLE {TABLE}")
    make_table(database)
    assert (database.rows(shape), database.rows(keys)) == ours


def test_file_without_a_transaction_is_gone_on_with(migrinit, database):
    """Each statement is recorded; what fails is told in the row; what is done is not done again."""
    first, second, third = "CREATE TABLE a (id int UNIQUE);", "INSERT INTO a VALUES (1);", "INSERT INTO a VALUES (1);"
    files = {"1_a": f"{NO_TX}{first}\n{second}\n{third}\nCREATE TABLE b ();\n", "2_b": "CREATE TABLE c ();\n"}
    write(migrinit, files)
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"1_a\.sql:5:1: .*23505") and run.err.find("the next start goes on with this one"), run
    (row,) = revisions(database)
    assert row[:5] == ("1", "a", 2, 2, 4) and "duplicate key" in row[5] and row[6] == third and row[7] == hashes(files)["1_a"], row
    assert json.loads(row[8]) == json.loads(partial(first, second))
    assert migrinit.run("status").code != 0
    again = migrinit.run("migrate")
    assert again.code == 1 and again.err.find("going on behind the first 2 of its 4 statements"), again
    assert revisions(database)[0] == row
    files["1_a"] = files["1_a"].replace(f"{second}\n{third}", f"{second}\nINSERT INTO a VALUES (2);")
    write(migrinit, files)
    good = migrinit.run("migrate")
    assert good.code == 0, good
    assert good.err.find("✓ 1_a \\(2 statements"), good
    assert revisions(database) == finished(files, [4, 1])
    assert database.value("SELECT count(*) FROM a") == 2
    assert migrinit.run("status").code == 0


@pytest.mark.parametrize("is_transactional", [False, True])
def test_goes_on_with_what_atlas_left_half_done(migrinit, database, is_transactional):
    """As `atlas migrate apply` leaves it: one statement done, the second failed."""
    first, second = "CREATE TABLE a (id int);", "INSERT INTO a VALUES (1);"
    files = {"1_a": ("" if is_transactional else NO_TX) + f"{first}\n{second}\n"}
    make_table(database)
    database.run("CREATE TABLE a (id int); ALTER TABLE a OWNER TO app")
    record(database, "1_a", 1, 2, hash="that of then", partial_hashes=partial(first), error="pq: no")
    write(migrinit, files)
    shown = migrinit.run("plan")
    assert shown.code == 0 and second in shown.out.text and first not in shown.out.text, shown
    preview = migrinit.run("plan", "--sql")
    assert preview.code == 0 and "VALUES ('1', 'a', 2, 2, 2, " in preview.out.text, preview
    assert sum(first in line and "1_a" not in line for line in preview.out.lines) == 0, preview
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert revisions(database) == finished(files, [2]) and database.value("SELECT count(*) FROM a") == 1


def test_plan_s_script_does_the_same(migrinit, database):
    """Run by hand, with psql."""
    end = NO_TX + "CREATE TABLE last ();\nSELECT 1 -- the end; not quite\n\n;SELECT 2 -- the end"
    files = {name: FILES[name].replace("other", "users(id)") for name in FILES if "settings" not in name} | {"20240105000000_end": end}
    write(migrinit, files)
    plan = migrinit.run("plan", "--sql")
    assert plan.code == 0, plan
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url]
    subprocess.run(command, input=plan.out.text, text=True, check=True, capture_output=True)
    assert revisions(database) == finished(files, [2, 2, 2, 3])
    assert migrinit.run("status").code == 0


def test_half_done_and_changed_since(migrinit, database):
    make_table(database)
    record(database, "1_a", 1, 2, partial_hashes=partial("CREATE TABLE a ();"))
    write(migrinit, {"1_a": NO_TX + "CREATE TABLE b ();\nCREATE TABLE c ();\n"})
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"migrations: 1_a\.sql: statement 1 was changed since it was applied"), run
    assert database.tables() == set()


def test_killed_between_two_statements(migrinit, database):
    """The row says how far it went, whoever dies."""
    files = {"1_a": NO_TX + "CREATE TABLE a ();\nSELECT pg_sleep(600);\nCREATE TABLE b ();\n"}
    write(migrinit, files)
    run = migrinit.start("migrate")
    wait_until(lambda: database.has_table(TABLE) and [r[3] for r in revisions(database)] == [1], "one statement is recorded")
    run.kill()
    files["1_a"] = files["1_a"].replace("pg_sleep(600)", "1")
    write(migrinit, files)
    wait_until(lambda: database.sessions() == 0, "the server has noticed")
    again = migrinit.run("migrate")
    assert again.code == 0, again
    assert revisions(database) == finished(files, [3]) and database.tables() == {"a", "b"}


CHECKPOINT = {
    "1_a": "CREATE TABLE a ();\n",
    "2_b": "CREATE TABLE b ();\n",
    "3_checkpoint": "-- atlas:checkpoint\n\nCREATE TABLE a ();\nCREATE TABLE b ();\n",
    "4_c": "CREATE TABLE c ();\n",
}


def test_first_run_begins_with_the_checkpoint(migrinit, database):
    write(migrinit, CHECKPOINT)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("atlas: 2 of 2 migrations pending"), run
    assert [row[0] for row in revisions(database)] == ["3", "4"] and database.tables() == {"a", "b", "c"}
    status = migrinit.run("status", "--json")
    assert status.code == 0, status
    states = [m["state"] for m in json.loads(status.out.text)["steps"][0]["migrations"]]
    assert states == ["skipped", "skipped", "applied", "applied"]


def test_later_run_passes_the_checkpoint_over(migrinit, database):
    make_table(database)
    record(database, "1_a", 1, hash=hashes(CHECKPOINT)["1_a"])
    database.run("CREATE TABLE a ()")
    write(migrinit, CHECKPOINT)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find(r"1 of migrations passed over"), run
    assert [row[0] for row in revisions(database)] == ["1", "2", "4"]


def test_baseline_of_the_tool(migrinit, database):
    """atlas migrate apply --baseline 2: a row without hash; what is older is passed over."""
    make_table(database)
    record(database, "20240102000000_settings", 0, kind=1)
    for sql in DONE[:2]:
        database.run(sql)
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("1 of migrations passed over"), run
    assert revisions(database)[1:] == finished()[2:]


def test_baseline_as_the_tool_writes_it(migrinit, database):
    for sql in DONE[:2]:
        database.run(sql)
    write(migrinit)
    assert migrinit.run("baseline").code == 64
    assert migrinit.run("baseline", "7").code == 64
    run = migrinit.run("baseline", "20240102000000")
    assert run.code == 0, run
    assert revisions(database) == [("20240102000000", "settings", 1, 0, 0, "", "", "", "null")]
    assert migrinit.run("migrate").code == 0
    assert revisions(database)[1:] == finished()[2:]


def test_half_done_is_resolved_by_hand(migrinit, database):
    make_table(database)
    sums = hashes(FILES)
    for name, sql, count in list(zip(sorted(FILES), DONE, STATEMENTS))[:3]:
        database.run(sql)
        record(database, name, 1 if "index" in name else count, count, sums[name])
    write(migrinit)
    run = migrinit.run("resolve", "--applied", "20240103000000")
    assert run.code == 0, run
    assert revisions(database)[2] == finished()[2][:2] + (6,) + finished()[2][3:]
    assert migrinit.run("migrate").code == 0
    assert revisions(database)[3] == finished()[3]
    assert migrinit.run("resolve", "--rolled-back", "20240104000000").code == 0
    assert len(revisions(database)) == 3


@pytest.mark.parametrize("has_table", [False, True])
def test_database_that_existed_before(migrinit, database, has_table):
    """Atlas makes its table before it refuses."""
    database.run("CREATE TABLE orders (id int)")
    if has_table:
        make_table(database)
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find("has the table public.orders, but no revisions of Atlas"), run
    assert run.err.find("migrinit baseline VERSION"), run
    assert database.tables() == {"orders"}
    assert database.has_table(TABLE) == has_table


def test_empty_schemas_and_extensions_do_no_harm(migrinit, database):
    database.run("CREATE SCHEMA mine; CREATE EXTENSION IF NOT EXISTS pgcrypto")
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    assert revisions(database) == finished()


@pytest.mark.parametrize("exists", [True, False])
def test_search_path_of_the_url(migrinit, database, exists):
    """The table lies in the schema of the URL, and only that one must be empty."""
    database.run("CREATE TABLE public.of_others ()")
    if exists:
        database.run("CREATE SCHEMA shop AUTHORIZATION app")
    migrinit.env["DATABASE_URL"] = database.url + "?search_path=shop"
    files = {"1_a": "CREATE TABLE a ();\n", "2_b": "SELECT 'b'::text;\n"}
    write(migrinit, files)
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert revisions(database, "shop.atlas_schema_revisions") == finished(files, [1, 1])
    assert not database.has_table(TABLE) and database.has_table("shop.a")
    assert migrinit.run("status").code == 0


def test_search_path_and_a_table_in_the_old_place(migrinit, database):
    """Atlas calls it ambiguous and wants to be told; so does migrinit."""
    make_table(database)
    record(database, "1_a", 1)
    database.run("CREATE SCHEMA shop AUTHORIZATION app")
    migrinit.env["DATABASE_URL"] = database.url + "?search_path=shop"
    write(migrinit, {"1_a": "CREATE TABLE a ();\n"})
    assert migrinit.run("migrate").code == 78
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": "atlas"})
    assert run.code == 1 and run.err.find(f"has the table {TABLE}"), run
    told = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_TABLE": TABLE})
    assert told.code == 0 and told.err.find("up to date"), told


def test_file_added_out_of_order(migrinit, database):
    make_table(database)
    sums = hashes(FILES)
    names = list(FILES)
    for i in (0, 2, 3):
        record(database, names[i], STATEMENTS[i], hash=sums[names[i]])
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"20240102000000_settings\.sql: is older than what is applied"), run
    assert not database.has_table("other")


def test_changed_file_with_a_new_sum_is_reported(migrinit, database):
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    write(migrinit, {**FILES, "20240102000000_settings": "SELECT 1;\n"})
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert run.err.count("was changed after it was applied") == 1, run
    assert run.err.find(r"20240102000000_settings\.sql, or a file before it, was changed"), run
    status = migrinit.run("status", "--json")
    step = json.loads(status.out.text)["steps"][0]
    assert step["changed"] == 1 and [m["state"] for m in step["migrations"]] == ["applied", "changed", "applied", "applied"]


@pytest.mark.parametrize("harm", ["edited", "added", "removed", "no sum"])
def test_folder_that_differs_from_its_sum(migrinit, database, harm):
    write(migrinit)
    if harm == "edited":
        migrinit.write("migrations/20240101000000_users.sql", FILES["20240101000000_users"].replace("\n", "\r\n"))
    elif harm == "added":
        migrinit.write("migrations/20240101000000_users_2.sql", "SELECT 1;")
    elif harm == "removed":
        os.remove(os.path.join(migrinit.cwd, "migrations/20240101000000_users.sql"))
    else:
        os.remove(os.path.join(migrinit.cwd, "migrations/atlas.sum"))
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": "atlas"})
    assert run.code == 78, run
    assert run.err.find("no atlas.sum" if harm == "no sum" else r"20240101000000_users"), run
    assert run.err.find("atlas migrate hash"), run
    assert database.tables() == set() and not database.has_table(TABLE)


def test_directive_that_the_tool_passes_over(migrinit, database):
    """It fails as it does with Atlas, and says why."""
    write(migrinit, {"1_a": "CREATE TABLE a (id int);\n", "2_b": "-- atlas:txmode none\nCREATE INDEX CONCURRENTLY i ON a (id);\n"})
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"2_b\.sql: an atlas: line at its top counts for nothing"), run
    assert run.err.find("25001") and run.err.find("there must be an empty line"), run
    assert [row[0] for row in revisions(database)] == ["1"]


def test_failure_in_a_transaction_leaves_nothing(migrinit, database):
    files = {"1_a": "-- ünï\n/* b\n */ CREATE TABLE a ();\n\nSELECT 'ü', nothing;\n"}
    write(migrinit, files)
    run = migrinit.run("migrate")
    assert run.code == 1, run
    assert run.err.find(r"1_a\.sql:5:13: .*nothing.*42703"), run
    assert revisions(database) == [] and database.tables() == set()
    files["1_a"] = files["1_a"].replace("nothing", "1")
    write(migrinit, files)
    assert migrinit.run("migrate").code == 0
    assert revisions(database) == finished(files, [2])


def test_waits_for_the_tool_s_lock(migrinit, database):
    write(migrinit)
    with database.session() as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("users")
    assert run.wait() == 0, run
    assert revisions(database) == finished()


def test_another_tool_s_folder_that_atlas_sealed(migrinit, database):
    write(migrinit, {"1_a": "-- +goose Up\nCREATE TABLE a ();\n"})
    run = migrinit.run("migrate")
    assert run.code == 78 and run.err.find("could be atlas's as well as goose's"), run
    assert migrinit.run("migrate", env={"MIGRINIT_MIGRATE_FORMAT": "goose"}).code == 0
    assert database.has_table("goose_db_version") and not database.has_table(TABLE)
