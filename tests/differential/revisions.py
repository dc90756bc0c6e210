#!/usr/bin/python3
"""Compare lib/formats/alembic_script with Python itself.

usage: tests/differential/revisions.py BUILD_DIR [CASES [SEED [FOLDER...]]]

CASES (default 20000) revision files are put together from what people write and from what misleads a
reader, half of them with a slip somewhere; Python runs each of them as Alembic would, and what the module
then holds must be what we read. Not to understand a file is no difference, but plain files must be
understood. Of FOLDERs every versions/*.py is compared with what ast makes of it, without running it.
Exit code 0 only when no value differs.
"""

import ast
import os
import random
import signal
import subprocess
import sys
import tempfile
import types
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FIELDS = ["revision", "down_revision", "depends_on", "branch_labels"]

# What may stand to the right of the "=", and whether it must be understood.
PLAIN = ["None", "'a'", '"a1"', "('a',)", "('a')", "('a', 'b')", "['a']", "['a', \"b\",]", "{'a'}", "()", "[]",
         "'''a'''", '"""a"""', "r'a'", "u'a'", "(\n    'a',  # it's (\n\n    'b'\n)", "\\\n  'a'", "[  # x\n'a']", "'a'  # c"]
ODD = ["f'a'", "f'{X}'", "b'a'", "'a' 'b'", "'a' + 'b'", "X", "('a' 'b')", "('a', None)", "(('a',),)", "{}", "set()",
       "{'a': 1}", "'\\x61'", "''", "'a' if X else 'b'", "X and 'a'", "('a').upper()", "'a'[0:]", "['a'] + ['b']",
       "[c for c in 'ab']", "str('a')", "'a', 'b'", "'a'; X = 2", "'a';", "1", "not None", "'a' or 'b'", "(None)", "lambda: 1",
       "('a',\n'b') if X else None", "'ä'", "'''a\nb'''", "'a\\\nb'", "(X := 'a')"]
ANNOTATIONS = ["", "", "", ": str", ": 'str | None'", ": Union[str, None]", ": Union[\n    str,\n    None]", ": dict(a=1)"]
NOISE = [
    "", "", "\n", "# revision = 'x'", "'''\nrevision = 'x'\n'''", '"""\\"""\ndown_revision = 1\n"""', "X = '# it\\'s'",
    "X = \"\"\"'''\"\"\"", "def f(revision=None):\n    down_revision = 'x'\n    return down_revision", "class C:\n    revision = 'x'",
    "def g():\n\tif X:\n\t\trevision = 1\n# c\n\n\tfor depends_on in []: pass", "@staticmethod\ndef h(): revision = 2",
    "async def k():\n  branch_labels = 3", "X = [\n  'revision = 1',\n  # )\n]", "X = {'revision': 'x',\n'a': (1,\n 2)}",
    "X = f'{X!r:>{10}} {{revision}}'", "X = f'''\nrevision = {X}\n'''", "X = rb'\\'", "X = r'\\''", "X = 1 \\\n  + 2", "import os.path as p",
    "from os import (\n  path,\n  sep\n)", "if X:\n    Y = 1\nelse:\n    Y = 2", "try:\n    Y = 1\nfinally:\n    pass",
    "X = 0x1F if 1e5 > 2. else .5j", "assert X or True", "Y = X; Z = 1", "revisions = 'x'", "X = 'a' if 'b' in 'c' else 'd'",
]
TRAPS = [
    "if X: revision = 'x'", "if not X:\n    down_revision = 'x'", "for down_revision in ['x']: pass", "revision = 'x'",
    "try:\n    import nothing_of_that_name\nexcept ImportError:\n    depends_on = 'x'", "del down_revision", "globals()['revision'] = 'x'",
    "exec(\"down_revision = 'x'\")", "def f():\n    global down_revision\n    down_revision = 'x'\nf()", "down_revision += 'x'",
    "down_revision = revision = 'x'", "revision, X = 'x', 1", "(down_revision) = 'x'", "[down_revision, X] = 'x', 1", "X = 1; revision = 'x'",
    "from os import sep as revision", "import os as down_revision", "with open('/dev/null') as down_revision: pass",
    "def revision(): pass", "class down_revision: pass", "down_revision: str", "X = [down_revision := 'x']", "if (revision := 'x'): pass",
    "vars()['down_revision'] = 'x'", "locals().update(revision='x')", "from string import *", "match 1:\n    case revision: pass",
    "type down_revision = 'x'", "while X:\n    revision = 'x'\n    break", "lambda: (revision := 'x')", "setattr(sys, 'x', 1)",
]


def assignment(chooser, field, values):
    return f"{field}{chooser.choice(ANNOTATIONS)}{chooser.choice([' = ', '=', ' =  '])}{chooser.choice(values)}"


