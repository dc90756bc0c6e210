#include "tests/support/pg_cluster.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    fprintf(stderr, "pg_cluster: %s\n", what);
    abort();
}

int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&address, size) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        fail("no free port");
    close(fd);
    return ntohs(address.sin_port);
}

/* The server refuses to run as root. */
static void shell(const struct pg_cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void shell(const struct pg_cluster *cluster, const char *format, ...)
{
    const char *as = geteuid() == 0 ? "chown postgres . && AS='setpriv --reuid postgres --regid "
                                      "postgres --init-groups' && "
                                    : "AS= && ";
    const char *bin = getenv("PG_BIN");
    char command[1024], line[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    snprintf(line, sizeof line,
             "cd %s && %s B=${PG_BIN:-%s}; [ -n \"$B\" ] || "
             "B=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1); "
             "export LC_ALL=C; (%s) >>shell.log 2>&1 </dev/null",
             cluster->folder, as, bin ? bin : "", command);
    if (system(line) != 0)
        fail(command);
}

void cluster_start(struct pg_cluster *cluster)
{
    snprintf(cluster->folder, sizeof cluster->folder, "/tmp/migrinit-pg-XXXXXX");
    if (!mkdtemp(cluster->folder))
        fail("no scratch folder");
    cluster->port = free_port();
    shell(cluster,
          "chmod 755 . && $AS $B/initdb -D data -A trust -U postgres -N -E UTF8 --locale=C");
    shell(cluster, "printf '%%s\\n' 'local all all trust' "
                   "'host all all 127.0.0.1/32 scram-sha-256' >data/pg_hba.conf");
    shell(cluster,
          "printf '%%s\\n' 'port = %d' \"unix_socket_directories = '$PWD'\" "
          "\"listen_addresses = '127.0.0.1'\" 'fsync = off' 'synchronous_commit = off' "
          "'full_page_writes = off' 'restart_after_crash = on' "
          "\"password_encryption = 'scram-sha-256'\" >>data/postgresql.conf",
          cluster->port);
    shell(cluster, "$AS $B/pg_ctl -D data -w -l log start");
    cluster_query(cluster, "CREATE ROLE app LOGIN PASSWORD '%s'", CLUSTER_PASSWORD);
    cluster_query(cluster, "CREATE DATABASE app OWNER app");
}

void cluster_remove(struct pg_cluster *cluster)
{
    shell(cluster, "$AS $B/pg_ctl -D data -w -m immediate stop || true");
    shell(cluster, "rm -rf %s", cluster->folder);
}

pid_t cluster_postmaster(const struct pg_cluster *cluster)
{
    char path[128];
    int pid = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/data/postmaster.pid", cluster->folder);
    file = fopen(path, "r");
    if (!file || fscanf(file, "%d", &pid) != 1)
        fail("no postmaster.pid");
    fclose(file);
    return pid;
}

const char *cluster_query(const struct pg_cluster *cluster, const char *format, ...)
{
    static __thread char answer[256];
    char sql[1024], where[256];
    va_list args;
    PGresult *result;
    PGconn *pg;

    va_start(args, format);
    vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    snprintf(where, sizeof where, "host=%s port=%d user=postgres dbname=postgres", cluster->folder,
             cluster->port);
    pg = PQconnectdb(where);
    result = PQexec(pg, sql);
    snprintf(answer, sizeof answer, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
        fprintf(stderr, "pg_cluster: %s", PQerrorMessage(pg));
    PQclear(result);
    PQfinish(pg);
    return answer;
}

void cluster_await(const struct pg_cluster *cluster, const char *sql)
{
    const struct timespec pause = {.tv_nsec = 10000000};

    for (int i = 0; i < 2000; i++) {
        if (strcmp(cluster_query(cluster, "%s", sql), "t") == 0)
            return;
        nanosleep(&pause, NULL);
    }
    fail(sql);
}
