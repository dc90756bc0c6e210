#include "entrypoint/leftovers.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Enough for a name of 16 bytes and what stands before the parent's number. */
enum { STAT_BYTES = 128, LIST_BYTES = 8192, ANCESTORS_MAX = 10000 };

/* As getdents64(2) gives it; the C libraries do not agree on a name for it. */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short len;
    unsigned char type;
    char name[];
};

/* 0 when it is not known, e.g. gone. */
static pid_t parent_of(pid_t pid)
{
    char path[32], text[STAT_BYTES];
    const char *behind_name;
    ssize_t len;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    len = read(fd, text, sizeof text - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    behind_name = strrchr(text, ')');
    if (!behind_name || strlen(behind_name) < sizeof ") S ")
        return 0;
    return (pid_t)strtol(behind_name + strlen(") S "), NULL, 10);
}

static bool descends_from(pid_t pid, pid_t ancestor)
{
    for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
        pid = parent_of(pid);
        if (pid == ancestor)
            return true;
    }
    return false;
}

static void signal_entry(const char *name, int signal, pid_t self)
{
    char *end;
    pid_t pid = (pid_t)strtol(name, &end, 10);

    if (*end == '\0' && pid > 1 && pid != self && descends_from(pid, self))
        kill(pid, signal);
}

/* readdir() would allocate. */
static void signal_entries(int proc_fd, int signal)
{
    union {
        char bytes[LIST_BYTES];
        struct entry first;
    } list;
    pid_t self = getpid();
    long len;

    while ((len = syscall(SYS_getdents64, proc_fd, list.bytes, sizeof list.bytes)) > 0) {
        for (long at = 0; at < len;) {
            const struct entry *entry = (const struct entry *)(list.bytes + at);

            signal_entry(entry->name, signal, self);
            at += entry->len;
        }
    }
}

/* Of another namespace it would be worse than none. */
static bool proc_is_ours(void)
{
    char target[32];
    ssize_t len = readlink("/proc/self", target, sizeof target - 1);

    if (len <= 0)
        return false;
    target[len] = '\0';
    return strtol(target, NULL, 10) == getpid();
}

/* Stopped, running or a zombie. */
static bool has_child(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Who has no child has no descendant: /proc, which costs a file for each process of the machine, is
 * not asked then. */
static bool signal_descendants(int signal)
{
    int proc_fd;

    if (!has_child())
        return true;
    proc_fd = proc_is_ours() ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (proc_fd < 0)
        return false;
    signal_entries(proc_fd, signal);
    close(proc_fd);
    return true;
}

void leftovers_signal(enum leftovers who, int signal, pid_t app_group)
{
    bool is_all = who == LEFTOVERS_ALL && getpid() == 1;

    if (!is_all && signal_descendants(signal))
        return;
    kill(getpid() == 1 ? -1 : -app_group, signal);
}
