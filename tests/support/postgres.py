"""A throw-away PostgreSQL: initdb in a scratch directory, gone when the tests are."""

import contextlib
import glob
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import psycopg2

# Looked for in everything that the program prints, and in all command lines of the machine, where
# another run of these tests may be at work. All that makes a URL hard is in it.
PASSWORD = f"Can4ry{os.getpid()}@:/% geheim"
PASSWORD_ENCODED = f"Can4ry{os.getpid()}%40%3A%2F%25%20geheim"
USER = "app"


def newest_installed(name):
    """Debian keeps a server's programs out of PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda p: int(p.split("/")[4]))
    return found[-1] if found else shutil.which(name) or f"/{name}"


def find_bin():
    """The server's programs: those of PG_BIN (tests/versions), or the newest that are installed."""
    return os.environ.get("PG_BIN") or os.path.dirname(newest_installed("initdb"))


def major_of(program):
    """"pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)": 15."""
    told = subprocess.run([program, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return int(told.split()[2].split(".")[0])


def free_port(address="127.0.0.1"):
    """A TCP port that nobody listens on: below those from which the kernel gives every connection one, maybe this one."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        end = int(f.read().split()[0])
    while True:
        port = random.randrange(min(10000, end // 2), end)
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
            s.bind((address, port))
            return port


class Postgres:
    """One server: superuser `postgres` by unix socket (trust), role `app` by TCP (scram).

    `prefix` is a command that its programs are started by, such as one that enters a network;
    `parent` the folder that its own is made in, /tmp for None.
    """

    def __init__(self, port=None, prefix=(), parent=None):
        self.bin = find_bin()
        self.major = major_of(os.path.join(self.bin, "postgres"))
        self.directory = tempfile.mkdtemp(prefix="migrinit-pg-", dir=parent)
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self.port = port or free_port()
        self.as_server = [*prefix]
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.directory, account.pw_uid, account.pw_gid)
            self.as_server += ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
        os.chmod(self.directory, 0o755)
        self.tool("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--locale=C")
        with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="ascii") as f:
            f.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as f:
            f.write(
                f"port = {self.port}\n"
                f"unix_socket_directories = '{self.directory}'\n"
                "listen_addresses = '127.0.0.1'\n"
                "fsync = off\nfull_page_writes = off\n"
                "max_connections = 100\n"
                "log_connections = on\nlog_disconnections = on\nlog_statement = all\n"
                "log_line_prefix = '%d %p '\n"
                "password_encryption = 'scram-sha-256'\n"
                "autovacuum = off\n"
                "wal_level = minimal\nmax_wal_senders = 0\n"
            )
        self.start()
        with self.admin("postgres") as cursor:
            cursor.execute(f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD %s", (PASSWORD,))

    def tool(self, name, *args):
        subprocess.run(
            [*self.as_server, os.path.join(self.bin, name), *args],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )

    def client(self, name):
        """psql and the like: the server's own, where it came with some."""
        own = os.path.join(self.bin, name)
        return own if os.access(own, os.X_OK) else newest_installed(name)

    def start(self):
        self.tool("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.log, "start")

    def stop(self, mode="immediate"):
        self.tool("pg_ctl", "-D", self.data, "-w", "-t", "60", "-m", mode, "stop")

    def is_running(self):
        return os.path.exists(os.path.join(self.data, "postmaster.pid"))

    def postmaster(self):
        with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as f:
            return int(f.readline())

    def kill(self):
        """The power goes: the postmaster and its children die at once."""
        self.stop("immediate")

    def remove(self):
        if self.is_running():
            with contextlib.suppress(subprocess.CalledProcessError):
                self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextlib.contextmanager
    def admin(self, database):
        """A cursor of the superuser, every statement by itself."""
        connection = psycopg2.connect(host=self.directory, port=self.port, user="postgres", dbname=database)
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()

    def url(self, database, password=PASSWORD_ENCODED, user=USER, port=None, query=""):
        return f"postgresql://{user}:{password}@127.0.0.1:{port or self.port}/{database}{query}"

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def log_size(self):
        return os.path.getsize(self.log)

    def log_since(self, offset, database):
        """The log's lines about one database, from an offset on."""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            f.seek(offset)
            return [line for line in f.read().splitlines() if line.startswith(database + " ")]


class Database:
    """A database of one test, owned by `app`."""

    def __init__(self, server, name, exists=True):
        self.server = server
        self.name = name
        self.url = server.url(name)
        if exists:
            with server.admin("postgres") as cursor:
                cursor.execute(f'CREATE DATABASE "{name}" OWNER {USER}')

    def drop(self):
        if self.server.is_running():
            with self.server.admin("postgres") as cursor:
                self.end_sessions(cursor)
                cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}"')

    def end_sessions(self, cursor):
        """DROP DATABASE WITH (FORCE) for servers before 13 too; until none is left, or comes anew."""
        mine = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"

        def are_gone():
            cursor.execute(f"SELECT pg_terminate_backend(pid) {mine}", (self.name,))
            return not cursor.fetchall()

        wait_until(are_gone, f"no session in {self.name}")

    def schema(self):
        """All that is defined, as lines that can be compared."""
        program = self.server.client("pg_dump")
        if major_of(program) < self.server.major:  # it refuses a server that it does not know
            return self.defined()
        where = ["-h", self.server.directory, "-p", str(self.server.port), "-U", "postgres", self.name]
        dump = subprocess.run([program, "-s", *where], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        return [line for line in dump.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]

    def defined(self):
        """The same as the server itself tells it: relations, columns, constraints, indexes, functions."""
        return self.rows(
            "WITH own AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')"
            " SELECT 'schema', oid::regnamespace::text, NULL, NULL FROM own"
            " UNION ALL SELECT relkind::text, c.oid::regclass::text, relowner::regrole::text,"
            "   CASE relkind WHEN 'i' THEN pg_get_indexdef(c.oid) WHEN 'v' THEN pg_get_viewdef(c.oid) END"
            "   FROM pg_class c JOIN own ON own.oid = relnamespace"
            " UNION ALL SELECT 'column ' || attname, c.oid::regclass::text, format_type(atttypid, atttypmod),"
            "   attnotnull || coalesce(pg_get_expr(adbin, adrelid), '')"
            "   FROM pg_class c JOIN own ON own.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid"
            "   LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
            "   WHERE relkind IN ('r', 'v', 'p') AND attnum > 0 AND NOT attisdropped"
            " UNION ALL SELECT 'constraint', conname, conrelid::regclass::text, pg_get_constraintdef(c.oid)"
            "   FROM pg_constraint c JOIN own ON own.oid = connamespace"
            " UNION ALL SELECT 'function', p.oid::regprocedure::text, NULL, pg_get_functiondef(p.oid)"
            "   FROM pg_proc p JOIN own ON own.oid = pronamespace WHERE prokind IN ('f', 'p')"
            " UNION ALL SELECT 'type ' || typtype::text, t.oid::regtype::text, NULL,"
            "   (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)"
            "   FROM pg_type t JOIN own ON own.oid = typnamespace"
            " ORDER BY 1, 2, 3, 4"
        )

    def rows(self, sql, *args):
        with self.server.admin(self.name) as cursor:
            cursor.execute(sql, args or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql, *args):
        rows = self.rows(sql, *args)
        return rows[0][0] if rows else None

    def run(self, sql):
        with self.server.admin(self.name) as cursor:
            cursor.execute(sql)

    def has_table(self, name):
        return self.value("SELECT to_regclass(%s) IS NOT NULL", name)

    def tables(self):
        return {
            row[0]
            for row in self.rows(
                "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE relkind = 'r' AND nspname = 'public'"
            )
        }

    def history(self):
        """Applied migrations of the plain format, in order."""
        if not self.has_table("migrinit.migrations"):
            return []
        return [row[0] for row in self.rows("SELECT id FROM migrinit.migrations WHERE applied_at < 'infinity' ORDER BY applied_at, id")]

    def versions(self):
        """Applied migrations of dbmate."""
        if not self.has_table("public.schema_migrations"):
            return []
        return [row[0] for row in self.rows("SELECT version FROM schema_migrations ORDER BY version")]

    def advisory_locks(self):
        return self.value(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = %s)",
            self.name,
        )

    def sessions(self):
        return self.value("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = %s", self.name, USER)

    @contextlib.contextmanager
    def session(self):
        """A connection of its own, in a transaction, rolled back at the end."""
        connection = psycopg2.connect(
            host=self.server.directory, port=self.server.port, user="postgres", dbname=self.name
        )
        try:
            yield connection
        finally:
            connection.close()


def wait_until(condition, what, timeout=30.0):
    """Ask until it is true; the deadline is for the case that it never becomes so."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {timeout} s: {what}")
        time.sleep(0.02)


def kill_quietly(pid, sig=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sig)
