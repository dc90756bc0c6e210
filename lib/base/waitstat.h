/*
 * base/waitstat - a wait status as an exit code, and signals by name
 */
#ifndef MIGRINIT_BASE_WAITSTAT_H
#define MIGRINIT_BASE_WAITSTAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* The child's own code, or 128 + n after signal n: what a shell says, and container runtimes too.
 */
int waitstat_exit_code(int wait_status);

/* "exit code 3", "killed by SIGSEGV": for a log line. */
void waitstat_describe(int wait_status, char *out, size_t out_size);

/* "SIGTERM"; "SIGRTMIN+3" and "signal 77" where there is no better name. Not for handlers. */
void signal_name(int signal, char *out, size_t out_size);

/* "TERM", "SIGTERM", "15" or "SIGRTMIN+3", in either letter case. False for anything that is no
 * signal. */
bool signal_parse(struct slice text, int *signal);

#endif
