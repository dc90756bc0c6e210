"""github-actions: the workflow's own commands, run in its order with its environment, against its service."""

import os
import re
import shutil
import subprocess

import pytest
from program import PROGRAM
from texts import documents, path_of, read

(WORKFLOW,) = documents("github-actions", "migrations.yml")
CHECK, DEPLOY = WORKFLOW["jobs"]["check"], WORKFLOW["jobs"]["deploy"]


class Runner:
    """A checkout of a repository with migrations, on the network of the job's service."""

    def __init__(self, host, folder):
        self.host = host
        self.base = os.path.join(folder, "repository")
        shutil.copytree(path_of("plain", "migrations"), f"{self.base}/migrations")
        os.mkdir(f"{folder}/bin")
        os.symlink(PROGRAM, f"{folder}/bin/migrinit")
        self.env = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": folder, **{name: str(value) for name, value in CHECK["env"].items()}}
        self.git("init", "-q")
        self.commit()
        self.env["BASE"] = self.git("rev-parse", "HEAD").strip()

    def git(self, *args):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *identity, *args], cwd=self.base, env=self.env, check=True, stdout=subprocess.PIPE, text=True).stdout

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    def write(self, name, text):
        with open(f"{self.base}/migrations/{name}", "w", encoding="utf-8") as f:
            f.write(text)
        self.commit()

    def steps(self):
        """Runs the job as the runner does, up to the first that fails; gives (name, exit code, output)."""
        for step in CHECK["steps"]:
            if "run" not in step or step["name"] == "Install migrinit":
                continue
            done = subprocess.run([*self.host.enter, "bash", "-e", "-c", step["run"]], cwd=self.base, env=self.env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip
            assert "4all" not in done.stdout
            yield step["name"], done.returncode, done.stdout
            if done.returncode:
                return


@pytest.fixture
def shop(host, database):
    service = CHECK["services"]["postgres"]
    return database(host.database({"environment": service["env"]}))


@pytest.fixture
def runner(host, shop, tmp_path):
    return Runner(host, str(tmp_path))


def test_pull_request_with_a_good_migration(runner, shop):
    runner.write("0004_likes.sql", "CREATE TABLE likes (n int);\n")
    ran = list(runner.steps())
    assert [(name, code) for name, code, _ in ran] == [
        ("Migrate to where the base branch is", 0), ("Try what is pending", 0), ("Migrate", 0), ("Nothing may be left", 0),
    ]  # fmt: skip
    tried, migrated = ran[1][2], ran[2][2]
    assert "0004_likes" in tried and " ms" in tried and "0001" not in tried, tried
    assert "✓ 0004_likes" in migrated and shop.has_table("likes")


def test_pull_request_with_a_bad_migration(runner, shop):
    """Found by the try, with file and line; nothing of it stays."""
    runner.write("0004_likes.sql", "CREATE TABLE likes (n int);\nSELECT nothing;\n")
    name, code, text = list(runner.steps())[-1]
    assert (name, code) == ("Try what is pending", 1) and "0004_likes.sql:2:8" in text, text
    assert not shop.has_table("likes")


def test_pull_request_that_edits_an_applied_migration(runner):
    first = sorted(os.listdir(f"{runner.base}/migrations"))[0]
    with open(f"{runner.base}/migrations/{first}", encoding="utf-8") as f:
        text = f.read()
    runner.write(first, text + "\n-- better\n")
    name, code, text = list(runner.steps())[-1]
    assert name in ("Try what is pending", "Migrate") and code == 1 and first.removesuffix(".sql") in text, text


def test_deploy_is_one_command_with_the_secret_in_its_environment():
    (step,) = [step for step in DEPLOY["steps"] if "run" in step]
    assert step["env"] == {"DATABASE_URL": "${{ secrets.DATABASE_URL }}"} and "secrets." not in step["run"]
    assert DEPLOY["needs"] == "check" and DEPLOY["concurrency"] == "migrations"


def test_workflow_says_what_it_may_do():
    """YAML 1.1 reads the key `on` as true."""
    assert WORKFLOW["permissions"] == {"contents": "read"} and set(WORKFLOW[True]) == {"pull_request", "push"}
    assert not re.search(r"run:.*\$\{\{", read("github-actions", "migrations.yml")), "values come by the environment, not into the script"


def test_deploy_migrates(host, shop, tmp_path):
    """What docker is told: the folder, the variables, the entry point, the command."""
    (step,) = [step for step in DEPLOY["steps"] if "run" in step]
    words = step["run"].replace("$PWD", str(tmp_path)).replace('"', "").split()
    assert words[:5] == ["docker", "run", "--rm", "--network", "host"]
    source, target, _ = words[words.index("-v") + 1].split(":")
    given = [words[place + 1] for place, word in enumerate(words) if word == "-e"]
    assert given == ["MIGRINIT_MIGRATE_DIR=/migrations", "DATABASE_URL"] and target == "/migrations"
    place = words.index("--entrypoint")
    assert re.fullmatch(r"ghcr.io/example/migrinit:\d+\.\d+\.\d+", words[place + 2])
    shutil.copytree(path_of("plain", "migrations"), source)
    env = {"MIGRINIT_MIGRATE_DIR": "/migrations", "DATABASE_URL": CHECK["env"]["DATABASE_URL"]}
    run = host.run(host.image("plain", "Dockerfile"), entrypoint=[words[place + 1]], command=words[place + 3 :], env=env, mounts={target: source})
    assert run.code == 0 and len(shop.history()) == 3, run
