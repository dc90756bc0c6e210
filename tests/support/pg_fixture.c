#include "tests/support/pg_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/clock.h"

struct pg_target fixture_target(int port, const char *password, struct arena *arena)
{
    struct pg_target target = {0};

    dsn_set(&target.dsn, "host", "127.0.0.1");
    dsn_set(&target.dsn, "port", arena_printf(arena, "%d", port));
    dsn_set(&target.dsn, "user", "app");
    dsn_set(&target.dsn, "dbname", "app");
    target.dsn.password = secret_from(slice_from(password));
    redactor_add(&target.redactor, arena, target.dsn.password);
    target.display = dsn_display(&target.dsn, arena);
    return target;
}

struct pg_target fixture_socket(const struct pg_cluster *cluster, struct arena *arena)
{
    struct pg_target target = {0};

    dsn_set(&target.dsn, "host", cluster->folder);
    dsn_set(&target.dsn, "port", arena_printf(arena, "%d", cluster->port));
    dsn_set(&target.dsn, "user", "postgres");
    dsn_set(&target.dsn, "dbname", "postgres");
    return target;
}

struct wait_config fixture_limits(void)
{
    return (struct wait_config){
        .enabled = true, .timeout_ms = 20000, .attempt_timeout_ms = 5000, .auth_grace_ms = 0};
}

struct pg_conn *fixture_connect(const struct pg_target *target, struct arena *arena)
{
    struct wait_config limits = fixture_limits();
    struct pg_wait_request request = {.target = target,
                                      .limits = &limits,
                                      .deadline_ms = clock_monotonic_ms() + limits.timeout_ms};
    struct pg_conn *conn = NULL;
    struct error err = {0};

    if (!pg_wait(&request, arena, &conn, &err)) {
        fprintf(stderr, "fixture: %s\n", err.what);
        abort();
    }
    return conn;
}

static char captured[65536];
static FILE *capture_file;
static int real_stderr;

void fixture_capture_begin(void)
{
    capture_file = tmpfile();
    if (!capture_file)
        abort();
    real_stderr = dup(STDERR_FILENO);
    dup2(fileno(capture_file), STDERR_FILENO);
}

const char *fixture_capture_end(void)
{
    size_t len;

    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    rewind(capture_file);
    len = fread(captured, 1, sizeof captured - 1, capture_file);
    captured[len] = '\0';
    fclose(capture_file);
    return captured;
}
