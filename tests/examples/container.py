"""Runs the examples' images as containers would be, in namespaces of their own.

Entry point, command, environment, user, secrets and folders are those of the example's files. All
containers of a host and its PostgreSQL share one network, where every name is 127.0.0.1.
"""

import os
import shutil
import subprocess
import sys
import tempfile

from image import Image
from postgres import Database, Postgres, wait_until
from program import PATIENCE, ROOT, Run
from texts import environment_of, words_of

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Container(Run):
    """One run of an image."""

    workdir = "/"

    def init(self):
        """PID 1 as seen from here."""

        def child():
            try:
                with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
                    return [int(pid) for pid in f.read().split()]
            except (FileNotFoundError, ProcessLookupError):
                return []

        return wait_until(child, "the container's PID 1")[0]

    def stop(self, patience=PATIENCE):
        """As `docker stop` does."""
        os.kill(self.init(), 15)
        return self.wait(patience)

    def exec(self, *argv, env=None):
        """As `docker exec` does: exit code, and all that it said."""
        pid = self.init()
        with open(f"/proc/{pid}/environ", "rb") as f:
            inherited = dict(item.split("=", 1) for item in f.read().decode().split("\0") if item)
        done = subprocess.run(
            ["nsenter", f"--target={pid}", "--net", "--pid", "--mount", "--root", f"--wdns={self.workdir}", *argv],
            env={**inherited, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, timeout=PATIENCE,
        )  # fmt: skip
        return done.returncode, done.stdout.decode(errors="replace")


class Host:
    """A network with a PostgreSQL in it, and containers."""

    def __init__(self):
        hold = 'ip link set lo up && echo && exec sleep infinity'
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--fork", "--kill-child", "sh", "-c", hold], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        self.holder.stdout.readline()
        with open(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children", encoding="ascii") as f:
            self.enter = ["nsenter", f"--net=/proc/{f.read().split()[0]}/ns/net"]
        self.server = Postgres(port=5432, prefix=self.enter)
        self.containers = []
        self.scratch = []

    def close(self):
        self.end_containers()
        self.server.remove()
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()

    def end_containers(self):
        for container in self.containers:
            container.kill()
        self.containers = []
        for folder in self.scratch:
            shutil.rmtree(folder, ignore_errors=True)
        self.scratch = []

    def image(self, *parts):
        """Builds what a Dockerfile of the examples says."""
        self.scratch.append(tempfile.mkdtemp(prefix="migrinit-image-"))
        os.chmod(self.scratch[-1], 0o755)
        return Image(self.scratch[-1], *parts)

    def start(self, image, env=None, entrypoint=None, command=None, mounts=None, user=None, read_only=False, capabilities=True):
        """A container. `mounts`: path in it to folder or file of this machine."""
        argv = image.command(entrypoint, command)
        container = self.sandbox(image, argv, env, mounts, user, read_only, capabilities)
        container.workdir = image.stage.workdir
        self.containers.append(container)
        return container

    def run(self, image, patience=PATIENCE, **options):
        container = self.start(image, **options)
        container.code = container.wait(patience)
        return container

    def sandbox(self, image, argv, env=None, mounts=None, user=None, read_only=False, capabilities=True):
        with open(image.file("/etc/hosts"), "w", encoding="ascii") as f:
            f.write("127.0.0.1 localhost db postgres vectorchord shop-db shop\n")
        bind = "--ro-bind" if read_only else "--bind"
        words = ["--ro-bind", "/usr", "/usr", bind, image.file("/usr/local"), "/usr/local"]
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            if os.path.exists(f"/usr/{name}"):
                words += ["--symlink", f"usr/{name}", f"/{name}"]
        mounts = {**image.mounts, **(mounts or {})}
        for path, source in mounts.items():
            self._mount_point(image, path, source)
        for name in sorted(os.listdir(image.root)):
            if name != "usr":
                words += [bind, os.path.join(image.root, name), f"/{name}"]
        for path, source in mounts.items():
            words += ["--ro-bind", source, path]
        words += ["--proc", "/proc", "--dev", "/dev", *(["--remount-ro", "/"] if read_only else [])]
        words += [] if capabilities else ["--cap-drop", "ALL"]
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--inh-caps=-all"] if user else []
        if not capabilities:
            # Root of a container whose capabilities are dropped may not become another user; so that is done before.
            words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"] if user else []
            become += ["--bounding-set=-all"] if user else []
        whole = {"PATH": PATH, "HOME": "/tmp" if user else "/root", **image.stage.env, **(env or {})}
        sandbox = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--as-pid-1", "--chdir", image.stage.workdir]
        prefix = [*self.enter, *sandbox, *words, *become]
        return Container(argv[1:], {name: str(value) for name, value in whole.items() if value is not None}, "/", prefix=prefix, program=argv[0])

    @staticmethod
    def _mount_point(image, path, source):
        """What a runtime makes where something is mounted and nothing is in the image."""
        place = image.file(path)
        if os.path.isdir(source):
            os.makedirs(place, exist_ok=True)
        elif not os.path.exists(place):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="ascii"):
                pass

    def service(self, image, service, **options):
        """A container as a service of a compose file describes it."""
        env = {**environment_of(service.get("environment")), **options.pop("env", {})}
        options.setdefault("entrypoint", words_of(service["entrypoint"]) if "entrypoint" in service else None)
        options.setdefault("command", words_of(service["command"]) if "command" in service else None)
        return self.start(image, env=env, **options)

    def finish(self, image, service, patience=PATIENCE, **options):
        container = self.service(image, service, **options)
        container.code = container.wait(patience)
        return container

    def database(self, service, exists=True):
        """What the postgres image makes at its first start: role and database."""
        env = environment_of(service.get("environment"))
        role, name = env.get("POSTGRES_USER", "postgres"), env.get("POSTGRES_DB")
        self.role(role, env["POSTGRES_PASSWORD"], "SUPERUSER")
        if name and exists:
            self.create(name, role)
        return name

    def role(self, name, password, options=""):
        with self.server.admin("postgres") as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            cursor.execute(f'{verb} ROLE "{name}" LOGIN {options} PASSWORD %s', (password,))

    def create(self, name, owner):
        with self.server.admin("postgres") as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')

    def back_up_and_restore(self, name, owner):
        """pg_dump, a new database, psql."""
        where = ["-h", self.server.directory, "-p", str(self.server.port), "-U", "postgres"]
        dump = subprocess.run([os.path.join(self.server.bin, "pg_dump"), *where, name], check=True, stdout=subprocess.PIPE).stdout
        Database(self.server, name, exists=False).drop()
        self.create(name, owner)
        psql = [os.path.join(self.server.bin, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *where, name]
        subprocess.run(psql, input=dump, check=True, stdout=subprocess.DEVNULL)

    def get(self, port, path="/"):
        """Status and body of an HTTP answer from inside of the network; status 0 while nobody listens."""
        code = (
            "import sys, urllib.request, urllib.error\n"
            "try:\n    a = urllib.request.urlopen(sys.argv[1], timeout=20)\n"
            "except urllib.error.HTTPError as e:\n    a = e\n"
            "except OSError:\n    print(0); sys.exit()\n"
            "print(a.status); print(a.read().decode(), end='')"
        )
        done = subprocess.run([*self.enter, sys.executable, "-c", code, f"http://127.0.0.1:{port}{path}"], stdout=subprocess.PIPE, check=True, text=True)
        status, _, body = done.stdout.partition("\n")
        return int(status), body

    def drop_databases(self):
        """Of a test, with the roles that it made."""
        if not self.server.is_running():
            return
        with self.server.admin("postgres") as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            cursor.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname NOT IN ('postgres', 'app')")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP OWNED BY "{name}"')
                cursor.execute(f'DROP ROLE "{name}"')


def prisma_engine():
    """Options of a container that has Prisma's schema engine: not on npm, so it is played (tests/conformance/prisma)."""
    source, folder = os.path.join(ROOT, "tests/conformance/prisma/engine.mjs"), os.path.join(ROOT, ".cache/npm/prisma")
    subprocess.run([os.path.join(ROOT, "tests/conformance/install.sh"), "prisma"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    engine = os.path.join(folder, "engine.mjs")
    if not os.path.exists(engine) or open(engine, "rb").read() != open(source, "rb").read():
        shutil.copy(source, engine)
    return {
        "mounts": {"/engine": folder},
        "env": {"PRISMA_SCHEMA_ENGINE_BINARY": "/engine/engine.mjs", "CHECKPOINT_DISABLE": "1", "PRISMA_HIDE_UPDATE_MESSAGE": "1"},
    }
