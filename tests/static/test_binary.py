"""What the file is: all in one, small, and closed."""

import os
import subprocess

from program import PROGRAM

SIZE_MAX = 4_000_000


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, PROGRAM], check=True, capture_output=True, text=True).stdout


def test_needs_nothing():
    segments = readelf("-l")
    assert "INTERP" not in segments
    assert "DYNAMIC" not in segments
    assert "There is no dynamic section" in readelf("-d")


def test_no_memory_is_both_written_and_run():
    segments = [line.split() for line in readelf("-l").splitlines() if line.strip().startswith(("LOAD", "GNU_STACK"))]
    flags = {words[0]: set() for words in segments}
    for words in segments:
        flags[words[0]].add("".join(word for word in words if word in ("R", "W", "E", "RW", "RWE")))
    assert flags["GNU_STACK"] == {"RW"}
    assert "RWE" not in flags["LOAD"]


def test_is_small_and_stripped():
    assert os.path.getsize(PROGRAM) < SIZE_MAX
    assert ".symtab" not in readelf("-S")


def test_tells_no_path_of_the_place_where_it_was_built():
    with open(PROGRAM, "rb") as file:
        assert os.path.dirname(os.path.dirname(PROGRAM)).encode() not in file.read()
