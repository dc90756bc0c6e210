"""What must not get through: each a clear error with the right exit code, and nothing applied."""

import os
import shutil
import socket

import pytest
from program import APP, PROGRAM

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}


def expect_refused(run, database, pattern, code=78):
    assert run.code == code, run
    assert not run.app_started
    assert run.err.find(pattern), run
    assert run.seconds < 30
    assert database.tables() == set(), "something was applied"
    assert not database.has_table("migrinit.migrations")


@pytest.fixture
def with_one(migrinit):
    """A good first migration, so that 'nothing applied' means something."""
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    return migrinit


def test_ini_line_of_100_kb(with_one, database):
    ini = with_one.write("m.ini", "[migrate]\ncommand = " + "x" * 100_000 + "\n")
    run = with_one.run("config", env={"MIGRINIT_CONFIG": ini})
    if run.code == 0:
        assert "x" * 100_000 in run.out.text, "taken whole or refused, never cut"
    else:
        expect_refused(run, database, r"m\.ini:2")


def test_ini_key_of_100_kb(with_one, database):
    ini = with_one.write("m.ini", "[migrate]\n" + "x" * 100_000 + " = 1\n")
    run = with_one.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
    expect_refused(run, database, r"m\.ini:2")


def test_ini_with_nul(with_one, database):
    ini = with_one.write("m.ini", b"[migrate]\ndir = migr\0ations\n")
    run = with_one.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
    expect_refused(run, database, r"m\.ini:2")


def test_ini_without_section_or_sense(with_one, database):
    for text, line in (("timeout = 5s\n", 1), ("[wait\ntimeout = 5s\n", 1), ("[wait]\nwhat is this\n", 2)):
        ini = with_one.write("m.ini", text)
        run = with_one.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": ini})
        expect_refused(run, database, rf"m\.ini:{line}|m\.ini")


def test_ini_that_is_a_fifo(with_one, database):
    os.mkfifo(f"{with_one.cwd}/m.ini")
    run = with_one.run(*APP, env={**STRICT, "MIGRINIT_CONFIG": f"{with_one.cwd}/m.ini"}, timeout=20)
    expect_refused(run, database, r"m\.ini")


def test_nul_in_a_migration(with_one, database):
    with_one.write("migrations/0002_b.sql", b"CREATE TABLE b ();\nSELECT 1;\0 DROP TABLE b;\n")
    run = with_one.run(*APP, env=STRICT)
    expect_refused(run, database, r"0002_b\.sql.*NUL")


@pytest.mark.parametrize("kind", ["fifo", "directory", "socket", "device", "dangling link", "link loop"])
def test_what_is_no_file_among_the_migrations(with_one, database, kind):
    path = f"{with_one.cwd}/migrations/0002_b.sql"
    listener = None
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        os.mkdir(path)
    elif kind == "socket":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
    elif kind == "device":
        os.symlink("/dev/zero", path)
    elif kind == "dangling link":
        os.symlink("/nowhere/x.sql", path)
    else:
        os.symlink("0002_b.sql", path)
    run = with_one.run(*APP, env=STRICT, timeout=30)
    if listener:
        listener.close()
    expect_refused(run, database, r"0002_b\.sql")


def test_200_mb_file(with_one, database):
    with open(f"{with_one.cwd}/migrations/0002_b.sql", "wb") as f:
        f.truncate(200 << 20)
    run = with_one.run(*APP, env=STRICT, timeout=30)
    expect_refused(run, database, r"0002_b\.sql.*(large|limit|big|MiB|MB)")


def test_folder_that_is_a_file(with_one, database):
    path = with_one.write("file", "CREATE TABLE b ()")
    run = with_one.run(*APP, env={**STRICT, "MIGRINIT_MIGRATE_DIR": path})
    expect_refused(run, database, "file")


def as_nobody(program, *args, env):
    """By a user for whom permissions count."""
    copy = shutil.copy(PROGRAM, f"{program.cwd}/migrinit")
    os.chmod(copy, 0o755)
    prefix = []
    if os.geteuid() == 0:
        prefix = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    return program.run(*args, env=env, prefix=prefix, program=copy)


