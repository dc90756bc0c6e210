"""The flyway format, end to end; rows and checksums are those of Flyway 10.22."""

import os

import pytest
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
LOCK_KEY = 77433833903597  # of "public"."flyway_schema_history", as Flyway's own was seen to be

FILES = {
    "V1__a.sql": "create table a(i int);\n",
    "V2__fill_a.sql": "create table b(i int);\ninsert into a values (1);\r\n",
    "V2.1__index.sql": "create index concurrently x on a (i);\ncreate index concurrently y on a (i);\n",
    "sub/V10__empty.sql": "",
    "R__view.sql": "create or replace view v as select i from a;\n",
}
ORDER = list(FILES)


def write(program, count=None):
    for name in ORDER[:count]:
        program.write(f"migrations/{name}", FILES[name])


def rows(database):
    if not database.has_table("flyway_schema_history"):
        return None
    return database.rows(
        "SELECT installed_rank, version, description, type, script, success"
        " FROM flyway_schema_history ORDER BY installed_rank"
    )


EXPECTED = [
    (1, "1", "a", "SQL", "V1__a.sql", True),
    (2, "2", "fill a", "SQL", "V2__fill_a.sql", True),
    (3, "2.1", "index", "SQL", "V2.1__index.sql", True),
    (4, "10", "empty", "SQL", "sub/V10__empty.sql", True),
    (5, None, "view", "SQL", "R__view.sql", True),
]


def test_from_empty_and_then_nothing(migrinit, database):
    write(migrinit)
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0 and run.app_started, run
    assert run.err.find("flyway: 5 of 5 migrations pending"), run
    assert rows(database) == EXPECTED
    assert database.value("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid") == 2
    assert database.rows("SELECT DISTINCT installed_by FROM flyway_schema_history") == [("app",)]
    assert database.value("SELECT min(execution_time) >= 0 FROM flyway_schema_history")
    assert database.value("SELECT checksum FROM flyway_schema_history WHERE version = '1'") == -731837914
    assert database.value("SELECT checksum FROM flyway_schema_history WHERE version = '10'") == 0
    again = migrinit.run(*APP, env=STRICT)
    assert again.code == 0 and not again.err.find("✓ V"), again
    assert rows(database) == EXPECTED
    assert migrinit.run("status").code == 0
    assert database.advisory_locks() == 0


def test_table_as_flyway_makes_it(migrinit, database):
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0
    assert database.rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = 'flyway_schema_history'::regclass AND attnum > 0 ORDER BY attnum"
    ) == [
        ("installed_rank", "integer", True),
        ("version", "character varying(50)", False),
        ("description", "character varying(200)", True),
        ("type", "character varying(20)", True),
        ("script", "character varying(1000)", True),
        ("checksum", "integer", False),
        ("installed_by", "character varying(100)", True),
        ("installed_on", "timestamp without time zone", True),
        ("execution_time", "integer", True),
        ("success", "boolean", True),
    ]
    assert database.rows("SELECT indexname::text FROM pg_indexes WHERE tablename = 'flyway_schema_history' ORDER BY 1") == [
        ("flyway_schema_history_pk",),
        ("flyway_schema_history_s_idx",),
    ]


@pytest.mark.parametrize("first", range(1, 5))
def test_in_two_halves(migrinit, database, first):
    write(migrinit, first)
    assert migrinit.run("migrate").code == 0
    assert rows(database) == EXPECTED[:first]
    write(migrinit)
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find(f"{5 - first} of 5 migrations pending"), run
    assert rows(database) == EXPECTED


def test_repeatable_runs_again_when_changed(migrinit, database):
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    migrinit.write("migrations/R__view.sql", "create or replace view v as select i + 1 as j, i from a;\n")
    assert migrinit.run("migrate").code == 1, "a view's columns cannot change their place"
    migrinit.write("migrations/R__view.sql", "create or replace view v as select i, i + 1 as j from a;\n")
    run = migrinit.run("migrate")
    assert run.code == 0 and run.err.find("✓ R__view"), run
    assert database.value("SELECT j FROM v") == 2
    assert rows(database)[5:] == [(6, None, "view", "SQL", "R__view.sql", True)]
    assert migrinit.run("status").code == 0


