#include "sys/net.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/fd.h"

enum { STATUS_LINE_MIN = sizeof "HTTP/1.1 200" - 1 };

static void probe_fail(struct net_probe *probe, const char *reason)
{
    probe->state = NET_FAILED;
    snprintf(probe->reason, sizeof probe->reason, "%s", reason);
}

/* The words are ours where users grep for them; they do not depend on the C library. */
static const char *reason_of_errno(int sys_errno)
{
    switch (sys_errno) {
    case ECONNREFUSED: return "connection refused";
    case ECONNRESET: return "connection reset";
    case ETIMEDOUT: return "connection timed out";
    case EHOSTUNREACH: return "host unreachable";
    case ENETUNREACH: return "network unreachable";
    case ENOENT: return "no such socket";
    case EAGAIN: return "its queue of connections is full";
    case EACCES:
    case EPERM: return "permission denied";
    default: return strerror(sys_errno);
    }
}

static const char *reason_of_lookup(int gai_error, int sys_errno)
{
    switch (gai_error) {
    case EAI_AGAIN: return "name server does not answer";
    case EAI_SYSTEM: return reason_of_errno(sys_errno);
    case EAI_MEMORY: return "out of memory";
    default: return "name does not resolve";
    }
}

static void send_request(struct net_probe *probe)
{
    const char *rest = probe->request + probe->request_sent;
    ssize_t sent = send(probe->fd, rest, strlen(rest), MSG_NOSIGNAL);

    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        probe_fail(probe, reason_of_errno(errno));
        return;
    }
    if (sent > 0)
        probe->request_sent += (size_t)sent;
    probe->state = probe->request[probe->request_sent] ? NET_WANT_WRITE : NET_WANT_READ;
}

static void on_connected(struct net_probe *probe)
{
    if (probe->target->scheme != NET_HTTP) {
        probe->state = NET_READY;
        return;
    }
    net_target_request(probe->target, probe->request, sizeof probe->request);
    send_request(probe);
}

/* Gives the socket, and whether its connection stands or is still on its way; or sets errno. */
static bool connect_begin(struct net_probe *probe, int family, const struct sockaddr *address,
                          socklen_t address_len)
{
    int sys_errno;

    probe->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe->fd < 0)
        return false;
    if (connect(probe->fd, address, address_len) == 0) {
        on_connected(probe);
        return true;
    }
    if (errno == EINPROGRESS) {
        probe->state = NET_WANT_WRITE;
        return true;
    }
    sys_errno = errno;
    fd_close(&probe->fd);
    errno = sys_errno;
    return false;
}

static void connect_unix(struct net_probe *probe)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof address.sun_path, "%s", probe->target->host);
    if (!connect_begin(probe, AF_UNIX, (const struct sockaddr *)&address, sizeof address))
        probe_fail(probe, reason_of_errno(errno));
}

/* The addresses of the name in turn; when none is left, the last one's reason stands. */
static void connect_next_address(struct net_probe *probe, const char *reason)
{
    while (probe->next_address) {
        const struct addrinfo *address = probe->next_address;

        probe->next_address = address->ai_next;
        if (connect_begin(probe, address->ai_family, address->ai_addr, address->ai_addrlen))
            return;
        reason = reason_of_errno(errno);
    }
    probe_fail(probe, reason);
}

void net_probe_start(struct net_probe *probe, const struct net_target *target)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int gai_error;

    *probe = (struct net_probe){.target = target, .fd = -1};
    if (target->scheme == NET_UNIX) {
        connect_unix(probe);
        return;
    }
    gai_error = getaddrinfo(target->host, target->port, &hints, &probe->addresses);
    if (gai_error) {
        probe->addresses = NULL;
        probe_fail(probe, reason_of_lookup(gai_error, errno));
        return;
    }
    probe->next_address = probe->addresses;
    connect_next_address(probe, "name does not resolve");
}

void net_probe_start_at(struct net_probe *probe, const struct net_target *target,
                        const struct net_address *address)
{
    *probe = (struct net_probe){.target = target, .fd = -1};
    if (!connect_begin(probe, address->storage.ss_family,
                       (const struct sockaddr *)&address->storage, address->len))
        probe_fail(probe, reason_of_errno(errno));
}

/*
 * A port of the ephemeral range where nobody listens can be drawn by our own end: TCP then connects
 * the socket to itself, and a service that is not there looks alive.
 */
static bool is_connected_to_itself(int fd, const struct sockaddr_storage *peer, socklen_t peer_len)
{
    struct sockaddr_storage own;
    socklen_t own_len = sizeof own;

    return getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 && own_len == peer_len &&
           memcmp(&own, peer, peer_len) == 0;
}

static void finish_connecting(struct net_probe *probe)
{
    struct sockaddr_storage peer;
    socklen_t peer_len = sizeof peer, error_len = sizeof(int);
    int sys_errno = 0;

    if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &sys_errno, &error_len) < 0)
        sys_errno = errno;
    if (!sys_errno && getpeername(probe->fd, (struct sockaddr *)&peer, &peer_len) < 0)
        return; /* woken too early: still on its way */
    if (!sys_errno && is_connected_to_itself(probe->fd, &peer, peer_len))
        sys_errno = ECONNREFUSED;
    if (!sys_errno) {
        on_connected(probe);
        return;
    }
    fd_close(&probe->fd);
    connect_next_address(probe, reason_of_errno(sys_errno));
}

/* "HTTP/1.1 200": all that is wanted of the answer. */
static void judge_answer(struct net_probe *probe)
{
    const char *digits = probe->answer + STATUS_LINE_MIN - 3;
    int status = 0;

    for (size_t i = 0; i < 3 && digits[i] >= '0' && digits[i] <= '9'; i++)
        status = status * 10 + (digits[i] - '0');
    if (strncmp(probe->answer, "HTTP/1.", 7) != 0 || digits[-1] != ' ' || status < 100) {
        probe_fail(probe, "the answer is not HTTP");
    } else if (status >= 200 && status <= 399) {
        probe->state = NET_READY;
    } else {
        probe->state = NET_FAILED;
        snprintf(probe->reason, sizeof probe->reason, "HTTP status %d", status);
    }
}

static void read_answer(struct net_probe *probe)
{
    ssize_t got = recv(probe->fd, probe->answer + probe->answer_len,
                       sizeof probe->answer - probe->answer_len, 0);

    if (got < 0 && errno != EAGAIN && errno != EINTR)
        probe_fail(probe, reason_of_errno(errno));
    if (got == 0)
        probe_fail(probe, "closed without an answer");
    if (got <= 0)
        return;
    probe->answer_len += (size_t)got;
    if (probe->answer_len >= STATUS_LINE_MIN)
        judge_answer(probe);
}

void net_probe_advance(struct net_probe *probe)
{
    if (probe->state == NET_WANT_READ)
        read_answer(probe);
    else if (probe->state == NET_WANT_WRITE && probe->request[0])
        send_request(probe);
    else if (probe->state == NET_WANT_WRITE)
        finish_connecting(probe);
}

void net_probe_stop(struct net_probe *probe)
{
    fd_close(&probe->fd);
    if (probe->addresses)
        freeaddrinfo(probe->addresses);
    probe->addresses = NULL;
    probe->next_address = NULL;
}
