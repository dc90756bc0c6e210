/*
 * tests/support/app - one obedient program: does what its words say, one after the other
 *
 *   say TEXT         print a line
 *   pid / group / cwd / env NAME / fds / status / tty   print that
 *   exit N           end with code N       die N        end by signal N
 *   ignore N         ignore signal N       block N      block signal N
 *   close FD         close a descriptor    open FD      open the null device there
 *   who              print user, groups, capabilities and no_new_privs
 *   regain           try to become root, and print whether it worked
 *   lead             become leader of a session that has fd 0 as its terminal
 *   listen N         print each signal as it comes; end with code 0 at signal N
 *   pair N           the same, with a child in the same process group that does it too
 *   handle N         a handler for TERM that ends with code N; until then, pause
 *   pause            sleep until a signal ends it
 *   orphans N        leave N processes to the init, and let them die all at once
 *   churn N          leave a process to the init that leaves it N more, one after the other
 *   finishing MS     leave a process that needs so long after TERM, and then says so
 *   stubborn         leave a process that ignores TERM
 *   alone            wait until only PID 1 and this program are there
 *   exec WORD...     become another program
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ALONE_TRIES = 1000, ALONE_PAUSE_NS = 10 * 1000 * 1000, FD_LIMIT = 64 };

static int code_at_term;

static void do_say(const char *text)
{
    printf("%s\n", text);
}

static void do_pid(const char *unused)
{
    (void)unused;
    printf("pid %d\n", (int)getpid());
}

static void do_cwd(const char *unused)
{
    char path[4096];

    (void)unused;
    printf("cwd %s\n", getcwd(path, sizeof path) ? path : "?");
}

static void do_env(const char *name)
{
    const char *value = getenv(name);

    printf("%s=%s\n", name, value ? value : "");
}

static void do_fds(const char *unused)
{
    (void)unused;
    printf("fds");
    for (int fd = 0; fd < FD_LIMIT; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            printf(" %d", fd);
    }
    printf("\n");
}

/* The lines of /proc/self/status that begin with one of the words. */
static void print_status(const char *const *words)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");

    while (file && fgets(line, sizeof line, file)) {
        for (size_t i = 0; words[i]; i++) {
            if (strncmp(line, words[i], strlen(words[i])) == 0)
                fputs(line, stdout);
        }
    }
    if (file)
        fclose(file);
}

static void do_status(const char *unused)
{
    (void)unused;
    print_status((const char *const[]){"SigBlk", "SigIgn", "SigCgt", NULL});
}

static void do_who(const char *unused)
{
    (void)unused;
    print_status((const char *const[]){"Uid", "Gid", "Groups", "Cap", "NoNewPrivs", NULL});
}

/* By every call that there is: each has its own rules. */
static void do_regain(const char *unused)
{
    const gid_t root_group = 0;
    bool is_regained = setuid(0) == 0 || seteuid(0) == 0 || setresuid(0, 0, 0) == 0 ||
                       setgid(0) == 0 || setegid(0) == 0 || setresgid(0, 0, 0) == 0 ||
                       setgroups(1, &root_group) == 0;

    (void)unused;
    printf("regain %s\n", is_regained ? "worked" : "denied");
}

static void do_tty(const char *unused)
{
    (void)unused;
    printf("tty %s\n", tcgetpgrp(0) == getpgrp() ? "foreground" : "background");
}

static void do_exit(const char *code)
{
    fflush(stdout);
    _exit(atoi(code));
}

static void do_die(const char *number)
{
    sigset_t none;

    fflush(stdout);
    signal(atoi(number), SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    raise(atoi(number));
}

static void do_ignore(const char *number)
{
    signal(atoi(number), SIG_IGN);
}

static void do_block(const char *number)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, atoi(number));
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void do_close(const char *fd)
{
    fflush(stdout);
    close(atoi(fd));
}

static void do_open(const char *fd)
{
    int null_fd = open("/dev/null", O_RDWR);

    dup2(null_fd, atoi(fd));
    if (null_fd != atoi(fd))
        close(null_fd);
}

/* A session leader cannot make another session: the child does. */
static void do_lead(const char *unused)
{
    (void)unused;
    setsid();
    if (ioctl(0, TIOCSCTTY, 1) != 0)
        printf("no terminal: %s\n", strerror(errno));
}

static void do_pause(const char *unused)
{
    (void)unused;
    for (;;)
        pause();
}

/* Every one: sigfillset() leaves out those that the C library keeps for itself. */
static void block_all(sigset_t *all)
{
    const size_t kernel_bytes = 8;

    memset(all, 0xff, sizeof *all);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, kernel_bytes);
}

static void listen_until(int last, const sigset_t *all, const char *who)
{
    int number = 0;

    while (number != last) {
        fflush(stdout);
        number = sigwaitinfo(all, NULL);
        if (number > 0)
            printf("%ssignal %d\n", who, number);
    }
}

static void do_listen(const char *last)
{
    sigset_t all;

    block_all(&all);
    printf("ready\n");
    listen_until(atoi(last), &all, "");
    do_exit("0");
}

