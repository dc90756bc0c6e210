#include "entrypoint/ready.h"

#include <string.h>
#include <sys/stat.h>

#include "sys/fd.h"

/* ---- the rule ---- */

static bool refuse(struct error *err, const char *what)
{
    error_set(err, ERR_CONFIG, "[app] ready: %s", what);
    error_hint(err, "write started, notify, tcp:PORT, http://localhost:PORT/PATH or file:/PATH");
    return false;
}

static bool add_address(struct ready_rule *rule, const char *host)
{
    return net_address_parse(host, rule->target.port, &rule->addresses[rule->address_count++]);
}

static bool find_addresses(struct ready_rule *rule, struct error *err)
{
    if (strcmp(rule->target.host, "localhost") == 0)
        return add_address(rule, "127.0.0.1") && add_address(rule, "::1");
    return add_address(rule, rule->target.host) ||
           refuse(err, "only localhost and addresses in digits, no names");
}

static bool parse_target(const char *url, struct arena *arena, struct ready_rule *out,
                         struct error *err)
{
    struct error reason;

    out->kind = READY_CONNECT;
    if (!net_target_parse(slice_from(url), arena, &out->target, &reason))
        return refuse(err, reason.what);
    return find_addresses(out, err);
}

/* "8080", "127.0.0.1:8080", and "//localhost:8080" of those who write URLs */
static bool parse_tcp(const char *place, struct arena *arena, struct ready_rule *out,
                      struct error *err)
{
    if (strncmp(place, "//", 2) == 0)
        place += 2;
    return parse_target(strchr(place, ':') ? arena_printf(arena, "tcp://%s", place)
                                           : arena_printf(arena, "tcp://localhost:%s", place),
                        arena, out, err);
}

/* http:http://localhost/ and http://localhost/ are the same. */
static bool parse_http(const char *place, struct arena *arena, struct ready_rule *out,
                       struct error *err)
{
    if (strncmp(place, "//", 2) == 0)
        return parse_target(arena_printf(arena, "http:%s", place), arena, out, err);
    if (strncmp(place, "http://", 7) == 0)
        return parse_target(place, arena, out, err);
    return refuse(err, "http: is followed by a URL of http://");
}

static bool parse_file(const char *path, struct arena *arena, struct ready_rule *out,
                       struct error *err)
{
    (void)arena;
    out->kind = READY_FILE;
    out->path = path;
    return path[0] == '/' || refuse(err, "file: is followed by an absolute path");
}

static bool parse_word(const char *text, struct ready_rule *out, struct error *err)
{
    if (strcmp(text, "notify") == 0)
        out->kind = READY_NOTIFY;
    else if (strcmp(text, "started") != 0)
        return refuse(err, "not understood");
    return true;
}

bool ready_rule_parse(const char *text, struct arena *arena, struct ready_rule *out,
                      struct error *err)
{
    static const struct {
        const char *prefix;
        bool (*parse)(const char *rest, struct arena *arena, struct ready_rule *out,
                      struct error *err);
    } kinds[] = {{"tcp:", parse_tcp}, {"http:", parse_http}, {"file:", parse_file}};

    *out = (struct ready_rule){.kind = READY_STARTED};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        size_t len = strlen(kinds[i].prefix);

        if (strncmp(text, kinds[i].prefix, len) == 0)
            return kinds[i].parse(text + len, arena, out, err);
    }
    return parse_word(text, out, err);
}

bool ready_rule_is_probed(const struct ready_rule *rule)
{
    return rule->kind == READY_CONNECT || rule->kind == READY_FILE;
}

/* ---- a check ---- */

static struct ready_file find_file(const char *path)
{
    struct stat file;

    if (stat(path, &file) != 0)
        return (struct ready_file){0};
    return (struct ready_file){true, file.st_dev, file.st_ino, file.st_ctim};
}

/* The coarse clock is the one that files are stamped with. */
void ready_check_reset(struct ready_check *check, const struct ready_rule *rule)
{
    *check = (struct ready_check){.rule = rule, .probe.fd = -1};
    clock_gettime(CLOCK_REALTIME_COARSE, &check->app_start);
    if (rule->kind == READY_FILE)
        check->left_over = find_file(rule->path);
}

static bool is_older(struct timespec stamp, struct timespec moment)
{
    return stamp.tv_sec < moment.tv_sec ||
           (stamp.tv_sec == moment.tv_sec && stamp.tv_nsec < moment.tv_nsec);
}

static bool is_same(const struct ready_file *a, const struct ready_file *b)
{
    return a->is_there == b->is_there && a->device == b->device && a->inode == b->inode &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/*
 * What has changed is the app's, whatever the clock says, which may be set back meanwhile. What has
 * not may be as well: changed in the same tick as it was looked at.
 */
static enum ready_state look_for_file(const struct ready_check *check)
{
    struct ready_file now = find_file(check->rule->path);
    bool is_new = !is_same(&now, &check->left_over) || !is_older(now.changed, check->app_start);

    return now.is_there && is_new ? READY_YES : READY_NOT_YET;
}

/* At an address that fails the next one's turn comes at once. */
static enum ready_state judge(struct ready_check *check)
{
    const struct ready_rule *rule = check->rule;

    while (check->probe.state == NET_FAILED && check->address + 1 < rule->address_count) {
        net_probe_stop(&check->probe);
        net_probe_start_at(&check->probe, &rule->target, &rule->addresses[++check->address]);
    }
    switch (check->probe.state) {
    case NET_WANT_READ: return READY_WANT_READ;
    case NET_WANT_WRITE: return READY_WANT_WRITE;
    case NET_READY:
    case NET_FAILED: break;
    }
    fd_close(&check->probe.fd);
    return check->probe.state == NET_READY ? READY_YES : READY_NOT_YET;
}

enum ready_state ready_check_try(struct ready_check *check)
{
    check->tries++;
    if (check->rule->kind == READY_FILE)
        return look_for_file(check);
    check->address = 0;
    net_probe_start_at(&check->probe, &check->rule->target, &check->rule->addresses[0]);
    return judge(check);
}

enum ready_state ready_check_advance(struct ready_check *check)
{
    net_probe_advance(&check->probe);
    return judge(check);
}

void ready_check_stop(struct ready_check *check)
{
    fd_close(&check->probe.fd);
}
