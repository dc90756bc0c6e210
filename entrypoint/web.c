#include "entrypoint/web.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "entrypoint/http.h"
#include "entrypoint/metrics.h"
#include "sys/fd.h"
#include "sys/net.h"

enum { REQUEST_MAX = 2048, DRAIN_MAX = 65536, BACKLOG = 128 };

struct client {
    struct loop_watch *watch;
    int fd;           /* -1: free */
    unsigned number;  /* in the order in which they came */
    bool is_answered; /* only its end is awaited: closed with bytes unread, the answer is lost */
    size_t drained;
    size_t len;
    char bytes[REQUEST_MAX];
};

struct web {
    int fd;
    int spare_fd; /* given up to take, and turn away, a connection when descriptors are all used */
    struct loop_watch *watch;
    unsigned last_number;
    struct client clients[WEB_CLIENTS];
};

/* ---- start ---- */

static bool refuse_place(struct error *err)
{
    error_set(err, ERR_CONFIG, "[health] listen is not understood");
    error_hint(err, "write PORT, ADDRESS:PORT or [ADDRESS]:PORT, with an address in digits");
    return false;
}

/* Without an address: every one that there is. */
static bool parse_place(const char *place, struct arena *arena, struct net_address *out,
                        struct error *err)
{
    struct net_target target;
    struct error ignored;

    if (net_address_parse("::", place, out))
        return true;
    return (net_target_parse(slice_from(arena_printf(arena, "tcp://%s", place)), arena, &target,
                             &ignored) &&
            net_address_parse(target.host, target.port, out)) ||
           refuse_place(err);
}

static bool listen_at(int *fd, const struct net_address *address)
{
    int yes = 1, no = 0, family = address->storage.ss_family;

    *fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return false;
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (family == AF_INET6)
        setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    return bind(*fd, (const struct sockaddr *)&address->storage, address->len) == 0 &&
           listen(*fd, BACKLOG) == 0;
}

/* A kernel without IPv6 has the other kind of "every one". */
static bool open_listener(int *fd, const char *place, struct net_address *address,
                          struct error *err)
{
    bool is_open = listen_at(fd, address);

    if (!is_open && errno == EAFNOSUPPORT && net_address_parse("0.0.0.0", place, address))
        is_open = listen_at(fd, address);
    if (is_open)
        return true;
    error_set_errno(err, ERR_CONFIG, errno, "[health] listen: cannot listen at %s", place);
    fd_close(fd);
    return false;
}

struct web *web_open(const char *place, struct arena *arena, struct error *err)
{
    struct web *web = arena_array(arena, 1, sizeof *web);
    struct net_address address;

    if (!parse_place(place, arena, &address, err) || !open_listener(&web->fd, place, &address, err))
        return NULL;
    web->spare_fd = fcntl(web->fd, F_DUPFD_CLOEXEC, 3);
    for (int i = 0; i < WEB_CLIENTS; i++)
        web->clients[i].fd = -1;
    return web;
}

void web_watch(struct web *web, struct loop *loop, loop_callback *ready)
{
    web->watch = loop_watch_new(loop, web->fd, ready);
    for (int i = 0; i < WEB_CLIENTS; i++)
        web->clients[i].watch = loop_watch_new(loop, -1, ready);
}

void web_start(struct web *web)
{
    loop_watch_start(web->watch);
}

void web_close(struct web *web)
{
    fd_close(&web->fd);
    fd_close(&web->spare_fd);
}

/* ---- a client ---- */

static void close_client(struct client *client)
{
    loop_watch_stop(client->watch);
    fd_close(&client->fd);
}

static size_t write_line(const struct health *health, char *out, size_t out_size)
{
    size_t len = health_line(health, out, out_size - 1);

    out[len] = '\n';
    return len + 1;
}

