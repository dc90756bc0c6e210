/*
 * conf/identity - [app] user: who the app is to be, by /etc/passwd and /etc/group
 *
 * Why here   The static build has no NSS, and images may have neither file: the look-up is over
 *            their text, and numbers need no file at all.
 * Purity     texts in, values out; that the process becomes it is entrypoint/privileges' business
 * Facts      As gosu 1.19 (and Docker's USER) read it: a word of digits is always a number; the
 *            first line that matches counts; a number without a line in passwd keeps the caller's
 *            group, which for root is 0; a missing part, as in ":group", is the caller's.
 * Groups     Without a group in the setting: the user's own and every one that lists the user. With
 *            one: that one alone. The first group is among the supplementary ones, as initgroups(3)
 *            has it: a file that denies a group access must deny it to its members.
 * Limits     Numbers go from 0 to 2147483647: su-exec and setpriv make uid 1215752191 of
 *            99999999999.
 */
#ifndef MIGRINIT_CONF_IDENTITY_H
#define MIGRINIT_CONF_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

struct identity {
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* each once */
    size_t group_count;
    bool keeps_groups; /* neither user nor group was named: the caller's groups stay */
    const char *name;  /* NULL when passwd knows none */
    const char *home;  /* "/" when passwd knows none */
};

struct identity_sources {
    struct slice passwd, group;           /* their texts; empty when they are not there */
    const char *passwd_file, *group_file; /* for messages */
    uid_t uid;                            /* the caller's */
    gid_t gid;
};

/* "user", "user:group", ":group", "user:"; names or numbers. Errors: ERR_CONFIG */
bool identity_resolve(struct slice spec, const struct identity_sources *sources,
                      struct arena *arena, struct identity *identity, struct error *err) MUST_CHECK;

#endif
