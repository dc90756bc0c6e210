#include "entrypoint/privileges.h"

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <linux/capability.h>, which a musl tool chain may lack: version 3, two words for each set. */
enum { CAPABILITY_VERSION = 0x20080522, CAPABILITY_WORDS = 2, CAPABILITY_MAX = 64 };

struct capability_header {
    uint32_t version;
    int pid;
};

struct capability_word {
    uint32_t effective, permitted, inheritable;
};

void privileges_init(const struct config *config, const struct identity *identity,
                     struct arena *arena, struct privileges *privileges)
{
    *privileges =
        (struct privileges){.drops_capabilities = config->app.capabilities == CAPABILITIES_DROP,
                            .no_new_privs = config->app.no_new_privs};
    if (!identity)
        return;
    privileges->has_identity = true;
    privileges->identity = *identity;
    privileges->read_back =
        arena_array(arena, identity->group_count, sizeof *privileges->read_back);
}

bool privileges_change(const struct privileges *privileges)
{
    return privileges->has_identity || privileges->drops_capabilities || privileges->no_new_privs;
}

static bool fail(struct privilege_failure *failure, enum privilege_step step, int sys_errno)
{
    *failure = (struct privilege_failure){.step = step, .sys_errno = sys_errno};
    return false;
}

/* ---- user and groups ---- */

static bool has_ids(const struct identity *identity)
{
    uid_t uid, effective_uid, saved_uid;
    gid_t gid, effective_gid, saved_gid;

    return getresuid(&uid, &effective_uid, &saved_uid) == 0 &&
           getresgid(&gid, &effective_gid, &saved_gid) == 0 && uid == identity->uid &&
           effective_uid == uid && saved_uid == uid && gid == identity->gid &&
           effective_gid == gid && saved_gid == gid;
}

static bool is_member(gid_t gid, const gid_t *groups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (groups[i] == gid)
            return true;
    return false;
}

/* In whatever order: the kernel sorts them. */
static bool has_groups(const struct privileges *privileges)
{
    const struct identity *identity = &privileges->identity;
    int count = getgroups((int)identity->group_count, privileges->read_back);

    if (count < 0 || (size_t)count != identity->group_count)
        return false;
    for (size_t i = 0; i < identity->group_count; i++)
        if (!is_member(identity->groups[i], privileges->read_back, identity->group_count))
            return false;
    return true;
}

static bool set_groups(const struct privileges *privileges, bool is_already,
                       struct privilege_failure *failure)
{
    const struct identity *identity = &privileges->identity;

    if (identity->keeps_groups)
        return true;
    if (setgroups(identity->group_count, identity->groups) != 0)
        return (is_already && errno == EPERM) || fail(failure, PRIVILEGE_GROUPS, errno);
    return has_groups(privileges) || fail(failure, PRIVILEGE_READ_BACK, 0);
}

static bool set_identity(const struct privileges *privileges, bool is_already,
                         struct privilege_failure *failure)
{
    const struct identity *identity = &privileges->identity;

    if (!set_groups(privileges, is_already, failure))
        return false;
    if (setresgid(identity->gid, identity->gid, identity->gid) != 0)
        return fail(failure, PRIVILEGE_GROUP, errno);
    if (setresuid(identity->uid, identity->uid, identity->uid) != 0)
        return fail(failure, PRIVILEGE_USER, errno);
    return has_ids(identity) || fail(failure, PRIVILEGE_READ_BACK, 0);
}

static bool can_become_root(const struct identity *identity)
{
    const uid_t no_uid = (uid_t)-1;
    const gid_t no_gid = (gid_t)-1;

    if (identity->uid == 0)
        return false;
    return setresuid(no_uid, 0, no_uid) == 0 ||
           (identity->gid != 0 && setresgid(no_gid, 0, no_gid) == 0);
}

/* ---- capabilities ---- */

static bool drop_bounding_set(struct privilege_failure *failure)
{
    for (int capability = 0; capability < CAPABILITY_MAX; capability++) {
        int is_in = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);

        if (is_in < 0)
            break; /* the kernel knows no more of them */
        if (is_in && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            return fail(failure, PRIVILEGE_BOUNDING_SET, errno);
    }
    return true;
}

static bool has_no_capabilities(void)
{
    struct capability_header header = {.version = CAPABILITY_VERSION};
    struct capability_word words[CAPABILITY_WORDS];

    if (syscall(SYS_capget, &header, words) != 0)
        return false;
    for (size_t i = 0; i < CAPABILITY_WORDS; i++)
        if (words[i].effective || words[i].permitted || words[i].inheritable)
            return false;
    for (int capability = 0; capability < CAPABILITY_MAX; capability++) {
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) > 0 ||
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) > 0)
            return false;
    }
    return true;
}

static bool drop_capabilities(struct privilege_failure *failure)
{
    struct capability_header header = {.version = CAPABILITY_VERSION};
    const struct capability_word none[CAPABILITY_WORDS] = {{0}};

    /* EINVAL: a kernel before 4.3, which has none. */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
        return fail(failure, PRIVILEGE_CAPABILITIES, errno);
    if (syscall(SYS_capset, &header, none) != 0)
        return fail(failure, PRIVILEGE_CAPABILITIES, errno);
    return has_no_capabilities() || fail(failure, PRIVILEGE_READ_BACK, 0);
}

static bool set_no_new_privs(struct privilege_failure *failure)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(failure, PRIVILEGE_NO_NEW_PRIVS, errno);
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 || fail(failure, PRIVILEGE_READ_BACK, 0);
}

/* ---- all of it ---- */

bool privileges_assume(const struct privileges *privileges, struct privilege_failure *failure)
{
    bool is_already = privileges->has_identity && has_ids(&privileges->identity);

    *failure = (struct privilege_failure){0};
    if (privileges->drops_capabilities && !drop_bounding_set(failure))
        return false;
    if (privileges->has_identity && !set_identity(privileges, is_already, failure))
        return false;
    if (privileges->drops_capabilities && !drop_capabilities(failure))
        return false;
    if (privileges->has_identity && !is_already && can_become_root(&privileges->identity))
        return fail(failure, PRIVILEGE_WAY_BACK, 0);
    return !privileges->no_new_privs || set_no_new_privs(failure);
}
