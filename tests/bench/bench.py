"""bench.py BUILD [--quick] - what whole runs cost, against one throw-away server.

Every program that tests/conformance describes and that is installed runs beside migrinit on the same
folder of small migrations; psql runs the same SQL as one script; the floor connects and asks one
question. Programs take turns, so that all have their share of a busy machine; a time is the median,
and stands beside its multiple of the floor's. Nothing is asserted about times.
"""

import argparse
import contextlib
import glob
import importlib
import inspect
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ("support", "conformance", "bench")]

# pylint: disable=wrong-import-position
from matrix import Migration, Place, Tool  # noqa: E402
from postgres import PASSWORD_ENCODED, Database, Postgres  # noqa: E402
from program import PROGRAM  # noqa: E402
from proxy import Proxy  # noqa: E402

numbers = itertools.count(1)


def small_migrations(count):
    return [Migration(f"small_{i}", f"CREATE TABLE small_{i} (id int PRIMARY KEY, name text);") for i in range(1, count + 1)]


def find_tools():
    """The tools of the conformance tests. One that cannot be had here is left out, and named."""
    for path in sorted(glob.glob(os.path.join(TESTS, "conformance/test_*.py"))):
        name = os.path.basename(path)[:-3]
        if name == "test_samples":
            continue
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if issubclass(kind, Tool) and kind is not Tool and kind.__module__ == name:
                tool = kind()
                # Several descriptions may be of one format.
                tool.label = tool.name if kind.__name__.lower() == tool.name else f"{tool.name} ({kind.__name__})"
                yield tool


def script_of(migrations):
    """What a runner sends, as one file for psql."""
    table = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY);\n"
    return table + "".join(
        f"BEGIN;\n{migration.sql}\nINSERT INTO schema_migrations VALUES ('{migration.title}');\nCOMMIT;\n"
        for migration in migrations
    )


@contextlib.contextmanager
def new_place(server):
    with tempfile.TemporaryDirectory(prefix="migrinit-bench-") as folder:
        database = Database(server, f"b{next(numbers)}")
        place = Place(folder, database)
        try:
            yield place
        finally:
            database.drop()


def seconds(action):
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def in_turns(runs, repeats):
    times = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(seconds(run))
    return times


def show(title, rows):
    """Times by name; the first is the floor."""
    floor = statistics.median(next(iter(rows.values())))
    print(f"\n{title}\n  {'':34}{'median':>10}{'least':>10}{'x floor':>9}")
    for name, times in rows.items():
        median = statistics.median(times)
        print(f"  {name:34}{median * 1000:8.1f} ms{min(times) * 1000:7.1f} ms{median / floor:9.1f}")


