"""Waiting for the database: what is waited for, what ends at once, what is said meanwhile."""

import os
import socket
from urllib.parse import quote

import pytest
from fakes import FakeServer
from postgres import PASSWORD_ENCODED, free_port, wait_until
from program import APP

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true"}


@pytest.fixture
def waiting(program):
    program.migrations(m0001_a="CREATE TABLE a ()")
    return program


def url_to(port, database="shop"):
    return f"postgresql://app:{PASSWORD_ENCODED}@127.0.0.1:{port}/{database}"


def test_server_that_comes_later(waiting, own_server):
    with own_server.admin("postgres") as cursor:
        cursor.execute("CREATE DATABASE shop OWNER app")
    own_server.stop("fast")
    run = waiting.start(*APP, env={**STRICT, "DATABASE_URL": own_server.url("shop")})
    run.err.wait_for(r"Waiting for database.*refused")
    own_server.start()
    assert run.wait() == 0, run
    assert run.app_started
    assert run.err.count("Waiting for database") <= 4, "one line per change of reason"


def test_one_line_for_each_change_of_reason(waiting, database, server):
    with FakeServer("error") as fake:
        run = waiting.start("migrate", env={"DATABASE_URL": server.url(database.name, port=fake.port)})
        run.err.wait_for("Waiting for database.*starting up")
        fake.wait_for_connections(4)
        fake.behaviour = "close"
        run.err.wait_for("Waiting for database.*clos")
        fake.behaviour, fake.target_port = "proxy", server.port
        assert run.wait() == 0, run
    assert run.err.count("Waiting for database.*starting up") == 1, run
    assert run.err.count("Waiting for database") <= 3, run
    assert database.has_table("a")


@pytest.mark.parametrize("behaviour", ["silent", "close", "error"])
def test_deadline_ends_with_69(waiting, behaviour):
    with FakeServer(behaviour) as fake:
        run = waiting.run(
            *APP,
            env={
                **STRICT,
                "DATABASE_URL": url_to(fake.port),
                "MIGRINIT_WAIT_TIMEOUT": "2s",
                "MIGRINIT_WAIT_ATTEMPT_TIMEOUT": "500ms",
            },
        )
        assert run.code == 69, run
        assert not run.app_started
        assert 1.5 < run.seconds < 20
        assert fake.connections >= 2, "it tried once only"


def test_refused_until_the_deadline(waiting):
    run = waiting.run(*APP, env={**STRICT, "DATABASE_URL": url_to(free_port()), "MIGRINIT_WAIT_TIMEOUT": "1500ms"})
    assert run.code == 69, run
    assert 1.2 < run.seconds < 20
    assert run.err.find("refused")


def test_timeout_zero_is_for_ever(waiting):
    with FakeServer("close") as fake:
        run = waiting.start(*APP, env={**STRICT, "DATABASE_URL": url_to(fake.port), "MIGRINIT_WAIT_TIMEOUT": "0"})
        fake.wait_for_connections(6)
        assert run.process.poll() is None
        run.signal()
        assert run.wait() == 143


def test_name_that_does_not_resolve_is_waited_for(waiting):
    run = waiting.run(
        *APP,
        env={**STRICT, "DATABASE_URL": "postgresql://app@db.invalid/shop", "MIGRINIT_WAIT_TIMEOUT": "1s"},
    )
    assert run.code == 69, run
    assert run.err.find("db.invalid")


def test_first_retries_are_quick(waiting, server, database):
    """An app must not start a second late because of a fixed pause."""
    with FakeServer("close") as fake:
        run = waiting.start("migrate", env={"DATABASE_URL": server.url(database.name, port=fake.port)})
        fake.wait_for_connections(4, timeout=20)
        fake.behaviour, fake.target_port = "proxy", server.port
        assert run.wait() == 0, run
    assert run.seconds < 15


def test_wrong_password(waiting, server, database):
    env = {**STRICT, "DATABASE_URL": server.url(database.name, password="wrong"), "MIGRINIT_WAIT_AUTH_GRACE": "0"}
    run = waiting.run(*APP, env=env)
    assert run.code == 77, run
    assert not run.app_started
    assert run.seconds < 20
    assert run.err.find("28P01") or run.err.find("password")


