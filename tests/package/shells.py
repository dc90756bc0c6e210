"""Ask the shells themselves what they would complete."""

import os
import pty
import re
import select
import subprocess
import tempfile
import time

from program import PROGRAM, ROOT

PATIENCE_S = float(os.environ.get("TEST_DEADLINE", "30"))


def environment(home):
    return {
        "PATH": f"{os.path.dirname(PROGRAM)}:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }


# COMP_WORDS is cut at "=" too, as readline does. compopt is for a line that is being edited.
BASH = """
compopt() { :; }
[ -z "$3" ] || . /usr/share/bash-completion/bash_completion
. "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
read -ra COMP_WORDS <<<"${2//=/ = }"
[[ $2 != *' ' ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_migrinit migrinit
printf '%s\\n' "${COMPREPLY[@]}"
"""


def ask_bash(line, has_bash_completion=False):
    """As bash does it: the function that `complete -F` names, with the line in COMP_LINE."""
    loaded = "yes" if has_bash_completion else ""
    with tempfile.TemporaryDirectory() as home:
        run = subprocess.run(["bash", "--norc", "-c", BASH, "bash", f"{ROOT}/completions/migrinit.bash", line, loaded], env=environment(home),
                             cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE_S)  # fmt: skip
    assert run.stderr == "", run.stderr
    return run.stdout.split()


def ask_fish(line):
    with tempfile.TemporaryDirectory() as home:
        run = subprocess.run(["fish", "--no-config", "-c", 'source "$argv[1]"; complete -C "$argv[2]"', f"{ROOT}/completions/migrinit.fish", line],
                             env=environment(home), cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE_S)  # fmt: skip
    assert run.stderr == "", run.stderr
    return [row.split("\t")[0] for row in run.stdout.splitlines()]


class Zsh:
    """An interactive zsh: what is typed, a tab, and what then stands in the line."""

    def __init__(self, home):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(ROOT)
            os.execve("/bin/zsh", ["zsh", "-f", "-i"], environment(home) | {"PS1": "ready> ", "COLUMNS": "200"})
        self.pid = pid
        self.wait_for("ready> ")
        self.type(f"fpath=({ROOT}/completions $fpath); autoload -U compinit && compinit -u -D; print done-$((6*7))\r")
        self.wait_for("done-42[^$]*ready> ")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern):
        deadline, text = time.monotonic() + PATIENCE_S, ""
        while not re.search(pattern, text):
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.terminal], [], [], left)[0], f"no /{pattern}/ in: {text!r}"
            text += os.read(self.terminal, 65536).decode(errors="replace").replace("\x07", "")
        return text

    def complete(self, line, pattern):
        """Type the line and a tab; the line must become what the pattern says."""
        self.type(line + "\t")
        self.wait_for(pattern)

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)