def test_schema_that_is_not_empty_is_refused(migrinit, database):
    database.run("CREATE TABLE older ()")
    write(migrinit, 1)
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find("the schema is not empty"), run
    assert run.err.find("migrinit baseline VERSION"), run
    assert database.tables() == {"older"}


def test_extension_leaves_the_schema_empty(migrinit, database):
    database.run("CREATE EXTENSION hstore")
    write(migrinit, 1)
    assert migrinit.run("migrate").code == 0


def test_failing_file_leaves_no_row(migrinit, database):
    write(migrinit, 1)
    migrinit.write("migrations/V2__b.sql", "create table b();\nselect nothing;\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"V2__b\.sql:2:8: .*nothing.*42703"), run
    assert rows(database) == EXPECTED[:1] and not database.has_table("b")


def test_failing_file_without_transaction_must_be_repaired(migrinit, database):
    write(migrinit, 1)
    migrinit.write("migrations/V2__b.sql", "create index concurrently x on a (i);\ncreate index concurrently y on a (j);\n")
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(r"V2__b\.sql:2:"), run
    assert rows(database)[1:] == [(2, "2", "b", "SQL", "V2__b.sql", False)]
    again = migrinit.run("migrate")
    assert again.code == 1 and again.err.find("migrinit resolve --rolled-back 2`"), again
    database.run("DROP INDEX x")
    assert migrinit.run("resolve", "--rolled-back", "2").code == 0
    migrinit.write("migrations/V2__b.sql", "create index concurrently x on a (i);\n")
    assert migrinit.run("migrate").code == 0
    assert [row[5] for row in rows(database)] == [True, True]


@pytest.mark.parametrize(
    "spoil, message",
    [
        ({"V1__a.sql": "create table a(j int);\n"}, "V1__a.sql: its checksum was -731837914"),
        ({"V1__a.sql": None, "V1__other.sql": FILES["V1__a.sql"]}, "its description was a"),
        ({"V1__a.sql": None}, "its file is not here"),
        ({"V1.5__late.sql": "select 1;\n"}, "V1.5__late.sql is not applied, and version 10 above it is"),
        ({"R__view.sql": None}, "its file is not here"),
    ],
)
def test_validation(migrinit, database, spoil, message):
    write(migrinit)
    assert migrinit.run("migrate").code == 0
    for name, text in spoil.items():
        if text is None:
            os.unlink(os.path.join(migrinit.cwd, "migrations", name))
        else:
            migrinit.write(f"migrations/{name}", text)
    run = migrinit.run("migrate")
    assert run.code == 1 and run.err.find(message.replace("(", r"\(")), run
    assert rows(database) == EXPECTED


@pytest.mark.parametrize(
    "name, text",
    [
        ("V3_b.sql", "select 1;"),
        ("V3__b.sql", "select '${x}';"),
        ("V3__b.sql", "select '${x';"),
        ("V3__b.sh", "true"),
        ("beforeEachMigrateStatement.sql", "select 1;"),
        ("afterMigrate.sh", "true"),
        ("V01.0__again.sql", "select 1;"),
        ("V1__a.sql.conf", "shouldExecute=false"),
    ],
)
def test_folder_that_is_refused(migrinit, database, name, text):
    write(migrinit, 1)
    migrinit.write(f"migrations/{name}", text)
    run = migrinit.run("migrate")
    assert run.code == 78 and run.err.find(name), run
    assert database.tables() == set()


def test_baseline_script_in_an_empty_database(migrinit, database):
    write(migrinit, 2)
    migrinit.write("migrations/B2__all.sql", "create table a(i int);\ncreate table b(i int);\n")
    migrinit.write("migrations/V3__c.sql", "create table c();\n")
    assert migrinit.run("migrate").code == 0
    assert [row[1:4] for row in rows(database)] == [("2", "all", "SQL_BASELINE"), ("3", "c", "SQL")]
    assert migrinit.run("status").code == 0


def test_two_at_once(migrinit, database):
    migrinit.write("migrations/V1__a.sql", "create table a(i int);\nselect pg_sleep(0.5);\n")
    runs = [migrinit.start("migrate") for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0], runs
    assert len(rows(database)) == 1


def test_flyway_at_work_keeps_us_out(migrinit, database):
    write(migrinit, 1)
    with database.session() as other:
        other.cursor().execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK_KEY,))
        run = migrinit.start("migrate")
        run.err.wait_for("Another migrator is at work")
        assert not database.has_table("a")
    assert run.wait() == 0, run
    assert rows(database) == EXPECTED[:1]