@pytest.mark.parametrize("password", ["x", "y" * 64, "z" * 300, "gr\u00fc\u00df \U0001f511", "\u2168 \ufb01\u00a0ne"])
def test_password_of_any_kind(waiting, server, database, password):
    """Longer than a block of SHA-256, and such as SASLprep changes before they are hashed."""
    env = {**STRICT, "MIGRINIT_WAIT_AUTH_GRACE": "0"}
    with server.admin("postgres") as cursor:
        cursor.execute("CREATE ROLE any_kind LOGIN PASSWORD %s", (password,))
    try:
        for given, code in ((password, 0), (password + "x", 77)):
            env["DATABASE_URL"] = server.url(database.name, password=quote(given), user="any_kind")
            run = waiting.run("wait", env=env)
            assert run.code == code, run
    finally:
        with server.admin("postgres") as cursor:
            cursor.execute("DROP ROLE any_kind")


def test_wrong_password_is_given_a_grace(waiting, server, database):
    """Another job may be about to set it."""
    server_admin = server.admin
    with server_admin("postgres") as cursor:
        cursor.execute("CREATE ROLE late LOGIN PASSWORD 'early'")
        cursor.execute(f'GRANT ALL ON DATABASE "{database.name}" TO late')
    database.run("GRANT CREATE ON SCHEMA public TO late")
    env = {**STRICT, "DATABASE_URL": server.url(database.name, user="late"), "MIGRINIT_WAIT_AUTH_GRACE": "60s"}
    run = waiting.start("migrate", env=env)
    run.err.wait_for("Waiting for database")
    with server_admin("postgres") as cursor:
        from postgres import PASSWORD

        cursor.execute("ALTER ROLE late PASSWORD %s", (PASSWORD,))
    assert run.wait() == 0, run
    database.drop()
    with server_admin("postgres") as cursor:
        cursor.execute("DROP ROLE late")


def test_password_needed_and_none_given(waiting, server, database):
    env = {**STRICT, "DATABASE_URL": f"postgresql://app@127.0.0.1:{server.port}/{database.name}"}
    run = waiting.run(*APP, env=env)
    assert run.code in (77, 78), run
    assert run.seconds < 20
    assert run.err.find("password")


def test_bad_sslmode(waiting, database):
    run = waiting.run(*APP, env={**STRICT, "DATABASE_URL": database.url + "?sslmode=perhaps"})
    assert run.code == 78, run
    assert run.err.find("sslmode")


def test_certificate_file_missing(waiting):
    with FakeServer("tls") as fake:
        url = url_to(fake.port) + "?sslmode=verify-full&sslrootcert=/nowhere/ca.pem"
        run = waiting.run(*APP, env={**STRICT, "DATABASE_URL": url, "MIGRINIT_WAIT_TIMEOUT": "20s"})
    assert run.code in (77, 78), run
    assert run.seconds < 15
    assert run.err.find("root certificate|sslrootcert"), run


def test_tls_required_and_not_offered(waiting, database):
    run = waiting.run(*APP, env={**STRICT, "DATABASE_URL": database.url + "?sslmode=require", "MIGRINIT_WAIT_TIMEOUT": "30s"})
    assert run.code in (69, 77), run
    assert run.err.find("SSL|TLS")


def test_something_else_listens_there(waiting):
    with FakeServer("http") as fake:
        run = waiting.run(*APP, env={**STRICT, "DATABASE_URL": url_to(fake.port), "MIGRINIT_WAIT_TIMEOUT": "2s"})
    assert run.code in (69, 77), run
    assert run.err.find("(?i)not postgresql|something else|speaks")


def test_role_without_right_to_connect(waiting, server, database):
    database.run(f'REVOKE CONNECT ON DATABASE "{database.name}" FROM PUBLIC, app')
    with server.admin("postgres") as cursor:
        cursor.execute(f'ALTER DATABASE "{database.name}" OWNER TO postgres')
    env = {**STRICT, "DATABASE_URL": database.url, "MIGRINIT_WAIT_AUTH_GRACE": "0", "MIGRINIT_WAIT_TIMEOUT": "30s"}
    run = waiting.run(*APP, env=env)
    assert run.code == 77, run


