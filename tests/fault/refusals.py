"""Every way in which a server is not there, or refuses: how it is made, and what must come of it.

A row is (name, what must come of it, a pattern of the reason in the log, how it is made). What is made by
`refused_by_call` is the errno of a system call, put there by strace, since no network of a test gives it.
"""

import contextlib
import os
import socket
import ssl
import struct
import threading

from door import Door
from fakes import GSS_REQUEST, SSL_REQUEST, FakeServer

WAIT, FINAL, MISSING = "wait", "final", "missing"  # a number is a grace in seconds
AUTH = 15

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def url_to(port, user="app:secret", query="", host="127.0.0.1"):
    return f"postgresql://{user}@{host}:{port}/shop{query}"


# --- servers that speak by a script -----------------------------------------------------------------


class Speaker(FakeServer):
    """What it says is a function's affair."""

    def __init__(self, script):
        self.script = script
        super().__init__("script")

    def _serve(self, client):
        with contextlib.suppress(OSError, struct.error):
            self.script(client)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()


def exactly(client, count):
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def read_startup(client, answer=b"N"):
    """The start-up packet; before it, what asks for encryption is answered."""
    while True:
        length, code = struct.unpack("!II", exactly(client, 8))
        if code not in (SSL_REQUEST, GSS_REQUEST):
            return exactly(client, length - 8)
        client.sendall(answer)


def read_message(client):
    kind, length = struct.unpack("!cI", exactly(client, 5))
    return kind, exactly(client, length - 4)


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def authentication(code, rest=b""):
    return message(b"R", struct.pack("!I", code) + rest)


def error(code, text, routine="ProcessStartupPacket", detail=None):
    fields = [(b"S", "FATAL"), (b"V", "FATAL"), (b"C", code), (b"M", text), (b"D", detail), (b"R", routine)]
    body = b"".join(kind + value.encode() + b"\0" for kind, value in fields if value)
    return message(b"E", body + b"\0")


# --- how rows are made ------------------------------------------------------------------------------


def made(function):
    """A row's maker: a context that gives what a run is started with."""
    return contextlib.contextmanager(function)


def speaks(script, query=""):
    @made
    def make(_):
        with Speaker(script) as fake:
            yield {"url": url_to(fake.port, query=query)}

    return make


def answers(code, text, **more):
    def script(client):
        read_startup(client)
        client.sendall(error(code, text, **more))

    return speaks(script)


def asks(body, query="", user="app:secret"):
    """Authentication of a kind, and then whatever is sent is not answered."""

    @made
    def make(_):
        def script(client):
            read_startup(client)
            client.sendall(body)
            client.recv(1 << 16)
            client.recv(1)

        with Speaker(script) as fake:
            yield {"url": url_to(fake.port, user, query)}

    return make


def greets(banner):
    def script(client):
        client.sendall(banner)
        while client.recv(1 << 16):
            continue

    return speaks(script)


def scram_with_a_wrong_signature(client):
    read_startup(client)
    client.sendall(authentication(10, b"SCRAM-SHA-256\0\0"))
    _, body = read_message(client)
    nonce = body.rsplit(b"r=", 1)[1]
    client.sendall(authentication(11, b"r=" + nonce + b"more,s=c2FsdHNhbHRzYWx0c2FsdA==,i=4096"))
    read_message(client)
    client.sendall(authentication(12, b"v=" + b"A" * 43 + b"="))
    client.recv(1)


def in_the_clear(behaviour):
    @made
    def make(_):
        with FakeServer(behaviour) as fake:
            yield {"url": url_to(fake.port)}

    return make


def refused_by_call(call, errno, at=None):
    @made
    def make(world):
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={errno}"]
        yield {"url": at(world) if at else url_to(5432), "prefix": inject, "env": {"ASAN_OPTIONS": "detect_leaks=0"}}

    return make


def by_socket(world):
    return f"postgresql://app@/{world.database}?host={world.server.directory}&port={world.server.port}"


def in_a_network(setup, address):
    """A network of its own, with nothing in it but what `setup` puts there."""

    @made
    def make(_):
        yield {"url": url_to(5432, host=address), "prefix": ["unshare", "-n", "sh", "-ec", f'{setup}; exec "$@"', "sh"]}

    return make


def says(url):
    @made
    def make(_):
        yield {"url": url}

    return make


@made
def nobody_listens(_):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield {"url": url_to(bound.getsockname()[1])}


@made
def black_hole(world):
    with Door(world.socket) as door:
        door.shut("black hole")
        yield {"url": url_to(door.port)}


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exactly(client, 8)
    client.close()


