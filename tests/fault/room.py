"""The oracle: a folder of migrations, a database, and what must be true of both after any fault.

Each migration writes its id into `ledger`, which has no unique key: who applies one twice is seen,
and so is who applies one without recording it.
"""

import os
import re
import shutil

import psycopg2
from postgres import wait_until
from program import PATIENCE

LEDGER = "CREATE TABLE ledger (id text);\n"
STRICT = {"AUTO_MIGRATE_FAIL_ON_ERROR": "true", "MIGRINIT_WAIT_TIMEOUT": "20s"}

# What `migrinit migrate` may end with when the world around it breaks; see docs/exit-codes.md.
CODES_OF_A_FAULT = {0, 1, 69, 75}


def transactional(ident):
    return f"INSERT INTO ledger VALUES ('{ident}');\nCREATE TABLE t{ident} (n int);\n"


def files(outside=()):
    """Three migrations; those in `outside` run outside a transaction and can be run again."""
    result = {}
    for number in (1, 2, 3):
        ident = f"000{number}_m"
        if number in outside:
            text = (
                f"-- migrinit: no-transaction\n-- migrinit: drop-invalid\nCREATE TABLE IF NOT EXISTS t{ident} (n int);\n"
                f"INSERT INTO ledger VALUES ('{ident}');\n"
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS i{ident} ON t{ident} (n);\n"
            )
        else:
            text = (LEDGER if number == 1 else "") + transactional(ident)
        result[ident] = text
    return result


class Room:
    def __init__(self, program, database):
        self.program = program
        self.database = database
        self.url = database.url
        self.files = {}
        self.outside = set()
        self.connection = None

    def ask(self, sql, *args):
        """By a session that is kept, since there are thousands of questions."""
        if self.connection is None or self.connection.closed:
            server = self.database.server
            self.connection = psycopg2.connect(
                host=server.directory, port=server.port, user="postgres", dbname=self.database.name
            )
            self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute(sql, args or None)
            return cursor.fetchall() if cursor.description else []

    def can_ask(self):
        """Whether the server is there, after it was not."""
        try:
            return self.ask("SELECT 1")
        except psycopg2.Error:
            self.connection = None
            return False

    def leave(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def furnish(self, outside=(), applied=0):
        """An empty database and the folder; the first `applied` migrations are applied already."""
        self.wait_until_alone()
        self.ask(
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS migrinit CASCADE;"
            " DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION app"
        )
        self.outside = {f"000{number}_m" for number in outside}
        self.files = files(outside)
        folder = os.path.join(self.program.cwd, "migrations")
        shutil.rmtree(folder, ignore_errors=True)
        for name in list(self.files)[:applied]:
            self.program.write(f"migrations/{name}.sql", self.files[name])
        if applied:
            run = self.run()
            assert run.code == 0, run
            self.wait_until_alone()
        for name in list(self.files)[applied:]:
            self.program.write(f"migrations/{name}.sql", self.files[name])

    def start(self, *args, url=None, env=None, **more):
        return self.program.start(*(args or ("migrate",)), env={**STRICT, "DATABASE_URL": url or self.url, **(env or {})}, **more)

    def run(self, *args, timeout=PATIENCE, **more):
        run = self.start(*args, **more)
        run.code = run.wait(timeout)
        self.forget()
        return run

    def forget(self):
        """Runs that have ended; what they said is kept, for the search for secrets."""
        for run in [run for run in self.program.runs if run.process.poll() is not None]:
            self.program.runs.remove(run)
            self.program.heard.append(run.err.text + run.out.text)

    def wait_until_alone(self, timeout=30.0):
        """Nobody of us is connected, and so no lock is held."""
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'app'"
        wait_until(lambda: self.ask(mine, self.database.name)[0][0] == 0, "no session is left", timeout)
        locks = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = %s)"
        )
        assert self.ask(locks, self.database.name)[0][0] == 0, "a lock outlived its holder"

    def ledger(self):
        if self.ask("SELECT to_regclass('public.ledger')")[0][0] is None:
            return []
        return [row[0] for row in self.ask("SELECT id FROM ledger ORDER BY id")]

    def recorded(self):
        if self.ask("SELECT to_regclass('migrinit.migrations')")[0][0] is None:
            return []
        return [row[0] for row in self.ask("SELECT id FROM migrinit.migrations WHERE applied_at < 'infinity' ORDER BY id")]

    def objects(self):
        found = self.ask("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^t000' ORDER BY 1")
        return [row[0][1:] for row in found]

    def invalid(self):
        """Indexes that serve nobody: left by a statement that was stopped half-way."""
        sql = "SELECT c.relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE NOT indisvalid AND relkind = 'i' ORDER BY 1"
        return [row[0] for row in self.ask(sql)]

    def within(self, names):
        return [name for name in names if name not in self.outside]

    def violations(self):
        """P1 and P2 at any moment in which nobody is at work."""
        found = []
        recorded, ledger, objects = self.recorded(), self.ledger(), self.objects()
        if not self.within(recorded) == self.within(ledger) == self.within(objects):
            found.append(f"recorded {recorded}, ledger {ledger}, objects {objects}")
        if len(recorded) != len(set(recorded)):
            found.append(f"recorded twice: {recorded}")
        if not set(recorded) <= set(ledger) & set(objects):
            found.append(f"recorded without effects: {recorded}, {ledger}, {objects}")
        return found

    def violations_when_current(self):
        """P3: one more start and the schema is current, whatever happened before."""
        self.wait_until_alone()
        found = self.violations()
        run = self.run()
        self.wait_until_alone()
        if run.code != 0:
            found.append(f"the next start did not converge: {run}")
        if self.recorded() != sorted(self.files):
            found.append(f"not current: {self.recorded()}")
        if self.invalid():
            found.append(f"invalid indexes: {self.invalid()}")
        return found + self.violations()


def violations_of_run(run, codes=CODES_OF_A_FAULT):
    """What a run itself may do: a documented end, never by a crash."""
    found = []
    if run.code not in codes:
        found.append(f"exit code {run.code}: {run}")
    if re.search(r"Sanitizer|runtime error:|Assertion|core dumped", run.err.text):
        found.append(f"a crash: {run}")
    return found
