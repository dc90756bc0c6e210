"""The manual pages say what the program does: every verb, option, setting and exit code, and no other."""

import re
import subprocess

import pytest
from program import PROGRAM, ROOT

SETTINGS = re.findall(r"^  --([a-z]+-[a-z-]+)=", subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout, re.M)
PAGES = ["migrinit.1", "migrinit.ini.5"]


def read(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        return file.read()


def help_text():
    return subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout


def items(page, section):
    """The words behind .It of one section, macros and all."""
    text = re.search(rf"^\.Sh {section}\n(.*?)(?=^\.Sh )", read(f"man/{page}"), re.M | re.S)[1]
    return re.findall(r"^\.It (.*)$", text, re.M)


@pytest.mark.parametrize("page", PAGES)
def test_is_well_formed(page):
    """Nothing to say, but that manuals are looked for in an index that nobody has made."""
    run = subprocess.run(["mandoc", "-Tlint", f"{ROOT}/man/{page}"], capture_output=True, text=True)
    told = [line for line in (run.stdout + run.stderr).splitlines() if "referenced manual not found" not in line and "mandoc.db" not in line]
    assert told == []


@pytest.mark.parametrize("page", PAGES)
def test_groff_has_nothing_to_warn_of(page):
    run = subprocess.run(["groff", "-mandoc", "-ww", "-Tutf8", "-z", f"{ROOT}/man/{page}"], capture_output=True, text=True, check=True)
    assert run.stderr == "" and run.stdout == ""


def test_settings_are_those_of_the_program():
    """If not: make docs-man."""
    run = subprocess.run([f"{ROOT}/man/update.sh", PROGRAM, f"{ROOT}/man/migrinit.ini.5"], capture_output=True, text=True, check=True)
    assert run.stdout == read("man/migrinit.ini.5")
    names = re.findall(r"^  (?:--|\[[a-z]+\] )\S+=", help_text().partition("\nSettings,")[2], re.M)
    assert run.stdout.count("\n.It Ic ") == len(names) > 55


def verbs_of_the_page():
    heads = [item.partition(" Op")[0] for item in items("migrinit.1", "DESCRIPTION") if item.startswith("Cm ")]
    return {word for head in heads for word in re.findall("[a-z]+", head[3:])}


def test_verbs_are_those_of_the_program():
    told = verbs_of_the_page()
    usage = help_text().partition("\n\n")[0]
    known = set(re.findall(r"(?:\] |\| |migrinit )([a-z]+)\b", usage)) - {"options"}
    assert told == known | {"help", "version"} and len(known) == 10


def test_verbs_that_are_no_verbs_are_commands():
    """What the page names is known to the program: otherwise it would look for a program of that name."""
    for verb in verbs_of_the_page():
        run = subprocess.run([PROGRAM, verb, "--nosuch"], capture_output=True, text=True)
        assert run.returncode == (0 if verb in ("help", "version") else 64), verb


def test_options_are_those_of_the_program():
    told = {f"-{name}" for item in items("migrinit.1", "OPTIONS") for name in re.findall(r"Fl (-?[A-Za-z-]+)", item)}
    before_settings = help_text().partition("\nSettings,")[0]
    known = set(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", before_settings))
    assert told == known - {f"--{name}" for name in SETTINGS} and {"-h", "-V", "--license", "--ready", "--config"} <= told


def test_exit_codes_are_those_of_the_table():
    told = {int(item) for item in items("migrinit.1", "EXIT STATUS")}
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", read("docs/exit-codes.md"), re.M)}
    assert told == table | {126, 127}


def ini_is_taken(tmp_path, text):
    path = tmp_path / "m.ini"
    path.write_text(text)
    run = subprocess.run([PROGRAM, "config", f"--config={path}"], capture_output=True, text=True, env={})
    assert run.returncode in (0, 78), run.stderr
    return "unknown" not in run.stderr and "belongs" not in run.stderr


def test_settings_of_a_step(tmp_path):
    """All of [migrate] but the four that the page names."""
    section = re.search(r"^\.Ss Section migrate\n(.*?)^\.El", read("man/migrinit.ini.5"), re.M | re.S)[1]
    keys = re.findall(r"^\.It Ic (\S+)", section, re.M)
    refused = {key for key in keys if not ini_is_taken(tmp_path, f"[migrate:a]\n{key} = 1\n")}
    assert refused == {"auto", "fail_on_error", "lock_timeout", "as"}


def test_keys_that_name_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("postgres://app@db/shop")
    for key in re.findall(r"^\.Ic (\w+_file)$", read("man/migrinit.ini.5"), re.M):
        section = "migrate" if key == "url_file" else "database"
        assert ini_is_taken(tmp_path, f"[{section}]\n{key} = {secret}\n"), key
    run = subprocess.run([PROGRAM, "config", f"--config={tmp_path}/m.ini"], capture_output=True, text=True, env={})
    assert run.returncode == 0
