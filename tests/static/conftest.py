"""Fixtures, beside those of all suites: roots as images have them."""

import pytest

pytest.register_assert_rewrite("roots")

# pylint: disable=wrong-import-position
from program import Program  # noqa: E402
from roots import Root  # noqa: E402


@pytest.fixture
def root_of(tmp_path):
    """Makes a root by the name of its kind, and ends what runs in it."""
    program = Program(tmp_path)
    yield lambda kind: Root(kind, str(tmp_path), program)
    program.close()
