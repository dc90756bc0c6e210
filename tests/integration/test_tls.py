"""TLS as managed servers ask for it: what lets us in, and what is refused, with its words."""

import os

import pytest
from authority import Authority
from postgres import PASSWORD_ENCODED, Postgres

STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true", "MIGRINIT_WAIT_AUTH_GRACE": "0"}

# The port is the database's; the host is to be found without a name server.
HBA = """local all all trust
hostssl certified all 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 scram-sha-256
hostnossl open all 127.0.0.1/32 scram-sha-256
"""


KEYS = {
    "rsa": ["rsa:2048"],
    "ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = Authority(folder)
    for name, key in KEYS.items():
        made.sign(name, "/CN=db.test", key, "subjectAltName=IP:127.0.0.1\n")
    made.sign("elsewhere", "/CN=elsewhere.test", KEYS["rsa"], "subjectAltName=DNS:elsewhere.test\n")
    made.sign("client", "/CN=app", KEYS["rsa"], "extendedKeyUsage=clientAuth\n")
    made.self_signed("stranger", "/CN=another authority")
    return made


@pytest.fixture(scope="module")
def tls_server(authority):
    """A server that takes nobody in the clear, but for one database."""
    instance = Postgres()
    with instance.admin("postgres") as cursor:
        for name in ("shop", "certified", "open"):
            cursor.execute(f"CREATE DATABASE {name} OWNER app")
    with open(os.path.join(instance.data, "pg_hba.conf"), "w", encoding="ascii") as file:
        file.write(HBA)
    for name in ("root", *KEYS, "elsewhere"):
        for kind in ("crt", "key"):
            give(instance, authority.path(f"{name}.{kind}"))
    configure(instance, ssl="on", ssl_ca_file="root.crt", ssl_cert_file="rsa.crt", ssl_key_file="rsa.key")
    instance.stop("fast")
    instance.start()
    yield instance
    instance.remove()


def give(server, path):
    """A copy in the server's folder that it alone reads."""
    to = os.path.join(server.data, os.path.basename(path))
    with open(path, "rb") as source, open(to, "wb") as target:
        target.write(source.read())
    owner = os.stat(server.data)
    os.chown(to, owner.st_uid, owner.st_gid)
    os.chmod(to, 0o600)


def configure(server, **settings):
    with server.admin("postgres") as cursor:
        for name, value in settings.items():
            cursor.execute(f"ALTER SYSTEM SET {name} = %s", (value,))


@pytest.fixture
def shows(tls_server):
    """The server shows this certificate from now on, to new sessions."""

    def show(name, **settings):
        configure(tls_server, ssl_cert_file=f"{name}.crt", ssl_key_file=f"{name}.key", **settings)
        tls_server.tool("pg_ctl", "-D", tls_server.data, "restart", "-w", "-l", tls_server.log, "-m", "fast")

    yield show
    show("rsa", ssl_min_protocol_version="TLSv1.2", ssl_max_protocol_version="")


@pytest.fixture
def migrate(program, tls_server):
    program.migrations(m0001_a="CREATE TABLE IF NOT EXISTS a ()")

    def run(query="", database="shop", url=None, env=None, **more):
        url = url or tls_server.url(database, query=query)
        return program.run("migrate", env={**STRICT, "DATABASE_URL": url, **(env or {})}, **more)

    return run


def session_is_encrypted(server, database):
    """As the server's log says of the last session that was let in."""
    lines = [line for line in server.log_text().splitlines() if line.startswith(f"{database} ")]
    return "SSL enabled" in next(line for line in reversed(lines) if "connection authorized" in line)


@pytest.mark.parametrize("query", ["", "?sslmode=prefer", "?sslmode=require", "?channel_binding=require", "?sslmode=require&channel_binding=require"])
def test_encrypted(migrate, tls_server, query):
    run = migrate(query)
    assert run.code == 0, run
    assert session_is_encrypted(tls_server, "shop")


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
@pytest.mark.parametrize("name", KEYS)
def test_verified(migrate, authority, shows, name, mode):
    shows(name)
    run = migrate(f"?sslmode={mode}&sslrootcert={authority.root}&channel_binding=require")
    assert run.code == 0, run


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_versions(migrate, authority, shows, version):
    shows("rsa", ssl_min_protocol_version=version, ssl_max_protocol_version=version)
    run = migrate(f"?sslmode=verify-full&sslrootcert={authority.root}")
    assert run.code == 0, run


def test_no_version_in_common(migrate, shows):
    shows("rsa", ssl_min_protocol_version="TLSv1.2", ssl_max_protocol_version="TLSv1.2")
    run = migrate("?sslmode=require&ssl_min_protocol_version=TLSv1.3")
    assert run.code == 77, run
    assert run.err.find("TLS refused by the server|no TLS version in common"), run


def test_certificate_of_another_host(migrate, authority, shows):
    shows("elsewhere")
    run = migrate(f"?sslmode=verify-full&sslrootcert={authority.root}")
    assert run.code == 77, run
    assert run.err.find("certificate is for another host name"), run
    assert migrate(f"?sslmode=verify-ca&sslrootcert={authority.root}").code == 0


def test_certificate_of_a_stranger(migrate, authority):
    """Clocks may be wrong at first, so it is tried again: the deadline comes sooner here."""
    run = migrate(f"?sslmode=verify-full&sslrootcert={authority.path('stranger.crt')}", env={"MIGRINIT_WAIT_TIMEOUT": "1s"})
    assert run.code == 77, run
    assert run.err.find("certificate not trusted"), run


def test_the_name_counts_not_the_address(migrate, authority, tls_server):
    """verify-full by a name that is not in the certificate, although the address would do."""
    url = f"postgresql://app:{PASSWORD_ENCODED}@elsewhere.test:{tls_server.port}/shop"
    run = migrate(url=f"{url}?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={authority.root}")
    assert run.code == 77, run
    assert run.err.find("certificate is for another host name"), run


def test_authorities_of_the_system(program, tls_server, authority):
    """sslrootcert=system came with libpq 16; older ones take it for the name of a file."""
    program.migrations(m0001_a="CREATE TABLE IF NOT EXISTS a ()")
    url = tls_server.url("shop", query="?sslmode=verify-full&sslrootcert=system")
    env = {**STRICT, "DATABASE_URL": url, "MIGRINIT_WAIT_TIMEOUT": "1s"}
    run = program.run("migrate", env={**env, "SSL_CERT_FILE": authority.root})
    if run.err.find("root certificate cannot be read"):
        assert run.code == 77, run
        return
    assert run.code == 0, run
    run = program.run("migrate", env={**env, "SSL_CERT_FILE": authority.path("stranger.crt")})
    assert run.code == 77, run
    assert run.err.find("certificate not trusted"), run


def test_client_certificate_in_place_of_a_password(migrate, authority, tls_server):
    where = f"postgresql://app@127.0.0.1:{tls_server.port}/certified?sslmode=require"
    run = migrate(url=f"{where}&sslcert={authority.path('client.crt')}&sslkey={authority.path('client.key')}")
    assert run.code == 0, run
    run = migrate(url=where)
    assert run.code == 77, run
    assert run.err.find("client certificate required"), run


def test_client_key_that_others_may_read(migrate, authority, tls_server, tmp_path):
    key = tmp_path / "open.key"
    key.write_bytes(open(authority.path("client.key"), "rb").read())
    key.chmod(0o644)
    where = f"postgresql://app@127.0.0.1:{tls_server.port}/certified?sslmode=require"
    run = migrate(url=f"{where}&sslcert={authority.path('client.crt')}&sslkey={key}")
    assert run.code == 77, run
    assert run.err.find("client key cannot be used"), run


def test_in_the_clear(migrate, tls_server):
    assert migrate("?sslmode=disable", database="open").code == 0
    assert not session_is_encrypted(tls_server, "open")
    run = migrate("?sslmode=disable")
    assert run.code == 77, run
    assert run.err.find("no pg_hba.conf entry without TLS"), run


def test_channel_binding_needs_tls(migrate):
    run = migrate("?sslmode=disable&channel_binding=require", database="open")
    assert run.code == 77, run
    assert run.err.find("channel binding is not possible"), run


def test_by_unix_socket(migrate, tls_server):
    run = migrate(url=f"postgresql://app@/shop?host={tls_server.directory}&port={tls_server.port}&sslmode=require")
    assert run.code == 0, run
