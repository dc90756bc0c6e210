"""The n-th allocation fails, of our own code and of libpq: a clean end, and nothing half done."""

import os

import pytest
from program import PROGRAM
from room import violations_of_run
from tally import sample

PRELOAD = os.path.join(os.path.dirname(PROGRAM), "tests", "support", "few_allocs.so")
FILES = {"fresh": {}, "outside": {"outside": (2,)}, "status": {"applied": 3}}

# Documented ends, and those of a migration that could not be read or a server that is not understood.
CODES = {0, 1, 69, 75, 77, 78}


def run_with(room, words, url, n):
    """Whether allocation n came to pass, and the run."""
    told = f"{room.program.cwd}/told"
    if os.path.exists(told):
        os.unlink(told)
    env = {"LD_PRELOAD": PRELOAD, "FEW_ALLOCS": n, "FEW_ALLOCS_TOLD": told, "MIGRINIT_WAIT_TIMEOUT": "5s"}
    run = room.run(*words, url=url, env=env)
    return os.path.exists(told), run


def count_of_allocations(room, words, url, furniture):
    """The last one that comes to pass, by halving."""
    least, most = 1, 1 << 20
    while least < most:
        middle = (least + most + 1) // 2
        room.furnish(**furniture)
        if run_with(room, words, url, middle)[0]:
            least = middle
        else:
            most = middle - 1
    return least


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="a sanitizer has an allocator of its own")
@pytest.mark.parametrize("scenario", FILES)
def test_allocation_fails(room, server, tally, scenario):
    words = ("status",) if scenario == "status" else ("migrate",)
    url = f"postgresql://app@/{room.database.name}?host={server.directory}&port={server.port}&sslmode=disable&gssencmode=disable"
    count = count_of_allocations(room, words, url, FILES[scenario])
    survived = 0
    for n in sample(range(1, count + 1), least=30):
        room.furnish(**FILES[scenario])
        came, run = run_with(room, words, url, n)
        survived += run.code == 0
        assert came or n == count, f"allocation {n} did not come"
        tally.add(n, violations_of_run(run, CODES) + room.violations_when_current())
    tally.notes.append(f"{count} allocations, {survived} survived")
    tally.close()
