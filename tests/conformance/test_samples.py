"""Migration folders of public projects, against fingerprints that the real tools left.

MIGRINIT_SAMPLES names a folder with a checkout, or only the migrations, of each project under its
name here; docs/conformance.md says where they are from. Without it there is nothing to collect.
"""

import collections
import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest
from matrix import PATIENCE_S

ROOT = os.environ["MIGRINIT_SAMPLES"]

# schema, rows and book are the first digits of the hashes that fingerprint() makes.
Sample = collections.namedtuple("Sample", "name format path schema rows book")
SAMPLES = [
    Sample("mobvibe", "drizzle", "apps/gateway/drizzle", "fbd583844e87f6dd", "aed2f38397ed", "65d2d2115c40"),
    Sample("goaltracker", "prisma", "apps/api/prisma/migrations", "6aff30f8082547f2", "0f7ead411c43", "3243af4d4c1d"),
    Sample("vera", "dbmate", "migrations", "095e245c4f1f1777", "ccfbe9ce6b7e", "6f7c1457c6a5"),
    Sample("atuin", "sqlx", "crates/atuin-server-postgres/migrations", "13aff73a44a3f3a5", "6f86f91cc9a1", "ab9031e93e8a"),
    Sample("openfga", "goose", "assets/migrations/postgres", "d234a4496b2734c4", "34c91eabb99c", "554d908316e2"),
    Sample("firefly", "golang-migrate", "db/migrations/postgres", "699a16ce0fa6ea95", "9f1fe1e74d00", "571b6b8a511a"),
    Sample(
        "conductor_base",
        "flyway",
        "postgres-persistence/src/main/resources/db/migration_postgres",
        "d9d403d05369e7fa",
        "a081a057d78b",
        "9050798714b3",
    ),
    Sample("vaultwarden", "diesel", "migrations/postgresql", "9e06db6be296da66", "37f15c77fd52", "a2afd06bbfde"),
]

# The bookkeeping: its table, and what of it depends neither on time nor on the tool's version.
BOOKS = {
    "drizzle": ("__drizzle_migrations", "hash || '|' || created_at", "created_at, id"),
    "prisma": (
        "_prisma_migrations",
        "migration_name || '|' || checksum || '|' || (finished_at IS NOT NULL) || '|' || (rolled_back_at IS NOT NULL)",
        "migration_name",
    ),
    "dbmate": ("schema_migrations", "version", "version"),
    "golang-migrate": ("schema_migrations", "version || '|' || dirty", "version"),
    "goose": ("goose_db_version", "version_id || '|' || is_applied", "version_id"),
    "flyway": ("flyway_schema_history", "coalesce(version, '') || '|' || script || '|' || success", "installed_rank"),
    "sqlx": (
        "_sqlx_migrations",
        "version || '|' || description || '|' || success || '|' || encode(checksum, 'hex')",
        "version",
    ),
    "diesel": ("__diesel_schema_migrations", "version", "version"),
}

COUNTED = """
SELECT n.nspname || '.' || relname, format('%%I.%%I', n.nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> 'drizzle' AND relname <> %s
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"""


def digest(lines, digits):
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()[:digits]


def schema_lines(database, table):
    server = database.server
    dump = subprocess.run(
        [os.path.join(server.bin, "pg_dump"), "-s", "--no-owner", "--no-privileges", "-T", f"*.{table}"]
        + ["-T", f"*.{table}_id_seq", "-N", "drizzle", "-h", server.directory, "-p", str(server.port)]
        + ["-U", "postgres", database.name],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ).stdout.decode()
    return [line for line in dump.split("\n")[:-1] if not line.startswith(("--", "SET ", "\\restrict", "\\unrestrict"))]


def row_lines(database, table):
    """Counts only: rows may hold times or random ids."""
    counts = [
        f"{name}\t{database.value(f'SELECT count(*) FROM ONLY {quoted}')}" for name, quoted in database.rows(COUNTED, table)
    ]
    return sorted(counts)


def book_lines(database, table, columns, order):
    schema = database.value(
        "SELECT quote_ident(nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE relkind = 'r' AND relname = %s",
        table,
    )
    return [str(row[0]) for row in database.rows(f"SELECT {columns} FROM {schema}.{table} ORDER BY {order}")]


def fingerprint(database, sample):
    table, columns, order = BOOKS[sample.format]
    return {
        "schema": digest(schema_lines(database, table), len(sample.schema)),
        "rows": digest(row_lines(database, table), len(sample.rows)),
        "book": digest(book_lines(database, table, columns, order), len(sample.book)),
    }


def find_folder(sample):
    checkout = os.path.join(ROOT, sample.name)
    below = os.path.join(checkout, sample.path)
    return below if os.path.isdir(below) else checkout


def version_of(name):
    """What the tools order by; None for files that are no migrations."""
    number = re.match(r"V?([0-9][0-9._-]*)", name)
    return [int(part) for part in re.findall("[0-9]+", number.group(1))] if number else None


def keep_half_of_journal(folder):
    path = os.path.join(folder, "meta/_journal.json")
    with open(path, encoding="utf-8") as f:
        journal = json.load(f)
    journal["entries"] = journal["entries"][: len(journal["entries"]) // 2]
    with open(path, "w", encoding="utf-8") as f:
        json.dump(journal, f)


def keep_half(folder, sample):
    """The folder as it was when the project had half of its migrations."""
    if sample.format == "drizzle":
        keep_half_of_journal(folder)
        return
    numbered = [name for name in os.listdir(folder) if version_of(name)]
    versions = sorted({tuple(version_of(name)) for name in numbered})
    for name in numbered:
        if tuple(version_of(name)) in versions[len(versions) // 2 :]:
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.remove(path)


def run(place, command, folder, sample):
    # The format is told: names alone do not tell sqlx from plain, or from golang-migrate.
    env = {"MIGRINIT_MIGRATE_DIR": folder, "MIGRINIT_MIGRATE_FORMAT": sample.format}
    return place.run(command, env=env, timeout=PATIENCE_S)


def migrate(place, folder, sample):
    done = run(place, "migrate", folder, sample)
    if done.err.find("there is no format"):
        pytest.skip(f"migrinit has no format {sample.format}")
    assert done.code == 0, done


PRESENT = [sample for sample in SAMPLES if os.path.isdir(os.path.join(ROOT, sample.name))]


def test_there_are_samples():
    assert PRESENT, f"none of {', '.join(sample.name for sample in SAMPLES)} is in {ROOT}"


@pytest.mark.parametrize("halves", [1, 2], ids=["from_empty", "in_two_halves"])
@pytest.mark.parametrize("sample", PRESENT, ids=[f"{sample.format}-{sample.name}" for sample in PRESENT])
def test_folder(new_place, sample, halves):
    place = new_place()
    if halves == 2:
        half = os.path.join(place.cwd, "half")
        shutil.copytree(find_folder(sample), half)
        keep_half(half, sample)
        migrate(place, half, sample)
        assert run(place, "status", find_folder(sample), sample).code == 1, "only half was applied"
    migrate(place, find_folder(sample), sample)
    assert fingerprint(place.database, sample) == {"schema": sample.schema, "rows": sample.rows, "book": sample.book}
    status = run(place, "status", find_folder(sample), sample)
    assert status.code == 0, status
