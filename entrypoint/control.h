/*
 * entrypoint/control - the socket at which the running init is asked for its health
 *
 * Why here   Health must be had on a read-only root, by any user, without a port. So it is a
 *            datagram socket in the kernel's abstract namespace: no file, and no connections that
 *            somebody could hold open. A question is a word, the answer a digit and a line; PID 1
 *            keeps nothing between two questions.
 * Name       The abstract namespace belongs to the network, which the containers of a pod share.
 * The name carries the inode of the mount namespace, which each container has for itself, also
 * where a pod shares its PID namespace. Trust      The kernel tells sender and user of every
 * datagram, as seen from the receiver. The init answers nobody outside of its PID namespace, and
 * those in it as [health] users says. The asker believes PID 1; another process only where it is of
 * root or of its own user. Limits     Without /proc there is no name to meet at, and after exec in
 * place nobody who answers.
 */
#ifndef MIGRINIT_ENTRYPOINT_CONTROL_H
#define MIGRINIT_ENTRYPOINT_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "conf/config.h"
#include "entrypoint/health.h"

enum { CONTROL_USERS_MAX = 16, CONTROL_LINE_MAX = 256 };

/* Who may ask. Root, and the init's own user, always may. */
struct control_users {
    bool are_any;
    uid_t ids[CONTROL_USERS_MAX];
    size_t count;
};

/* "any", "root", or user ids. Errors: ERR_CONFIG */
bool control_users_parse(const struct text_list *words, struct control_users *out,
                         struct error *err) MUST_CHECK;
bool control_may_ask(const struct control_users *users, uid_t own, uid_t user);

/* ---- the init's side ---- */

/* A non-blocking socket. Errors: ERR_SYSTEM: no /proc, or another init of this container has it. */
bool control_open(int *fd, struct error *err) MUST_CHECK;

/* Answer what has come; a flood is left for the next time round. */
void control_serve(int fd, const struct control_users *users, const struct health *health);

/* ---- the asker's side ---- */

struct control_answer {
    bool is_good;
    char line[CONTROL_LINE_MAX];
};

/* Errors: ERR_SYSTEM: nobody is there, nobody answers, or the wrong one does */
bool control_ask(enum health_question question, struct control_answer *answer,
                 struct error *err) MUST_CHECK;

#endif
