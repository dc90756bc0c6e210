#include "entrypoint/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "entrypoint/datagram.h"
#include "sys/clock.h"
#include "sys/fd.h"

/* The probe of an orchestrator has a limit of its own; this one is for people. */
enum { PATIENCE_MS = 3000 };

/* Between two tries to put a question into a queue that is full. */
enum { RETRY_MS = 2 };

static const char refusal[] = "0 this user may not ask ([health] users)";

/* ---- who may ---- */

static bool parse_user(const char *word, uid_t *user)
{
    char *end;
    unsigned long number = strtoul(word, &end, 10);

    if (word[0] < '0' || word[0] > '9' || *end || number >= (uid_t)-1)
        return false;
    *user = (uid_t)number;
    return true;
}

static bool refuse_users(const char *word, struct error *err)
{
    char shown[64];

    text_sanitize(slice_from(word), shown, sizeof shown);
    error_set(err, ERR_CONFIG, "[health] users cannot be \"%s\"", shown);
    error_hint(err, "write any, root, or up to %d user ids", CONTROL_USERS_MAX);
    return false;
}

bool control_users_parse(const struct text_list *words, struct control_users *out,
                         struct error *err)
{
    *out = (struct control_users){0};
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];

        if (strcmp(word, "any") == 0)
            out->are_any = true;
        else if (strcmp(word, "root") != 0 &&
                 (out->count == CONTROL_USERS_MAX || !parse_user(word, &out->ids[out->count++])))
            return refuse_users(word, err);
    }
    return true;
}

bool control_may_ask(const struct control_users *users, uid_t own, uid_t user)
{
    if (users->are_any || user == 0 || user == own)
        return true;
    for (size_t i = 0; i < users->count; i++) {
        if (users->ids[i] == user)
            return true;
    }
    return false;
}

/* ---- where to meet ---- */

/* "mnt:[4026531841]" is what names a mount namespace. */
static bool find_name(struct sockaddr_un *address, socklen_t *address_len, struct error *err)
{
    char target[64];
    ssize_t len = readlink("/proc/self/ns/mnt", target, sizeof target - 1);
    int name_len;

    if (len < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "health needs /proc: /proc/self/ns/mnt");
    target[len] = '\0';
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    name_len = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "migrinit/%s", target);
    *address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)name_len);
    return true;
}

/* ---- the init's side ---- */

bool control_open(int *fd, struct error *err)
{
    struct sockaddr_un address = {0};
    socklen_t address_len = 0;

    *fd = -1;
    if (!find_name(&address, &address_len, err) || !datagram_open(fd, err))
        return false;
    if (bind(*fd, (const struct sockaddr *)&address, address_len) == 0)
        return true;
    error_set_errno(err, ERR_SYSTEM, errno, "the name for health in this container");
    fd_close(fd);
    return false;
}

static size_t compose(const struct datagram *question, const struct control_users *users,
                      const struct health *health, char *out, size_t out_size)
{
    enum health_question asked;

    if (!control_may_ask(users, geteuid(), question->sender.uid))
        return (size_t)snprintf(out, out_size, "%s", refusal);
    if (!health_question_parse((struct slice){question->text, question->len}, &asked))
        return 0;
    out[0] = health_is_good(health->phase, asked) ? '1' : '0';
    out[1] = ' ';
    return 2 + health_line(health, out + 2, out_size - 2);
}

/*
 * From a socket of its own: an answer that is not taken off counts against the sender's buffer, and
 * a thousand such askers would silence the one that all share.
 */
static void send_answer(const struct datagram *question, const char *text, size_t len)
{
    struct error ignored;
    int fd;

    if (!datagram_open(&fd, &ignored))
        return;
    sendto(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&question->address,
           question->address_len);
    fd_close(&fd);
}

static void answer(const struct datagram *question, const struct control_users *users,
                   const struct health *health)
{
    char text[CONTROL_LINE_MAX];
    size_t len;

    if (question->sender.pid == 0 || question->address_len <= sizeof(sa_family_t))
        return;
    len = compose(question, users, health, text, sizeof text);
    if (len)
        send_answer(question, text, len);
}

void control_serve(int fd, const struct control_users *users, const struct health *health)
{
    struct datagram question = {0};

    for (int i = 0; i < DATAGRAMS_AT_ONCE && datagram_receive(fd, &question); i++)
        answer(&question, users, health);
}

/* ---- the asker's side ---- */

static bool tell_absence(struct error *err)
{
    error_set(err, ERR_SYSTEM, "no migrinit answers in this container");
    error_hint(err, "it is not the init here, or the app has replaced it ([app] mode = exec)");
    return false;
}

static bool tell_silence(struct error *err)
{
    return error_set(err, ERR_SYSTEM, "the init does not answer (%d s)", PATIENCE_MS / 1000);
}

/* A queue that is full for now is soon emptied, or the init is stuck. */
static bool send_question(int fd, enum health_question question, int64_t deadline_ms,
                          struct error *err)
{
    const char *word = health_question_name(question);
    struct sockaddr_un address = {0};
    socklen_t address_len = 0;

    if (!find_name(&address, &address_len, err))
        return false;
    while (sendto(fd, word, strlen(word), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                  address_len) < 0) {
        if (errno != EAGAIN && errno != EINTR)
            return tell_absence(err);
        if (clock_monotonic_ms() >= deadline_ms)
            return tell_silence(err);
        poll(NULL, 0, RETRY_MS);
    }
    return true;
}

static bool is_trusted(const struct ucred *sender)
{
    return sender->pid == 1 || (sender->pid > 0 && (sender->uid == 0 || sender->uid == geteuid()));
}

/* Whoever else sends something is passed over: it must not come before the init's answer. */
static bool receive_answer(int fd, int64_t deadline_ms, struct datagram *datagram,
                           struct error *err)
{
    bool has_impostor = false;

    while (fd_wait(fd, false, -1, deadline_ms) != FD_LATE) {
        if (!datagram_receive(fd, datagram))
            continue;
        if (is_trusted(&datagram->sender))
            return true;
        has_impostor = true;
    }
    if (has_impostor)
        return error_set(err, ERR_SYSTEM, "another process than the init answers: not believed");
    return tell_silence(err);
}

static bool ask(int fd, enum health_question question, struct control_answer *answer,
                struct error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    struct datagram datagram = {0};

    if (!datagram_bind_unnamed(fd, err))
        return false;
    if (!send_question(fd, question, deadline_ms, err) ||
        !receive_answer(fd, deadline_ms, &datagram, err))
        return false;
    answer->is_good = datagram.text[0] == '1';
    text_sanitize(slice_sub((struct slice){datagram.text, datagram.len}, 2, datagram.len),
                  answer->line, sizeof answer->line);
    return true;
}

bool control_ask(enum health_question question, struct control_answer *answer, struct error *err)
{
    bool is_answered;
    int fd;

    if (!datagram_open(&fd, err))
        return false;
    is_answered = ask(fd, question, answer, err);
    fd_close(&fd);
    return is_answered;
}