# --- sockets of this machine --------------------------------------------------------------------------


@made
def socket_of_a_dead_server(world):
    folder = world.folder("dead")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/.s.PGSQL.5432")
    yield {"url": f"postgresql://app@/shop?host={folder}"}


@made
def socket_that_is_a_file(world):
    folder = world.folder("file")
    with open(f"{folder}/.s.PGSQL.5432", "w", encoding="ascii"):
        pass
    yield {"url": f"postgresql://app@/shop?host={folder}"}


@made
def socket_not_ours(world):
    folder = world.folder("closed")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/.s.PGSQL.5432")
        os.chmod(folder, 0o700)
        yield {"url": f"postgresql://app@/shop?host={folder}", "prefix": NOBODY}


# --- names --------------------------------------------------------------------------------------------

RCODES = {"servfail": 2, "nxdomain": 3, "notimp": 4, "refused": 5, "formerr": 1, "nodata": 0}


class Resolver:
    """A name server on an address of its own; what it answers is the first label of the name."""

    def __init__(self):
        self.address = f"127.54.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self.socket.recvfrom(512)
                if not query:
                    return
                word = query[13 : 13 + query[12]].decode()
                if word in RCODES:
                    self.socket.sendto(query[:2] + struct.pack("!BB", 0x81, 0x80 | RCODES[word]) + query[4:], client)
                elif word == "garbage":
                    self.socket.sendto(query[:2] + b"\xff" * 40, client)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def named(name, resolver="{address}"):
    @made
    def make(world):
        text = f"nameserver {resolver.format(address=world.resolver.address)}\noptions timeout:1 attempts:1\n"
        path = world.file(f"resolv-{name[:20]}-{len(resolver)}", text)
        mount = f'mount --bind {path} /etc/resolv.conf && exec "$@"'
        yield {"url": url_to(5432, host=name), "prefix": ["unshare", "-m", "sh", "-c", mount, "sh"]}

    return make


# --- TLS ----------------------------------------------------------------------------------------------


def over_tls(certificate, query, **limits):
    """A server that has a certificate, and says nothing more."""

    @made
    def make(world):
        authority = world.authority()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.path(f"{certificate}.crt"), authority.path(f"{certificate}.key"))
        for name, value in limits.items():
            setattr(context, name, value)

        def script(client):
            exactly(client, 8)
            client.sendall(b"S")
            with context.wrap_socket(client, server_side=True) as encrypted:
                encrypted.recv(1 << 16)
                encrypted.recv(1)

        with Speaker(script) as fake:
            yield {"url": url_to(fake.port, query="?" + query.format(root=authority.root, folder=authority.folder))}

    return make


def after_s(then):
    """Says that TLS is spoken, and does not speak it."""

    def script(client):
        exactly(client, 8)
        client.sendall(b"S")
        client.recv(1 << 16)
        client.sendall(then)

    return speaks(script, "?sslmode=require")


@made
def tls_silence(_):
    with FakeServer("tls") as fake:
        yield {"url": url_to(fake.port, query="?sslmode=require")}


# --- the real server ----------------------------------------------------------------------------------


def real(*sql, query="", user="{role}:{password}", database="{database}", env=None):
    """A role and a database of its own, prepared by these statements."""

    @made
    def make(world):
        names = world.names()
        for statement in sql:
            world.admin(statement.format(**names))
        names["password"] = names["password"].replace("%", "%25")
        place = f"postgresql://{user.format(**names)}@127.0.0.1:{world.server.port}/{database.format(**names)}{query}"
        yield {"url": place, "env": env or {}}

    return make


