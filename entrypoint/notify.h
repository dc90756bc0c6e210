/*
 * entrypoint/notify - sd_notify: tell the service manager, and hear the app instead of it
 *
 * Why here   systemd (Type=notify) and podman (--sdnotify=container) give a socket in NOTIFY_SOCKET
 *            and wait for READY=1; a migration that takes its time asks for more of it. Without
 *            libsystemd: the protocol is one datagram of lines.
 * Facts      sd_notify(3), systemd 252: '@' begins an abstract name; EXTEND_TIMEOUT_USEC counts
 * from the message on and is repeated within the time that it grants; MAINPID would move the
 *            manager's eye from the init to the app.
 */
#ifndef MIGRINIT_ENTRYPOINT_NOTIFY_H
#define MIGRINIT_ENTRYPOINT_NOTIFY_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"
#include "entrypoint/health.h"

enum { NOTIFY_MAX = 2048, NOTIFY_NAME_MAX = 110 };

/* How much time is asked for, and how often, while the database is waited for and migrated. */
enum { NOTIFY_GRANT_MS = 30000, NOTIFY_REPEAT_MS = 10000 };

/* ---- to the manager ---- */

struct notify {
    int fd; /* -1: there is nobody to tell */
    struct sockaddr_un address;
    socklen_t address_len;
};

/* name: as in NOTIFY_SOCKET. Errors: ERR_CONFIG for a name that is none, ERR_SYSTEM */
bool notify_open(struct notify *notify, const char *name, struct error *err) MUST_CHECK;

/* False when the manager's queue is full for now. */
bool notify_send(const struct notify *notify, struct slice message);

/* What the phase means to a manager; gives the length. */
size_t notify_compose(const struct health *health, char *out, size_t out_size);

/* ---- from the app ---- */

/* A socket for the app; `name` as it is to stand in NOTIFY_SOCKET. */
bool notify_listen(int *fd, char *name, size_t name_size, struct error *err) MUST_CHECK;

/* The next message of a process of our PID namespace; false when there is none for now. */
bool notify_receive(int fd, char *out, size_t out_size, size_t *len);

/* What of the app's message the manager is told; gives the length. */
size_t notify_filter(struct slice message, char *out, size_t out_size, bool *is_ready);

#endif