def test_history_in_a_table_of_any_name(migrinit, database):
    write(migrinit)
    migrinit.write("migrinit.ini", "[migrate]\ntable = it's.\"My Table\"\n")
    run = migrinit.run("migrate", env={"MIGRINIT_CONFIG": "migrinit.ini"})
    assert run.code == 0, run
    assert database.value('SELECT count(*) FROM "it\'s"."My Table"') == 5
    assert migrinit.run("status", env={"MIGRINIT_CONFIG": "migrinit.ini"}).code == 0


def test_placeholders_get_their_values(migrinit, database):
    """Of the settings, of Flyway's own variables, and of the session; in this order of weight."""
    migrinit.write("migrations/V1__a.sql", "create table a(i int);\n-- ${comment}\ngrant select on a to ${ROLE};\n")
    migrinit.write(
        "migrations/R__who.sql",
        "create or replace view who as select '${word}' as word, '${flyway:user} ${flyway:database}"
        " ${flyway:defaultSchema} ${flyway:table} ${flyway:filename}' as facts;\n",
    )
    env = {
        "FLYWAY_PLACEHOLDERS_COMMENT": "it's ; a comment",
        "FLYWAY_PLACEHOLDERS_ROLE": "public",
        "FLYWAY_PLACEHOLDERS_WORD": "loses",
        "MIGRINIT_MIGRATE_PLACEHOLDERS": "word=wins",
    }
    assert migrinit.run("migrate", env=env).code == 0
    name = database.value("SELECT current_database()")
    assert database.rows("SELECT word, facts FROM who") == [
        ("wins", f"app {name} public flyway_schema_history R__who.sql")
    ]
    again = migrinit.run("migrate", env=env)
    assert again.code == 0 and not again.err.find("✓"), again
    changed = migrinit.run("migrate", env=env | {"MIGRINIT_MIGRATE_PLACEHOLDERS": "word=others"})
    assert changed.code == 0 and changed.err.find("✓ R__who"), changed
    assert database.value("SELECT word FROM who") == "others"


def test_error_behind_a_placeholder_is_where_it_is_in_the_file(migrinit, database):
    secret = "a value\nof two lines, and a secret"
    migrinit.write("migrations/V1__a.sql", "create table a(i int);\nselect '${w}', '${w}', nothing;\n")
    run = migrinit.run("migrate", env={"FLYWAY_PLACEHOLDERS_W": secret})
    assert run.code == 1 and run.err.find(r"V1__a\.sql:2:24: .*nothing.*42703"), run
    assert run.err.find(r"2 \| select '\$\{w\}'") and not run.err.find("secret"), run
    migrinit.write("migrations/V1__a.sql", "vacuum;\nvacuum ${w};\n")
    plan = migrinit.run("plan", "--sql", env={"FLYWAY_PLACEHOLDERS_W": "nothing"})
    assert plan.out.find("vacuum nothing"), plan
    run = migrinit.run("migrate", env={"FLYWAY_PLACEHOLDERS_W": "nothing"})
    assert run.code == 1 and run.err.find(r"V1__a\.sql:2:"), run


def test_variables_of_flyway_that_do_nothing_are_named(migrinit, database):
    write(migrinit, 1)
    run = migrinit.run("migrate", env={"FLYWAY_TARGET": "1"})
    assert run.code == 0 and run.err.find("FLYWAY_TARGET is set, and is not taken into account"), run


