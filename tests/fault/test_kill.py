"""SIGKILL at every system call: of the first process alone, or of whichever comes to it first."""

import collections
import re
import time

import pytest
from room import CODES_OF_A_FAULT, violations_of_run
from tally import sample

SCENARIOS = {"fresh": {}, "pending": {"applied": 1}, "outside": {"outside": (2,)}}
KILLED = 137

# strace must not be confused with the program: its own messages are not wanted, nor LeakSanitizer's.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0"}


def strace(trace, victim, *options):
    follow = [] if victim == "parent" else ["-f"]
    return ["strace", "-qq", "-o", trace, *follow, *options]


def calls_of(room, victim, trace, words=()):
    """Each call as strace counts: its name, and how often one process has called it by then."""
    run = room.run(*words, env=ENVIRONMENT, prefix=strace(trace, victim))
    assert run.code == 0, run
    counts, calls = collections.Counter(), []
    with open(trace, encoding="utf-8", errors="replace") as f:
        for line in f:
            match = re.match(r"(?:(\d+) +)?(\w+)\(", line)
            if match:
                counts[match.groups()] += 1
                case = (match[2], counts[match.groups()])
                if case not in calls and match[2] not in ("exit_group", "execve"):
                    calls.append(case)
    return calls


@pytest.mark.parametrize("victim", ["parent", "first"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_kill_at_system_call(room, tally, scenario, victim):
    trace = f"{room.program.cwd}/trace"
    room.furnish(**SCENARIOS[scenario])
    calls = calls_of(room, victim, trace)
    slowest = killed = 0
    for name, count in sample(calls, least=8):
        room.furnish(**SCENARIOS[scenario])
        kill = f"inject={name}:signal=KILL:when={count}"
        run = room.run(env=ENVIRONMENT, prefix=strace(trace, victim, "-e", kill))
        with open(trace, encoding="utf-8", errors="replace") as f:
            killed += "killed by SIGKILL" in f.read()
        found = violations_of_run(run, CODES_OF_A_FAULT | {KILLED})
        since = time.monotonic()
        room.wait_until_alone()
        slowest = max(slowest, time.monotonic() - since)
        tally.add((name, count), found + room.violations_when_current())
    tally.notes.append(f"{len(calls)} calls, {killed} killed, the last session gone {slowest:.2f} s later")
    tally.close()