def test_database_missing_and_not_asked_to_create(waiting, no_database):
    env = {**STRICT, "DATABASE_URL": no_database.url, "MIGRINIT_WAIT_TIMEOUT": "2s"}
    run = waiting.run(*APP, env=env)
    assert run.code in (69, 77), run
    assert run.err.find(no_database.name) or run.err.find("does not exist")
    assert run.err.find("(?i)create")


def test_no_free_slot_is_waited_for(waiting, server, database):
    with server.admin("postgres") as cursor:
        cursor.execute("ALTER ROLE app CONNECTION LIMIT 0")
    try:
        run = waiting.start("migrate", env={"DATABASE_URL": database.url})
        run.err.wait_for("Waiting for database")
    finally:
        with server.admin("postgres") as cursor:
            cursor.execute("ALTER ROLE app CONNECTION LIMIT -1")
    assert run.wait() == 0, run


def test_server_that_dies_and_comes_back_while_waiting(waiting, own_server):
    with own_server.admin("postgres") as cursor:
        cursor.execute("CREATE DATABASE shop OWNER app")
    with FakeServer("error") as fake:
        run = waiting.start("migrate", env={"DATABASE_URL": own_server.url("shop", port=fake.port)})
        run.err.wait_for("starting up")
        own_server.kill()
        fake.behaviour, fake.target_port = "proxy", own_server.port
        run.err.wait_for("Waiting for database.*clos|Waiting for database.*reset")
        own_server.start()
        assert run.wait() == 0, run


def test_waiting_switched_off_tries_once(waiting):
    with FakeServer("close") as fake:
        run = waiting.run(*APP, env={**STRICT, "DATABASE_URL": url_to(fake.port), "MIGRINIT_WAIT_ENABLED": "false"})
        assert run.code == 69, run
        assert fake.connections <= 3  # sslmode=prefer and the name's addresses may each try


def test_targets_tcp_http_unix(program, database):
    path = os.path.join(program.cwd, "s.sock")
    with FakeServer("close") as tcp, FakeServer("close") as http:
        targets = f"tcp://127.0.0.1:{tcp.port} http://127.0.0.1:{http.port}/health unix://{path}"
        env = {"DATABASE_URL": database.url, "MIGRINIT_WAIT_TARGETS": targets}
        run = program.start("wait", *APP, env=env)
        run.err.wait_for("s.sock")
        http.wait_for_connections(3)
        assert run.process.poll() is None
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            http.behaviour = "http-ok"
            assert run.wait() == 0, run
        assert run.app_started


def test_target_that_never_comes(program, database):
    env = {
        "DATABASE_URL": database.url,
        "MIGRINIT_WAIT_TARGETS": f"tcp://127.0.0.1:{free_port()}",
        "MIGRINIT_WAIT_TIMEOUT": "1s",
    }
    run = program.run("wait", *APP, env=env)
    assert run.code == 69, run
    assert not run.app_started
    assert run.err.find("tcp://127.0.0.1")


def test_target_that_is_none(program, database):
    run = program.run("wait", env={"DATABASE_URL": database.url, "MIGRINIT_WAIT_TARGETS": "gopher://x"})
    assert run.code == 78, run
    assert run.err.find("tcp://, http:// or unix://"), run  # the text itself might hold a secret


def test_wait_alone_changes_nothing(migrinit, database):
    migrinit.migrations(m0001_a="CREATE TABLE a ()")
    run = migrinit.run("wait")
    assert run.code == 0, run
    assert database.tables() == set() and not database.has_table("migrinit.migrations")


def test_waiters_hold_no_connection(waiting, server, database):
    """AUTO_MIGRATE=wait holds the app, and no slot of the server for longer than a look."""
    run = waiting.start(*APP, env={"DATABASE_URL": database.url, "AUTO_MIGRATE": "wait"})
    run.err.wait_for("Waiting for the schema")
    other = waiting.run("migrate", env={"DATABASE_URL": database.url})
    assert other.code == 0, other
    assert run.wait() == 0, run
    assert run.app_started
    wait_until(lambda: database.sessions() == 0, "no session is left")
