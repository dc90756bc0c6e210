"""The program as PID 1 of a namespace of its own, seen from outside; every wait has a deadline."""

import os
import queue
import re
import signal
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("MIGRINIT") or os.path.join(ROOT, "build", "migrinit"))
APP = os.environ.get("MIGRINIT_TEST_APP") or os.path.join(os.path.dirname(PROGRAM), "tests", "support", "app")
UNSHARE = ["unshare", *([] if os.geteuid() == 0 else ["-Ur"]), "--fork", "--pid", "--mount-proc", "--kill-child"]
DEADLINE_S = float(os.environ.get("TEST_DEADLINE", "20"))

# A shell as PID 1, with the program as its child: all goes with it, whatever a test leaves behind.
NESTED = ["sh", "-c", '"$@"; exit $?', "sh"]

# Looked for in all that any run says.
PASSWORD = "Can4ry"

# A database that never comes, and something to migrate when it does.
UNREACHABLE = {
    "DATABASE_URL": f"postgresql://u:{PASSWORD}@127.0.0.1:1/x",
    "MIGRINIT_MIGRATE_DIR": os.path.join(ROOT, "tests", "pid1", "migrations"),
    "MIGRINIT_MIGRATE_FORMAT": "plain",
}


def clean_env(env=None):
    base = {"PATH": os.environ["PATH"], "HOME": "/"}
    base.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
    return {**base, **(env or {})}


def until(condition, what):
    """Poll a condition that no event tells of."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.002)
    raise AssertionError(f"not within {DEADLINE_S} s: {what}")


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def state_of(pid):
    """R, S, T and so on; "" when it is gone."""
    try:
        return status_of(pid)["State"][0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state_of(pid) == "T", "the process is stopped")


def descendants_of(pid):
    return [d for child in children_of(pid) for d in (child, *descendants_of(child))]


def signal_set(words):
    """A set of numbers from SigBlk and its like."""
    mask = int(words, 16)
    return {n for n in range(1, 65) if mask & (1 << (n - 1))}


def ignored_by(pid):
    """The signals that a process ignores; none when it is gone."""
    try:
        return signal_set(status_of(pid)["SigIgn"])
    except (FileNotFoundError, ProcessLookupError):
        return set()


class Lines:
    """The lines of a stream as they come."""

    def __init__(self, stream):
        self.seen = []
        self.queue = queue.Queue()
        self.ended = False
        self.stream = stream
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        try:
            for line in iter(stream.readline, b""):
                self.queue.put(line.decode(errors="replace").rstrip("\r\n"))
        except (OSError, ValueError):
            pass  # closed by us
        self.queue.put(None)

    def close(self):
        """Go away as a reader."""
        self.stream.raw.close()

    def _next(self, timeout):
        line = self.queue.get(timeout=timeout)
        if line is None:
            self.ended = True
            return None
        self.seen.append(line)
        return line

    def peek(self):
        """What has come until now."""
        while not self.ended:
            try:
                self._next(0.001)
            except queue.Empty:
                break
        return self.seen

    def wait_for(self, pattern):
        """Gives the match of the first line, seen or to come."""
        for line in self.seen:
            if re.search(pattern, line):
                return re.search(pattern, line)
        deadline = time.monotonic() + DEADLINE_S
        while not self.ended:
            try:
                line = self._next(max(0.001, deadline - time.monotonic()))
            except queue.Empty:
                break
            if line is not None and re.search(pattern, line):
                return re.search(pattern, line)
        raise AssertionError(f"no line like {pattern!r} in {self.seen}")

    def all(self):
        while not self.ended:
            self._next(DEADLINE_S)
        return self.seen

    def text(self):
        return "\n".join(self.all())


class Run:
    def __init__(self, argv, env=None, **more):
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            argv,
            env=clean_env(env),
            stdin=more.pop("stdin", subprocess.DEVNULL),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)

    def wait(self):
        return self.process.wait(DEADLINE_S)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Init(Run):
    """One run under `unshare`; self.pid is the init as seen from here: PID 1, or with `nested` a child of it."""

    def __init__(self, *words, env=None, before=(), options=(), nested=False, **more):
        options = [*(["--app-mode=supervise"] if nested else []), *options]
        start = [*(NESTED if nested else []), *([APP, *map(str, before), "exec"] if before else [])]
        super().__init__([*UNSHARE, *start, PROGRAM, *options, *words], env=env, **more)
        self.first = self._child_of(self.process.pid)
        self.pid = self._child_of(self.first) if nested else self.first

    def _child_of(self, pid):
        return until(lambda: next(iter(children_of(pid)), None) or self.process.poll() is not None, "the init")

    def signal(self, number):
        os.kill(self.pid, number)

    def until_alone(self, *others):
        """No child of the init is left but these."""
        until(lambda: set(children_of(self.pid)) == set(others), f"only {others} left below the init")

    def hold_pid_1(self):
        """Stop the shell around a nested init: it reaps no more, and does not end when the init does."""
        stop(self.first)

    def child(self):
        return until(lambda: next(iter(children_of(self.pid)), None), "a child of PID 1")

    def waiting_preparer(self):
        self.err.wait_for("Waiting")
        return self.child()


class Starter:
    def __init__(self):
        self.runs = []

    def init(self, *words, **more):
        return self._keep(Init(*map(str, words), **more))

    def app(self, *words, **more):
        return self.init("--", APP, *words, **more)

    def plain(self, argv, **more):
        """Not as PID 1."""
        return self._keep(Run(list(map(str, argv)), **more))

    def _keep(self, run):
        self.runs.append(run)
        return run

    def close(self):
        for run in self.runs:
            run.close()
        said = [line for run in self.runs for stream in (run.out, run.err) for line in stream.peek()]
        assert PASSWORD not in "\n".join(said), "a part of the password was printed"


def codes_of(runs, at_once=8):
    """The exit codes of many runs as PID 1, each a list of words; nobody looks at their output."""
    codes = []
    for i in range(0, len(runs), at_once):
        batch = [
            subprocess.Popen([*UNSHARE, PROGRAM, *map(str, words)], env=clean_env(), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for words in runs[i : i + at_once]
        ]  # fmt: skip
        codes += [process.wait(DEADLINE_S) for process in batch]
    return codes


def kill_quietly(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
