/*
 * entrypoint/web - [health] listen: /startupz, /livez, /readyz and /metrics for who asks by HTTP
 *
 * Why here   Kubernetes' httpGet probes and Prometheus ask over the network; while a migration runs
 *            there is nobody else in the container who could answer.
 * Safety     Sixteen connections, a fixed buffer for each, and nothing to wait for: when one more
 *            comes, the oldest has had its time. A probe sends its question along, and is answered
 *            as it is accepted; those who connect and say nothing push each other out, and who is
 *            slow to ask among thousands of them: such a probe fails, and comes again.
 */
#ifndef MIGRINIT_ENTRYPOINT_WEB_H
#define MIGRINIT_ENTRYPOINT_WEB_H

#include "base/arena.h"
#include "entrypoint/health.h"
#include "entrypoint/loop.h"

enum { WEB_CLIENTS = 16 };

struct web;

/* place: "9090", "127.0.0.1:9090", "[::1]:9090". Errors: ERR_CONFIG, with errno of the system */
struct web *web_open(const char *place, struct arena *arena, struct error *err) MUST_CHECK;

/* `ready` is called back when web_serve() has something to do. */
void web_watch(struct web *web, struct loop *loop, loop_callback *ready);
void web_start(struct web *web);
void web_serve(struct web *web, const struct health *health);

/* In a child that has no use for it. */
void web_close(struct web *web);

#endif
