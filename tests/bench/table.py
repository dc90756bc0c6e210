"""Runs in turns, and what comes of them: medians, ratios pair by pair, and goals."""

import statistics


class Goals:
    """What was to be reached, and was or was not. Told at the end once more, and never asserted."""

    def __init__(self):
        self.rows = []

    def check(self, what, value, limit, unit="x"):
        is_met = value <= limit
        self.rows.append((what, value, limit, unit, is_met))
        return "met" if is_met else "MISSED"

    def show(self):
        print("\ngoals")
        for what, value, limit, unit, is_met in self.rows:
            print(f"  {'met   ' if is_met else 'MISSED'} {what}: {value:.2f} {unit} (at most {limit:g})")


def in_turns(runs, rounds):
    """{name: [(seconds, cpu seconds)]}: all run once a round, so that all have their share of a busy
    machine, and another one begins each round, so that none is always behind the same one. A run
    gives back the place that it ran in."""
    costs = {name: [] for name in runs}
    names = list(runs)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            place = runs[name]()
            costs[name].append((place.seconds, place.cpu_seconds))
    return costs


def ratio(costs, name, yardstick, which=0):
    """The median of each round's own ratio: a machine that is slow for a while is so for both."""
    return statistics.median(a[which] / max(b[which], 1e-9) for a, b in zip(costs[name], costs[yardstick]))


def show(title, costs, yardstick, goals=None):
    """goals: {name: the line of its goal}"""
    print(f"\n{title}\n  {'':38}{'median':>11}{'x ' + yardstick.split(':')[0]:>10}{'its cpu':>9}")
    for name, times in costs.items():
        median = statistics.median(seconds for seconds, _ in times)
        print(
            f"  {name:38}{median * 1000:8.1f} ms{ratio(costs, name, yardstick):10.2f}"
            f"{ratio(costs, name, yardstick, 1):9.2f}  {(goals or {}).get(name, '')}".rstrip(),
            flush=True,
        )
