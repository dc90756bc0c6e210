"""Engines in Rust, which their command lines wrap: the programs of tests/conformance/rust."""

import functools
import os
import subprocess

from matrix import Tool
from program import ROOT


@functools.cache
def rust_folder():
    build = [os.path.join(ROOT, "tests/conformance/rust/build.sh")]
    return subprocess.run(build, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout.strip()


class RustTool(Tool):
    """PROGRAM up | down | status URL FOLDER, of the tool's name; built if need be."""

    has_down = True

    def argv(self, place, command):
        return [os.path.join(rust_folder(), self.name), command, place.url, "migrations"]

    def ask(self, place, command):
        return place.attempt(self.argv(place, command))

    def run(self, place, command):
        return place.command(self.argv(place, command))

    def migrate(self, place):
        self.run(place, "up")

    def rollback(self, place):
        self.run(place, "down")

    def is_current(self, place):
        return self.ask(place, "status").returncode == 0
