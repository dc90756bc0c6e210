/*
 * probe - what an init does, timed from where Python would be too slow to look
 *
 *   run COMMAND...         start it and wait for its end
 *   deaf COMMAND...        as PID 1: from its making until SIGTERM can no longer be lost on it
 *   term US COMMAND...     as PID 1: SIGTERM after so many microseconds; was it heard?
 *   orphans N              below an init: N orphans that end at once, until the last one is reaped
 *   echo                   below an init: a byte on standard output for each SIGUSR1
 *
 * Prints nanoseconds; term prints "heard" or "lost".
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ORPHANS_MAX = 20000, PATIENCE_MS = 400 };

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int print_since(int64_t start_ns)
{
    printf("%lld\n", (long long)(now_ns() - start_ns));
    return 0;
}

/* As fork(), into a PID namespace of its own when flags say so. */
static pid_t spawn(char **command, unsigned long flags)
{
    pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid == 0) {
        execv(command[0], command);
        _exit(127);
    }
    return pid;
}

static int run(char **command)
{
    int64_t start_ns = now_ns();
    pid_t pid = spawn(command, 0);
    int status;

    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        return 1;
    return print_since(start_ns);
}

/* "SigBlk:\t0000000000004000": is TERM's bit set? */
static bool has_term(const char *status, const char *field)
{
    const char *found = strstr(status, field);

    return found && (strtoull(found + strlen(field), NULL, 16) & (1ULL << (SIGTERM - 1)));
}

static void read_proc(pid_t pid, const char *name, char *out, size_t out_size)
{
    char path[64];
    ssize_t len;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    len = read(fd, out, out_size - 1);
    close(fd);
    out[len > 0 ? len : 0] = '\0';
}

/* Blocked, caught, or waited for: sigtimedwait() unblocks what it waits for. */
static bool is_covered(pid_t pid)
{
    char status[4096], call[256];

    read_proc(pid, "status", status, sizeof status);
    if (has_term(status, "SigBlk:\t") || has_term(status, "SigCgt:\t"))
        return true;
    read_proc(pid, "syscall", call, sizeof call);
    return call[0] >= '0' && call[0] <= '9' && strtol(call, NULL, 10) == SYS_rt_sigtimedwait;
}

static int deaf(char **command)
{
    int64_t start_ns = now_ns(), ns;
    pid_t pid = spawn(command, CLONE_NEWPID);
    bool is_deaf = true;

    do {
        is_deaf = pid > 0 && !is_covered(pid);
        ns = now_ns() - start_ns;
    } while (is_deaf && ns < 1000000000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    printf("%lld\n", (long long)ns);
    return pid > 0 ? 0 : 1;
}

static int term(char **command, int64_t after_us)
{
    int64_t start_ns = now_ns(), end_ns;
    pid_t pid = spawn(command, CLONE_NEWPID), ended;

    while (now_ns() < start_ns + after_us * 1000)
        continue;
    kill(pid, SIGTERM);
    end_ns = now_ns() + PATIENCE_MS * 1000000LL;
    do {
        ended = waitpid(pid, NULL, WNOHANG);
        usleep(200);
    } while (ended == 0 && now_ns() < end_ns);
    puts(ended == pid ? "heard" : "lost");
    kill(pid, SIGKILL);
    return 0;
}

/* Its parent ends at once, so that it is the init's; it itself ends when the gate is closed. */
static void leave_orphan(int gate_fd, int pid_fd)
{
    char byte;

    if (fork() == 0) {
        if (fork() == 0) {
            pid_t own = getpid();

            if (write(pid_fd, &own, sizeof own) == sizeof own)
                (void)!read(gate_fd, &byte, 1);
        }
        _exit(0);
    }
    wait(NULL);
}

static int orphans(size_t count)
{
    static pid_t pids[ORPHANS_MAX];
    int gate[2], names[2];
    int64_t start_ns;

    if (count > ORPHANS_MAX || pipe(gate) != 0 || pipe(names) != 0)
        return 1;
    for (size_t i = 0; i < count; i++) {
        if (fork() == 0) {
            close(gate[1]);
            leave_orphan(gate[0], names[1]);
            _exit(0);
        }
        wait(NULL);
        if (read(names[0], &pids[i], sizeof pids[i]) != sizeof pids[i])
            return 1;
    }
    start_ns = now_ns();
    close(gate[1]);
    for (size_t i = 0; i < count; i++)
        while (kill(pids[i], 0) == 0)
            usleep(100);
    return print_since(start_ns);
}

static void answer(int signal)
{
    (void)signal;
    (void)!write(STDOUT_FILENO, "x", 1);
}

static void echo(void)
{
    struct sigaction wanted = {.sa_handler = answer, .sa_flags = SA_RESTART};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigaction(SIGUSR1, &wanted, NULL);
    (void)!write(STDOUT_FILENO, "r", 1);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "run") == 0 && argc > 2)
        return run(argv + 2);
    if (strcmp(word, "deaf") == 0 && argc > 2)
        return deaf(argv + 2);
    if (strcmp(word, "term") == 0 && argc > 3)
        return term(argv + 3, strtoll(argv[2], NULL, 10));
    if (strcmp(word, "orphans") == 0 && argc > 2)
        return orphans(strtoul(argv[2], NULL, 10));
    if (strcmp(word, "echo") == 0)
        echo();
    fputs("usage: probe run|deaf|term|orphans|echo ...\n", stderr);
    return 64;
}