def make(chooser, kind):
    """A file of one kind: plain (must be understood), odd values, traps."""
    values = PLAIN if kind == "plain" else PLAIN + ODD
    lines = [f"revision{chooser.choice(ANNOTATIONS)} = {chooser.choice(['%r', '(%r)', 'r%r']) % chooser.choice(['a', 'b2', 'c-d'])}"]
    if kind != "plain" and chooser.random() < 0.3:
        lines = [assignment(chooser, "revision", values)]
    lines += [assignment(chooser, field, values) for field in FIELDS[1:] if field == "down_revision" or chooser.random() < 0.6]
    chooser.shuffle(lines)
    for _ in range(chooser.randint(0, 4)):
        lines.insert(chooser.randint(0, len(lines)), chooser.choice(NOISE))
    if kind == "traps":
        lines.insert(chooser.randint(0, len(lines)), chooser.choice(TRAPS))
    text = "from typing import Union\nimport sys\nX = 0\n" + "\n".join(lines) + chooser.choice(["\n", "", "\n\n", "\n  \n"])
    return text.replace("\n", chooser.choice(["\n", "\n", "\r\n", "\r"]))


def slip(chooser, text):
    """One byte too few, or one too many."""
    at = chooser.randrange(len(text))
    return text[:at] + chooser.choice(["", "", text[at] * 2, *"'\"()[]{}\\#;:=, \n"]) + text[at + 1:]


def texts_of(count, seed):
    chooser = random.Random(seed)
    for number in range(count):
        kind = ("plain", "odd", "traps")[number % 3]
        text = make(chooser, kind)
        if number % 2:
            yield "slip", slip(chooser, text)
        else:
            yield kind, text


def ask_us(driver, texts):
    result = subprocess.run([driver], input=b"".join(t + b"\0" for t in texts), stdout=subprocess.PIPE, check=True)
    answers = result.stdout.split(b"\0")[:-1]
    assert len(answers) == len(texts)
    return answers


def parse(answer):
    """None when it is not understood; else a list for each field, None for labels that are not."""
    if answer.startswith(b"-"):
        return None
    lists = [part.decode() for part in answer[1:].split(b"\x1e")[:-1]]
    return [None if part.startswith("?") else part.split("\x1f")[:-1] for part in lists]


def as_list(value):
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def give_up(*_):
    raise TimeoutError


def run(text):
    """The module's four values as Alembic takes them; None when it would fail to load the file."""
    module = types.ModuleType("revision")
    signal.setitimer(signal.ITIMER_REAL, 5)  # a slip in a loop
    try:
        code = compile(text, "0.py", "exec", dont_inherit=True)
        exec(code, module.__dict__)  # pylint: disable=exec-used
        return [as_list(module.revision), as_list(module.down_revision),
                *(as_list(getattr(module, name, None)) for name in FIELDS[2:])]
    except BaseException:  # pylint: disable=broad-except
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def read(text):
    """The same of a real file, which is not run: plain assignments only."""
    values = dict.fromkeys(FIELDS)
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id in FIELDS:
                try:
                    values[target.id] = ast.literal_eval(node.value)
                except ValueError:
                    values[target.id] = ("?",)
    return [as_list(values[name]) for name in FIELDS]


def is_same(ours, theirs, text):
    for mine, its in zip(ours, theirs, strict=True):
        if mine is None:
            continue
        if mine != its and not ("{" in text and sorted(mine) == sorted(map(str, its))):
            return False
    return True


def compare(items, driver, oracle):
    """Items are (kind, text). Gives how many of each verdict."""
    counts = dict.fromkeys(["same", "not understood", "not loaded by Python", "different"], 0)
    answers = ask_us(driver, [text.encode() for _, text in items])
    for (kind, text), answer in zip(items, answers, strict=True):
        ours, theirs = parse(answer), oracle(text)
        if ours is None:
            verdict = "different" if kind == "plain" and theirs is not None and theirs[0] else "not understood"
        elif theirs is None:
            verdict = "not loaded by Python"
        else:
            verdict = "same" if is_same(ours, theirs, text) else "different"
        counts[verdict] += 1
        if verdict == "different":
            print(f"{kind}: {text!r}\n  ours   {answer!r}\n  theirs {theirs}")
    return counts


def build_driver(build, directory):
    driver = os.path.join(directory, "alembic_dump")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", f"-I{TOP}/lib", "-o", driver,
                    f"{TOP}/tests/support/alembic_dump.c", f"{build}/libmigrinit.a",
                    *os.environ.get("SANITIZE", "").split()], check=True)
    return driver


def tell(what, counts):
    print(f"{what}:", ", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    return counts["different"]


def main():
    signal.signal(signal.SIGALRM, give_up)
    build = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory() as directory:
        driver = build_driver(build, directory)
        different = tell(f"{count} texts (seed {seed})", compare(list(texts_of(count, seed)), driver, run))
        for folder in sys.argv[4:]:
            items = [("real", path.read_text(encoding="utf-8")) for path in sorted(Path(folder).rglob("versions/**/*.py"))
                     if not path.name.startswith("__init__")]
            different += tell(folder, compare(items, driver, read))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
