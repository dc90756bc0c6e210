/*
 * sys/net_target - tcp://, http:// and unix:// as people write them, taken apart
 *
 * Purity     texts in, a value out; sys/net has the sockets
 */
#ifndef MIGRINIT_SYS_NET_TARGET_H
#define MIGRINIT_SYS_NET_TARGET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

/* Room for a request, its terminator included: a target whose request is longer is refused. */
enum { NET_REQUEST_MAX = 512 };

enum net_scheme { NET_TCP, NET_HTTP, NET_UNIX };

struct net_target {
    enum net_scheme scheme;
    const char *text; /* as written, for the log */
    const char *host; /* or the socket's path */
    const char *port;
    const char *path; /* of http://, at least "/" */
};

/* Errors: ERR_CONFIG */
bool net_target_parse(struct slice text, struct arena *arena, struct net_target *out,
                      struct error *err) MUST_CHECK;

/* What an http:// target is asked with; gives its length, as snprintf() does. */
int net_target_request(const struct net_target *target, char *out, size_t out_size);

/* An address in digits and a port: nothing is looked up. */
struct net_address {
    struct sockaddr_storage storage;
    socklen_t len;
};

bool net_address_parse(const char *host, const char *port, struct net_address *out);

#endif
