"""What it costs to have migrinit as PID 1, side by side with tini, dumb-init and catatonit.

    make bench-init                         every figure: medians, and the ratio to the first row

Every program takes its turn in each round, so that what else the machine does meets all alike. The
figures are for reading, never for asserting: they are a machine's, at one time.
"""

import argparse
import operator
import os
import random
import shutil
import signal
import statistics
import subprocess
import time

NOTHING = {"PATH": "/usr/bin:/bin", "AUTO_MIGRATE": "false"}
TRUE = "/usr/bin/true"
SLEEP = ["/bin/sleep", "1000"]

# With migrations off, for the static binary.
GOALS = {"start": "<= 1.9 x true", "memory": "<= 800 kB", "deaf": "<= 600 us", "term": "0 lost", "wake-ups": "0"}


def inits(build):
    """Name: what stands before the app's words."""
    found = {"migrinit (static)": [os.path.join(build, "static", "migrinit")], "migrinit": [os.path.join(build, "migrinit")]}
    found = {name: [*words, "--app-mode=supervise", "--"] for name, words in found.items() if os.access(words[0], os.X_OK)}
    for name, options in {"tini": ["-s", "--"], "tini-static": ["-s", "--"], "dumb-init": [], "catatonit": ["--"]}.items():
        path = shutil.which(name)
        if path:
            found[name] = [path, *options]
    return found


def show(title, unit, values, baseline=None, goal=""):
    """A table of medians; the baseline, or else the first row, is 1. A ratio is the median of each round's own."""
    print(f"\n{title}" + (f"; goal of the static build: {goal}" if goal else ""))
    bases = values[baseline or next(iter(values))]
    for name, list_of in values.items():
        middle = statistics.median(list_of)
        ratio = f"{statistics.median(map(operator.truediv, list_of, bases)):8.2f} x" if all(bases) else ""
        print(f"  {name:20}{middle:10.0f} {unit}{ratio}    ({min(list_of):.0f} to {max(list_of):.0f}, {len(list_of)} runs)")


class Bench:
    def __init__(self, build, rounds):
        self.probe = os.path.join(os.path.abspath(build), "tests", "bench", "probe")
        self.inits = inits(os.path.abspath(build))
        self.rounds = rounds
        self.cpu = max(os.sched_getaffinity(0))

    def measure(self, *words):
        """One number of the probe; a failure is shown, for then there is nothing to compare."""
        done = subprocess.run([self.probe, *words], env=NOTHING, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"probe {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def in_turns(self, word, commands, rounds):
        values = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in shuffled(commands):
                values[name].append(int(self.measure(word, *command)) / 1000)
        return values

    def start(self):
        """On one processor: a second one would hide what the init does beside the app's start."""
        commands = {"true": [TRUE], **{name: [*words, TRUE] for name, words in self.inits.items()}}
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self.cpu})
        values = self.in_turns("run", commands, self.rounds)
        os.sched_setaffinity(0, allowed)
        show("start of `INIT true`", "us", values, goal=GOALS["start"])

    def deaf(self):
        values = self.in_turns("deaf", {name: [*words, *SLEEP] for name, words in self.inits.items()}, self.rounds)
        show("from the making of PID 1 until a TERM can no longer be lost", "us", values, goal=GOALS["deaf"])

    def term(self):
        """TERM somewhere in the first two milliseconds; no init, for scale, would lose every one."""
        print(f"\nTERM in the first 2 ms, {self.rounds} starts as PID 1; what came before the init had its signals is everybody's loss")
        lost = dict.fromkeys(self.inits, 0)
        for _ in range(self.rounds):
            after_us = random.randrange(2000)
            for name, words in self.inits.items():
                lost[name] += self.measure("term", str(after_us), *words, *SLEEP) == "lost"
        for name, count in lost.items():
            print(f"  {name:20}{count:6} lost")

    def supervising(self, words, app):
        """The init with its app, when the app has said that it is there."""
        run = subprocess.Popen([*words, self.probe, *app], env=NOTHING, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if run.stdout.read(1) != b"r":
            raise SystemExit(f"{words[0]}: the app did not start")
        return run

    def memory_and_wakeups(self):
        resident, own, wakeups = {}, {}, {}
        for name, words in self.inits.items():
            run = self.supervising(words, ["echo"])
            before = switches(run.pid)
            time.sleep(5)
            wakeups[name] = [switches(run.pid) - before]
            resident[name], own[name] = [rollup(run.pid, "Rss")], [rollup(run.pid, "Anonymous")]
            end(run)
        show("resident memory while supervising", "kB", resident, goal=GOALS["memory"])
        show("of it, not the program file's", "kB", own)
        print(f"\nwake-ups in 5 idle seconds; goal: {GOALS['wake-ups']}")
        for name, (count,) in wakeups.items():
            print(f"  {name:20}{count:6}")

    def latency(self):
        values = {name: [] for name in ["no init", *self.inits]}
        runs = {name: self.supervising(words, ["echo"]) for name, words in {"no init": [], **self.inits}.items()}
        for _ in range(self.rounds * 2):
            for name, run in shuffled(runs):
                start = time.perf_counter_ns()
                os.kill(run.pid, signal.SIGUSR1)
                run.stdout.read(1)
                values[name].append((time.perf_counter_ns() - start) / 1000)
        for run in runs.values():
            end(run)
        show("USR1 to the init until the app answers", "us", values)

    def reaping(self, count):
        values = {name: [] for name in self.inits}
        unshare = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]
        for _ in range(5):
            for name, words in shuffled(self.inits):
                done = subprocess.run([*unshare, *words, self.probe, "orphans", str(count)], env=NOTHING, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
                values[name].append(count / (int(done.stdout) / 1e9))
        show(f"orphans reaped a second, {count} at once, as PID 1", "/s", values)

    def run(self):
        self.start()
        self.memory_and_wakeups()
        self.latency()
        if os.geteuid() != 0:
            print("\nthe rest needs root, for PID namespaces")
            return
        self.deaf()
        self.term()
        self.reaping(2000)


def shuffled(by_name):
    """Whoever follows a slow one finds the processor awake: nobody shall always."""
    return random.sample(list(by_name.items()), len(by_name))


def switches(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))


def rollup(pid, field):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(f"{field}:"))


def end(run):
    run.kill()
    run.stdout.close()
    run.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=300)
    args = parser.parse_args()
    Bench(args.build, args.rounds).run()


if __name__ == "__main__":
    main()
