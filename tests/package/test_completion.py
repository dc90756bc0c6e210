"""Completion in bash, fish and zsh: by the shells themselves, compared with --help."""

import re
import subprocess

import pytest
from program import PROGRAM, ROOT
from shells import Zsh, ask_bash, ask_fish

HELP = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
SETTINGS = re.findall(r"^  (--[a-z]+-[a-z-]+)=(\S+)", HELP.partition("\nSettings,")[2], re.M)
CHOICES = [(name, kind.split("|")) for name, kind in SETTINGS if "|" in kind]
VERBS = {"migrate", "wait", "status", "plan", "down", "verify", "resolve", "baseline", "config", "health"}
OWN = {
    "status": {"--json"},
    "plan": {"--sql", "--try", "--down", "--step"},
    "down": {"--step"},
    "resolve": {"--applied", "--rolled-back"},
    "baseline": set(),
    "health": {"--ready", "--live", "--startup"},
    "-": {"--help", "--version", "--license"},
}  # fmt: skip
LINES = [(verb, f"migrinit {verb if verb != '-' else ''} --".replace("  ", " ")) for verb in OWN]


@pytest.fixture(params=["bash", "fish"])
def ask(request):
    def bare(line):
        """Options without their =."""
        return {word.split("=")[0] if word.endswith("=") else word for word in {"bash": ask_bash, "fish": ask_fish}[request.param](line)}

    bare.shell = request.param
    return bare


@pytest.fixture
def zsh(tmp_path):
    shell = Zsh(str(tmp_path))
    yield shell
    shell.close()


def test_verbs(ask):
    for verb in VERBS:
        assert verb in ask(f"migrinit {verb[:2]}")


def test_every_setting_is_an_option(ask):
    told = ask("migrinit --")
    assert {name for name, _ in SETTINGS} | {"--config"} <= told
    assert len(SETTINGS) > 50


@pytest.mark.parametrize("verb, line", LINES)
def test_options_of_a_verb(ask, verb, line):
    everything = set().union(*OWN.values())
    assert ask(line) & everything == OWN[verb]


def test_values_are_the_choices(ask):
    assert len(CHOICES) > 10
    for name, choices in CHOICES:
        told = ask(f"migrinit {name}=")
        assert {word.removeprefix(f"{name}=") for word in told} == set(choices), name


def test_values_of_a_bool(ask):
    assert {word.rsplit("=")[-1] for word in ask("migrinit --app-keep-env=")} == {"true", "false"}


def test_begun_value(ask):
    assert {word.rsplit("=")[-1] for word in ask("migrinit --migrate-auto=v")} == {"verify"}


def test_value_in_the_next_word(ask):
    assert "--json" in ask("migrinit -g -e 143 status --")
    assert ask("migrinit --migrate-auto v") == {"verify"}
    assert "--json" in ask("migrinit --migrate-auto verify status --")


def test_files(ask):
    assert {word.rsplit("=")[-1] for word in ask("migrinit --config=Make")} == {"Makefile"}
    assert "Makefile" in ask("migrinit -- ls Make")
    assert "Makefile" in ask("migrinit ls Make")


def test_command_has_options_of_its_own(ask):
    assert not ask("migrinit -- true --mig") and not ask("migrinit true --mig")


def test_command_by_bash_completion():
    """Which knows the options of many programs."""
    assert "--owner=" in ask_bash("migrinit --app-mode=exec -- tar --own", has_bash_completion=True)
    assert "--owner=" in ask_bash("migrinit --app-mode exec tar --own", has_bash_completion=True)
    assert ask_bash("migrinit status --js", has_bash_completion=True) == ["--json"]


@pytest.mark.parametrize("line, result", [
    ("migrinit baseli", "migrinit baseline "),
    ("migrinit --migrate-auto=v", "--migrate-auto=verify "),
    ("migrinit status --js", "--json "),
    ("migrinit --app-keep-env=t", "--app-keep-env=true "),
    ("migrinit resolve --appl", "--applied="),
    ("migrinit down --st", "--step="),
    ("migrinit --config=x health --st", "--startup "),
    ("migrinit status --app-mo", "--app-mode="),
    ("migrinit --config=Makef", "--config=Makefile "),
    ("migrinit -- ls Makef", "ls Makefile "),
])  # fmt: skip
def test_zsh(zsh, line, result):
    zsh.complete(line, re.escape(result))


def test_zsh_has_every_setting():
    """What _arguments is given, each as option, sentence and values."""
    script = 'functions[_migrinit]=""; source "$1" 2>/dev/null; _migrinit_options "$2" -'
    rows = subprocess.run(["zsh", "-f", "-c", script, "zsh", f"{ROOT}/completions/_migrinit", PROGRAM], capture_output=True, text=True).stdout
    told = dict(re.findall(r"^(--[a-z-]+)=\[.*\]:value:(.*)$", rows, re.M))
    for name, kind in SETTINGS:
        assert name in told, name
        if "|" in kind:
            assert told[name] == f"({kind.replace('|', ' ')})"