def test_unreadable_file(with_one, database):
    with_one.migrations(m0002_b="CREATE TABLE b ()")
    os.chmod(f"{with_one.cwd}/migrations/0002_b.sql", 0)
    run = as_nobody(with_one, *APP, env=STRICT)
    expect_refused(run, database, r"0002_b\.sql.*(may|can) ?not be read")


def test_unreadable_folder(with_one, database):
    os.chmod(f"{with_one.cwd}/migrations", 0)
    try:
        run = as_nobody(with_one, *APP, env={**STRICT, "MIGRINIT_MIGRATE_DIR": "migrations"})
    finally:
        os.chmod(f"{with_one.cwd}/migrations", 0o755)
    expect_refused(run, database, "migrations.*(may|can) ?not be read")


def test_config_map_of_kubernetes(migrinit, database):
    """Links to ..data/, which is a link to a folder that begins with dots."""
    migrinit.write("migrations/..2024_01/0001_a.sql", "CREATE TABLE a ()")
    os.symlink("..2024_01", f"{migrinit.cwd}/migrations/..data")
    os.symlink("..data/0001_a.sql", f"{migrinit.cwd}/migrations/0001_a.sql")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0, run
    assert database.tables() == {"a"} and len(database.history()) == 1


def test_server_text_with_escape_sequences(migrinit, database):
    migrinit.migrations(
        m0001_a="DO $$ BEGIN RAISE NOTICE E'note\\x1b[2J\\r\\n[Migration] ✓ forged'; "
        "RAISE EXCEPTION E'oh \\x1b]0;title\\x07 no\\n[Migration] ✓ all is well' USING HINT = E'h\\x1b[31m', DETAIL = E'd\\x1b[31m'; END $$"
    )
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 1, run
    assert run.err.find("oh .* no"), run
    for character in ("\x1b", "\x07", "\r", "\x9b"):
        assert character not in run.err.text
    assert not run.err.find(r"^\[Migration\] ✓ (forged|all is well)"), run
    assert database.tables() == set()


def test_hostile_file_name(migrinit, database):
    with open(f"{migrinit.cwd}/evil".encode(), "w", encoding="utf-8"):
        pass
    migrinit.write("migrations/0001_\x1b[31m\n[Migration] forged.sql", "SELECT nonsense")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code in (1, 78), run
    assert "\x1b" not in run.err.text
    assert not run.err.find(r"^\[Migration\] forged")
    assert database.history() == []


def test_name_with_quotes_is_data(migrinit, database):
    migrinit.write("migrations/0001_it's'); DROP TABLE a; --.sql", "CREATE TABLE a ()")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0, run
    assert database.tables() == {"a"} and len(database.history()) == 1


def test_unterminated_quote_names_where_it_began(migrinit, database):
    migrinit.migrations(m0001_a="-- migrinit: no-transaction\nCREATE TABLE a ();\nSELECT 'never ends;\nSELECT 2;\n")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code in (1, 78), run
    assert run.err.find(r"0001_a\.sql:3:8"), run
    assert database.tables() == set()


def test_copy_from_stdin_does_not_hang(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a (n int);\nCOPY a FROM stdin;\n1\n\\.\n")
    run = migrinit.run(*APP, env=STRICT, timeout=30)
    assert run.code in (1, 78), run
    assert run.err.find(r"0001_a\.sql"), run
    assert database.history() == []


def test_flood_of_notices(migrinit):
    migrinit.migrations(m0001_a="DO $$ BEGIN FOR i IN 1..20000 LOOP RAISE NOTICE 'n %', i; END LOOP; END $$")
    run = migrinit.run(*APP, env=STRICT)
    assert run.code == 0, run


def test_reader_of_the_log_has_gone(migrinit, database):
    """docker logs may die; the migration must not."""
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("-c", '"$0" migrate 2>&1 >/dev/null | true; exit 0', PROGRAM, program="/bin/sh")
    assert run.code == 0
    assert database.tables() == {"a"} and len(database.history()) == 1


def test_empty_environment(migrinit):
    migrinit.migrations(m0001_a="SELECT 1")
    run = migrinit.run("--", "/bin/sh", "-c", "echo APP", env={"PATH": None, "HOME": None, "LANG": None})
    assert run.code == 0 and run.app_started, run
