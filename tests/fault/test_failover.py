"""A primary and its standby: nothing is migrated on a standby, and a change of roles in the middle loses nothing.

Replication is asynchronous: what the old primary alone has is lost, its bookkeeping with it, and is then applied anew.
"""

import os

import pytest
from postgres import PASSWORD_ENCODED, USER, wait_until
from room import violations_of_run
from standby import Standby, let_it_be_followed

pytestmark = pytest.mark.own_server

PATIENT = {"MIGRINIT_WAIT_TIMEOUT": "60s"}


@pytest.fixture(scope="module")
def followed(stopped_server):
    let_it_be_followed(stopped_server)
    return stopped_server


@pytest.fixture
def standby(followed, room):
    """A standby that has all that the room has."""
    room.furnish(applied=1)
    instance = Standby(followed)
    instance.wait_until_it_has(room.database.name, "SELECT to_regclass('public.ledger') IS NOT NULL")
    yield instance
    room.leave()
    room.database.server = followed
    instance.remove()
    signal_file = os.path.join(followed.data, "standby.signal")
    if os.path.exists(signal_file):
        os.unlink(signal_file)
        followed.stop("immediate")
    if not followed.is_running():
        followed.start()


def go_to(room, server):
    """What the room asks from now on is asked there."""
    room.leave()
    room.database.server = server
    room.url = server.url(room.database.name)


def several(room, *servers, query=""):
    places = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://{USER}:{PASSWORD_ENCODED}@{places}/{room.database.name}{query}"


def test_standby_alone(room, standby, tally):
    """Waited for until the deadline, by every verb that writes; what reads is refused as well."""
    for words in (["migrate"], ["--", "true"], ["verify"], ["baseline"], ["down"]):
        run = room.run(*words, url=standby.url(room.database.name), env={"MIGRINIT_WAIT_TIMEOUT": "1s"})
        found = violations_of_run(run, {69})
        if not run.err.find("standby"):
            found.append(f"it does not say why: {run}")
        tally.add(words, found + room.violations())
    if room.recorded() != ["0001_m"]:
        tally.add("recorded", [f"{room.recorded()}"])
    tally.close()


def test_promoted_while_waited_for(room, standby, followed, tally):
    """Two replicas wait for the standby; when it is promoted each file is applied once."""
    runs = [room.start(url=standby.url(room.database.name), env=PATIENT) for _ in range(2)]
    for run in runs:
        run.err.wait_for("Waiting for database.*standby")
    followed.stop("immediate")
    standby.promote()
    go_to(room, standby)
    found = []
    for run in runs:
        run.code = run.wait()
        found += violations_of_run(run, {0})
    room.forget()
    tally.add("promoted", found + room.violations_when_current())
    tally.close()


@pytest.mark.parametrize("query", ["", "?target_session_attrs=primary", "?target_session_attrs=read-write"])
def test_several_hosts(room, standby, followed, tally, query):
    """The primary is found wherever it stands, also behind a standby that lets nobody in."""
    with_nobody = Standby(followed, hot_standby="off")
    try:
        for number, hosts in enumerate(([followed, standby], [standby, followed], [with_nobody, standby, followed])):
            room.program.write(f"migrations/001{number}_x.sql", f"INSERT INTO ledger VALUES ('001{number}_x');\nCREATE TABLE t001{number}_x (n int);\n")
            room.files[f"001{number}_x"] = ""
            run = room.run(url=several(room, *hosts, query=query), env={"MIGRINIT_WAIT_TIMEOUT": "10s"})
            found = violations_of_run(run, {0})
            if f"001{number}_x" not in room.recorded():
                found.append(f"not applied: {room.recorded()}: {run}")
            tally.add((number, query), found)
    finally:
        with_nobody.remove()
    tally.close()


def hold(room, connection):
    """The second migration waits for a table that `connection` has locked."""
    connection.cursor().execute("CREATE TABLE gate (); GRANT ALL ON gate TO app")
    connection.commit()
    connection.cursor().execute("LOCK TABLE gate")
    room.files["0002_m"] = room.files["0002_m"] + "LOCK TABLE gate;\n"
    room.program.write("migrations/0002_m.sql", room.files["0002_m"])


