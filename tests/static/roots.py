"""Roots as images have them, with nothing in them but what is listed here."""

import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

# pylint: disable=wrong-import-position
from program import PROGRAM  # noqa: E402

PASSWD = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
HOSTS = "127.0.0.1\tlocalhost\n"

# As on a machine that allows nothing but a certified module.
FIPS = """openssl_conf = init
[init]
providers = providers
alg_section = properties
[providers]
fips = fips
[fips]
activate = 1
[properties]
default_properties = fips=yes
"""

# Beside /migrinit and /migrations: folders, files with their text, programs of this machine.
KINDS = {
    "scratch": {},
    # A shell and tools in one file, no C library of GNU's.
    "alpine": {
        "etc/passwd": PASSWD,
        "etc/hosts": HOSTS,
        "etc/nsswitch.conf": "hosts: files dns\n",
        "bin/busybox": "/bin/busybox",
        "bin/sh": "/bin/busybox",
        "tmp/": None,
        "dev/": None,
        "proc/": None,
    },
    # No shell. The certificates are in one file, without the links that OpenSSL looks for.
    "distroless": {
        "etc/passwd": PASSWD,
        "etc/hosts": HOSTS,
        "etc/nsswitch.conf": "hosts: files dns\n",
        "etc/os-release": 'NAME="Distroless"\n',
        "etc/ssl/certs/ca-certificates.crt": "",
        "home/nonroot/": None,
        "tmp/": None,
        "dev/": None,
    },
    # Modules of the name switch, and of OpenSSL, that a program of another make cannot load.
    "debian": {
        "etc/passwd": PASSWD,
        "etc/group": "root:x:0:\n",
        "etc/hosts": HOSTS,
        "etc/nsswitch.conf": "passwd: files systemd\nhosts: files myhostname mdns4_minimal [NOTFOUND=return] dns\n",
        "etc/ssl/openssl.cnf": FIPS,
        "tmp/": None,
        "dev/": None,
        "proc/": None,
    },
}

# In a mount namespace: the root is its own mount, and nothing in it may be written.
SEAL = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'


class Root:
    """One root, and runs in it: read-only, as any user, as PID 1 or not."""

    def __init__(self, kind, folder, program):
        self.path = os.path.join(folder, kind)
        self.program = program
        os.mkdir(self.path)
        os.chmod(self.path, 0o755)
        self.copy(PROGRAM, "migrinit", 0o755)
        self.write("migrations/0001_a.sql", "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\n")
        for name, content in KINDS[kind].items():
            self.add(name, content)

    def add(self, name, content):
        if content and content.startswith("/"):
            self.copy(content, name, 0o755)
        elif name.endswith("/"):
            os.makedirs(os.path.join(self.path, name))
        else:
            self.write(name, content)

    def copy(self, source, name, mode):
        target = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        os.chmod(target, mode)

    def write(self, name, text):
        target = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(target, 0o644)

    def run(self, *args, uid=0, pid_1=False, env=None):
        """migrinit with these arguments, to its end."""
        namespaces = ["unshare", "--mount", "--fork", "--kill-child", *(["--pid"] if pid_1 else [])]
        prefix = [*namespaces, "sh", "-c", SEAL, "sh", self.path, "chroot", "--userspec", f"{uid}:{uid}", self.path]
        bare = {"HOME": None, "LANG": None, "PATH": "/bin:/usr/bin:/sbin:/usr/sbin", **(env or {})}
        return self.program.run(*args, env=bare, prefix=prefix, program="/migrinit")