ROWS = [
    # -- 3.1: what cannot be right
    ("bad sslmode", FINAL, "sslmode", says("postgresql://app@127.0.0.1/shop?sslmode=perhaps")),
    ("bad TLS version", FINAL, "", says("postgresql://app@127.0.0.1/shop?ssl_min_protocol_version=TLSv9")),
    ("TLS range upside down", FINAL, "", says(
        "postgresql://app@127.0.0.1/shop?ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2")),
    ("unknown service", FINAL, "service", says("postgresql://app@127.0.0.1/shop?service=nowhere")),
    ("port is no number", FINAL, "port", says("postgresql://app@127.0.0.1:http/shop")),
    ("port out of range", FINAL, "port", says("postgresql://app@127.0.0.1:99999/shop")),
    ("port 0", FINAL, "port", says("postgresql://app@127.0.0.1:0/shop")),
    ("no scheme", FINAL, "", says("mysql://app@127.0.0.1/shop")),
    ("hosts and ports do not match", FINAL, "", says("postgresql://app@/shop?host=a,b,c&port=1,2")),
    ("hostaddr is a name", FINAL, "", says("postgresql://app@/shop?hostaddr=db")),
    ("label too long", WAIT, "host name not found", says(f"postgresql://app@{'a' * 64}.test/shop")),
    ("label empty", WAIT, "host name not found", says("postgresql://app@db..test/shop")),
    ("blank in the host", FINAL, "", says("postgresql://app@d b/shop")),
    ("path of the socket too long", FINAL, "too long", says(f"postgresql://app@/shop?host=/{'a' * 120}")),
    # -- 3.1: names
    ("name server fails", WAIT, "host name not found", named("servfail.test")),
    ("name server refuses", WAIT, "host name not found", named("refused.test")),
    ("no such name", WAIT, "host name not found", named("nxdomain.test")),
    ("name without an address", WAIT, "host name not found", named("nodata.test")),
    ("name server does not understand", WAIT, "host name not found", named("formerr.test")),
    ("name server cannot", WAIT, "host name not found", named("notimp.test")),
    ("name server raves", WAIT, "host name not found|no answer", named("garbage.test")),
    ("name server silent", WAIT, "host name not found|no answer", named("silent.test")),
    ("name server not there", WAIT, "host name not found", named("any.test", "127.0.0.99")),
    # -- 3.1: the network
    ("refused", WAIT, "connection refused", nobody_listens),
    ("dropped", WAIT, "no answer", black_hole),
    ("reset", WAIT, "connection (reset|closed)", speaks(reset)),
    ("no route", WAIT, "network unreachable", in_a_network("ip link set lo up", "10.9.9.9")),
    ("no network", WAIT, "network unreachable|no local address|refused", in_a_network(":", "127.0.0.1")),
    ("unreachable", WAIT, "no route to host", in_a_network("ip link set lo up; ip route add unreachable 10.9.9.9", "10.9.9.9")),
    ("prohibited", 30, "network policy", in_a_network("ip link set lo up; ip route add prohibit 10.9.9.9", "10.9.9.9")),
    ("blackhole route", WAIT, "network unreachable", in_a_network("ip link set lo up; ip route add blackhole 10.9.9.9", "10.9.9.9")),
    *[
        (f"connect: {errno}", kind, reason, refused_by_call("connect", errno))
        for errno, kind, reason in [
            ("ECONNREFUSED", WAIT, "connection refused"), ("ETIMEDOUT", WAIT, "no answer"),
            ("ECONNRESET", WAIT, "connection reset"), ("EPIPE", WAIT, "connection reset"),
            ("ECONNABORTED", WAIT, "connection reset"), ("EHOSTUNREACH", WAIT, "no route"),
            ("ENETUNREACH", WAIT, "network unreachable"), ("ENETDOWN", WAIT, "network unreachable"),
            ("EINVAL", WAIT, "network unreachable"), ("EADDRNOTAVAIL", WAIT, "no local address"),
            ("EACCES", 30, "network policy"), ("EPERM", 30, "network policy"),
            ("ENOBUFS", 5, "out of memory"), ("ENOMEM", 5, "out of memory"),
        ]
    ],
    *[
        (f"socket: {errno}", kind, reason, refused_by_call("socket", errno))
        for errno, kind, reason in [
            ("EMFILE", 5, "too many open files"), ("ENFILE", 5, "too many open files"),
            ("ENOMEM", 5, "out of memory"), ("ENOBUFS", 5, "out of memory"),
            ("EAFNOSUPPORT", FINAL, "address family"),
        ]
    ],
    # -- 3.1: unix sockets
    ("no such socket", WAIT, "no such socket", says("postgresql://app@/shop?host=/var/empty/nowhere")),
    ("socket of a dead server", WAIT, "connection refused", socket_of_a_dead_server),
    ("a file in place of the socket", WAIT, "connection refused", socket_that_is_a_file),
    ("socket: not ours", 5, "no permission", socket_not_ours),
    ("socket: EAGAIN", WAIT, "busy", refused_by_call("connect", "EAGAIN", by_socket)),
    # -- 3.1: who answers
    ("closed at once", WAIT, "closed at once|reset", in_the_clear("close")),
    ("silent", WAIT, "no answer", in_the_clear("silent")),
    ("silent after the start-up packet", WAIT, "no answer", speaks(lambda client: (read_startup(client), client.recv(1)))),
    ("closed after the start-up packet", WAIT, "closed at once", speaks(read_startup)),
    ("a web server", 10, "not PostgreSQL", in_the_clear("http")),
    ("an SSH server, whose S looks like a yes to TLS", WAIT, "no answer|closed", greets(b"SSH-2.0-OpenSSH_9.2\r\n")),
    ("a mail server", 10, "not PostgreSQL", greets(b"220 mail ESMTP\r\n")),
    ("a database of another make", 10, "not PostgreSQL|TLS failed", greets(b"J\0\0\0\x0a8.0.36\0" + b"x" * 60)),
    ("a store of keys", 10, "not PostgreSQL", greets(b"-ERR unknown command\r\n")),
    ("garbage for a request", 10, "not PostgreSQL", asks(b"\x00\x01\x02\x03\x04\x05\x06\x07\x08")),
    # -- 3.1: TLS
    ("TLS not offered", 5, "does not offer TLS", speaks(read_startup, "?sslmode=require")),
    ("TLS: silence", WAIT, "no answer", tls_silence),
    ("TLS: closed", WAIT, "closed", after_s(b"")),
    ("TLS: something else", 10, "TLS failed|not PostgreSQL|no TLS version", after_s(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    ("TLS: root file missing", FINAL, "root certificate", over_tls("good", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem")),
    ("TLS: root file is none", FINAL, "root certificate", over_tls("good", "sslmode=verify-full&sslrootcert={folder}/good.key")),
    ("TLS: key without certificate", FINAL, "key", over_tls("good", "sslmode=require&sslcert={folder}/good.crt&sslkey=/nowhere")),
    ("TLS: key that others read", FINAL, "key", over_tls("good", "sslmode=require&sslcert={folder}/good.crt&sslkey={folder}/open.key")),
    ("TLS: unknown authority", 10, "not trusted", over_tls("stranger", "sslmode=verify-full&sslrootcert={root}")),
    ("TLS: expired", 10, "not trusted", over_tls("expired", "sslmode=verify-full&sslrootcert={root}")),
    ("TLS: another host", FINAL, "another host name", over_tls("elsewhere", "sslmode=verify-full&sslrootcert={root}")),
    ("TLS: no version in common", FINAL, "refused by the server|no TLS version", over_tls(
        "good", "sslmode=require&ssl_min_protocol_version=TLSv1.3", maximum_version=ssl.TLSVersion.TLSv1_2)),
    ("TLS: client certificate wanted", FINAL, "refused by the server", over_tls(
        "good", "sslmode=require&ssl_max_protocol_version=TLSv1.2", verify_mode=ssl.CERT_REQUIRED)),
    # -- 3.1: ways of authentication
    ("password wanted, none given", FINAL, "none given", asks(authentication(3), user="app")),
    ("MD5 wanted, none given", FINAL, "none given", asks(authentication(5, b"salt"), user="app")),
    ("SCRAM wanted, none given", FINAL, "none given", asks(authentication(10, b"SCRAM-SHA-256\0\0"), user="app")),
    ("SASL of an unknown kind", FINAL, "no way of authentication", asks(authentication(10, b"OAUTHBEARER-9\0\0"))),
    ("Kerberos 5", FINAL, "no way of authentication|not accept", asks(authentication(2))),
    ("a way of authentication of the future", FINAL, "no way of authentication", asks(authentication(99))),
    ("channel binding without TLS", FINAL, "channel binding", asks(
        authentication(10, b"SCRAM-SHA-256\0\0"), "?sslmode=disable&channel_binding=require")),
    ("server that does not know the password", FINAL, "does not know the password", speaks(scram_with_a_wrong_signature)),
    # -- 3.1: the role of the server
    ("read-only, read-write wanted", WAIT, "read-only|standby", real(
        "ALTER ROLE {role} SET default_transaction_read_only = on", query="?target_session_attrs=read-write")),
    ("read-only", WAIT, "standby", real("ALTER ROLE {role} SET default_transaction_read_only = on")),
    ("primary, standby wanted", WAIT, "not a standby", real(query="?target_session_attrs=standby")),
    # -- 3.2: what the server answers
    ("57P03 starting up", WAIT, "starting up", answers("57P03", "the database system is starting up")),
    ("57P03 shutting down", WAIT, "shutting down", answers("57P03", "the database system is shutting down")),
    ("57P03 recovery", WAIT, "in recovery", answers("57P03", "the database system is in recovery mode")),
    ("57P03 not yet", WAIT, "not yet", answers("57P03", "the database system is not yet accepting connections",
                                               detail="Consistent recovery state has not been yet reached.")),
    ("57P03 another language", WAIT, "not yet", answers("57P03", "das Datenbanksystem startet")),
    ("57P03 hot standby off", 60, "takes no sessions", answers(
        "57P03", "the database system is not accepting connections", detail="Hot standby mode is disabled.")),
    ("57P01", WAIT, "terminated", answers("57P01", "terminating connection due to administrator command")),
    ("57P02", WAIT, "terminated", answers("57P02", "terminating connection because of crash of another server process")),
    ("57P05", WAIT, "terminated", answers("57P05", "terminating connection due to idle-session timeout")),
    ("25P03", WAIT, "terminated", answers("25P03", "terminating connection due to idle-in-transaction timeout")),
    ("57P04", MISSING, "dropped", answers("57P04", "terminating connection because the database was dropped")),
    ("53300 before", WAIT, "too many connections", answers("53300", "sorry, too many clients already", routine="InitProcess")),
    ("53300 role", WAIT, "for the role", real("ALTER ROLE {role} CONNECTION LIMIT 0")),
    ("53300 database", WAIT, "for the database", real("ALTER DATABASE {database} CONNECTION LIMIT 0")),
    ("53000", WAIT, "out of resources", answers("53000", "insufficient resources")),
    ("53100", WAIT, "out of resources", answers("53100", "could not write init file")),
    ("53200", WAIT, "out of resources", answers("53200", "out of memory")),
    ("53400", WAIT, "out of resources", answers("53400", "configuration limit exceeded")),
    ("28P01 password", AUTH, "password authentication failed", real(user="{role}:wrong")),
    ("28P01 role", AUTH, "password authentication failed", real(user="nobody_here:wrong")),
    ("28P01 expired", AUTH, "password authentication failed", real("ALTER ROLE {role} VALID UNTIL '2001-01-01'")),
    ("28000 NOLOGIN", AUTH, "login refused", real("ALTER ROLE {role} NOLOGIN")),
    ("28000 no line", AUTH, "no pg_hba.conf entry", answers(
        "28000", 'no pg_hba.conf entry for host "10.0.0.9", user "app", database "shop", SSL encryption', routine="ClientAuthentication")),
    ("28000 no TLS", AUTH, "without TLS", answers(
        "28000", 'no pg_hba.conf entry for host "10.0.0.9", user "app", database "shop", no encryption', routine="ClientAuthentication")),
    ("28000 client certificate", FINAL, "client certificate", answers(
        "28000", "connection requires a valid client certificate", routine="ClientAuthentication")),
    ("3D000", MISSING, "does not exist", real(database="no_such_database")),
    ("55000", 30, "not accepting connections", real("ALTER DATABASE {database} ALLOW_CONNECTIONS false")),
    ("42501 CONNECT", AUTH, "permission denied", real("REVOKE CONNECT ON DATABASE {database} FROM PUBLIC")),
    ("42704", FINAL, "unknown server setting", real(query="?options=-c%20nonsense%3Don")),
    ("22023", FINAL, "bad server setting", real(query="?options=-c%20TimeZone%3DNowhere")),
    ("42602", FINAL, "bad server setting", answers("42602", "invalid configuration parameter name")),
    ("25006", WAIT, "read-only", answers("25006", "cannot execute in a read-only transaction")),
    ("0A000", FINAL, "not supported", answers("0A000", "unsupported frontend protocol 3.0: server supports 9.0 to 9.9")),
    ("08P01 of PostgreSQL", FINAL, "protocol violation", answers("08P01", "invalid startup packet layout: expected terminator as last byte")),
    ("08P01 of a pooler", WAIT, "connection trouble", answers("08P01", "query_wait_timeout", routine=None)),
    ("08P01 of a pooler: password", AUTH, "authentication failed", answers("08P01", "password authentication failed", routine=None)),
    ("08P01 of a pooler: parameter", FINAL, "start-up parameter", answers("08P01", "unsupported startup parameter: options", routine=None)),
    *[(code, WAIT, "connection trouble", answers(code, "of a proxy", routine=None)) for code in ("08000", "08001", "08003", "08004", "08006")],
    *[(code, 30, "damage", answers(code, "of a disk")) for code in ("58000", "58030", "58P01")],
    *[(code, 30, "internal error", answers(code, "of the server")) for code in ("XX000", "XX001", "XX002")],
    ("P0001", AUTH, "trigger", answers("P0001", "logins are closed")),
    ("an unknown code", FINAL, "refused by the server", answers("72000", "never heard of")),
]  # fmt: skip
