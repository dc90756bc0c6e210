/*
 * support/pg_cluster - a throw-away PostgreSQL in a scratch folder
 *
 * Use        cluster_start(&c) once; cluster_remove(&c) at the end. Superuser "postgres" comes in
 *            over the unix socket by trust, every role over 127.0.0.1 with its password. Role
 *            "app" (password CLUSTER_PASSWORD) owns database "app".
 */
#ifndef MIGRINIT_TESTS_PG_CLUSTER_H
#define MIGRINIT_TESTS_PG_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

#define CLUSTER_PASSWORD "Can4ry-geheim"

struct pg_cluster {
    char folder[64]; /* data, log and the unix socket */
    int port;
};

void cluster_start(struct pg_cluster *cluster);
void cluster_remove(struct pg_cluster *cluster);
pid_t cluster_postmaster(const struct pg_cluster *cluster);

/* As the superuser; the first field of the first row, or "". Static storage. */
const char *cluster_query(const struct pg_cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ask again until the answer is "t"; fails the test after 20 s. */
void cluster_await(const struct pg_cluster *cluster, const char *sql);

/* A port of 127.0.0.1 on which nobody listens. */
int free_port(void);

#endif
