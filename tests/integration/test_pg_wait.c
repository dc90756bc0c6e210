/* Waiting, against a real server and against servers that are not what they seem. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pg/exec.h"
#include "sys/clock.h"
#include "tests/support/fake_server.h"
#include "tests/support/pg_fixture.h"

static struct pg_cluster cluster;

struct trial {
    struct arena *arena;
    struct wait_config limits;
    struct pg_conn *conn;
    struct error err;
    bool is_ready;
    bool wants_missing;
    int64_t took_ms;
    char log[8192];
};

static struct trial trial;

static int begin(void **state)
{
    (void)state;
    memset(&trial, 0, sizeof trial);
    trial.arena = arena_new();
    trial.limits = fixture_limits();
    return 0;
}

static int end(void **state)
{
    (void)state;
    pg_conn_close(trial.conn);
    arena_free(trial.arena);
    return 0;
}

/* No line of any trial may show the password. */
static void wait_for(const struct pg_target *target)
{
    int64_t started_ms = clock_monotonic_ms();
    struct pg_wait_request request = {.target = target,
                                      .limits = &trial.limits,
                                      .deadline_ms = started_ms + trial.limits.timeout_ms,
                                      .wants_missing = trial.wants_missing};

    fixture_capture_begin();
    trial.is_ready = pg_wait(&request, trial.arena, &trial.conn, &trial.err);
    snprintf(trial.log, sizeof trial.log, "%s", fixture_capture_end());
    trial.took_ms = clock_monotonic_ms() - started_ms;
    assert_null(strstr(trial.log, CLUSTER_PASSWORD));
    assert_null(strstr(trial.err.what, CLUSTER_PASSWORD));
    assert_null(strstr(trial.err.detail, CLUSTER_PASSWORD));
}

static void wait_at(int port, const char *password)
{
    struct pg_target target = fixture_target(port, password, trial.arena);

    wait_for(&target);
}

static void assert_error(enum error_code code, const char *part)
{
    assert_false(trial.is_ready);
    assert_null(trial.conn);
    if (trial.err.code != code || !strstr(trial.err.what, part))
        fail_msg("code %d: %s (expected %d: %s)", trial.err.code, trial.err.what, code, part);
}

static void assert_ready_after(const char *reason)
{
    if (!trial.is_ready)
        fail_msg("%s", trial.err.what);
    assert_non_null(strstr(trial.log, reason));
    assert_non_null(strstr(trial.log, "[Migration] Waiting for database (attempt 1, "));
    assert_non_null(strstr(trial.log, "[Migration] Database is ready (after "));
}

static struct fake_server *fake_with(struct fake_server *fake)
{
    fake->real_port = cluster.port;
    fake_start(fake);
    return fake;
}

/* --- a real server ----------------------------------------------------------------------- */

static void ready_server_is_silent_and_told_of(void **state)
{
    const struct pg_session *session;

    (void)state;
    wait_at(cluster.port, CLUSTER_PASSWORD);
    assert_true(trial.is_ready);
    assert_string_equal(trial.log, "");
    session = pg_conn_session(trial.conn);
    assert_true(session->server_version >= 100000);
    assert_true(session->backend_pid > 0);
    assert_false(session->is_pooled);
    assert_false(session->is_standby);
    assert_string_equal(session->database, "app");
    assert_string_equal(session->user, "app");
    assert_string_equal(session->schema, "public");
}

static void session_settings_are_made(void **state)
{
    const struct pg_limits limits = {.deadline_ms = INT64_MAX, .stop_fd = -1};
    struct pg_target target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);
    struct rowset rows;

    (void)state;
    cluster_query(&cluster, "ALTER ROLE app SET statement_timeout = '1ms'");
    target.dsn.search_path = "\"my app\", pg_catalog";
    wait_for(&target);
    cluster_query(&cluster, "ALTER ROLE app RESET statement_timeout");
    assert_true(trial.is_ready);
    assert_true(pg_query(trial.conn,
                         SLICE("SELECT current_setting('statement_timeout'), "
                               "current_setting('search_path'), current_setting('application_name')"
                               " ~ '^migrinit .* [0-9.]+$', "
                               "current_setting('client_connection_check_interval', true) = '1s'"
                               " OR current_setting('server_version_num')::int < 140000, "
                               "current_setting('client_encoding')"),
                         &limits, trial.arena, &rows, &trial.err));
    assert_string_equal(rowset_get(&rows, 0, 0).ptr, "0");
    assert_string_equal(rowset_get(&rows, 0, 1).ptr, "\"my app\", \"pg_catalog\"");
    assert_true(rowset_bool(&rows, 0, 2));
    assert_true(rowset_bool(&rows, 0, 3));
    assert_string_equal(rowset_get(&rows, 0, 4).ptr, "UTF8");
}

