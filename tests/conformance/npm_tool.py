"""Real migration tools from npm, and what a database looks like after them."""

import filecmp
import os
import shutil
import subprocess

from postgres import PASSWORD, USER
from program import ROOT


def installed(name):
    """The folder with the tool's node_modules; installed when it is not there in this version."""
    wanted = os.path.join(ROOT, "tests/conformance", name, "package.json")
    folder = os.path.join(ROOT, ".cache/npm", name)
    have = os.path.join(folder, "package.json")
    if not (os.path.exists(have) and filecmp.cmp(wanted, have, False) and os.path.isdir(f"{folder}/node_modules")):
        os.makedirs(folder, exist_ok=True)
        shutil.copyfile(wanted, have)
        try:
            subprocess.run(
                ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"],
                cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )
        except (OSError, subprocess.CalledProcessError):
            os.remove(have)
            raise
    return folder


def run_tool(name, command, *args, cwd, env):
    """Gives the finished process, output and errors together."""
    return subprocess.run(
        [os.path.join(installed(name), "node_modules/.bin", command), *args],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": cwd, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def dump(database, *options):
    """pg_dump's text without the lines that differ from run to run."""
    server = database.server
    text = subprocess.run(
        [os.path.join(server.bin, "pg_dump"), "-h", "127.0.0.1", "-p", str(server.port), "-U", USER, *options, database.name],
        env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return [line for line in text.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def image(database, book):
    """Schema, and the data of everything but the bookkeeping table."""
    return dump(database, "-s"), dump(database, "-a", "--inserts", "-T", book)


