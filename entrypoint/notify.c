#include "entrypoint/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "entrypoint/datagram.h"
#include "sys/fd.h"

/* ---- to the manager ---- */

static bool set_address(struct notify *notify, const char *name, struct error *err)
{
    size_t len = strlen(name);
    bool is_abstract = name[0] == '@';

    if ((!is_abstract && name[0] != '/') || len < 2 || len >= sizeof notify->address.sun_path) {
        error_set(err, ERR_CONFIG, "NOTIFY_SOCKET is no address of a unix socket");
        error_hint(err, "an absolute path, or @ and an abstract name");
        return false;
    }
    notify->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(notify->address.sun_path, name, len);
    if (is_abstract)
        notify->address.sun_path[0] = '\0';
    notify->address_len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (is_abstract ? 0 : 1));
    return true;
}

bool notify_open(struct notify *notify, const char *name, struct error *err)
{
    notify->fd = -1;
    return set_address(notify, name, err) && datagram_open(&notify->fd, err);
}

bool notify_send(const struct notify *notify, struct slice message)
{
    if (notify->fd < 0 || !message.len)
        return true;
    return sendto(notify->fd, message.ptr, message.len, MSG_DONTWAIT | MSG_NOSIGNAL,
                  (const struct sockaddr *)&notify->address, notify->address_len) >= 0 ||
           errno != EAGAIN;
}

/* The app gets its first moments granted as well. */
static bool asks_for_time(enum health_phase phase)
{
    return !health_is_good(phase, HEALTH_READY) && health_is_good(phase, HEALTH_STARTUP);
}

size_t notify_compose(const struct health *health, char *out, size_t out_size)
{
    char status[256];
    int len;

    health_status(health, status, sizeof status);
    len = snprintf(out, out_size, "STATUS=%s\n", status);
    if (len > 0 && asks_for_time(health->phase))
        len += snprintf(out + len, out_size - (size_t)len, "EXTEND_TIMEOUT_USEC=%d000\n",
                        NOTIFY_GRANT_MS);
    if (len > 0 && health->phase == HEALTH_RUNNING)
        len += snprintf(out + len, out_size - (size_t)len, "READY=1\n");
    if (len > 0 && health->phase == HEALTH_STOPPING)
        len += snprintf(out + len, out_size - (size_t)len, "STOPPING=1\n");
    return len > 0 ? (size_t)len : 0;
}

/* ---- from the app ---- */

static bool tell_name(int fd, char *name, size_t name_size)
{
    struct sockaddr_un address;
    socklen_t len = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        len <= offsetof(struct sockaddr_un, sun_path) + 1)
        return false;
    snprintf(name, name_size, "@%.*s", (int)(len - offsetof(struct sockaddr_un, sun_path) - 1),
             address.sun_path + 1);
    return true;
}

bool notify_listen(int *fd, char *name, size_t name_size, struct error *err)
{
    if (!datagram_open(fd, err))
        return false;
    if (datagram_bind_unnamed(*fd, err) && tell_name(*fd, name, name_size))
        return true;
    fd_close(fd);
    return false;
}

bool notify_receive(int fd, char *out, size_t out_size, size_t *len)
{
    struct datagram datagram;

    *len = 0;
    if (!datagram_receive(fd, &datagram))
        return false;
    if (datagram.sender.pid == 0 || datagram.len >= out_size)
        return true;
    memcpy(out, datagram.text, datagram.len);
    *len = datagram.len;
    return true;
}

/* Processes and descriptors are the init's business. */
static bool is_passed_on(struct slice line)
{
    static const char *const names[] = {"READY=",    "RELOADING=",      "STOPPING=",
                                        "STATUS=",   "MONOTONIC_USEC=", "EXTEND_TIMEOUT_USEC=",
                                        "WATCHDOG=", "WATCHDOG_USEC=",  "ERRNO=",
                                        "BUSERROR="};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_starts_with(line, names[i]))
            return true;
    }
    return false;
}

size_t notify_filter(struct slice message, char *out, size_t out_size, bool *is_ready)
{
    struct slice line;
    size_t len = 0;

    *is_ready = false;
    while (slice_next_line(&message, &line)) {
        if (!is_passed_on(line) || line.len + 1 > out_size - len)
            continue;
        *is_ready |= slice_equal_text(line, "READY=1");
        memcpy(out + len, line.ptr, line.len);
        out[len + line.len] = '\n';
        len += line.len + 1;
    }
    return len;
}
