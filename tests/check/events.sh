#!/bin/bash
# docs/log.md names every event that the log can have, and none besides.
set -uo pipefail
/usr/bin/python3 - <<'PYTHON'
import glob
import re
import sys

NAME = r'[a-z]+(?:\.[a-z_-]+)+'


def arguments(source, start):
    """The arguments of the call whose bracket opens at `start`, as texts."""
    depth, begin, found = 0, start + 1, []
    for piece in re.finditer(r'"(?:\\.|[^"\\])*"|[(){}\[\],]', source[start:]):
        mark, at = piece.group(), start + piece.start()
        if mark in "({[":
            depth += 1
        elif mark in ")}]":
            depth -= 1
        if (mark == "," and depth == 1) or depth == 0:
            found.append(source[begin:at])
            begin = at + 1
        if depth == 0:
            break
    return found


def events_of(path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    for call in re.finditer(r"\b(log_(?:event|line|error)|refuse) *\(", source):
        rest = arguments(source, call.end() - 1)
        place = 0 if call.group(1) == "refuse" else 2
        if len(rest) > place:
            yield from re.findall(f'"({NAME})"', rest[place])
    # A remark may bring its own, as may a name that several calls use.
    yield from re.findall(f'(?:\\.event|_event) *= *"({NAME})"', source)
    if path == "entrypoint/machine.c":
        yield from re.findall(rf'\[EVENT_\w+\] = {{"({NAME})"', source)


told = {event for path in glob.glob("lib/*/*.c") + glob.glob("entrypoint/*.c") for event in events_of(path)}
with open("docs/log.md", encoding="utf-8") as file:
    explained = {
        event
        for row in file
        if row.startswith("| `")
        for event in re.findall(f"`({NAME})`", row.split("|")[1])
    }
for event in sorted(told - explained):
    print(f"events: {event} is not in docs/log.md")
for event in sorted(explained - told):
    print(f"events: docs/log.md has {event}, which nothing logs")
if len(told) < 50:
    print(f"events: only {len(told)} found in the sources: is this check blind?")
    sys.exit(1)
sys.exit(told != explained)
PYTHON
