/*
 * entrypoint/ready - [app] ready: when the app that was started counts as ready
 *
 * Why here   A process is there long before it serves. PID 1 asks until it is ready once, and then
 *            never again: whether a ready app stays well is for the orchestrator's own probes.
 * Rules      started       its program runs
 *            notify        it says READY=1 to NOTIFY_SOCKET
 *            tcp:PORT      it accepts connections; tcp:ADDRESS:PORT as well
 *            http:URL      it answers with a status of 200 to 399
 *            file:PATH     the file is there, and was not before the app
 * Safety     PID 1 looks no name up: an address in digits, or localhost, which is 127.0.0.1 and ::1
 */
#ifndef MIGRINIT_ENTRYPOINT_READY_H
#define MIGRINIT_ENTRYPOINT_READY_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "sys/net.h"

enum ready_kind { READY_STARTED, READY_NOTIFY, READY_CONNECT, READY_FILE };

enum { READY_ADDRESSES_MAX = 2 };

struct ready_rule {
    enum ready_kind kind;
    struct net_target target;
    struct net_address addresses[READY_ADDRESSES_MAX];
    size_t address_count;
    const char *path;
};

/* Errors: ERR_CONFIG */
bool ready_rule_parse(const char *text, struct arena *arena, struct ready_rule *out,
                      struct error *err) MUST_CHECK;

/* Whether somebody has to look. */
bool ready_rule_is_probed(const struct ready_rule *rule);

/* A file as it was found. */
struct ready_file {
    bool is_there;
    dev_t device;
    ino_t inode;
    struct timespec changed;
};

struct ready_check {
    const struct ready_rule *rule;
    struct timespec app_start;   /* what is older was left by somebody else */
    struct ready_file left_over; /* what was there before the app */
    struct net_probe probe;
    size_t address; /* the one at work */
    unsigned tries;
};

enum ready_state { READY_YES, READY_NOT_YET, READY_WANT_READ, READY_WANT_WRITE };

/* Before the app is started. */
void ready_check_reset(struct ready_check *check, const struct ready_rule *rule);

/* One try at every address; READY_NOT_YET when it is over. Neither blocks. */
enum ready_state ready_check_try(struct ready_check *check);
enum ready_state ready_check_advance(struct ready_check *check);

/* Give a try up: the next one counts as a later one. */
void ready_check_stop(struct ready_check *check);

#endif
