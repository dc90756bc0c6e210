"""Reads what the examples are made of: Dockerfiles, compose files, manifests. No more of them than is used here; else an error."""

import json
import os
import re
import shlex

import yaml
from program import ROOT

EXAMPLES = os.path.join(ROOT, "examples")


def path_of(*parts):
    return os.path.join(EXAMPLES, *parts)


def read(*parts):
    with open(path_of(*parts), encoding="utf-8") as f:
        return f.read()


def documents(*parts):
    """All of a YAML file."""
    return list(yaml.safe_load_all(read(*parts)))


def interpolate(value, variables):
    """${NAME:-default}, ${NAME} and $$ in all texts, as compose has them; what it puts in is a text again."""
    if isinstance(value, dict):
        return {name: interpolate(entry, variables) for name, entry in value.items()}
    if isinstance(value, list):
        return [interpolate(entry, variables) for entry in value]
    if not isinstance(value, str):
        return value

    def replacement(match):
        if match[0] == "$$":
            return "$"
        return variables.get(match[1]) or match[2] or ""

    return re.sub(r"\$\$|\$\{(\w+)(?::-([^}]*))?\}", replacement, value)


def words_of(command):
    """A command as a list: lists are as they are, lines are cut as a shell does."""
    return [str(word) for word in command] if isinstance(command, list) else shlex.split(command or "")


def environment_of(value):
    """The environment of a service, from either of compose's two ways to write it."""
    if isinstance(value, list):
        value = dict(item.split("=", 1) for item in value)
    return {name: str(text) for name, text in (value or {}).items()}


def merged(one, other):
    """Two compose files, the second over the first."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: merged(one.get(name), value) for name, value in other.items()}}
    return other


def compose(folder, *names, **variables):
    """The services of compose files, with variables put in."""
    files = [interpolate(yaml.safe_load(read(folder, name)), variables) for name in names]
    whole = {}
    for file in files:
        whole = merged(whole, file)
    return whole["services"]


# ---- Dockerfile ----


def instructions(text):
    """(NAME, rest) of each, with lines joined and comments out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name.upper(), rest.strip()


def exec_form(rest):
    return json.loads(rest) if rest.startswith("[") else ["/bin/sh", "-c", rest]


class Stage:
    """What is set, copied and run in one FROM."""

    def __init__(self, base):
        self.base = base
        self.env = {}
        self.workdir = "/"
        self.entrypoint = []
        self.cmd = []
        self.healthcheck = []
        self.steps = []  # ("copy", from, sources, target) and ("run", workdir, command)

    def at(self, path):
        return os.path.normpath(os.path.join(self.workdir, path)) + ("/" if path.endswith("/") else "")

    def take(self, name, rest):
        if name == "ENV":
            self.env.update(word.split("=", 1) for word in shlex.split(rest))
        elif name == "WORKDIR":
            self.workdir = self.at(rest)
        elif name == "COPY":
            words = rest.split()
            origin = words.pop(0)[len("--from=") :] if words[0].startswith("--from=") else None
            target = self.at("./") if words[-1] in (".", "./") else self.at(words[-1])
            self.steps.append(("copy", origin, words[:-1], target))
        elif name == "RUN":
            self.steps.append(("run", self.workdir, rest))
        elif name == "ENTRYPOINT":
            self.entrypoint = exec_form(rest)
        elif name == "CMD":
            self.cmd = exec_form(rest)
        elif name == "HEALTHCHECK":
            self.healthcheck = exec_form(rest.partition("CMD ")[2])
        else:
            raise ValueError(f"{name} is not read here")


def dockerfile(*parts):
    """The stages by name; the last one is also called None."""
    stages = {}
    for name, rest in instructions(read(*parts)):
        if name == "FROM":
            words = rest.split()
            stage = Stage(words[0])
            stages[words[2] if len(words) == 3 else len(stages)] = stage
        else:
            stage.take(name, rest)
    stages[None] = stage
    return stages
