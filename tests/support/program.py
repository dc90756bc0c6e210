"""Run build/migrinit with a controlled environment and listen to what it says."""

import os
import re
import signal
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("MIGRINIT", os.path.join(ROOT, "build", "migrinit")))

# An app that says that it was started, and how the migrations went.
APP = ["--", "sh", "-c", 'echo "APP status=${MIGRINIT_STATUS-unset}"']

# For the end of what must end; a slow machine under a sanitizer needs some of it.
PATIENCE = 60.0


class Stream:
    """Lines of a pipe as they come, kept."""

    def __init__(self, pipe):
        self.lines = []
        self.is_over = False
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self.thread.start()

    def _read(self, pipe):
        for raw in pipe:
            with self.news:
                self.lines.append(raw.decode("utf-8", errors="replace").rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.is_over = True
            self.news.notify_all()
        pipe.close()

    @property
    def text(self):
        return "\n".join(self.lines)

    def find(self, pattern):
        return next((line for line in self.lines if re.search(pattern, line)), None)

    def count(self, pattern):
        return sum(1 for line in self.lines if re.search(pattern, line))

    def wait_for(self, pattern, timeout=PATIENCE):
        """The first line that matches, as soon as it is there."""
        deadline = time.monotonic() + timeout
        with self.news:
            while True:
                line = self.find(pattern)
                if line is not None:
                    return line
                left = deadline - time.monotonic()
                if self.is_over or left <= 0:
                    state = "it ended" if self.is_over else f"not in {timeout} s"
                    raise AssertionError(f"no line /{pattern}/ ({state}):\n{self.text}")
                self.news.wait(left)


class Run:
    """One run of the program."""

    def __init__(self, args, env, cwd, prefix=(), program=PROGRAM, **popen):
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*prefix, program, *args],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            **popen,
        )
        self.out = Stream(self.process.stdout)
        self.err = Stream(self.process.stderr)

    @property
    def pid(self):
        return self.process.pid

    def signal(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)

    def wait(self, timeout=PATIENCE):
        """The exit code as a container shows it: 128 + n after a signal."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout} s:\n{self.err.text}") from None
        self.ended = time.monotonic()
        self.out.thread.join(10)
        self.err.thread.join(10)
        return code if code >= 0 else 128 - code

    @property
    def seconds(self):
        return self.ended - self.started

    def kill(self):
        """Whatever is left of it, children too."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def app_started(self):
        return self.out.find(r"^APP\b") is not None

    def __repr__(self):
        return (
            f"\nexit code {self.process.returncode}\n--- stderr\n{self.err.text}\n"
            f"--- stdout\n{self.out.text}\n---"
        )


class Program:
    """Starts runs, with a folder to work in and no environment but what is given."""

    def __init__(self, cwd):
        self.cwd = str(cwd)
        self.env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": self.cwd,
            "LANG": "C.UTF-8",
        }
        for name in os.environ:
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
                self.env[name] = os.environ[name]
        self.runs = []

    def start(self, *args, env=None, cwd=None, **more):
        merged = {**self.env, **(env or {})}
        merged = {name: str(value) for name, value in merged.items() if value is not None}
        run = Run(list(args), merged, cwd or self.cwd, **more)
        self.runs.append(run)
        return run

    def run(self, *args, timeout=PATIENCE, **more):
        """To its end; gives the run with `code` set."""
        run = self.start(*args, **more)
        run.code = run.wait(timeout)
        return run

    def write(self, path, text):
        """A file below the working folder."""
        full = os.path.join(self.cwd, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        return full

    def migrations(self, folder="migrations", **files):
        """plain migrations: name=sql, the name's first '_' part being the number."""
        for name, sql in files.items():
            self.write(f"{folder}/{name.lstrip('m')}.sql", sql)
        return os.path.join(self.cwd, folder)

    def all_output(self):
        return "\n".join(run.err.text + "\n" + run.out.text for run in self.runs)

    def close(self):
        for run in self.runs:
            run.kill()
