"""Clocks that jump: every time limit is of the monotonic clock, whatever the time of day does.

The time of day is libfaketime's, stepped by a file while the program runs; the monotonic and boot clocks are those of
a time namespace, far away from zero. The clock of the machine itself is left alone.
"""

import glob
import os

import pytest
from fakes import FakeServer
from postgres import wait_until
from room import violations_of_run
from tally import sample

DAY_S = 86400
LIMIT_S = 3
LATE_S = 3  # what a busy machine may add
STEPS = {"a day on": f"+{DAY_S}", "a day back": f"-{DAY_S}", "to 2040": "@2040-01-01 00:00:00", "to 1971": "@1971-01-01 00:00:00"}


class Clock:
    """The time of day of one run."""

    def __init__(self, room):
        self.path = room.program.write("clock", "+0\n")
        library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        assert library, "faketime is not installed: make deps"
        self.env = {
            "LD_PRELOAD": library[0],
            "FAKETIME_TIMESTAMP_FILE": self.path,
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0",
        }

    def step(self, to):
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write(to + "\n")
        os.rename(self.path + ".new", self.path)


def in_time(run, codes, least=LIMIT_S - 0.1):
    found = violations_of_run(run, codes)
    if not least <= run.seconds <= LIMIT_S + LATE_S:
        found.append(f"{run.seconds:.2f} s in place of {LIMIT_S}: {run}")
    return found


@pytest.mark.parametrize("step", sample(STEPS, least=2))
def test_time_of_day_steps(room, tally, step):
    # The limit of waiting.
    room.furnish()
    clock = Clock(room)
    with FakeServer("error") as fake:
        run = room.start(url=f"postgresql://app@127.0.0.1:{fake.port}/x", env={**clock.env, "MIGRINIT_WAIT_TIMEOUT": f"{LIMIT_S}s"})
        run.err.wait_for("Waiting for database")
        clock.step(STEPS[step])
        run.code = run.wait()
    tally.add(("waiting", step), in_time(run, {69}))

    # The limit of a wait for the lock, and the migrations themselves.
    room.furnish(applied=1)
    with room.database.session() as gate:
        gate.cursor().execute("CREATE TABLE gate (); GRANT ALL ON gate TO app")
        gate.commit()
        gate.cursor().execute("LOCK TABLE gate")
        room.program.write("migrations/0002_m.sql", room.files["0002_m"] + "LOCK TABLE gate;\n")
        clock = Clock(room)
        holder = room.start(env={**clock.env, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'app' AND wait_event_type = 'Lock'"
        wait_until(lambda: room.ask(sql, room.database.name)[0][0], "the first is in its file")
        run = room.start(env={**clock.env, "MIGRINIT_MIGRATE_LOCK_TIMEOUT": f"{LIMIT_S}s"})
        run.err.wait_for("Another migrator is at work")
        clock.step(STEPS[step])
        run.code = run.wait()
        tally.add(("the lock", step), in_time(run, {75}))
        assert holder.process.poll() is None, "the holder goes on"
    holder.code = holder.wait()
    room.forget()
    tally.add(("migrating", step), violations_of_run(holder, {0}) + room.violations_when_current())

    # The pause before an app is started again, and the time that it has to end.
    clock = Clock(room)
    app = "trap '' TERM; echo APP; while :; do sleep 0.1; done"
    run = room.start("--", "sh", "-c", app, env={**clock.env, "MIGRINIT_APP_MODE": "supervise", "MIGRINIT_APP_STOP_TIMEOUT": f"{LIMIT_S}s"})
    run.out.wait_for("APP")
    since = os.times().elapsed
    run.signal()
    clock.step("+0")
    clock.step(STEPS[step])
    run.code = run.wait()
    took = os.times().elapsed - since
    found = violations_of_run(run, {137, 143})
    if not LIMIT_S - 0.1 <= took <= LIMIT_S + LATE_S:
        found.append(f"the app had {took:.2f} s: {run}")
    room.forget()
    tally.add(("stopping", step), found)
    tally.close()


@pytest.mark.parametrize("offset", ["1000000000", "-1000"])
def test_clocks_of_a_time_namespace(room, tally, offset):
    """As after a container was moved or frozen: monotonic and boot time far from what they were."""
    with open("/proc/uptime", encoding="ascii") as f:
        if float(f.read().split()[0]) + float(offset) < 1:
            offset = "-100"  # the kernel takes none before its own beginning
    prefix = ["unshare", "--time", "--fork", "--kill-child", "--monotonic", offset, "--boottime", offset]
    with FakeServer("silent") as fake:
        room.furnish()
        env = {"MIGRINIT_WAIT_TIMEOUT": f"{LIMIT_S}s", "MIGRINIT_WAIT_ATTEMPT_TIMEOUT": "1s"}
        run = room.run(url=f"postgresql://app@127.0.0.1:{fake.port}/x", prefix=prefix, env=env)
        found = in_time(run, {69})
        if fake.connections < 2:
            found.append(f"{fake.connections} attempts: {run}")
        tally.add(("waiting", offset), found)
    run = room.run("--", "true", prefix=prefix)
    tally.add(("migrating", offset), violations_of_run(run, {0}) + room.violations_when_current())
    tally.close()