class Bench:
    def __init__(self, server, build, is_quick):
        self.server = server
        self.floor = os.path.abspath(os.path.join(build, "tests/bench/floor"))
        self.psql = os.path.join(server.bin, "psql")
        self.is_quick = is_quick
        self.tools = []

    def find(self):
        """Each tool once, on one migration: is it installed and does it run?"""
        for tool in find_tools():
            tool.migrations = small_migrations(1)
            with new_place(self.server) as place:
                tool.write(place, 1)
                try:
                    tool.migrate(place)
                    self.tools.append(tool)
                except (AssertionError, OSError, subprocess.SubprocessError) as error:
                    print(f"left out: {tool.label}: {str(error).splitlines()[0]}")

    def run_psql(self, place, script):
        place.command([self.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, place.url])

    def run_migrinit(self, place, tool):
        place.command([PROGRAM, "migrate"], {"MIGRINIT_MIGRATE_FORMAT": tool.name})

    def nothing_pending(self, count, repeats):
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(new_place(self.server))
            script = place.write("one.sql", "SELECT 1;\n")
            runs = {
                "floor: connect, one query": lambda: place.command([self.floor, place.url]),
                "psql -f: one query": lambda: self.run_psql(place, script),
            }
            for tool in self.tools:
                tool.migrations = small_migrations(count)
                own = stack.enter_context(new_place(self.server))
                tool.write(own, count)
                self.run_migrinit(own, tool)
                runs[f"migrinit, folder of {tool.label}"] = lambda own=own, tool=tool: self.run_migrinit(own, tool)
                runs[tool.label] = lambda own=own, tool=tool: tool.migrate(own)
            times = in_turns(runs, repeats)
        show(f"nothing pending, {count} applied ({repeats} runs each)", times)

    def nothing_pending_nearby(self, count, repeats):
        """Without TCP and SCRAM, which take most of the floor's time."""
        tool = next((tool for tool in self.tools if tool.name == "dbmate"), None)
        if not tool:
            return
        with new_place(self.server) as place:
            tool.migrations = small_migrations(count)
            tool.write(place, count)
            self.run_migrinit(place, tool)
            place.url = f"postgresql://app@/{place.database.name}?host={self.server.directory}&port={self.server.port}"
            place.env["DATABASE_URL"] = place.url
            script = place.write("one.sql", "SELECT 1;\n")
            runs = {
                "floor: connect, one query": lambda: place.command([self.floor, place.url]),
                "psql -f: one query": lambda: self.run_psql(place, script),
                f"migrinit, folder of {tool.label}": lambda: self.run_migrinit(place, tool),
            }
            times = in_turns(runs, repeats)
        show(f"the same by unix socket without a password, {count} applied ({repeats} runs each)", times)

    def all_pending(self, count, repeats):
        times = {"floor: connect, one query": [], "psql -f: the same SQL": []}
        migrations = small_migrations(count)
        for _ in range(repeats):
            with new_place(self.server) as place:
                times["floor: connect, one query"].append(seconds(lambda: place.command([self.floor, place.url])))
                script = place.write("all.sql", script_of(migrations))
                times["psql -f: the same SQL"].append(seconds(lambda: self.run_psql(place, script)))
            for tool in self.tools:
                tool.migrations = migrations
                for name, run in (
                    (f"migrinit, folder of {tool.label}", lambda place: self.run_migrinit(place, tool)),
                    (tool.label, tool.migrate),
                ):
                    with new_place(self.server) as place:
                        tool.write(place, count)
                        times.setdefault(name, []).append(seconds(lambda: run(place)))
        show(f"{count} small migrations from empty ({repeats} runs each)", times)

    # -- what goes over the wire ------------------------------------------------------------------

    def messages(self):
        """Round trips, for they are what a long way to the server costs."""
        print("\nover the wire (pending: connections, round trips, messages sent / received by type)")
        with tempfile.TemporaryDirectory(prefix="migrinit-proxy-") as folder:
            socket = os.path.join(self.server.directory, f".s.PGSQL.{self.server.port}")
            proxy = Proxy(folder, socket)
            for tool in self.tools:
                self.messages_of(tool, proxy)
            proxy.close()

    def messages_of(self, tool, proxy):
        trips, sent = {}, {}
        for applied, count in ((0, 20), (0, 100), (100, 100)):
            for delay_s in (0.0, 0.005):
                counts, took_s = self.wire_run(tool, proxy, applied, count, delay_s)
                pending = count - applied
                trips[pending], sent[pending] = counts.round_trips, sum(counts.sent.values())
                print(f"  {tool.label:24}{pending:4} of {count} pending, {delay_s * 1000:.0f} ms each way: {took_s * 1000:7.1f} ms,"
                      f" {counts.connections} connections, {counts.round_trips} round trips,"
                      f" {sum(counts.sent.values())} / {sum(counts.received.values())} messages")
                if not delay_s:
                    print(f"  {'':24}  sent {dict(counts.sent)}, received {dict(counts.received)}")
        print(f"  {tool.label:24}per migration: {(trips[100] - trips[20]) / 80:.2f} round trips,"
              f" {(sent[100] - sent[20]) / 80:.2f} messages sent")

    def wire_run(self, tool, proxy, applied, count, delay_s):
        """One run of migrinit through the proxy."""
        tool.migrations = small_migrations(count)
        with new_place(self.server) as place:
            if applied:
                tool.write(place, applied)
                self.run_migrinit(place, tool)
            tool.write(place, count)
            proxy.reset(delay_s)
            query = f"?host={proxy.folder}&port=5432"
            place.env["DATABASE_URL"] = f"postgresql://app:{PASSWORD_ENCODED}@/{place.database.name}{query}"
            took_s = seconds(lambda: self.run_migrinit(place, tool))
            return proxy.counts, took_s

    def run(self):
        self.find()
        for count in (100, 1000):
            self.nothing_pending(count, 5 if self.is_quick else 21)
            self.nothing_pending_nearby(count, 5 if self.is_quick else 21)
        for count, repeats in ((20, 7), (100, 5), (1000, 3)):
            if not self.is_quick or count < 1000:
                self.all_pending(count, 2 if self.is_quick else repeats)
        self.messages()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true", help="fewer runs, no thousand")
    args = parser.parse_args()
    server = Postgres()
    try:
        with server.admin("postgres") as cursor:
            cursor.execute("ALTER SYSTEM SET log_statement = 'none'")
            cursor.execute("SELECT pg_reload_conf()")
        Bench(server, args.build, args.quick).run()
    finally:
        server.remove()


if __name__ == "__main__":
    main()
