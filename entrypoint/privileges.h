/*
 * entrypoint/privileges - become who the app is to be: user, groups, capabilities, no way back
 *
 * Why here   What is run in front of an app as root (gosu, su-exec, setpriv) is one more program in
 *            the image, and none of them looks whether it worked. System calls only: this runs in a
 *            child of PID 1, or in PID 1 itself just before exec.
 * Order      The bounding set while CAP_SETPCAP is there, the groups while CAP_SETGID is, the
 *            user, the rest of the capabilities; then everything is read back, and becoming root
 *            again is tried.
 * Facts      Becoming another user clears the parent-death signal, and makes /proc/self root's
 *            until the next exec. A root without a bounding set has no capabilities after exec.
 *            Signals to another user's process need CAP_KILL.
 * Rooms      privileges: the system calls; privileges_rehearsal: the same in a child, before
 * anything starts; privileges_explain: what the operator is told Already    A process that has the
 * user and the group already may lack the right to set groups: then those that the container
 * runtime gave it stay.
 */
#ifndef MIGRINIT_ENTRYPOINT_PRIVILEGES_H
#define MIGRINIT_ENTRYPOINT_PRIVILEGES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "conf/config.h"
#include "conf/identity.h"

struct privileges {
    bool has_identity;
    struct identity identity;
    gid_t *read_back; /* room to read the groups back */
    bool drops_capabilities;
    bool no_new_privs;
};

enum privilege_step {
    PRIVILEGE_NONE, /* none failed */
    PRIVILEGE_BOUNDING_SET,
    PRIVILEGE_GROUPS,
    PRIVILEGE_GROUP,
    PRIVILEGE_USER,
    PRIVILEGE_CAPABILITIES,
    PRIVILEGE_NO_NEW_PRIVS,
    PRIVILEGE_READ_BACK, /* it worked, and then it is not so */
    PRIVILEGE_WAY_BACK,  /* root could be had again */
    PRIVILEGE_SIGNALS,   /* what became of it could not be sent signals */
    PRIVILEGE_UNKNOWN,   /* who tried has not said */
};

struct privilege_failure {
    enum privilege_step step;
    int sys_errno; /* 0: the system calls worked */
};

/* With no identity, who we are stays. */
void privileges_init(const struct config *config, const struct identity *identity,
                     struct arena *arena, struct privileges *privileges);

/* Whether anything is to change at all. */
bool privileges_change(const struct privileges *privileges);

/* In this process, for good. After a failure some of it is done: it must end. */
bool privileges_assume(const struct privileges *privileges,
                       struct privilege_failure *failure) MUST_CHECK;

/*
 * Try it in a child that then ends, so that what is impossible shows before the database is
 * touched. Whether it can be signalled from here matters to who will supervise it. Errors:
 * ERR_CONFIG
 */
bool privileges_rehearse(const struct privileges *privileges, bool is_signalled,
                         struct error *err) MUST_CHECK;

/* What failed, as an error. Returns false. */
bool privileges_explain(const struct privileges *privileges,
                        const struct privilege_failure *failure, struct error *err);

#endif
