"""The table of examples/README.md: every test that it names exists."""

import glob
import os
import re

import pytest
from texts import EXAMPLES, read

HERE = os.path.dirname(os.path.abspath(__file__))


def sections():
    """The table's rows of each deployment."""
    found = {}
    for part in re.split(r"^### ", read("README.md"), flags=re.M)[1:]:
        name, _, text = part.partition("\n")
        rows = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("| ")]
        found[name] = rows[1:]
    return found


def names_in(name):
    with open(os.path.join(HERE, f"test_{name.replace('-', '_')}.py"), encoding="utf-8") as f:
        return set(re.findall(r"^def (test_\w+)", f.read(), re.M))


@pytest.mark.parametrize("name", sections())
def test_each_row_names_tests_that_exist(name):
    have, rows = names_in(name), sections()[name]
    assert len(rows) > 5
    for row in rows:
        cells = re.split(r" \| ", row.strip("|"))
        assert len(cells) == 3, row
        named = re.findall(r"`(test_\w+)`", cells[2])
        assert named and set(named) <= have, f"{row}: no such test"


def test_each_folder_is_in_the_list():
    folders = {name for name in os.listdir(EXAMPLES) if os.path.isdir(os.path.join(EXAMPLES, name))}
    assert set(re.findall(r"^\| \[([\w-]+)\]\(\1/\)", read("README.md"), re.M)) == folders


def test_each_deployment_has_its_parts():
    for name in sections():
        for kind in ("README.md", "compose.yaml", "**/Dockerfile", "**/Dockerfile.before"):
            assert glob.glob(os.path.join(EXAMPLES, name, kind), recursive=True), f"{name}: {kind}"
