#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "entrypoint/privileges.h"
#include "entrypoint/spawn.h"
#include "sys/fd.h"

struct rehearsal {
    const struct privileges *privileges;
    int answer_read_fd, answer_fd; /* how it went */
    int gate_fd, gate_write_fd;    /* closed when the other may go */
};

static int rehearse(void *context)
{
    struct rehearsal *rehearsal = context;
    struct privilege_failure failure;
    char byte;

    fd_close(&rehearsal->gate_write_fd);
    if (privileges_assume(rehearsal->privileges, &failure))
        failure.step = PRIVILEGE_NONE;
    if (write(rehearsal->answer_fd, &failure, sizeof failure) != sizeof failure)
        return 1;
    return read(rehearsal->gate_fd, &byte, 1) == 0 ? 0 : 1;
}

static struct privilege_failure hear(struct rehearsal *rehearsal, pid_t child, bool is_signalled)
{
    struct privilege_failure failure;

    fd_close(&rehearsal->answer_fd);
    if (read(rehearsal->answer_read_fd, &failure, sizeof failure) != sizeof failure)
        return (struct privilege_failure){.step = PRIVILEGE_UNKNOWN};
    if (failure.step == PRIVILEGE_NONE && is_signalled && kill(child, 0) != 0)
        return (struct privilege_failure){.step = PRIVILEGE_SIGNALS, .sys_errno = errno};
    return failure;
}

static void close_all(struct rehearsal *rehearsal)
{
    fd_close(&rehearsal->answer_read_fd);
    fd_close(&rehearsal->answer_fd);
    fd_close(&rehearsal->gate_fd);
    fd_close(&rehearsal->gate_write_fd);
}

static bool run(struct rehearsal *rehearsal, bool is_signalled, struct privilege_failure *failure,
                struct error *err)
{
    pid_t child;

    if (!fd_pipe(&rehearsal->answer_read_fd, &rehearsal->answer_fd, err) ||
        !fd_pipe(&rehearsal->gate_fd, &rehearsal->gate_write_fd, err) ||
        !spawn_worker(rehearse, rehearsal, &child, err))
        return false;
    *failure = hear(rehearsal, child, is_signalled);
    fd_close(&rehearsal->gate_write_fd);
    waitpid(child, NULL, 0);
    return true;
}

bool privileges_rehearse(const struct privileges *privileges, bool is_signalled, struct error *err)
{
    struct rehearsal rehearsal = {privileges, -1, -1, -1, -1};
    struct privilege_failure failure;
    bool is_run = run(&rehearsal, is_signalled, &failure, err);

    close_all(&rehearsal);
    if (!is_run)
        return false;
    return failure.step == PRIVILEGE_NONE || privileges_explain(privileges, &failure, err);
}
