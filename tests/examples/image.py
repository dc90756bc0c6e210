"""Images without a registry: a root made as a Dockerfile says.

What the base image and `apt-get install` bring is this machine's /usr; what `npm install` brings is
installed from the example's own package.json.
"""

import json
import os
import shutil
import subprocess

from program import PROGRAM, ROOT
from texts import dockerfile, path_of

FROM_THE_MACHINE = ("passwd", "group", "nsswitch.conf", "alternatives", "ld.so.cache", "python3", "localtime", "services", "protocols", "ssl")


def packages(folder, production):
    """node_modules for the package.json of a folder, kept in .cache; of `production` without devDependencies."""
    with open(os.path.join(folder, "package.json"), encoding="utf-8") as f:
        wanted = json.load(f)
    parts = {part: wanted.get(part, {}) for part in ("dependencies", "devDependencies")}
    if production:
        del parts["devDependencies"]
    target = os.path.join(ROOT, ".cache/npm/examples", wanted["name"] + ("" if production else "-dev"))
    stamp = os.path.join(target, "package.json")
    text = json.dumps({"name": wanted["name"], "private": True, **parts}, indent=2)
    if not os.path.exists(stamp) or open(stamp, encoding="utf-8").read() != text:
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(target)
        with open(stamp + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(stamp + ".new", stamp)
        npm = ["npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"]
        try:
            subprocess.run(npm, cwd=target, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            os.remove(stamp)
            raise
    return os.path.join(target, "node_modules")


class Image:
    """A root as the last stage of a Dockerfile describes it."""

    def __init__(self, scratch, *parts):
        self.context = os.path.dirname(path_of(*parts))
        self.stages = dockerfile(*parts)
        self.scratch = scratch
        self.root = os.path.join(scratch, "root")
        self.mounts = {}  # path in the container: folder of this machine
        self.stage = self.stages[None]
        os.makedirs(os.path.join(self.root, "usr/local/bin"))
        self._base()
        for step in self.stage.steps:
            if step[0] == "copy":
                self._copy(*step[1:])
            else:
                self._run(*step[1:])
        os.makedirs(self.root + self.stage.workdir, exist_ok=True)

    def _base(self):
        """What is in every image, and not in an example."""
        etc = os.path.join(self.root, "etc")
        os.makedirs(etc)
        os.makedirs(os.path.join(self.root, "tmp"), 0o1777)
        for name in FROM_THE_MACHINE:
            source = os.path.join("/etc", name)
            if os.path.isdir(source):
                shutil.copytree(source, os.path.join(etc, name), symlinks=True, ignore_dangling_symlinks=True, ignore=shutil.ignore_patterns("private"))
            elif os.path.exists(source):
                shutil.copyfile(source, os.path.join(etc, name))

    def _run(self, workdir, command):
        if "npm install --no-package-lock" in command or "pnpm install" in command.splitlines()[0].split("&&")[-1]:
            self._mount(os.path.join(workdir, "node_modules"), packages(self._package_folder(self.stage, workdir), "--omit=dev" in command))
        if "python-is-python3" in command:
            os.symlink("/usr/bin/python3", os.path.join(self.root, "usr/local/bin/python"))

    def _package_folder(self, stage, workdir):
        """Where the package.json lies that a stage has copied to its working folder."""
        for kind, _, sources, target in (step for step in stage.steps if step[0] == "copy"):
            for source in sources:
                if os.path.basename(source) == "package.json" and target.rstrip("/") == workdir:
                    return os.path.dirname(os.path.join(self.context, source))
        raise ValueError(f"no package.json is copied to {workdir}")

    def _mount(self, path, source):
        os.makedirs(self.root + path, exist_ok=True)
        self.mounts[path.rstrip("/")] = source

    def _copy(self, origin, sources, target):
        if origin and self.stages[origin].base != "migrinit":
            (source,) = sources
            (run,) = [step for step in self.stages[origin].steps if step[0] == "run"]
            assert source == os.path.join(run[1], "node_modules"), "only packages come from another stage here"
            self._mount(target.rstrip("/"), packages(self._package_folder(self.stages[origin], run[1]), "--omit=dev" in run[2]))
            return
        for source in sources:
            assert not origin or source == "/migrinit"
            where = PROGRAM if origin else os.path.join(self.context, source)
            place = self.root + target
            if os.path.isdir(where):
                shutil.copytree(where, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
                continue
            if target.endswith("/"):
                place = os.path.join(place, os.path.basename(source))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy(where, place)

    def file(self, path):
        """A file of the image, as a path of this machine."""
        return os.path.join(self.root, path.lstrip("/"))

    def command(self, entrypoint=None, command=None):
        """What runs: as in docker and compose, another entry point takes the image's command away."""
        if entrypoint is not None:
            return [*entrypoint, *(command or [])]
        return [*self.stage.entrypoint, *(self.stage.cmd if command is None else command)]
