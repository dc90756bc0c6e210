"""bench.py BUILD [--quick] [--only PART]... [--tool NAME]... [--data FOLDER] - what whole runs cost, as ratios.

Parts: `current` (nothing pending over 100 and 1,000 applied), `pending` (20, 100 and 1,000 small
migrations from empty), `far` (the same through a proxy that adds 5 ms each way, with the round trips
counted), `scale` (100, 1,000 and 10,000 files, with peak memory). All against one throw-away server,
everybody in turns. Its data lies in memory where there is room: each small table is four files, and
what a disk takes for them differs from run to run by more than the programs do. Nothing is asserted
about times; test_round_trips asserts the counts.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ("support", "conformance", "bench")]

# pylint: disable=wrong-import-position
from contestants import (  # noqa: E402
    Plain, find_tools, has_format, new_place, run_migrinit, run_psql, script_of, small_migrations
)
from postgres import PASSWORD_ENCODED, Postgres  # noqa: E402
from proxy import Proxy  # noqa: E402
from table import Goals, in_turns, ratio, show  # noqa: E402

FLOOR = "floor: connect, one query"
PSQL = "psql -f"
DELAY_S = 0.005
MEMORY = "/dev/shm"
ROOM_BYTES = 2 << 30


def own_name(tool):
    return f"migrinit, folder of {tool.label}"


class Bench:
    def __init__(self, server, build, args):
        self.server = server
        self.floor = os.path.abspath(os.path.join(build, "tests/bench/floor"))
        self.is_quick = args.quick
        self.goals = Goals()
        self.tools = find_tools(server, args.tool)

    def run_floor(self, place):
        place.command([self.floor, place.url])

    def native_tools(self):
        return [tool for tool in self.tools if has_format(tool)]

    # -- nothing pending --------------------------------------------------------------------------

    def current(self):
        for count in (100, 1000):
            for is_near in (False, True):
                self.current_over(count, is_near, 5 if self.is_quick else 21)

    def current_over(self, count, is_near, rounds):
        """is_near: by unix socket without a password, for TCP and SCRAM are most of the floor."""
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(new_place(self.server))
            script = place.write("one.sql", "SELECT 1;\n")
            runs = {
                FLOOR: lambda: self.run_floor(place) or place,
                f"{PSQL}: one query": lambda: run_psql(place, script) or place,
            }
            for tool in self.native_tools()[:1] if is_near else self.tools:
                self.add_current(stack, runs, tool, count, is_near)
            if is_near:
                self.go_near(place)
            costs = in_turns(runs, rounds)
        told = {}
        for tool in self.native_tools():
            if own_name(tool) in costs:
                what = f"nothing pending over {count}{' (unix socket)' if is_near else ''}, {tool.label}"
                told[own_name(tool)] = f"goal 1.1: {self.goals.check(what, ratio(costs, own_name(tool), FLOOR), 1.1)}"
        way = "by unix socket without a password" if is_near else "by TCP with a password"
        show(f"nothing pending, {count} applied, {way} ({rounds} rounds)", costs, FLOOR, told)

    def add_current(self, stack, runs, tool, count, is_near):
        tool.migrations = small_migrations(count)
        place = stack.enter_context(new_place(self.server))
        tool.write(place, count)
        if has_format(tool):
            run_migrinit(place, tool)
            runs[own_name(tool)] = lambda: run_migrinit(place, tool) or place
        else:
            tool.migrate(place)
        if is_near:
            self.go_near(place)
        else:
            runs[tool.label] = lambda: tool.migrate(place) or place

    def go_near(self, place):
        place.url = f"postgresql://app@/{place.database.name}?host={self.server.directory}&port={self.server.port}"
        place.env["DATABASE_URL"] = place.url

    # -- all pending ------------------------------------------------------------------------------

    def pending(self):
        for count, rounds in ((20, 7), (100, 7), (1000, 3)):
            if not self.is_quick or count < 1000:
                self.pending_from_empty(count, 2 if self.is_quick else rounds)

    def pending_from_empty(self, count, rounds):
        migrations = small_migrations(count)
        runs = {PSQL: lambda: self.run_script_from_empty(migrations)}
        told = {}
        for tool in self.tools:
            tool.migrations = migrations
            if has_format(tool):
                runs[own_name(tool)] = lambda tool=tool: self.run_from_empty(tool, lambda place, tool=tool: run_migrinit(place, tool))
            runs[tool.label] = lambda tool=tool: self.run_from_empty(tool, tool.migrate)
        costs = in_turns(runs, rounds)
        for tool in self.native_tools():
            if count == 100:
                value = ratio(costs, own_name(tool), PSQL)
                told[own_name(tool)] = f"goal 0.85: {self.goals.check(f'100 migrations against psql, {tool.label}', value, 0.85)}"
        show(f"{count} small migrations from empty, a transaction each ({rounds} rounds)", costs, PSQL, told)

    def run_script_from_empty(self, migrations):
        with new_place(self.server) as place:
            run_psql(place, place.write("all.sql", script_of(migrations)))
            return place

    def run_from_empty(self, tool, migrate):
        with new_place(self.server) as place:
            tool.write(place, len(tool.migrations))
            migrate(place)
            return place

    # -- through a long way -----------------------------------------------------------------------

    def far(self):
        print(f"\nthrough a proxy, {DELAY_S * 1000:.0f} ms each way\n  {'':38}{'pending':>8}{'time':>11}"
              f"{'connections':>13}{'round trips':>13}{'once connected':>16}{'messages':>10}")
        with tempfile.TemporaryDirectory(prefix="migrinit-proxy-") as folder:
            proxy = Proxy(folder, os.path.join(self.server.directory, f".s.PGSQL.{self.server.port}"))
            for pending in (0, 20, 100):
                self.far_psql(proxy, pending)
                for tool in self.tools:
                    if has_format(tool):
                        self.far_tool(proxy, tool, pending, own_name(tool), lambda place, tool=tool: run_migrinit(place, tool))
                    self.far_tool(proxy, tool, pending, tool.label, tool.migrate)
            proxy.close()

    def go_far(self, proxy, place):
        place.url = f"postgresql://app:{PASSWORD_ENCODED}@127.0.0.1:{proxy.port}/{place.database.name}"
        place.env["DATABASE_URL"] = place.url
        proxy.reset(DELAY_S)

    def far_psql(self, proxy, pending):
        with new_place(self.server) as place:
            script = place.write("all.sql", script_of(small_migrations(pending)) if pending else "SELECT 1;\n")
            self.go_far(proxy, place)
            run_psql(place, script)
            self.far_row(proxy, place, PSQL, pending)

    def far_tool(self, proxy, tool, pending, name, migrate):
        """From an empty database, but with bookkeeping: what a deploy with news finds."""
        tool.migrations = small_migrations(10 + pending)
        with new_place(self.server) as place:
            tool.write(place, 10)
            (run_migrinit(place, tool) if has_format(tool) else tool.migrate(place))
            tool.write(place, 10 + pending)
            self.go_far(proxy, place)
            migrate(place)
            self.far_row(proxy, place, name, pending)

    def far_row(self, proxy, place, name, pending):
        counts = proxy.counts
        trips = counts.round_trips - counts.connecting
        told = ""
        if name.startswith("migrinit"):
            limit = pending + 4 if pending else 2
            told = f"goal {limit}: {self.goals.check(f'round trips with {pending} pending, {name[20:]}', trips, limit, 'round trips')}"
        print(f"  {name:38}{pending:8}{place.seconds * 1000:8.1f} ms{counts.connections:13}{counts.round_trips:13}"
              f"{trips:16}{sum(counts.sent.values()):10}  {told}".rstrip(), flush=True)

    # -- many files -------------------------------------------------------------------------------

    def scale(self):
        if not os.path.exists("/usr/bin/time"):
            print("!!! NOT MEASURED: scale: apt-get install time (make deps)")
            return
        tool = Plain()
        per_file = {}
        print(f"\nplain, from empty and then nothing pending\n  {'files':>8}{'':18}{'time':>11}{'a file':>11}{'peak memory':>14}")
        for count in (100, 1000) if self.is_quick else (100, 1000, 10000):
            tool.migrations = small_migrations(count)
            with new_place(self.server) as place:
                tool.write(place, count)
                for what in ("from empty", "nothing pending"):
                    per_file[what, count] = self.scale_row(place, tool, count, what)
        for what in ("from empty", "nothing pending"):
            if not self.is_quick:
                value = per_file[what, 10000] / per_file[what, 1000]
                print(f"  a file of 10,000 costs {value:.2f} x one of 1,000 ({what}),"
                      f" goal 1.2: {self.goals.check(f'linear to 10,000 files, {what}', value, 1.2)}")

    def scale_row(self, place, tool, count, what):
        path = os.path.join(place.cwd, "peak")
        run_migrinit(place, tool, "/usr/bin/time", "-o", path, "-f", "%M")
        with open(path, encoding="ascii") as f:
            peak_mib = int(f.read()) / 1024
        told = f"goal 32: {self.goals.check(f'peak memory, {count} files, {what}', peak_mib, 32, 'MiB')}"
        print(f"  {count:8}  {what:16}{place.seconds * 1000:8.1f} ms{place.seconds / count * 1e6:8.1f} µs"
              f"{peak_mib:10.1f} MiB  {told}", flush=True)
        return place.seconds / count


PARTS = ("current", "pending", "far", "scale")


def folder_for_data():
    if os.path.isdir(MEMORY) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        return MEMORY
    return tempfile.gettempdir()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no thousand from empty, no ten thousand")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be given several times")
    parser.add_argument("--tool", action="append", help="a tool to compare with; all when none is named")
    parser.add_argument("--data", metavar="FOLDER", help="where the server's data goes, e.g. a folder on the disk that matters")
    args = parser.parse_args()
    parent = args.data or folder_for_data()
    print(f"the server's data lies in {parent}")
    server = Postgres(parent=parent)
    try:
        with server.admin("postgres") as cursor:
            cursor.execute("ALTER SYSTEM SET log_statement = 'none'")
            cursor.execute("SELECT pg_reload_conf()")
        bench = Bench(server, args.build, args)
        for part in args.only or PARTS:
            getattr(bench, part)()
        bench.goals.show()
    finally:
        server.remove()


if __name__ == "__main__":
    main()