def test_several_locations_have_one_order(migrinit, database):
    """Each script is recorded with its path below its own location."""
    migrinit.write("sql/V1__a.sql", "create table a(i int);\n")
    migrinit.write("sql/V3__c.sql", "insert into a values (3);\n")
    migrinit.write("more/sub/V2__b.sql", "insert into a values (2);\n")
    migrinit.write("more/R__v.sql", "create or replace view v as select count(*) from a;\n")
    env = {"FLYWAY_LOCATIONS": "filesystem:sql, filesystem:more", "FLYWAY_TABLE": "seen"}
    run = migrinit.run("migrate", env=env)
    assert run.code == 0, run
    assert database.rows("SELECT script FROM seen ORDER BY installed_rank") == [
        ("V1__a.sql",), ("sub/V2__b.sql",), ("V3__c.sql",), ("R__v.sql",)
    ]
    migrinit.write("more/V4__d.sql", "create table d();\nselect nothing;\n")
    run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find(r"more/V4__d\.sql:2:8: "), run
    migrinit.write("more/V4__d.sql", "select '${x}';\n")
    run = migrinit.run("migrate", env=env)
    assert run.code == 78 and run.err.find(r"more/V4__d\.sql:1:9: "), run
    migrinit.write("more/V4__d.sql", "select 4;\n")
    migrinit.write("sql/V4__d.sql", "select 4;\n")
    run = migrinit.run("migrate", env=env)
    assert run.code == 78 and run.err.find("more/V4__d.sql and sql/V4__d.sql are both version 4"), run


@pytest.mark.parametrize(
    "locations, message",
    [
        ("filesystem:migrations,none", "none: "),
        ("classpath:db/migration", "classpath:db/migration is a place in a Java archive"),
    ],
)
def test_location_that_cannot_be_read(migrinit, database, locations, message):
    write(migrinit, 1)
    run = migrinit.run("migrate", env={"FLYWAY_LOCATIONS": locations})
    assert run.code == 78 and run.err.find(message), run


def test_baseline_on_migrate(migrinit, database):
    """As Flyway: its row first, and no file up to it; in an empty schema nothing of the kind."""
    database.run("CREATE TABLE a (i int); CREATE TABLE b (); ALTER TABLE a OWNER TO app")
    write(migrinit)
    env = {"FLYWAY_BASELINE_ON_MIGRATE": "true", "FLYWAY_BASELINE_VERSION": "2_0"}
    run = migrinit.run("migrate", env=env)
    assert run.code == 0 and run.err.find("3 of 5 migrations pending"), run
    assert rows(database) == [
        (1, "2.0", "<< Flyway Baseline >>", "BASELINE", "<< Flyway Baseline >>", True),
        (2, "2.1", "index", "SQL", "V2.1__index.sql", True),
        (3, "10", "empty", "SQL", "sub/V10__empty.sql", True),
        (4, None, "view", "SQL", "R__view.sql", True),
    ]
    assert database.value("SELECT checksum IS NULL FROM flyway_schema_history WHERE installed_rank = 1")
    assert migrinit.run("status").code == 0
    bad = migrinit.run("migrate", env=env | {"FLYWAY_BASELINE_VERSION": "x"})
    assert bad.code == 78 and bad.err.find("baseline_version is no version"), bad


def test_baseline_on_migrate_in_an_empty_schema(migrinit, database):
    write(migrinit)
    assert migrinit.run("migrate", env={"FLYWAY_BASELINE_ON_MIGRATE": "true"}).code == 0
    assert rows(database) == EXPECTED