/* Gives the status; 404 has a body too. */
static int write_page(struct slice path, const struct health *health, char *body, size_t body_size,
                      size_t *body_len)
{
    enum health_question question;

    if (slice_equal_text(path, "/metrics")) {
        *body_len = metrics_write(health, body, body_size);
        return 200;
    }
    *body_len = write_line(health, body, body_size);
    if (slice_starts_with(path, "/") && slice_ends_with(path, "z") &&
        health_question_parse(slice_sub(path, 1, path.len - 1), &question))
        return health_is_good(health->phase, question) ? 200 : 503;
    return 404;
}

/* An empty send buffer has room for it; a client whose has none goes without. */
static void answer(struct client *client, int status, const char *body, size_t body_len)
{
    char text[HTTP_HEAD_MAX + METRICS_MAX];
    size_t len = http_head(status, body_len, text, HTTP_HEAD_MAX);

    memcpy(text + len, body, body_len);
    if (send(client->fd, text, len + body_len, MSG_NOSIGNAL) != (ssize_t)(len + body_len) ||
        shutdown(client->fd, SHUT_WR) != 0) {
        close_client(client);
        return;
    }
    client->is_answered = true;
}

static void judge(struct client *client, const struct health *health)
{
    struct slice bytes = {client->bytes, client->len};
    struct http_request request;
    enum http_verdict verdict = http_read(bytes, client->len == sizeof client->bytes, &request);
    char body[METRICS_MAX];
    size_t body_len = 0;
    int status;

    if (verdict == HTTP_MORE)
        return;
    status = verdict == HTTP_REFUSED
                 ? request.status
                 : write_page(request.path, health, body, sizeof body, &body_len);
    answer(client, status, body, body_len);
}

/* False when there is nothing more for now, or the client is gone. */
static bool receive(struct client *client, char *bytes, size_t size, size_t *len)
{
    ssize_t got = recv(client->fd, bytes, size, MSG_DONTWAIT);

    if (got > 0) {
        *len = (size_t)got;
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        close_client(client);
    return false;
}

static void drain(struct client *client)
{
    char bytes[1024];
    size_t len;

    if (!receive(client, bytes, sizeof bytes, &len))
        return;
    client->drained += len;
    if (client->drained > DRAIN_MAX)
        close_client(client);
}

static void serve(struct client *client, const struct health *health)
{
    size_t len;

    if (client->is_answered) {
        drain(client);
        return;
    }
    if (!receive(client, client->bytes + client->len, sizeof client->bytes - client->len, &len))
        return;
    client->len += len;
    judge(client, health);
}

/* ---- all of them ---- */

/* A free place, or that of the oldest: numbers may wrap around, their distance does not. */
static struct client *place_for(struct web *web)
{
    struct client *oldest = &web->clients[0];

    for (int i = 0; i < WEB_CLIENTS; i++) {
        struct client *client = &web->clients[i];

        if (client->fd < 0)
            return client;
        if (web->last_number - client->number > web->last_number - oldest->number)
            oldest = client;
    }
    close_client(oldest);
    return oldest;
}

/* Left in the queue it would wake us for ever. */
static void turn_away(struct web *web)
{
    int fd;

    if (errno != EMFILE && errno != ENFILE)
        return;
    fd_close(&web->spare_fd);
    fd = accept4(web->fd, NULL, NULL, SOCK_CLOEXEC);
    fd_close(&fd);
    web->spare_fd = fcntl(web->fd, F_DUPFD_CLOEXEC, 3);
}

static bool accept_client(struct web *web, const struct health *health)
{
    int fd = accept4(web->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct client *client;

    if (fd < 0) {
        turn_away(web);
        return false;
    }
    client = place_for(web);
    client->fd = fd;
    client->number = ++web->last_number;
    client->is_answered = false;
    client->len = client->drained = 0;
    loop_watch_set(client->watch, fd);
    loop_watch_start(client->watch);
    serve(client, health);
    return true;
}

/* Those who were here first; a crowd at the door is left for the next time round. */
void web_serve(struct web *web, const struct health *health)
{
    for (int i = 0; i < WEB_CLIENTS; i++) {
        if (web->clients[i].fd >= 0)
            serve(&web->clients[i], health);
    }
    for (int i = 0; i < WEB_CLIENTS && accept_client(web, health); i++)
        ;
}
