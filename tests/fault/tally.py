"""Runs and violations of one test, counted and printed; and which of all cases are taken.

FAULT_SCALE is how many of a hundred cases are run; `make fault-long` runs them all.
"""

import os

SCALE = float(os.environ.get("FAULT_SCALE", "10"))


def sample(cases, least=1):
    """Evenly spread over all cases, the same ones each time."""
    cases = list(cases)
    count = max(min(least, len(cases)), min(len(cases), round(len(cases) * SCALE / 100)))
    return [cases[i * len(cases) // count] for i in range(count)]


class Tally:
    def __init__(self, name, capsys):
        self.name = name
        self.capsys = capsys
        self.runs = 0
        self.all = []
        self.notes = []

    def add(self, case, violations):
        self.runs += 1
        self.all += [f"{case}: {text}" for text in violations]

    def close(self):
        line = f"fault {self.name}: {self.runs} runs, {len(self.all)} violations"
        with self.capsys.disabled():
            print("\n" + "; ".join([line, *self.notes]))
        assert self.runs > 0, "nothing was run"
        assert not self.all, "\n".join(self.all[:20])
