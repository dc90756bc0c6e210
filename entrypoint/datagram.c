#include "entrypoint/datagram.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sys/fd.h"

bool datagram_open(int *fd, struct error *err)
{
    int yes = 1;

    *fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0)
        return true;
    error_set_errno(err, ERR_SYSTEM, errno, "a unix socket");
    fd_close(fd);
    return false;
}

bool datagram_bind_unnamed(int fd, struct error *err)
{
    const struct sockaddr_un unnamed = {.sun_family = AF_UNIX};

    if (bind(fd, (const struct sockaddr *)&unnamed, sizeof(sa_family_t)) == 0)
        return true;
    return error_set_errno(err, ERR_SYSTEM, errno, "a name for a unix socket");
}

static void take_sender(struct msghdr *message, struct ucred *sender)
{
    struct cmsghdr *part = CMSG_FIRSTHDR(message);

    *sender = (struct ucred){.pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1};
    if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS)
        memcpy(sender, CMSG_DATA(part), sizeof *sender);
}

/* Room for the sender alone: descriptors that somebody sends along are closed by the kernel. */
bool datagram_receive(int fd, struct datagram *datagram)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec text = {.iov_base = datagram->text, .iov_len = sizeof datagram->text - 1};
    struct msghdr message = {.msg_name = &datagram->address,
                             .msg_namelen = sizeof datagram->address,
                             .msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t len = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (len < 0)
        return false;
    datagram->len = (size_t)len;
    datagram->text[len] = '\0';
    datagram->address_len = message.msg_namelen;
    take_sender(&message, &datagram->sender);
    return true;
}