static void wrong_password_is_refused_at_once_without_grace(void **state)
{
    (void)state;
    wait_at(cluster.port, "wrong");
    assert_error(ERR_DB_REFUSED, "database refused us: password authentication failed");
    assert_string_equal(trial.err.sqlstate, "28P01");
    assert_non_null(strstr(trial.err.hint, "check user and password"));
}

static void wrong_password_has_its_grace(void **state)
{
    (void)state;
    trial.limits.auth_grace_ms = 1200;
    wait_at(cluster.port, "wrong");
    assert_error(ERR_DB_REFUSED, "password authentication failed");
    assert_true(trial.took_ms >= 1200 && trial.took_ms < 5000);
}

static void deadline_within_grace_stays_a_refusal(void **state)
{
    (void)state;
    trial.limits.auth_grace_ms = 60000;
    trial.limits.timeout_ms = 1500;
    wait_at(cluster.port, "wrong");
    assert_error(ERR_DB_REFUSED, "password authentication failed");
}

static void no_password_is_final(void **state)
{
    (void)state;
    wait_at(cluster.port, "");
    assert_error(ERR_DB_REFUSED, "password required, none given");
}

static void missing_database_is_an_answer_when_wanted(void **state)
{
    struct pg_target target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);

    (void)state;
    target = pg_target_with_database(&target, "nope", trial.arena);
    trial.wants_missing = true;
    wait_for(&target);
    assert_error(ERR_DB_MISSING, "database is missing");
    assert_string_equal(trial.err.sqlstate, "3D000");
}

static void missing_database_is_waited_for_otherwise(void **state)
{
    struct pg_target target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);

    (void)state;
    target = pg_target_with_database(&target, "nope", trial.arena);
    trial.limits.timeout_ms = 1500;
    wait_for(&target);
    assert_error(ERR_DB_REFUSED, "database does not exist");
    assert_non_null(strstr(trial.err.hint, "[database] create"));
}

static void read_only_server_is_waited_out(void **state)
{
    struct pg_target target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);

    (void)state;
    dsn_set(&target.dsn, "options", "-c default_transaction_read_only=on");
    trial.limits.timeout_ms = 1500;
    wait_for(&target);
    assert_error(ERR_DB_UNREACHABLE, "server is a standby (read-only)");
}

static void bad_server_option_is_a_setting(void **state)
{
    struct pg_target target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);

    (void)state;
    dsn_set(&target.dsn, "options", "-c nonsense=on");
    wait_for(&target);
    assert_error(ERR_CONFIG, "unknown server setting");
}

static void bad_sslmode_is_told_without_its_value(void **state)
{
    struct pg_target target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);

    (void)state;
    dsn_set(&target.dsn, "sslmode", "part-of-a-password");
    wait_for(&target);
    assert_error(ERR_CONFIG, "connection setting that libpq does not accept");
    assert_null(strstr(trial.err.detail, "part-of-a-password"));
    assert_non_null(strstr(trial.err.detail, "sslmode"));
}

static void tls_required_and_not_offered(void **state)
{
    struct pg_target target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);

    (void)state;
    dsn_set(&target.dsn, "sslmode", "require");
    trial.limits.timeout_ms = 1500;
    wait_for(&target);
    assert_error(ERR_DB_REFUSED, "server does not offer TLS");
}

static void crash_recovery_is_waited_out(void **state)
{
    (void)state;
    wait_at(cluster.port, CLUSTER_PASSWORD);
    kill(pg_conn_session(trial.conn)->backend_pid, SIGKILL);
    pg_conn_close(trial.conn);
    trial.conn = NULL;
    wait_at(cluster.port, CLUSTER_PASSWORD);
    assert_true(trial.is_ready);
}

/* --- not yet a server -------------------------------------------------------------------- */

