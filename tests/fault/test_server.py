"""The server dies at every message of ours, and comes back."""

import contextlib
import os
import signal
import subprocess

import pytest
from postgres import kill_quietly, wait_until
from room import violations_of_run
from tally import sample

pytestmark = pytest.mark.own_server

SCENARIOS = {"fresh": {}, "outside": {"outside": (2,)}}


def postmaster_gone(server, pid):
    """kill -9 of the postmaster: its children notice, and only then may another one start."""
    kill_quietly(pid)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}") or is_zombie(pid), "the postmaster is gone")
    os.unlink(os.path.join(server.data, "postmaster.pid"))


def is_zombie(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii") as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    return True


def start_again(server):
    """Backends of a killed postmaster keep the shared memory for a moment."""

    def started():
        with contextlib.suppress(subprocess.CalledProcessError):
            server.start()
            return True
        return False

    wait_until(started, "the server starts again", timeout=60)


def blow(server, how):
    pid = server.postmaster()
    if how == "kill":
        postmaster_gone(server, pid)
    elif how == "fast":
        kill_quietly(pid, signal.SIGINT)  # not waited for: what is under way may go on
    elif how == "backend":
        for backend in server_backends(server):
            kill_quietly(backend)
    else:
        server.stop("immediate")


def server_backends(server):
    with server.admin("postgres") as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'app'")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("how", ["kill", "immediate", "fast", "backend"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_server_dies(room, server, cutter, tally, scenario, how):
    url = cutter.url(room.database)
    room.furnish(**SCENARIOS[scenario])
    cutter.arm(None)
    assert room.run(url=url).code == 0
    cases = [(k, is_passed) for k in range(1, cutter.counts["client"] + 1) for is_passed in (False, True)]
    for k, is_passed in sample(cases, least=3):
        room.furnish(**SCENARIOS[scenario])
        room.leave()
        cutter.arm("client", k, is_passed, lambda: blow(server, how))
        # Nobody brings the server back while it runs, so that it must not wait for long.
        run = room.run(url=url, env={"MIGRINIT_WAIT_TIMEOUT": "2s"})
        assert cutter.has_struck
        if how == "fast":
            wait_until(lambda: not server.is_running(), "the server has shut down")
        if how != "backend":
            start_again(server)
        wait_until(room.can_ask, "the server answers")
        tally.add((k, is_passed), violations_of_run(run) + room.violations_when_current())
    tally.close()
