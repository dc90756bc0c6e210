"""Docker's own daemon, with the images of podman's storage, for as long as the tests run."""

import os
import subprocess
import tempfile

from engine import SETTINGS
from postgres import wait_until

# Debian's: another client may come first in PATH, and not speak to this daemon.
DAEMON = "/usr/sbin/dockerd"
CLIENT = "/usr/bin/docker"
COMPOSE = "/usr/bin/docker-compose"
IMAGES = ["database", "migrinit", "app", "debian:bookworm-slim"]
START_S = 60


def is_here():
    return all(os.path.exists(tool) for tool in (DAEMON, CLIENT, COMPOSE))


class Docker:
    def __init__(self):
        self.run_folder = tempfile.mkdtemp(prefix="docker-", dir="/run")
        self.data = os.path.join(os.path.dirname(SETTINGS["CONTAINERS_CONF"]), "docker")
        os.mkdir(self.data)
        self.socket = os.path.join(self.run_folder, "socket")
        self.env = {**os.environ, "DOCKER_HOST": f"unix://{self.socket}"}
        self.log = open(os.path.join(self.data, "log"), "wb")
        places = ["--data-root", os.path.join(self.data, "data"), "--exec-root", os.path.join(self.run_folder, "exec")]
        self.daemon = subprocess.Popen(
            [DAEMON, "-H", f"unix://{self.socket}", "--pidfile", os.path.join(self.run_folder, "pid"), *places],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        wait_until(self.answers, "dockerd answers", START_S)
        self.load()

    def answers(self):
        if self.daemon.poll() is not None:
            with open(self.log.name, encoding="utf-8", errors="replace") as file:
                raise AssertionError(f"dockerd has ended:\n{file.read()[-4000:]}")
        return self("version", check=False).returncode == 0

    def load(self):
        save = ["podman", "save", "-q", "-m", "--format", "docker-archive", *IMAGES]
        with subprocess.Popen(save, stdout=subprocess.PIPE) as saving:
            subprocess.run([CLIENT, "load", "-q"], env=self.env, stdin=saving.stdout, check=True, capture_output=True)
        assert saving.returncode == 0

    def __call__(self, *args, check=True, tool=CLIENT, **env):
        done = subprocess.run(
            [tool, *args],
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{tool} {' '.join(args)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def close(self):
        """At once: a daemon that ends by itself waits long for its containerd, which the namespace ends."""
        self.daemon.kill()
        self.daemon.wait()
        self.log.close()
