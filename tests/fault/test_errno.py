"""Every system call fails once: a clean end or success, never a hang, never a crash.

Put there by strace, which does not make the call. Errors that the kernel never gives prove nothing: close() gives the
descriptor back whatever it returns, and libpq waits for the answer to what sendto() refused, since the end of a real
connection shows there as well.
"""

import pytest
from room import CODES_OF_A_FAULT, violations_of_run
from tally import SCALE, sample
from test_kill import ENVIRONMENT, calls_of, strace

ERRORS = ["EINTR", "EAGAIN", "EIO", "ENOMEM", "ENOSPC", "EPERM"]
CODES = CODES_OF_A_FAULT | {77, 78}
HANG_S = 30

# Where the manual names fewer of them, or none; section 2 of the Linux man-pages 6.03.
POSSIBLE = {
    **dict.fromkeys(["close", "brk", "munmap", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "getrandom"], []),
    **dict.fromkeys(["rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "restart_syscall", "getpid", "gettid", "getuid"], []),
    **dict.fromkeys(["geteuid", "getgid", "getegid", "getppid", "getpgrp", "umask", "alarm", "sched_yield"], []),
    "epoll_wait": ["EINTR"],
    "epoll_ctl": ["ENOMEM", "ENOSPC"],
    "mmap": ["ENOMEM"],
    "poll": ["EINTR"],
    "wait4": ["EINTR"],
    "sendto": ["EINTR", "EAGAIN"],
}


def is_of_the_loader(run):
    """Before the first line of a program: of ours, or of the app."""
    has_no_words = not run.err.text or run.err.find("error while loading shared libraries|thread-local storage|Fatal glibc error")
    return run.code in (127, 139) and (has_no_words or run.err.find("✓ Migrations completed"))


@pytest.mark.parametrize("victim", ["parent", "first"])
@pytest.mark.parametrize("words", [["migrate"], ["--", "true"]], ids=["migrate", "app"])
def test_system_call_fails(room, tally, words, victim):
    room.furnish()
    trace = f"{room.program.cwd}/trace"
    calls = calls_of(room, victim, trace, words)
    cases = [(*case, error) for case in calls for error in POSSIBLE.get(case[0], ERRORS)]
    ended_well = 0
    for name, count, error in sample(cases if SCALE >= 100 else cases[::8], least=10):
        room.furnish()
        inject = f"inject={name}:error={error}:when={count}"
        try:
            run = room.run(*words, env=ENVIRONMENT, prefix=strace(trace, victim, "-e", inject), timeout=HANG_S)
        except AssertionError as hang:
            room.forget()
            tally.add((name, count, error), [str(hang)])
            continue
        ended_well += run.code == 0
        found = [] if is_of_the_loader(run) else violations_of_run(run, CODES)
        if run.code not in (0, 127, 139) and not run.err.text and name != "write":
            found.append(f"not a word: {run}")
        tally.add((name, count, error), found + room.violations_when_current())
    tally.notes.append(f"{len(cases)} cases, {ended_well} ended well")
    tally.close()