static void do_pair(const char *last)
{
    sigset_t all;

    block_all(&all);
    fflush(stdout);
    if (fork() == 0) {
        listen_until(atoi(last), &all, "child: ");
        do_exit("0");
    }
    do_listen(last);
}

static void end_at_term(int number)
{
    (void)number;
    _exit(code_at_term);
}

static void do_handle(const char *code)
{
    code_at_term = atoi(code);
    signal(SIGTERM, end_at_term);
    printf("ready\n");
    fflush(stdout);
    do_pause(NULL);
}

/* A child that goes on when its parent is gone. Gives true in it. */
static bool leave(void)
{
    pid_t parent;

    fflush(stdout);
    parent = fork();
    if (parent < 0)
        exit(1);
    if (parent == 0) {
        if (fork() == 0)
            return true;
        _exit(0);
    }
    waitpid(parent, NULL, 0);
    return false;
}

static void do_orphans(const char *count)
{
    int gate[2];
    pid_t parent;
    char byte;

    fflush(stdout);
    if (pipe2(gate, O_CLOEXEC) != 0)
        exit(1);
    parent = fork();
    for (int i = 0; parent == 0 && i < atoi(count); i++) {
        if (fork() == 0) {
            close(gate[1]);
            _exit(read(gate[0], &byte, 1) < 0);
        }
    }
    if (parent == 0)
        _exit(0);
    waitpid(parent, NULL, 0);
    close(gate[0]);
    close(gate[1]);
    printf("released\n");
}

static void do_churn(const char *count)
{
    if (!leave())
        return;
    for (int i = 0; i < atoi(count); i++) {
        if (leave())
            _exit(0);
    }
    printf("churned\n");
    do_exit("0");
}

/* Returns in the one that stays, and in the one that leaves it when that is ready. */
static bool leave_ready(int blocked)
{
    sigset_t set;
    int ready[2];
    char byte;

    sigemptyset(&set);
    sigaddset(&set, blocked);
    if (pipe2(ready, O_CLOEXEC) != 0)
        exit(1);
    if (leave()) {
        sigprocmask(SIG_BLOCK, &set, NULL);
        return write(ready[1], "", 1) == 1;
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        exit(1);
    return false;
}

static void do_finishing(const char *ms)
{
    const struct timespec time = {.tv_sec = atoi(ms) / 1000,
                                  .tv_nsec = atoi(ms) % 1000 * 1000 * 1000L};
    sigset_t term;

    if (!leave_ready(SIGTERM))
        return;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigwaitinfo(&term, NULL);
    printf("finishing\n");
    fflush(stdout);
    nanosleep(&time, NULL);
    printf("finished\n");
    do_exit("0");
}

static void do_stubborn(const char *unused)
{
    if (leave_ready(SIGTERM))
        do_pause(unused);
}

static void do_group(const char *unused)
{
    (void)unused;
    printf("group %d\n", (int)getpgrp());
}

static int count_others(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int others = 0;

    while (proc && (entry = readdir(proc))) {
        if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != 1 &&
            atoi(entry->d_name) != (int)getpid())
            others++;
    }
    if (proc)
        closedir(proc);
    return others;
}

static void do_alone(const char *unused)
{
    const struct timespec pause_time = {.tv_nsec = ALONE_PAUSE_NS};

    (void)unused;
    for (int i = 0; i < ALONE_TRIES && count_others(); i++)
        nanosleep(&pause_time, NULL);
    printf(count_others() ? "not alone\n" : "alone\n");
}

static const struct {
    const char *word;
    void (*act)(const char *argument);
    bool has_argument;
} acts[] = {
    {"say", do_say, true},
    {"pid", do_pid, false},
    {"cwd", do_cwd, false},
    {"env", do_env, true},
    {"fds", do_fds, false},
    {"status", do_status, false},
    {"who", do_who, false},
    {"regain", do_regain, false},
    {"tty", do_tty, false},
    {"group", do_group, false},
    {"exit", do_exit, true},
    {"die", do_die, true},
    {"ignore", do_ignore, true},
    {"block", do_block, true},
    {"close", do_close, true},
    {"open", do_open, true},
    {"lead", do_lead, false},
    {"listen", do_listen, true},
    {"pair", do_pair, true},
    {"handle", do_handle, true},
    {"pause", do_pause, false},
    {"orphans", do_orphans, true},
    {"churn", do_churn, true},
    {"finishing", do_finishing, true},
    {"stubborn", do_stubborn, false},
    {"alone", do_alone, false},
};

/* Gives how many words were used; 0 for one that is not known. */
static int act(char **words)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(words[0], acts[i].word) != 0)
            continue;
        if (acts[i].has_argument && !words[1])
            return 0;
        acts[i].act(words[1]);
        fflush(stdout);
        return acts[i].has_argument ? 2 : 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int used = 1;

    for (char **words = argv + (argc > 0); *words; words += used) {
        if (strcmp(*words, "exec") == 0) {
            execvp(words[1], words + 1);
            return 127;
        }
        used = act(words);
        if (!used) {
            fprintf(stderr, "app: what is '%s'?\n", *words);
            return 99;
        }
    }
    return 0;
}