def held(room):
    sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND wait_event_type = 'Lock'"
    wait_until(lambda: room.ask(sql)[0][0], "the migration is in its file")


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_primary_gone_in_the_middle(room, standby, followed, tally, how):
    """The standby takes over: connected again by the list of hosts, and gone on with what it has not."""
    with room.database.session() as connection:
        hold(room, connection)
        standby.wait_until_it_has(room.database.name, "SELECT to_regclass('public.gate') IS NOT NULL")
        run = room.start(url=several(room, followed, standby), env={**PATIENT, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        held(room)
        room.leave()
        followed.stop(how)
    run.err.wait_for("connecting again")
    standby.promote()
    go_to(room, standby)
    run.code = run.wait()
    room.forget()
    tally.add(how, violations_of_run(run, {0}) + room.violations_when_current())
    tally.close()


def test_primary_becomes_a_standby(room, standby, followed, tally):
    """Demoted in the middle, and promoted again: nothing is done meanwhile."""
    del standby
    with room.database.session() as connection:
        hold(room, connection)
        run = room.start(env={**PATIENT, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        held(room)
        room.leave()
        followed.stop("fast")
    with open(os.path.join(followed.data, "standby.signal"), "w", encoding="ascii"):
        pass
    owner = os.stat(followed.data)
    os.chown(os.path.join(followed.data, "standby.signal"), owner.st_uid, owner.st_gid)
    followed.start()
    run.err.wait_for("Waiting for database.*standby")
    found = room.violations()
    if room.recorded() != ["0001_m"]:
        found.append(f"migrated on a standby: {room.recorded()}")
    room.leave()
    followed.tool("pg_ctl", "-D", followed.data, "-w", "promote")
    run.code = run.wait()
    room.forget()
    tally.add("demoted", found + violations_of_run(run, {0}) + room.violations_when_current())
    tally.close()


def set_read_only(server, is_on):
    """For all sessions. The postmaster tells the others before it lets a new one in: who sees it there knows that they will."""
    value = "on" if is_on else "off"
    with server.admin("postgres") as cursor:
        cursor.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        cursor.execute("SELECT pg_reload_conf()")

    def is_told():
        with server.admin("postgres") as cursor:
            cursor.execute("SHOW default_transaction_read_only")
            return cursor.fetchone()[0] == value

    wait_until(is_told, f"default_transaction_read_only = {value}")


def test_read_only_from_now_on(room, server, tally):
    """25006 in the middle: connected again, and waited for until it can be written to."""
    room.furnish(applied=1)
    try:
        with room.database.session() as connection:
            hold(room, connection)
            run = room.start(env={**PATIENT, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
            held(room)
            set_read_only(server, True)
        run.err.wait_for("Waiting for database.*standby|read-only")
    finally:
        set_read_only(server, False)
    room.leave()
    run.code = run.wait()
    room.forget()
    tally.add("read-only", violations_of_run(run, {0}) + room.violations_when_current())
    tally.close()


def test_two_primaries(room, standby, followed, tally):
    """Split in two while a run is at work on the old one: each holds a lock, and each is whole in itself."""
    with room.database.session() as connection:
        hold(room, connection)
        standby.wait_until_it_has(room.database.name, "SELECT to_regclass('public.gate') IS NOT NULL")
        old = room.start(env={**PATIENT, "MIGRINIT_MIGRATE_TABLE_LOCK_TIMEOUT": "0"})
        held(room)
        standby.promote()
        new = room.start(url=standby.url(room.database.name), env=PATIENT)
        new.code = new.wait()
    old.code = old.wait()
    room.forget()
    for run, where in ((old, followed), (new, standby)):
        go_to(room, where)
        tally.add(where.port, violations_of_run(run, {0}) + room.violations_when_current())
    tally.close()
