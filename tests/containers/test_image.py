"""The image that the top folder's Dockerfile makes."""

import filecmp
import json
import os
import re

import pytest
from engine import podman
from program import PROGRAM

SIZE_MAX = 4_000_000
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATIC = os.path.join(os.path.dirname(PROGRAM), "static", "migrinit")

# As the strictest of places run it: nobody in particular, no right, nothing to write to.
SEALED = ["--user=65534:65534", "--cap-drop=ALL", "--read-only", "--read-only-tmpfs=false"]
SEALED += ["--security-opt=no-new-privileges"]


@pytest.fixture(scope="module")
def image():
    return json.loads(podman("image", "inspect", "migrinit").stdout)[0]


@pytest.fixture
def root():
    yield podman("image", "mount", "migrinit").stdout
    podman("image", "unmount", "migrinit")


def test_has_one_file_and_it_is_small(image, root):
    found = [os.path.relpath(os.path.join(path, name), root) for path, _, names in os.walk(root) for name in names]
    assert found == ["migrinit"]
    assert image["Size"] < SIZE_MAX
    assert os.stat(os.path.join(root, "migrinit")).st_mode & 0o777 == 0o755


def test_its_file_is_the_one_that_the_other_suites_have_tested(root):
    """Made in another place, at another time, of the same sources: the same bytes."""
    assert filecmp.cmp(STATIC, os.path.join(root, "migrinit"), shallow=False)


def test_whoever_takes_its_file_asks_for_it_by_its_name():
    """In the README, and in each example."""
    texts = [os.path.join(path, name) for path, _, names in os.walk(os.path.join(TOP, "examples")) for name in names]
    asked = {}
    for path in [os.path.join(TOP, "README.md"), *texts]:
        with open(path, encoding="utf-8", errors="replace") as file:
            for name in re.findall(r"(?:--from=migrinit |docker cp migrinit:)(\S+)", file.read()):
                asked[os.path.relpath(path, TOP)] = name
    assert len(asked) > 1
    assert {path: name for path, name in asked.items() if name != "/migrinit"} == {}


def test_tells_what_it_is(image, start):
    labels = image["Config"]["Labels"]
    run = start("migrinit", "--version")
    assert run.wait() == 0, run
    assert run.out.find(f"^migrinit {re.escape(labels['org.opencontainers.image.version'])}"), run
    assert labels["org.opencontainers.image.title"] == "migrinit"
    assert labels["org.opencontainers.image.licenses"] == "MIT"


def test_without_words_it_tells_how_it_is_used(start):
    run = start("migrinit")
    assert run.wait() == 0, run
    assert run.out.find("^Usage: migrinit"), run


@pytest.mark.parametrize("options", [[], SEALED], ids=["as it is", "sealed"])
def test_migrates_the_folder_that_it_is_given(start, database, folder, options):
    place = folder(m0001_a="CREATE TABLE a (n int);", m0002_b="CREATE TABLE b (n int);")
    options = ["-v", f"{place}:/migrations:ro", *options]
    env = {"DATABASE_URL": database.url}
    first = start("migrinit", "migrate", env=env, options=options)
    assert first.wait() == 0, first
    assert database.history() == ["0001_a", "0002_b"]
    again = start("migrinit", "migrate", env=env, options=options)
    assert again.wait() == 0, again
    assert not again.err.find("0001_a"), again


def test_a_migration_that_fails_is_its_exit_code(start, database, folder):
    place = folder(m0001_a="CREATE TABLE a (n int);", m0002_b="SELECT nonsense;")
    run = start("migrinit", "migrate", env={"DATABASE_URL": database.url}, options=["-v", f"{place}:/migrations:ro"])
    assert run.wait() == 1, run
    assert database.history() == ["0001_a"]


@pytest.mark.parametrize("options", [[], SEALED], ids=["as it is", "sealed"])
def test_in_front_of_an_app(start, database, options):
    """The app's folder is the image's own, /migrations; the working directory is another one."""
    run = start("app", "app", "pid", "who", env={"DATABASE_URL": database.url}, options=options)
    assert run.wait() == 0, run
    assert run.err.find("Using /migrations"), run
    assert database.history() == ["0001_items", "0002_first_item"]
    if options:
        assert run.out.find("Uid:\t65534"), run
        assert run.out.find("CapEff:\t0000000000000000"), run
        assert run.out.find("NoNewPrivs:\t1"), run
