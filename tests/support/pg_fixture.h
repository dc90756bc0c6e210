/*
 * support/pg_fixture - targets and requests made by hand, for tests of lib/pg on a real server
 */
#ifndef MIGRINIT_TESTS_PG_FIXTURE_H
#define MIGRINIT_TESTS_PG_FIXTURE_H

#include "pg/wait.h"
#include "tests/support/pg_cluster.h"

/* Role app, database app, over 127.0.0.1. */
struct pg_target fixture_target(int port, const char *password, struct arena *arena);

/* The superuser over the unix socket. */
struct pg_target fixture_socket(const struct pg_cluster *cluster, struct arena *arena);

struct wait_config fixture_limits(void);

/* A session, or the test has failed. */
struct pg_conn *fixture_connect(const struct pg_target *target, struct arena *arena);

/* What is written to stderr from now on, until fixture_capture_end() gives it. */
void fixture_capture_begin(void);
const char *fixture_capture_end(void);

#endif
