"""Twelve who create the same database, schemas, extensions and bookkeeping at once."""

from tally import SCALE

RACERS = 12
ROUNDS = max(3, round(SCALE))


def test_bootstrap_race(room, tally):
    database = room.database
    env = {
        "MIGRINIT_DATABASE_CREATE": "true",
        "MIGRINIT_DATABASE_SCHEMAS": "one two",
        "MIGRINIT_DATABASE_EXTENSIONS": "pgcrypto hstore citext",
    }
    room.furnish()
    for number in range(ROUNDS):
        room.leave()
        database.drop()
        runs = [room.start(env=env) for _ in range(RACERS)]
        codes = [run.wait(120) for run in runs]
        found = [f"exit code {run.process.returncode}: {run}" for run in runs if run.process.returncode != 0]
        found += missing(room)
        tally.add((number, codes.count(0)), found + room.violations_when_current())
        room.forget()
    tally.notes.append(f"{RACERS} racers in each")
    tally.close()


def missing(room):
    extensions = {row[0] for row in room.ask("SELECT extname FROM pg_extension")}
    schemas = {row[0] for row in room.ask("SELECT nspname FROM pg_namespace")}
    wanted = {"pgcrypto", "hstore", "citext"} - extensions | {"one", "two", "migrinit"} - schemas
    return [f"missing: {sorted(wanted)}"] if wanted else []
