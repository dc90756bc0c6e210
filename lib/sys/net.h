/*
 * sys/net - is somebody answering at tcp://, http:// or unix://?
 *
 * Why here   Apps wait for their other dependencies too: a cache, a queue, an API. The waiter
 *            (pg/wait) drives these probes beside the database in one loop under one deadline.
 * Flow       net_probe_start() -> poll the descriptor -> net_probe_advance() ... until READY or
 *            FAILED; then net_probe_stop(). The descriptor changes when the name has several
 *            addresses and one fails. http:// is ready when a status of 200 to 399 comes back.
 * Beware     Looking a name up blocks: only the preparer, a child of PID 1, may net_probe_start().
 *            PID 1 itself asks whether the app is ready, at an address, with net_probe_start_at().
 */
#ifndef MIGRINIT_SYS_NET_H
#define MIGRINIT_SYS_NET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "sys/net_target.h"

enum net_state { NET_WANT_READ, NET_WANT_WRITE, NET_READY, NET_FAILED };

struct net_probe {
    const struct net_target *target;
    int fd; /* -1 when there is none */
    enum net_state state;
    struct addrinfo *addresses, *next_address;
    char reason[128]; /* why it failed: "connection refused", "HTTP status 503" */
    char request[NET_REQUEST_MAX];
    size_t request_sent;
    char answer[64];
    size_t answer_len;
};

/* Begin an attempt at one address: never blocks, allocates nothing. */
void net_probe_start_at(struct net_probe *probe, const struct net_target *target,
                        const struct net_address *address);

/* Begin an attempt; the state says what to wait for. */
void net_probe_start(struct net_probe *probe, const struct net_target *target);
void net_probe_advance(struct net_probe *probe);
void net_probe_stop(struct net_probe *probe);

#endif
