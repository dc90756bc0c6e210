#include "base/waitstat.h"

#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/wait.h>

static const char *const names[] = {
    [SIGHUP] = "HUP",   [SIGINT] = "INT",       [SIGQUIT] = "QUIT", [SIGILL] = "ILL",
    [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",     [SIGBUS] = "BUS",   [SIGFPE] = "FPE",
    [SIGKILL] = "KILL", [SIGUSR1] = "USR1",     [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
    [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM",     [SIGTERM] = "TERM", [SIGSTKFLT] = "STKFLT",
    [SIGCHLD] = "CHLD", [SIGCONT] = "CONT",     [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP",
    [SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",     [SIGURG] = "URG",   [SIGXCPU] = "XCPU",
    [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",
    [SIGIO] = "IO",     [SIGPWR] = "PWR",       [SIGSYS] = "SYS",
};

/*
 * The real-time signals as apps and `docker stop` count them, which is glibc's way. musl keeps one
 * more for itself: its SIGRTMIN is 35, and "RTMIN+3" would reach the app as another signal.
 */
enum { NAME_COUNT = sizeof names / sizeof names[0], REAL_TIME_MIN = 34, REAL_TIME_MAX = 64 };

int waitstat_exit_code(int wait_status)
{
    if (WIFSIGNALED(wait_status))
        return 128 + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
}

void waitstat_describe(int wait_status, char *out, size_t out_size)
{
    char name[32];

    if (!WIFSIGNALED(wait_status)) {
        snprintf(out, out_size, "exit code %d", WEXITSTATUS(wait_status));
        return;
    }
    signal_name(WTERMSIG(wait_status), name, sizeof name);
    snprintf(out, out_size, "killed by %s", name);
}

void signal_name(int signal, char *out, size_t out_size)
{
    if (signal > 0 && signal < NAME_COUNT && names[signal])
        snprintf(out, out_size, "SIG%s", names[signal]);
    else if (signal >= REAL_TIME_MIN && signal <= REAL_TIME_MAX)
        snprintf(out, out_size, "SIGRTMIN+%d", signal - REAL_TIME_MIN);
    else
        snprintf(out, out_size, "signal %d", signal);
}

static bool parse_number(struct slice text, int *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *number > 64)
            return false;
        *number = *number * 10 + (text.ptr[i] - '0');
    }
    return text.len > 0;
}

static bool skip_prefix(struct slice *text, struct slice prefix)
{
    if (text->len <= prefix.len || strncasecmp(text->ptr, prefix.ptr, prefix.len) != 0)
        return false;
    *text = slice_sub(*text, prefix.len, text->len);
    return true;
}

/* 0 when it is none. */
static int number_of_name(struct slice text)
{
    int offset;

    skip_prefix(&text, SLICE("SIG"));
    for (int i = 1; i < NAME_COUNT; i++)
        if (names[i] && slice_from(names[i]).len == text.len &&
            strncasecmp(text.ptr, names[i], text.len) == 0)
            return i;
    /* What systemd as an app is stopped with. */
    if (skip_prefix(&text, SLICE("RTMIN+")) && parse_number(text, &offset))
        return REAL_TIME_MIN + offset;
    return 0;
}

bool signal_parse(struct slice text, int *signal)
{
    int number;

    if (!parse_number(text, &number))
        number = number_of_name(text);
    if (number < 1 || number > REAL_TIME_MAX)
        return false;
    *signal = number;
    return true;
}
