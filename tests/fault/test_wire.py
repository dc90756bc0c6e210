"""The wire is cut after every message, in both directions, in three ways."""

import itertools

import pytest
from room import violations_of_run
from tally import sample

# outside: which of the three files run outside a transaction; applied: how many are there already
SCENARIOS = {
    "fresh": {},
    "pending": {"applied": 1},
    "outside": {"outside": (2,)},
    "status": {"applied": 3},
    "verify": {"applied": 3},
    "wait": {},
}
WORDS = {"status": "status", "verify": "verify", "wait": "wait"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_wire_cut(room, cutter, tally, scenario):
    words, url = (WORDS.get(scenario, "migrate"),), cutter.url(room.database)
    room.furnish(**SCENARIOS[scenario])
    cutter.arm(None)
    whole = room.run(*words, url=url)
    assert whole.code == 0, whole
    counts = dict(cutter.counts)
    places = [(direction, k) for direction in ("client", "server") for k in range(1, counts[direction] + 1)]
    cases = list(itertools.product(places, (False, True), ("fin", "rst", "stall")))
    ended_well = 0
    for (direction, k), is_passed, how in sample(cases, least=12):
        room.furnish(**SCENARIOS[scenario])
        cutter.arm(direction, k, is_passed, how)
        run = room.run(*words, url=url)
        found = violations_of_run(run)
        # The last messages are a farewell, which may come or not: nothing to cut any more.
        cutter.arm(None)
        ended_well += run.code == 0
        tally.add((direction, k, is_passed, how), found + room.violations_when_current())
    tally.notes.append(f"{counts['client']} and {counts['server']} messages, {ended_well} ended well all the same")
    tally.close()
