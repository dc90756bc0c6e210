"""A program whose session has a pseudo-terminal, as `docker run -it` makes it."""

import os
import pty
import subprocess

from namespace import APP, DEADLINE_S, PROGRAM, UNSHARE, Lines, children_of, clean_env, until


class Terminal:
    def __init__(self, *words, env=None, prefix=UNSHARE, is_read=True):
        self.master, slave = pty.openpty()
        argv = [*prefix, APP, "lead", "exec", PROGRAM, *map(str, words)]
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=clean_env(env))
        os.close(slave)
        self.out = Lines(TerminalStream(self.master)) if is_read else None

    @property
    def pid(self):
        """The init, under `unshare`."""
        return until(lambda: next(iter(children_of(self.process.pid)), None), "PID 1")

    def signal(self, number):
        os.kill(self.pid, number)

    def type(self, text):
        os.write(self.master, text)

    def hang_up(self):
        """The other end goes away; not while it is read, which would hold it open."""
        assert self.out is None
        os.close(self.master)

    def wait(self):
        return self.process.wait(DEADLINE_S)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class TerminalStream:
    """The other end of a terminal reports its end as an I/O error."""

    def __init__(self, fd):
        self.fd = fd

    def readline(self):
        line = b""
        try:
            while not line.endswith(b"\n"):
                byte = os.read(self.fd, 1)
                if not byte:
                    break
                line += byte
        except OSError:
            pass
        return line
