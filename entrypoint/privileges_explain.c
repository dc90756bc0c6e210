#include <errno.h>
#include <unistd.h>

#include "entrypoint/privileges.h"

static const char *const step_names[] = {
    [PRIVILEGE_NONE] = "nothing",
    [PRIVILEGE_BOUNDING_SET] = "[app] capabilities: the bounding set cannot be emptied",
    [PRIVILEGE_GROUPS] = "[app] user: the supplementary groups cannot be set",
    [PRIVILEGE_GROUP] = "[app] user: the group cannot be set",
    [PRIVILEGE_USER] = "[app] user: the user cannot be set",
    [PRIVILEGE_CAPABILITIES] = "[app] capabilities: they cannot be dropped",
    [PRIVILEGE_NO_NEW_PRIVS] = "[app] no_new_privs cannot be set",
    [PRIVILEGE_READ_BACK] = "[app] user, capabilities: read back, they are not what was set",
    [PRIVILEGE_WAY_BACK] = "[app] user: the app could become root again",
    [PRIVILEGE_SIGNALS] = "[app] user: a process of that user cannot be sent signals",
    [PRIVILEGE_UNKNOWN] = "[app] user, capabilities: the attempt ended without a word",
};

static void hint_at_identity(const struct identity *identity, int sys_errno, struct error *err)
{
    unsigned uid = getuid();

    if (sys_errno == EINVAL)
        error_hint(err, "the user namespace that this container runs in has no such number");
    else if (uid == 0)
        error_hint(err,
                   "root has no CAP_SETUID and CAP_SETGID here, or is root of a user namespace "
                   "that has nobody else");
    else
        error_hint(err, "started as uid %u: start the container as root, or as uid %u itself", uid,
                   (unsigned)identity->uid);
}

static void hint_at(const struct privileges *privileges, const struct privilege_failure *failure,
                    struct error *err)
{
    switch (failure->step) {
    case PRIVILEGE_BOUNDING_SET:
        error_hint(err, "that takes CAP_SETPCAP; without it, let the container runtime drop them "
                        "(cap_drop: ALL)");
        break;
    case PRIVILEGE_GROUPS:
    case PRIVILEGE_GROUP:
    case PRIVILEGE_USER: hint_at_identity(&privileges->identity, failure->sys_errno, err); break;
    case PRIVILEGE_WAY_BACK:
        error_hint(err, "it would keep capabilities: set [app] capabilities = drop");
        break;
    case PRIVILEGE_SIGNALS:
        error_hint(err, "give the container CAP_KILL, or set [app] mode = exec with [migrate] as = "
                        "start");
        break;
    default: break;
    }
}

bool privileges_explain(const struct privileges *privileges,
                        const struct privilege_failure *failure, struct error *err)
{
    if (failure->sys_errno)
        error_set_errno(err, ERR_CONFIG, failure->sys_errno, "%s", step_names[failure->step]);
    else
        error_set(err, ERR_CONFIG, "%s", step_names[failure->step]);
    hint_at(privileges, failure, err);
    return false;
}
