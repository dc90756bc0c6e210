"""A standby that follows a test's server, made by pg_basebackup."""

import os
import tempfile

from postgres import Postgres, free_port, wait_until

REPLICATION = "local replication all trust\n"


def let_it_be_followed(primary):
    """Once for a server: its settings of replication, and a line for its standbys."""
    with primary.admin("postgres") as cursor:
        cursor.execute("ALTER SYSTEM SET wal_level = replica")
        cursor.execute("ALTER SYSTEM SET max_wal_senders = 8")
    with open(os.path.join(primary.data, "pg_hba.conf"), "a", encoding="ascii") as f:
        f.write(REPLICATION)
    primary.stop("fast")
    primary.start()


class Standby(Postgres):
    def __init__(self, primary, **settings):  # pylint: disable=super-init-not-called
        self.bin = primary.bin
        self.directory = tempfile.mkdtemp(prefix="migrinit-standby-")
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self.port = free_port()
        self.as_server = primary.as_server
        if self.as_server:
            owner = os.stat(primary.directory)
            os.chown(self.directory, owner.st_uid, owner.st_gid)
        os.chmod(self.directory, 0o755)
        self.tool(
            "pg_basebackup", "-D", self.data, "-h", primary.directory, "-p", str(primary.port), "-U", "postgres", "-R", "-c", "fast", "-N"
        )  # fmt: skip
        own = {"port": self.port, "unix_socket_directories": f"'{self.directory}'", **settings}
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as f:
            f.writelines(f"{name} = {value}\n" for name, value in own.items())
        # pg_ctl would wait for one that lets nobody in.
        self.tool("pg_ctl", "-D", self.data, "-W" if settings.get("hot_standby") == "off" else "-w", "-l", self.log, "start")

    def promote(self):
        self.tool("pg_ctl", "-D", self.data, "-w", "promote")

    def is_standby(self, database="postgres"):
        with self.admin(database) as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            return cursor.fetchone()[0]

    def wait_until_it_has(self, database, sql):
        def there():
            with self.admin(database) as cursor:
                cursor.execute(sql)
                return cursor.fetchone()[0]

        wait_until(there, f"the standby has {sql}")
