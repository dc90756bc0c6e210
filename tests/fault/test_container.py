"""What runtimes take away, in every combination: a root that may be written, /tmp, /proc, a known user, capabilities."""

import itertools
import os

from program import PROGRAM
from room import violations_of_run
from tally import sample

# In a mount namespace of its own. The folder of the test is moved out of /tmp first.
KEEP = 'mount --make-rprivate / && mount --bind "$1" /mnt && shift && cd /mnt'
ROOT = {"root": "", "read-only root": " && mount -o remount,bind,ro /"}
TMP = {"/tmp": "", "no /tmp": " && mount -t tmpfs -o ro,size=4k tmpfs /tmp"}
PROC = {"/proc": "", "no /proc": " && umount -l /proc"}
USER = {
    "root": "",
    "nobody": "setpriv --reuid 65534 --regid 65534 --clear-groups",
    "unknown, restricted": "setpriv --reuid 12345 --regid 12345 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all",
    "root without capabilities": "setpriv --no-new-privs --bounding-set=-all --inh-caps=-all",
}
PLACE = {"PID 1": ["--pid"], "not PID 1": []}
MODE = ("exec", "supervise")


def test_what_is_taken_away(room, tally):
    cases = list(itertools.product(ROOT, TMP, PROC, USER, PLACE, MODE))
    for root, tmp, proc, user, place, mode in sample(cases, least=32):
        room.furnish()
        program = room.program.write("migrinit", open(PROGRAM, "rb").read())
        os.chmod(program, 0o755)
        script = f'{KEEP}{PROC[proc]}{TMP[tmp]}{ROOT[root]} && exec {USER[user]} "$@"'
        prefix = ["unshare", "--mount", "--fork", "--kill-child", *PLACE[place], "sh", "-c", script, "sh", room.program.cwd]
        run = room.run("--", "/bin/sh", "-c", "echo APP", env={"MIGRINIT_APP_MODE": mode}, prefix=prefix, program="/mnt/migrinit")
        found = violations_of_run(run, {0})
        if not run.app_started:
            found.append(f"the app was not started: {run}")
        tally.add((root, tmp, proc, user, place, mode), found + room.violations_when_current())
    tally.close()
