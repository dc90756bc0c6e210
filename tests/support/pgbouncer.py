"""A PgBouncer before a test's server."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile

from postgres import PASSWORD, USER, free_port, wait_until


class PgBouncer:
    """One pooler, by default with two sessions of the server for all clients."""

    def __init__(self, server, mode, pool_size=2):
        self.server = server
        self.directory = tempfile.mkdtemp(prefix="migrinit-pool-")
        self.port = free_port()
        self.process = None
        self.log = os.path.join(self.directory, "log")
        self.as_pooler = []
        if os.geteuid() == 0:  # which it refuses to be
            account = pwd.getpwnam("postgres")
            os.chown(self.directory, account.pw_uid, account.pw_gid)
            self.as_pooler = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
        os.chmod(self.directory, 0o755)
        self.ini = self._write(
            "pgbouncer.ini",
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
            "[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {self.directory}/users\n"
            f"pool_mode = {mode}\ndefault_pool_size = {pool_size}\n"
            "server_login_retry = 1\n"
            f"logfile = {self.log}\n",
        )
        self._write("users", f'"{USER}" "{PASSWORD}"\n')
        self.start()

    def _write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o644)
        return path

    def _listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f"pgbouncer ended with {self.process.returncode}")
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def start(self):
        program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen(
            [*self.as_pooler, program, "-q", self.ini],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        wait_until(self._listens, "pgbouncer listens")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def remove(self):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, database):
        return self.server.url(database.name, port=self.port)
