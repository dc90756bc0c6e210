"""Ask an init for its health from inside of its namespaces, as `docker exec` and probes do."""

import socket
import subprocess

from namespace import DEADLINE_S, PROGRAM, clean_env, until


def ask(run, *options, user=0, prefix=()):
    """Exit code and line."""
    inside = ["nsenter", f"--target={run.pid}", "--pid", "--mount"]
    drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
    done = subprocess.run([*inside, *prefix, *drop, PROGRAM, "health", *options], env=clean_env(), check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S)  # fmt: skip
    assert done.stderr == b"", done.stderr
    line, end, rest = done.stdout.decode().partition("\n")
    assert end == "\n" and rest == ""
    return done.returncode, line


def until_phase(run, phase):
    return until(lambda: ask(run)[1].startswith(phase), phase)


def free_port(address="127.0.0.1"):
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        return probe.getsockname()[1]


def assert_answers(run, phase, startup, live, ready):
    """Exit code 0 where the question is answered by yes."""
    until_phase(run, phase)
    assert [ask(run, option)[0] == 0 for option in ("--startup", "--live", "--ready")] == [startup, live, ready]
    assert (ask(run)[0] == 0) == ready