static void refused_until_the_deadline(void **state)
{
    (void)state;
    trial.limits.timeout_ms = 400;
    wait_at(free_port(), CLUSTER_PASSWORD);
    assert_error(ERR_DB_UNREACHABLE, "database not reachable within 400 ms: connection refused");
    assert_true(trial.took_ms >= 400 && trial.took_ms < 2000);
    assert_non_null(strstr(trial.log, "Waiting for database (attempt 1, "));
    /* One line a reason, not one an attempt. */
    assert_null(strstr(strstr(trial.log, "Waiting") + 1, "Waiting"));
}

static void one_attempt_only_when_waiting_is_off(void **state)
{
    (void)state;
    trial.limits.enabled = false;
    wait_at(free_port(), CLUSTER_PASSWORD);
    assert_error(ERR_DB_UNREACHABLE, "database is not reachable: connection refused");
    assert_true(trial.took_ms < 1000);
    assert_string_equal(trial.log, "");
}

static void no_socket_yet(void **state)
{
    struct pg_target target = fixture_socket(&cluster, trial.arena);

    (void)state;
    dsn_set(&target.dsn, "host", "/nonexistent");
    trial.limits.timeout_ms = 200;
    wait_for(&target);
    assert_error(ERR_DB_UNREACHABLE, "no such socket");
}

static void unknown_name_is_waited_for(void **state)
{
    struct pg_target target = fixture_target(5432, CLUSTER_PASSWORD, trial.arena);

    (void)state;
    dsn_set(&target.dsn, "host", "nosuch.invalid");
    trial.limits.timeout_ms = 200;
    wait_for(&target);
    assert_error(ERR_DB_UNREACHABLE, "host name not found");
    assert_non_null(strstr(trial.err.hint, "spelled right"));
}

static void closed_at_once_then_ready(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_CLOSE}, {FAKE_CLOSE}, {FAKE_PROXY}},
                               .step_count = 3};

    (void)state;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_ready_after("connection closed at once");
    fake_stop(&fake);
}

static void starting_up_then_ready(void **state)
{
    struct fake_server fake = {
        .steps = {{FAKE_ERROR, "57P03", "the database system is starting up"},
                  {FAKE_ERROR, "57P03", "the database system is starting up"},
                  {FAKE_PROXY}},
        .step_count = 3};

    (void)state;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_ready_after("starting up");
    assert_non_null(strstr(trial.log, "attempt 3)"));
    fake_stop(&fake);
}

static void crowded_then_ready(void **state)
{
    struct fake_server fake = {
        .steps = {{FAKE_ERROR, "53300", "sorry, too many clients already"}, {FAKE_PROXY}},
        .step_count = 2};

    (void)state;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_ready_after("too many connections");
    fake_stop(&fake);
}

static void silent_attempt_ends_and_the_next_succeeds(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_SILENT}, {FAKE_PROXY}}, .step_count = 2};

    (void)state;
    trial.limits.attempt_timeout_ms = 1500;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_ready_after("no answer");
    assert_true(trial.took_ms >= 1500 && trial.took_ms < 5000);
    fake_stop(&fake);
}

static void silent_until_the_deadline(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_SILENT}}, .step_count = 1};

    (void)state;
    trial.limits.timeout_ms = 300;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_error(ERR_DB_UNREACHABLE, "not reachable within 300 ms: no answer");
    assert_true(trial.took_ms < 1500);
    fake_stop(&fake);
}

static void web_server_is_not_postgres(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_HTTP}}, .step_count = 1};

    (void)state;
    trial.limits.timeout_ms = 1500;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_error(ERR_DB_REFUSED, "not PostgreSQL");
    fake_stop(&fake);
}

static void another_kind_of_refusal_begins_a_new_grace(void **state)
{
    struct fake_server fake = {
        .steps = {{FAKE_ERROR, "28P01", "no"}, {FAKE_ERROR, "57P03", "starting up"}, {FAKE_PROXY}},
        .step_count = 3};

    (void)state;
    trial.limits.auth_grace_ms = 3000;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_ready_after("password authentication failed");
    assert_non_null(strstr(trial.log, "starting up"));
    fake_stop(&fake);
}