def test_callbacks_run_along(migrinit, database):
    """In Flyway's order; before and after each in the migration's own transaction; nothing of it is recorded."""
    database.run("CREATE TABLE log (n serial, what text, tx bigint DEFAULT txid_current()); GRANT ALL ON log, log_n_seq TO app")
    events = ("beforeMigrate", "beforeEachMigrate", "afterEachMigrate", "afterVersioned", "beforeRepeatables",
              "afterMigrateApplied", "afterMigrate", "afterMigrateError")
    for event in events:
        migrinit.write(f"migrations/{event}.sql", f"insert into log (what) values ('{event} ${{x}}')\n")
    migrinit.write("migrations/afterMigrate__b.sql", "insert into log (what) values ('b');\n")
    migrinit.write("migrations/V1__a.sql", "insert into log (what) values ('V1');\n")
    migrinit.write("migrations/R__r.sql", "insert into log (what) values ('R');\n")
    env = {"FLYWAY_PLACEHOLDERS_X": "!", "FLYWAY_BASELINE_ON_MIGRATE": "1", "FLYWAY_BASELINE_VERSION": "0"}
    plan = migrinit.run("plan", "--sql", env=env)
    assert plan.code == 0 and plan.out.find("'beforeEachMigrate !'"), plan
    tried = migrinit.run("plan", "--try", env=env)
    assert tried.code == 0 and tried.out.find("afterMigrate__b"), tried
    assert database.value("SELECT count(*) FROM log") == 0
    assert migrinit.run("migrate", env=env).code == 0

    def said():
        found = [row[0] for row in database.rows("SELECT what FROM log ORDER BY n")]
        database.run("TRUNCATE log")
        return found

    together = database.rows("SELECT array_agg(what ORDER BY n) FROM log GROUP BY tx ORDER BY min(n)")
    assert (["beforeEachMigrate !", "V1", "afterEachMigrate !"],) in together, together
    each = lambda name: ["beforeEachMigrate !", name, "afterEachMigrate !"]  # noqa: E731
    end = ["afterMigrate !", "b"]
    assert said() == ["beforeMigrate !", *each("V1"), "afterVersioned !", "beforeRepeatables !", *each("R"),
                      "afterMigrateApplied !", *end]
    run = migrinit.run("migrate", env=env)
    assert run.code == 0 and run.err.find("up to date, 2 applied and none pending"), run
    assert said() == ["beforeMigrate !", "afterVersioned !", *end], "as flyway migrate does, each time"
    waited = migrinit.run(*APP, env=env | {"AUTO_MIGRATE": "wait"})
    assert waited.app_started and said() == [], "who waits runs none"
    assert database.value("SELECT count(*) FROM flyway_schema_history WHERE type = 'SQL'") == 2

    migrinit.write("migrations/V2__b.sql", "select nothing;\n")
    assert migrinit.run("migrate", env=env).code == 1
    assert said() == ["beforeMigrate !", "afterMigrateError !"]
    migrinit.write("migrations/V2__b.sql", "select 1;\n")
    migrinit.write("migrations/afterEachMigrate.sql", "select 1;\nselect missing;\n")
    run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find(r"afterEachMigrate\.sql:2:8: .*missing"), run
    assert database.value("SELECT count(*) FROM flyway_schema_history WHERE version = '2'") == 0


def test_copy_takes_its_data_from_the_file(migrinit, database):
    """As Flyway: the only tool of ours that does; in the file's transaction."""
    many = "".join(f"{i}\tline {i}; it's\n" for i in range(60000))
    migrinit.write(
        "migrations/V1__a.sql",
        "create table a(i int, t text);\ncopy a from stdin;\n" + many + "\\.\ninsert into a values (-1, '${t}');\n"
        "COPY a (t, i) FROM STDIN WITH (FORMAT csv);\n\"x,\n${t}\",-7\n\\.\n",
    )
    env = {"FLYWAY_PLACEHOLDERS_T": "value"}
    tried = migrinit.run("plan", "--try", env=env)
    assert tried.code == 0 and not database.has_table("a"), tried
    run = migrinit.run("migrate", env=env)
    assert run.code == 0 and run.err.find(r"V1__a \(4 statements"), run
    assert database.value("SELECT count(*) FROM a") == 60002
    assert database.rows("SELECT i, t FROM a WHERE i < 0 ORDER BY i") == [(-7, "x,\nvalue"), (-1, "value")]
    migrinit.write("migrations/V2__b.sql", "create table b();\ncopy a from stdin;\n1\tx\nno\ty\n\\.\n")
    run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find(r"V2__b\.sql:2:1: .*22P02") and run.err.find("COPY a, line 2"), run
    assert not database.has_table("b") and database.value("SELECT count(*) FROM a") == 60002
    migrinit.write("migrations/V2__b.sql", "vacuum;\n")
    migrinit.write("migrations/afterMigrate.sql", "delete from a;\ncopy a from stdin;\n1\tc\n\\.\n")
    assert migrinit.run("migrate", env=env).code == 0
    assert database.rows("SELECT t FROM a") == [("c",)]
    migrinit.write("migrations/V3__c.sql", "select 1;\ncopy a from stdin;\n1\tc\n")
    run = migrinit.run("migrate", env=env)
    assert run.code == 78 and run.err.find(r"V3__c\.sql:2:1: the data of this COPY"), run
