#include "tests/support/fake_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SSL_REQUEST = 80877103, GSS_REQUEST = 80877104 };

struct job {
    struct fake_step step;
    int client, real_port;
};

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons((uint16_t)port)};
}

static uint32_t number_at(const char *bytes)
{
    uint32_t number;

    memcpy(&number, bytes, sizeof number);
    return ntohl(number);
}

static size_t field(char *out, char kind, const char *text)
{
    return (size_t)sprintf(out, "%c%s", kind, text) + 1;
}

static void send_error(int client, const struct fake_step *step)
{
    char message[512] = "E";
    size_t len = 5;
    uint32_t size;

    len += field(message + len, 'S', "FATAL");
    len += field(message + len, 'V', "FATAL");
    len += field(message + len, 'C', step->sqlstate);
    len += field(message + len, 'M', step->text);
    message[len++] = '\0';
    size = htonl((uint32_t)len - 1);
    memcpy(message + 1, &size, sizeof size);
    send(client, message, len, MSG_NOSIGNAL);
}

static void answer_startup(int client, const struct fake_step *step)
{
    char packet[4096];
    uint32_t code;

    do {
        if (recv(client, packet, 8, MSG_WAITALL) != 8)
            return;
        code = number_at(packet + 4);
        if (code == SSL_REQUEST || code == GSS_REQUEST)
            send(client, "N", 1, MSG_NOSIGNAL);
    } while (code == SSL_REQUEST || code == GSS_REQUEST);
    recv(client, packet, number_at(packet) - 8, MSG_WAITALL);
    send_error(client, step);
}

/* BackendKeyData is 'K', length 12, pid, secret. */
static void change_key(char *bytes, size_t len)
{
    static const char head[] = {'K', 0, 0, 0, 12};
    char *key = memmem(bytes, len, head, sizeof head);

    if (key)
        key[8] ^= 1;
}

static void proxy(const struct job *job)
{
    struct sockaddr_in address = loopback(job->real_port);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pollfd ends[] = {{job->client, POLLIN, 0}, {server, POLLIN, 0}};
    char bytes[65536];
    ssize_t len = 1;

    if (connect(server, (struct sockaddr *)&address, sizeof address) < 0)
        len = 0;
    while (len > 0 && poll(ends, 2, -1) > 0) {
        int from = ends[0].revents ? 0 : 1;

        len = recv(ends[from].fd, bytes, sizeof bytes, 0);
        if (len > 0 && from == 1 && job->step.kind == FAKE_POOLER)
            change_key(bytes, (size_t)len);
        if (len > 0)
            send(ends[!from].fd, bytes, (size_t)len, MSG_NOSIGNAL);
    }
    close(server);
}

static void *serve(void *argument)
{
    static const char http[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    struct job *job = argument;
    char byte;

    switch (job->step.kind) {
    case FAKE_CLOSE: break;
    case FAKE_SILENT:
        while (recv(job->client, &byte, 1, 0) > 0)
            continue;
        break;
    case FAKE_HTTP:
        recv(job->client, &byte, 1, 0);
        send(job->client, http, sizeof http - 1, MSG_NOSIGNAL);
        while (recv(job->client, &byte, 1, 0) > 0)
            continue;
        break;
    case FAKE_ERROR: answer_startup(job->client, &job->step); break;
    case FAKE_PROXY:
    case FAKE_POOLER: proxy(job); break;
    }
    close(job->client);
    free(job);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct fake_server *fake = argument;
    int client;

    while ((client = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        size_t n = (size_t)__atomic_fetch_add(&fake->connections, 1, __ATOMIC_SEQ_CST);
        struct job *job = calloc(1, sizeof *job);
        pthread_t thread;

        if (!job)
            abort();
        job->step = fake->steps[n < fake->step_count ? n : fake->step_count - 1];
        job->client = client;
        job->real_port = fake->real_port;
        pthread_create(&thread, NULL, serve, job);
        pthread_detach(thread);
    }
    return NULL;
}

void fake_start(struct fake_server *fake)
{
    struct sockaddr_in address = loopback(fake->port);
    socklen_t size = sizeof address;

    fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fake->listener, (struct sockaddr *)&address, size) < 0 ||
        listen(fake->listener, 64) < 0 ||
        getsockname(fake->listener, (struct sockaddr *)&address, &size) < 0)
        abort();
    fake->port = ntohs(address.sin_port);
    pthread_create(&fake->thread, NULL, accept_all, fake);
}

void fake_stop(struct fake_server *fake)
{
    shutdown(fake->listener, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    close(fake->listener);
}
