/*
 * entrypoint/spawn - a clean child: signals, group, terminal, descriptors, environment
 *
 * Why here   What an init changes for itself must not reach what it starts. So the state at entry
 *            is kept (struct spawn_origin) and given back to the app; all else that a child needs
 *            is done here, in one order, by every kind of child:
 *            the preparer   fork without exec; stop signals act by default at first
 *            the app        fork and exec, or exec in place; as if migrinit had not been there
 *            a command      a child of the preparer, its output on one pipe
 * Closing    All of ours are close-on-exec, so what an app inherits (LISTEN_FDS) is what we did.
 * Facts      A pending signal is dropped by the kernel when PID 1 unblocks it at its default
 *            action; a child of PID 1 has no such privilege, and dies of it as it should.
 */
#ifndef MIGRINIT_ENTRYPOINT_SPAWN_H
#define MIGRINIT_ENTRYPOINT_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "entrypoint/privileges.h"

/* What this process was started with. */
struct spawn_origin {
    sigset_t mask;
    bool ignores_child_ends; /* SIGCHLD, the only signal whose action is changed */
    pid_t parent;
    unsigned closed_stdio; /* as fd_fill_standard() gives it */
};

/* Block every signal and keep what was before. The first act of main(): until then a TERM is lost.
 */
void spawn_enter(struct spawn_origin *origin);

/*
 * Every number that there is: sigfillset() leaves out those that the C library keeps for itself, 32
 * and 33, and musl 34 as well, which is SIGRTMIN to programs of glibc.
 */
void spawn_fill_signals(sigset_t *set);

/* Give the signals back as they were, for a duty that needs no supervisor. */
void spawn_leave(const struct spawn_origin *origin);

/* Standard descriptors that were closed at entry (and point to the null device now) close again on
 * exec. */
void spawn_close_filled_on_exec(const struct spawn_origin *origin);

struct spawn_app {
    char *const *argv;
    const struct spawn_origin *origin;
    char *const *environment;
    void (*prepare)(void *context); /* called in the child, to finish the environment; or NULL */
    void *context;
    const struct privileges *privileges; /* NULL: as who we are */
    int notice_fd; /* a close-on-exec pipe: carries a privilege_failure when the app cannot be run;
                      with PRIVILEGE_NONE, sys_errno is that of exec */
};

/* Fork and exec. The child leads its own process group, and has the terminal if we had it. */
bool spawn_app(const struct spawn_app *app, pid_t *pid, struct error *err) MUST_CHECK;

/*
 * Become the app; gives why that failed. A stop signal that comes before the kernel has
 * replaced the program ends this process with 128 + n.
 */
struct privilege_failure spawn_exec_in_place(const struct spawn_app *app);

/* Why `program` cannot be run, and the exit code that says so: 127 not found, 126 otherwise. */
int spawn_explain(const char *program, int sys_errno, struct error *err);

/*
 * Fork without exec; the child ends with what body gives. It is told by SIGTERM when its parent
 * dies. It ends by _exit(): what the libraries do on the way out (OpenSSL's tables, every page that
 * the fork shared copied once more) took a tenth of a start with nothing pending.
 */
bool spawn_worker(int (*body)(void *context), void *context, pid_t *pid,
                  struct error *err) MUST_CHECK;

struct spawn_command {
    const char *shell_line;         /* run by /bin/sh -c; or NULL: */
    const char *const *argv;        /* the program, looked for along PATH */
    const char *const *environment; /* NULL: ours */
    const char *directory;          /* NULL: ours */
};

struct spawned {
    pid_t pid;     /* leads its own process group */
    int output_fd; /* standard output and error, non-blocking; the caller closes it */
};

/*
 * Standard input is empty. The command is killed when its parent dies. What cannot be run says why
 * on output_fd and ends with 126 or 127.
 */
bool spawn_command(const struct spawn_command *command, struct spawned *out,
                   struct error *err) MUST_CHECK;

/* For a child whose request was cleared by becoming another user. */
void spawn_die_with_parent(pid_t parent, int signal);

/* The environment as it came. */
const char *const *spawn_environment(void);

#endif
