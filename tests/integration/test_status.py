"""What `migrinit status` tells apart, for people and as JSON; docs/status.md has the keys."""

import json

STEP_KEYS = [
    "step", "format", "dir", "table", "applied", "pending", "changed", "failed", "out_of_order", "missing", "ahead", "skipped", "refusal", "migrations", "remarks",
]
MIGRATION_KEYS = ["id", "name", "state", "applied_at", "duration_ms", "checksum"]


def step_of(run):
    (step,) = json.loads(run.out.text)["steps"]
    return step


def states(step):
    return {migration["id"]: (migration["state"], migration["checksum"]) for migration in step["migrations"]}


def several_states(migrinit, database):
    """1 changed, 2 and 4 applied, 3 and 5 to do; the files of 2 and 9 are not here."""
    migrinit.migrations(m1_a="SELECT 1;", m2_b="SELECT 2;", m4_d="SELECT 4;", m9_i="SELECT 9;")
    assert migrinit.run("migrate").code == 0
    migrinit.migrations(folder="other", m1_a="SELECT 'one';", m3_c="SELECT 3;", m4_d="SELECT 4;", m5_e="SELECT 5;")
    database.run("DELETE FROM migrinit.migrations WHERE id = '9_i'")
    migrinit.env["MIGRINIT_MIGRATE_DIR"] = "other"


def test_every_state_is_told_apart(migrinit, database):
    several_states(migrinit, database)
    run = migrinit.run("status", "--json")
    step = step_of(run)
    assert run.code == 1, run
    assert list(step) == STEP_KEYS and list(step["migrations"][0]) == MIGRATION_KEYS
    assert states(step) == {
        "1_a": ("changed", "changed"),
        "3_c": ("out-of-order", "none"),
        "4_d": ("applied", "same"),
        "5_e": ("pending", "none"),
        "2_b": ("missing", "none"),
    }
    assert [step[key] for key in STEP_KEYS[4:12]] == [2, 2, 1, 0, 1, 1, 0, 0] and step["refusal"] is None
    text = migrinit.run("status")
    assert text.out.find(r"^  out-of-order .* 3_c$") and text.out.find(r"^  missing .* 2_b$"), text
    assert text.out.find("2 applied, 2 pending, 1 changed, 0 failed, 1 out of order, 1 missing, 0 ahead"), text


def test_migrate_names_what_is_odd(migrinit, database):
    several_states(migrinit, database)
    run = migrinit.run("migrate")
    assert run.code == 0, run
    assert run.err.find("other/1_a.sql was changed after it was applied"), run
    assert run.err.find("3_c.sql is pending, and older than the newest applied migration"), run
    assert run.err.find(r"1 applied migration has no file in other, where later ones are \(2_b\)"), run


def test_many_missing_ones_are_one_line(migrinit):
    """Old migrations that were put together into one are gone for good."""
    migrinit.migrations(**{f"m{number:03}_x": "SELECT 1;" for number in range(1, 31)})
    assert migrinit.run("migrate").code == 0
    migrinit.migrations(folder="squashed", m030_x="SELECT 1;")
    run = migrinit.run("migrate", env={"MIGRINIT_MIGRATE_DIR": "squashed"})
    assert run.code == 0 and run.err.count("no file in squashed") == 1, run
    assert run.err.find(r"29 applied migrations have no file .*\(the last: 029_x\)"), run


def test_newer_rows_are_ahead_and_not_missing(migrinit):
    migrinit.migrations(m1_a="SELECT 1;")
    migrinit.migrations(folder="newer", m1_a="SELECT 1;", m2_b="SELECT 2;")
    assert migrinit.run("migrate", env={"MIGRINIT_MIGRATE_DIR": "newer"}).code == 0
    run = migrinit.run("status", "--json")
    assert run.code == 0 and states(step_of(run))["2_b"] == ("ahead", "none"), run
    assert step_of(run)["ahead"] == 1 and step_of(run)["missing"] == 0, run


def test_what_the_tool_refuses_is_not_current(migrinit):
    """sqlx goes on with nothing after a change, though nothing is pending."""
    migrinit.env["MIGRINIT_MIGRATE_FORMAT"] = "sqlx"
    migrinit.write("migrations/1_a.sql", "SELECT 1;")
    assert migrinit.run("migrate").code == 0
    assert migrinit.run("status").code == 0
    migrinit.write("migrations/1_a.sql", "SELECT 2;")
    run = migrinit.run("status")
    assert run.code == 1 and run.out.find("refused: migrations: 1_a.sql was changed") and run.out.find("^hint: sqlx refuses"), run
    assert "1_a.sql was changed" in step_of(migrinit.run("status", "--json"))["refusal"]


def test_strict_is_each_step_s_own(migrinit, database):
    several_states(migrinit, database)
    migrinit.write("migrinit.ini", "[migrate]\ndir = other\nstrict = true\n")
    env = {"MIGRINIT_CONFIG": "migrinit.ini", "MIGRINIT_MIGRATE_DIR": None}
    run = migrinit.run("migrate", env=env)
    assert run.code == 1 and run.err.find("other: 1_a was changed after it was applied") and run.err.find("2 more are out of order"), run
    status = migrinit.run("status", env=env)
    assert status.code == 1 and status.out.find("refused: other: 1_a was changed") and status.out.find("strict = true"), status
    migrinit.write("migrinit.ini", "[migrate]\ndir = other\n[migrate:more]\ndir = more\nstrict = yes\ntable = more.book\n")
    migrinit.migrations(folder="more", m1_x="SELECT 1;")
    assert migrinit.run("migrate", env=env).code == 0


def test_ahead_counts_though_others_are_pending(migrinit):
    migrinit.migrations(folder="newer", m1_a="SELECT 1;", m9_i="SELECT 9;")
    assert migrinit.run("migrate", env={"MIGRINIT_MIGRATE_DIR": "newer"}).code == 0
    migrinit.migrations(m1_a="SELECT 1;", m2_b="SELECT 2;")
    run = migrinit.run("migrate", "--migrate-ahead=fail")
    assert run.code == 1 and run.err.find("migrations: the database is ahead: 9_i"), run
    assert migrinit.run("migrate").code == 0
