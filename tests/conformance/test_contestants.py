"""What `make bench` compares: the small migrations, in each format, are ones that we read and run."""

import os
import sys

import pytest

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bench"))

# pylint: disable=wrong-import-position
from contestants import described_tools, has_format, run_migrinit, small_migrations  # noqa: E402

TOOLS = [tool for tool in described_tools() if has_format(tool)]


@pytest.mark.parametrize("tool", TOOLS, ids=[tool.label for tool in TOOLS])
def test_small_migrations(new_place, tool):
    place = new_place()
    tool.migrations = small_migrations(3)
    tool.write(place, 3)
    run_migrinit(place, tool)
    assert {f"small_{n}" for n in (1, 2, 3)} <= place.database.tables()
