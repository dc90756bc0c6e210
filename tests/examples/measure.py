#!/usr/bin/python3
"""measure.py [ROUNDS] - what each example's README says of size and time; by hand, as no two machines are alike.

Size: node_modules as the Dockerfile before and the one after install them, and the program.
Time: from the first process of the container's command to its end, with nothing pending, in turns on
one database; the median of the rounds (11). The program is the static one, if `make static` has been run.
"""

import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STATIC = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build/static/migrinit")
if os.path.exists(STATIC):
    os.environ.setdefault("MIGRINIT", STATIC)
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "support")]

# pylint: disable=wrong-import-position
from container import Host, prisma_engine  # noqa: E402
from program import PROGRAM  # noqa: E402
from texts import compose  # noqa: E402

# folder of compose.yaml, of the Dockerfiles, service, database's service, what migrated before
EXAMPLES = [
    ("flagmeter", "flagmeter", "migrate", "postgres", "node_modules/.bin/drizzle-kit push --config=drizzle.config.js --force"),
    ("streamystats", "streamystats", "migrate", "vectorchord", "migrate.sh"),
    ("goal-tracker", "goal-tracker/apps/api", "api", "postgres", "npx prisma migrate deploy"),
    ("mobvibe", "mobvibe", "gateway", "postgres", "npx drizzle-kit migrate"),
    ("mykobo", "mykobo", "web", "postgres", "python run_migrations.py"),
]


def megabytes(path):
    """Bytes of the files below, without what the file system adds."""
    if os.path.isfile(path):
        return os.path.getsize(path) / 1e6
    sizes = (os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names)
    return sum(sizes) / 1e6


def packages_of(image):
    found = [source for path, source in image.mounts.items() if path.endswith("node_modules")]
    return f"{megabytes(found[0]):.1f} MB" if found else "none"


def seconds(host, image, service, command, more):
    started = time.monotonic()
    run = host.finish(image, service, entrypoint=command, **more)
    took = time.monotonic() - started
    assert run.code == 0, run
    host.containers.remove(run)
    return took


def measure(host, rounds, folder, where, name, database, before):
    services = compose(folder, "compose.yaml")
    host.database(services[database])
    old, new = host.image(where, "Dockerfile.before"), host.image(where, "Dockerfile")
    print(f"{folder}: node_modules {packages_of(old)} before, {packages_of(new)} after, migrinit {megabytes(PROGRAM):.1f} MB", flush=True)
    ways = {
        before: (old, before.split(), prisma_engine() if "prisma" in before else {}),
        "migrinit migrate": (new, ["migrinit", "migrate"], {}),
        "nothing (true), for comparison": (new, ["true"], {}),
    }
    times = {way: [] for way in ways}
    seconds(host, new, services[name], ["migrinit", "migrate"], {})
    for _ in range(rounds):
        for way, (image, command, more) in ways.items():
            times[way].append(seconds(host, image, services[name], command, more))
    for way, took in times.items():
        print(f"  {statistics.median(took):6.2f} s  {way}", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    host = Host()
    try:
        for example in EXAMPLES:
            measure(host, rounds, *example)
            host.end_containers()
            host.drop_databases()
    finally:
        host.close()


if __name__ == "__main__":
    main()
