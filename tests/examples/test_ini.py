"""ini: every row of the settings' table, with its default, as the program takes it."""

import os
import re
import subprocess

import pytest
from container import PATH
from program import PROGRAM, ROOT
from texts import compose, path_of, read

NAME = path_of("ini", "migrinit.ini")
TEXT = read("ini", "migrinit.ini")


def rows_of_table():
    """(section, key): default or None, from lib/conf/options.c."""
    with open(os.path.join(ROOT, "lib/conf/options.c"), encoding="utf-8") as f:
        text = f.read()
    rows = re.findall(r'\{"(\w+)",\s*"(\w+)",\s*OPTION_\w+,\s*[^,]+?,\s*IN_\w+\([\w.]*\),\s*(?:NULL|"([^"]*)"),', text)
    assert len(rows) == len(re.findall(r'^    \{"\w+",\s*"\w+",\s*OPTION_', text, re.M))
    return {(section, key): default for section, key, default in rows}


def rows_of_example():
    """(section, key): (value, whether it is set, whether words stand above it)."""
    found, section, explained = {}, None, False
    for line in TEXT.splitlines():
        if re.fullmatch(r"\[(\w+)\]", line):
            section, explained = line[1:-1], False
        elif setting := re.fullmatch(r"(;?)(\w+) = (.*)", line):
            assert (section, setting[2]) not in found
            found[section, setting[2]] = (setting[3], not setting[1], explained)
            explained = False
        else:
            explained = line.startswith("; ") or (explained and line != "")
    return found


def config(file):
    """What `migrinit config` shows of it: {(section, key): (value, origin)}."""
    done = subprocess.run([PROGRAM, f"--config={file}", "config"], env={"PATH": PATH}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown, section = {}, None
    for line in done.stdout.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith("  "):
            key, rest = line.split(None, 1)
            value, origin = re.fullmatch(r"(.*?)  +(\S.*)", rest).groups()
            shown[section, key] = (value, origin)
    return shown


def test_has_every_setting_with_its_default():
    table, example = rows_of_table(), rows_of_example()
    assert list(example) == list(table), "the same, in the same order"
    for name, default in table.items():
        value, is_set, is_explained = example[name]
        assert is_explained, name
        if default:
            assert is_set and value == default, name
        else:
            assert not is_set and value, f"{name}: an example behind a semicolon"


def test_changes_nothing(tmp_path):
    """Each setting comes from the file, and is what it is without one."""
    empty = tmp_path / "empty.ini"
    empty.write_text("; nothing\n")
    shown, defaults = config(NAME), config(str(empty))
    assert {name: value for name, (value, _) in shown.items()} == {name: value for name, (value, _) in defaults.items()}
    for name, (_, is_set, _) in rows_of_example().items():
        assert (shown[name][1] != "default") == is_set, name


@pytest.mark.parametrize("name", [name for name, (_, is_set, _) in rows_of_example().items() if not is_set])
def test_each_example_is_accepted(tmp_path, name):
    section, key = name
    before, _, rest = TEXT.partition(f"\n[{section}]\n")
    file = tmp_path / "one.ini"
    file.write_text(f"{before}\n[{section}]\n" + rest.replace(f"\n;{key} = ", f"\n{key} = ", 1))
    shown = config(str(file))
    assert "one.ini" in shown[name][1], shown[name]


def test_runs(host, database):
    """As /etc/migrinit.ini of an image, all of it in force."""
    services = compose("plain", "compose.yaml")
    shop = database(host.database(services["db"]))
    image = host.image("plain", "Dockerfile")
    run = host.service(image, services["app"], mounts={"/etc/migrinit.ini": NAME})
    run.out.wait_for("listening on port 8080, migrations: ok")
    assert len(shop.history()) == 3 and host.get(8080)[0] == 200
