"""The first boot of the official image: a server for its init scripts first, then the real one.

docker-entrypoint.sh of docker-library/postgres 10 to 19: the temporary server listens on its socket alone
(-c listen_addresses='' -p PORT), makes role and database, runs the init scripts, is stopped (fast), and then the
real one starts. Here its steps are taken one by one, with migrinit waiting from before the first.
"""

import os

import pytest
from postgres import PASSWORD, PASSWORD_ENCODED, Database, wait_until
from room import violations_of_run
from tally import SCALE

pytestmark = pytest.mark.own_server

HBA = "local all postgres trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
SLOW_S = (0, 3, 60) if SCALE >= 100 else (3,)


class Boot:
    """A server that has neither the role nor the database yet, and is not running."""

    def __init__(self, server):
        self.server = server
        self.name = f"image{len(server.log_text())}"
        self.database = Database(server, self.name, exists=False)
        with open(os.path.join(server.data, "pg_hba.conf"), "w", encoding="ascii") as f:
            f.write(HBA)
        server.stop("fast")

    def url(self, way):
        place = f"{self.name}:{PASSWORD_ENCODED}"
        if way == "TCP":
            return f"postgresql://{place}@127.0.0.1:{self.server.port}/{self.name}"
        return f"postgresql://{place}@/{self.name}?host={self.server.directory}&port={self.server.port}"

    def start_temporary(self):
        options = f"-c listen_addresses='' -p {self.server.port}"
        self.server.tool("pg_ctl", "-D", self.server.data, "-w", "-l", self.server.log, "-o", options, "start")

    def make_role(self):
        with self.server.admin("postgres") as cursor:
            cursor.execute(f"CREATE ROLE {self.name} LOGIN CREATEDB PASSWORD %s", (PASSWORD,))

    def make_database(self):
        """It looks, and then creates: who did so in between has ended the image's script."""
        with self.server.admin("postgres") as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", (self.name,))
            assert not cursor.fetchall(), "somebody made the database"
            cursor.execute(f"CREATE DATABASE {self.name} OWNER {self.name}")


    def tried(self, run, times=1):
        """The program has looked at things as they are now."""
        before = run.err.count(r"Attempt \d+ to reach database")
        wait_until(
            lambda: run.err.count(r"Attempt \d+ to reach database") >= before + times, "it has tried again", 30 + 10 * times
        )

    def remove(self):
        self.database.drop()
        with self.server.admin("postgres") as cursor:
            cursor.execute(f"DROP ROLE {self.name}")


def done_on_it(boot):
    """What the role did that changes anything, and what it made, on the temporary server."""
    with boot.server.admin(boot.name) as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = %s)", (boot.name,))
        count = cursor.fetchone()[0]
    return [f"{count} objects were made on the temporary server"] if count else []


@pytest.mark.parametrize("create", ["false", "true"])
@pytest.mark.parametrize("way", ["TCP", "socket"])
def test_first_boot(room, server, tally, way, create):
    for slow_s in SLOW_S:
        room.furnish()
        room.leave()
        boot = Boot(server)
        env = {"MIGRINIT_WAIT_TIMEOUT": "400s", "MIGRINIT_LOG_LEVEL": "debug", "MIGRINIT_DATABASE_CREATE": create}
        run = room.start(url=boot.url(way), env=env)
        run.err.wait_for("Waiting for database")
        boot.start_temporary()
        boot.tried(run)
        boot.make_role()
        boot.tried(run)
        boot.make_database()
        boot.tried(run, 1 + round(slow_s / 2))  # the init scripts run meanwhile
        found = done_on_it(boot)
        server.stop("fast")
        server.start()
        run.code = run.wait(120)
        found += violations_of_run(run, {0})
        if way == "socket" and not run.err.find("being set up"):
            found.append(f"the temporary server was not met: {run}")
        if len(boot.database.history()) != len(room.files) or boot.database.value("SELECT count(*) FROM ledger") != len(room.files):
            found.append(f"not each of them once: {boot.database.history()}")
        room.forget()
        boot.remove()
        tally.add((way, create, slow_s), found)
    tally.close()


def test_socket_only_on_purpose(room, server, tally):
    """A server that listens on no address by its file, or by one option of its own, is a server like any other."""
    for options in ("", "-c listen_addresses=''"):
        room.furnish()
        room.leave()
        server.stop("fast")
        if options:
            server.tool("pg_ctl", "-D", server.data, "-w", "-l", server.log, "-o", options, "start")
        else:
            with open(os.path.join(server.data, "postgresql.auto.conf"), "a", encoding="ascii") as f:
                f.write("listen_addresses = ''\n")
            server.start()
        url = f"postgresql://postgres@/{room.database.name}?host={server.directory}&port={server.port}"
        tally.add(options, violations_of_run(room.run(url=url), {0}))
        room.leave()
        with server.admin("postgres") as cursor:
            cursor.execute("ALTER SYSTEM RESET ALL")
        server.stop("fast")
        server.start()
    tally.close()
