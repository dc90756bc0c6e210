/*
 * entrypoint/datagram - unix datagrams of which the kernel tells the sender
 *
 * Why here   The questions for health and the app's notifications come this way: no connection, no
 *            state, and nothing that can be forged about who speaks.
 */
#ifndef MIGRINIT_ENTRYPOINT_DATAGRAM_H
#define MIGRINIT_ENTRYPOINT_DATAGRAM_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/compiler.h"
#include "base/error.h"

enum { DATAGRAM_MAX = 2048 };

/* How many are taken in one go: signals get their turn in between. */
enum { DATAGRAMS_AT_ONCE = 64 };

struct datagram {
    char text[DATAGRAM_MAX]; /* terminated */
    size_t len;
    struct ucred sender; /* as seen from here: pid 0 is outside of our PID namespace */
    struct sockaddr_un address;
    socklen_t address_len;
};

/* Does not block, and is closed on exec. */
bool datagram_open(int *fd, struct error *err) MUST_CHECK;

/* Bind to a name that the kernel gives. */
bool datagram_bind_unnamed(int fd, struct error *err) MUST_CHECK;

/* False when there is none for now. What is too long is cut. */
bool datagram_receive(int fd, struct datagram *datagram);

#endif