static void hostile_text_is_one_printable_line(void **state)
{
    struct fake_server fake = {
        .steps = {{FAKE_ERROR, "72000", "a\n[Migration] forged\x1b[2J " CLUSTER_PASSWORD}},
        .step_count = 1};

    (void)state;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_error(ERR_DB_REFUSED, "refused by the server");
    assert_null(strchr(trial.err.detail, '\n'));
    assert_null(strchr(trial.err.detail, '\x1b'));
    fake_stop(&fake);
}

static void pooler_shows(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_POOLER}}, .step_count = 1};

    (void)state;
    wait_at(fake_with(&fake)->port, CLUSTER_PASSWORD);
    assert_true(trial.is_ready);
    assert_true(pg_conn_session(trial.conn)->is_pooled);
    fake_stop(&fake);
}

/* --- other targets ----------------------------------------------------------------------- */

static void other_targets_are_waited_for_beside_the_database(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_CLOSE}, {FAKE_CLOSE}, {FAKE_HTTP}}, .step_count = 3};
    const char *targets[1];

    (void)state;
    fake_with(&fake);
    targets[0] = arena_printf(trial.arena, "tcp://127.0.0.1:%d", fake.port);
    trial.limits.targets = (struct text_list){targets, 1};
    wait_at(cluster.port, CLUSTER_PASSWORD);
    assert_true(trial.is_ready);
    fake_stop(&fake);
}

static void target_that_never_comes_is_named(void **state)
{
    const char *targets[1];

    (void)state;
    targets[0] = arena_printf(trial.arena, "tcp://127.0.0.1:%d", free_port());
    trial.limits.targets = (struct text_list){targets, 1};
    trial.limits.timeout_ms = 1500;
    wait_at(cluster.port, CLUSTER_PASSWORD);
    assert_error(ERR_DB_UNREACHABLE, targets[0]);
    /* The database was ready, and no connection to it was held meanwhile. */
    cluster_await(&cluster, "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'app'");
}

static void targets_alone(void **state)
{
    const char *targets[1];

    (void)state;
    targets[0] = arena_printf(trial.arena, "tcp://127.0.0.1:%d", cluster.port);
    trial.limits.targets = (struct text_list){targets, 1};
    wait_for(NULL);
    assert_true(trial.is_ready);
    assert_null(trial.conn);
}

static void bad_target_is_a_setting(void **state)
{
    const char *targets[] = {"gopher://x"};

    (void)state;
    trial.limits.targets = (struct text_list){targets, 1};
    wait_at(cluster.port, CLUSTER_PASSWORD);
    assert_int_equal(trial.err.code, ERR_CONFIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static int cluster_up(void **state)
{
    (void)state;
    cluster_start(&cluster);
    return 0;
}

static int cluster_down(void **state)
{
    (void)state;
    cluster_remove(&cluster);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ready_server_is_silent_and_told_of),
        TEST(session_settings_are_made),
        TEST(wrong_password_is_refused_at_once_without_grace),
        TEST(wrong_password_has_its_grace),
        TEST(deadline_within_grace_stays_a_refusal),
        TEST(no_password_is_final),
        TEST(missing_database_is_an_answer_when_wanted),
        TEST(missing_database_is_waited_for_otherwise),
        TEST(read_only_server_is_waited_out),
        TEST(bad_server_option_is_a_setting),
        TEST(bad_sslmode_is_told_without_its_value),
        TEST(tls_required_and_not_offered),
        TEST(crash_recovery_is_waited_out),
        TEST(refused_until_the_deadline),
        TEST(one_attempt_only_when_waiting_is_off),
        TEST(no_socket_yet),
        TEST(unknown_name_is_waited_for),
        TEST(closed_at_once_then_ready),
        TEST(starting_up_then_ready),
        TEST(crowded_then_ready),
        TEST(silent_attempt_ends_and_the_next_succeeds),
        TEST(silent_until_the_deadline),
        TEST(web_server_is_not_postgres),
        TEST(another_kind_of_refusal_begins_a_new_grace),
        TEST(hostile_text_is_one_printable_line),
        TEST(pooler_shows),
        TEST(other_targets_are_waited_for_beside_the_database),
        TEST(target_that_never_comes_is_named),
        TEST(targets_alone),
        TEST(bad_target_is_a_setting),
    };

    return cmocka_run_group_tests(tests, cluster_up, cluster_down);
}
