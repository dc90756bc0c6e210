/* Statements, their end in time, by a stop signal or with the connection; and the lock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg/lock.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "tests/support/fake_server.h"
#include "tests/support/pg_fixture.h"

#define SLEEPING                                                                                   \
    "SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'app' AND wait_event = 'PgSleep'"

static struct pg_cluster cluster;

struct trial {
    struct arena *arena;
    struct pg_target target;
    struct pg_conn *conn;
    struct pg_limits limits;
    struct pg_run run;
    struct error err;
    int stop_read, stop_write;
    int64_t took_ms;
};

static struct trial trial;

static int begin(void **state)
{
    int ends[2];

    (void)state;
    memset(&trial, 0, sizeof trial);
    trial.arena = arena_new();
    trial.target = fixture_target(cluster.port, CLUSTER_PASSWORD, trial.arena);
    trial.conn = fixture_connect(&trial.target, trial.arena);
    if (pipe(ends) < 0)
        return -1;
    trial.stop_read = ends[0];
    trial.stop_write = ends[1];
    trial.limits = (struct pg_limits){.deadline_ms = INT64_MAX, .stop_fd = trial.stop_read};
    return 0;
}

static int end(void **state)
{
    (void)state;
    pg_conn_close(trial.conn);
    close(trial.stop_read);
    close(trial.stop_write);
    arena_free(trial.arena);
    /* No child is left behind by a cancel. */
    return waitpid(-1, NULL, WNOHANG) < 0 ? 0 : -1;
}

static bool run(const char *sql)
{
    int64_t started_ms = clock_monotonic_ms();
    bool is_done;

    memset(&trial.err, 0, sizeof trial.err);
    is_done = pg_run(trial.conn, slice_from(sql), &trial.limits, &trial.run, &trial.err);
    trial.took_ms = clock_monotonic_ms() - started_ms;
    return is_done;
}

static long long ask(const char *sql)
{
    const struct pg_limits limits = {.deadline_ms = INT64_MAX, .stop_fd = -1};
    struct rowset rows;

    if (!pg_query(trial.conn, slice_from(sql), &limits, trial.arena, &rows, &trial.err))
        fail_msg("%s: %s", sql, trial.err.what);
    return rowset_int(&rows, 0, 0, -1);
}

static void assert_error(enum error_code code, const char *sqlstate, const char *part)
{
    if (trial.err.code != code || strcmp(trial.err.sqlstate, sqlstate) != 0 ||
        !strstr(trial.err.what, part))
        fail_msg("code %d (%s): %s", trial.err.code, trial.err.sqlstate, trial.err.what);
}

/* Something done by another thread once the statement sleeps in the server. */
struct meanwhile {
    void (*act)(void);
    pthread_t thread;
};

static void *meanwhile_main(void *argument)
{
    struct meanwhile *meanwhile = argument;

    cluster_await(&cluster, SLEEPING);
    meanwhile->act();
    return NULL;
}

static bool run_while(const char *sql, void (*act)(void))
{
    struct meanwhile meanwhile = {.act = act};
    bool is_done;

    pthread_create(&meanwhile.thread, NULL, meanwhile_main, &meanwhile);
    is_done = run(sql);
    pthread_join(meanwhile.thread, NULL);
    return is_done;
}

static void act_stop(void)
{
    if (write(trial.stop_write, "x", 1) != 1)
        abort();
}

static void act_terminate(void)
{
    cluster_query(&cluster, "SELECT pg_terminate_backend(%d)",
                  pg_conn_session(trial.conn)->backend_pid);
}

static void act_kill(void)
{
    kill(pg_conn_session(trial.conn)->backend_pid, SIGKILL);
}

static void act_cancel(void)
{
    cluster_query(&cluster, "SELECT pg_cancel_backend(%d)",
                  pg_conn_session(trial.conn)->backend_pid);
}

/* --- answers ----------------------------------------------------------------------------- */

static void query_keeps_rows_and_nulls(void **state)
{
    struct rowset rows;

    (void)state;
    assert_true(pg_query(trial.conn,
                         SLICE("SELECT 'left out'; SELECT * FROM (VALUES (1, NULL), (2, 'b')) v"),
                         &trial.limits, trial.arena, &rows, &trial.err));
    assert_int_equal(rows.row_count, 2);
    assert_int_equal(rows.column_count, 2);
    assert_int_equal(rowset_int(&rows, 1, 0, 0), 2);
    assert_true(rowset_is_null(&rows, 0, 1));
    assert_string_equal(rowset_get(&rows, 1, 1).ptr, "b");
}

static void run_counts_statements(void **state)
{
    (void)state;
    assert_true(run("CREATE TEMP TABLE t (i int); INSERT INTO t SELECT generate_series(1, 100000); "
                    "SELECT * FROM t; -- the end"));
    assert_int_equal(trial.run.statements_done, 3);
    assert_false(trial.run.is_in_transaction);
    assert_true(run(" -- nothing "));
    assert_int_equal(trial.run.statements_done, 0);
    assert_true(run("BEGIN"));
    assert_true(trial.run.is_in_transaction);
}

static void error_has_state_detail_and_position(void **state)
{
    (void)state;
    assert_true(run("CREATE TEMP TABLE t (i int PRIMARY KEY, \xc3\xa4 text)"));
    assert_false(run("SELECT '\xc3\xa4\xc3\xb6'; SELECT totl FROM t"));
    assert_error(ERR_MIGRATION, "42703", "ERROR: column \"totl\" does not exist");
    assert_int_equal(trial.run.error_character, 21); /* characters, not bytes */
    assert_int_equal(trial.run.statements_done, 1);
    assert_false(run("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)"));
    assert_error(ERR_MIGRATION, "23505", "duplicate key");
    assert_non_null(strstr(trial.err.detail, "Key (i)=(1) already exists"));
    assert_false(run("SELECT lenght('x')"));
    assert_non_null(strstr(trial.err.hint, "No function matches"));
    assert_false(run("BEGIN; CREATE INDEX CONCURRENTLY x ON t (i)"));
    assert_non_null(strstr(trial.err.hint, "no-transaction"));
}

static void error_inside_a_block_tells_its_context(void **state)
{
    (void)state;
    assert_false(run("DO $$ BEGIN PERFORM 1/0; END $$"));
    assert_error(ERR_MIGRATION, "22012", "division by zero");
    assert_non_null(strstr(trial.err.detail, "PL/pgSQL function"));
}

static void failure_inside_a_transaction_is_rolled_back(void **state)
{
    (void)state;
    assert_false(run("BEGIN; CREATE TABLE half (); SELECT 1/0; COMMIT"));
    assert_error(ERR_MIGRATION, "22012", "division by zero");
    assert_int_equal(trial.run.statements_done, 2);
    assert_false(trial.run.is_in_transaction);
    assert_false(trial.run.is_connection_lost);
    assert_int_equal(ask("SELECT count(*) FROM pg_class WHERE relname = 'half'"), 0);
}

static void password_in_a_server_text_is_masked(void **state)
{
    (void)state;
    assert_false(run("DO $$ BEGIN RAISE 'it is " CLUSTER_PASSWORD "' USING "
                     "DETAIL = '" CLUSTER_PASSWORD "', HINT = '" CLUSTER_PASSWORD "'; END $$"));
    assert_error(ERR_MIGRATION, "P0001", "it is ****");
    assert_string_equal(trial.err.detail, "****");
    assert_string_equal(trial.err.hint, "****");
}

static void copy_from_stdin_is_refused(void **state)
{
    (void)state;
    assert_true(run("CREATE TEMP TABLE t (i int)"));
    assert_false(run("BEGIN; COPY t FROM STDIN"));
    assert_error(ERR_MIGRATION, "57014", "COPY FROM STDIN is not supported in a migration");
    assert_false(trial.run.is_in_transaction);
    assert_int_equal(ask("SELECT 7"), 7);
}

static void copy_to_stdout_is_drained(void **state)
{
    (void)state;
    assert_true(run("COPY (SELECT generate_series(1, 200000)) TO STDOUT; SELECT 1"));
    assert_int_equal(trial.run.statements_done, 2);
    assert_int_equal(ask("SELECT 7"), 7);
}

static void large_text_is_sent_whole(void **state)
{
    size_t size = 32 << 20;
    char *sql = malloc(size + 64);
    struct rowset rows;

    (void)state;
    assert_non_null(sql);
    memcpy(sql, "SELECT length('", 15);
    memset(sql + 15, 'x', size);
    memcpy(sql + 15 + size, "')", 3);
    assert_true(
        pg_query(trial.conn, slice_from(sql), &trial.limits, trial.arena, &rows, &trial.err));
    assert_int_equal(rowset_int(&rows, 0, 0, 0), (int)size);
    free(sql);
}

static void nul_byte_is_refused(void **state)
{
    (void)state;
    assert_false(pg_run(trial.conn, SLICE("SELECT 1\0; DROP TABLE x"), &trial.limits, &trial.run,
                        &trial.err));
    assert_error(ERR_CONFIG, "", "NUL byte");
    assert_int_equal(ask("SELECT 7"), 7);
}

static void flood_of_notices_is_bounded(void **state)
{
    const struct log_settings debug = {.level = LOG_DEBUG}, info = {.level = LOG_INFO};
    const char *log;

    (void)state;
    fixture_capture_begin();
    log_configure(&debug);
    assert_true(
        run("DO $$ BEGIN FOR i IN 1..5000 LOOP RAISE NOTICE E'%\\n\\x1b[2J " CLUSTER_PASSWORD
            "', i; END LOOP; END $$"));
    log_configure(&info);
    log = fixture_capture_end();
    assert_non_null(strstr(log, "NOTICE: 50"));
    assert_null(strstr(log, "NOTICE: 51"));
    assert_non_null(strstr(log, "4950 further notices"));
    assert_null(strchr(log, '\x1b'));
    assert_null(strstr(log, CLUSTER_PASSWORD));
}

/* --- the end before the end -------------------------------------------------------------- */

static void stop_cancels_and_rolls_back(void **state)
{
    (void)state;
    assert_false(run_while("BEGIN; CREATE TABLE half (); SELECT pg_sleep(60); COMMIT", act_stop));
    assert_error(ERR_INTERRUPTED, "", "stopped by a signal");
    assert_true(trial.took_ms < 5000);
    assert_int_equal(trial.run.statements_done, 2);
    assert_false(trial.run.is_in_transaction);
    assert_false(trial.run.is_connection_lost);
    assert_int_equal(ask("SELECT count(*) FROM pg_class WHERE relname = 'half'"), 0);
}

static void stop_before_sending_sends_nothing(void **state)
{
    (void)state;
    act_stop();
    assert_false(run("CREATE TABLE never ()"));
    assert_error(ERR_INTERRUPTED, "", "stopped by a signal");
    assert_false(trial.run.is_connection_lost);
    assert_int_equal(ask("SELECT count(*) FROM pg_class WHERE relname = 'never'"), 0);
}

/* A statement that takes no notice of a cancel and is done all the same. */
static void stop_that_comes_too_late_is_success(void **state)
{
    (void)state;
    assert_true(run_while("DO $$ BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN "
                          "RAISE NOTICE 'too late'; END $$",
                          act_stop));
    assert_int_equal(trial.run.statements_done, 1);
}

static void deadline_cancels(void **state)
{
    (void)state;
    trial.limits.deadline_ms = clock_monotonic_ms() + 300;
    assert_false(run("BEGIN; SELECT pg_sleep(60)"));
    assert_error(ERR_MIGRATION, "57014", "time limit reached, the statement was cancelled");
    assert_true(trial.took_ms >= 290 && trial.took_ms < 5000);
    assert_false(trial.run.is_in_transaction);
    assert_int_equal(ask("SELECT 7"), 7);
}

static void cancel_by_an_administrator_is_an_error(void **state)
{
    (void)state;
    assert_false(run_while("SELECT pg_sleep(60)", act_cancel));
    assert_error(ERR_MIGRATION, "57014", "canceling statement due to user request");
}

static void terminated_session_is_lost(void **state)
{
    (void)state;
    assert_false(run_while("SELECT pg_sleep(60)", act_terminate));
    assert_error(ERR_CONNECTION, "57P01", "terminating connection");
    assert_true(trial.run.is_connection_lost);
    assert_false(run("SELECT 1"));
    assert_int_equal(trial.err.code, ERR_CONNECTION);
    assert_true(trial.run.is_connection_lost);
}

static void crashed_backend_is_lost(void **state)
{
    (void)state;
    assert_false(run_while("SELECT pg_sleep(60)", act_kill));
    assert_int_equal(trial.err.code, ERR_CONNECTION);
    assert_true(trial.run.is_connection_lost);
    pg_conn_close(trial.conn);
    trial.conn = fixture_connect(&trial.target, trial.arena);
}

/* The session through a proxy whose next connection, that of the cancel, is a black hole. */
static void reconnect_through(struct fake_server *fake)
{
    fake->real_port = cluster.port;
    fake_start(fake);
    pg_conn_close(trial.conn);
    trial.target = fixture_target(fake->port, CLUSTER_PASSWORD, trial.arena);
    trial.conn = fixture_connect(&trial.target, trial.arena);
}

static void black_holed_cancel_is_bounded(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_PROXY}, {FAKE_SILENT}}, .step_count = 2};

    (void)state;
    reconnect_through(&fake);
    assert_false(run_while("CREATE TABLE half AS SELECT 1; SELECT pg_sleep(60)", act_stop));
    assert_error(ERR_INTERRUPTED, "", "stopped by a signal");
    assert_true(trial.run.is_connection_lost);
    assert_true(trial.took_ms < 6500);
    /* The server finds the socket closed and rolls back, long before the minute is over; one before
     * 14 does not look. */
    if (strcmp(cluster_query(&cluster, "SELECT current_setting('server_version_num')::int >= %d",
                             140000),
               "t") != 0)
        cluster_query(&cluster, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE usename = 'app'");
    cluster_await(&cluster, "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'app'");
    fake_stop(&fake);
}

/* A pooler that does not pass the cancel on: it is delivered, and nothing comes of it. */
static void unanswered_cancel_is_bounded(void **state)
{
    struct fake_server fake = {.steps = {{FAKE_POOLER}}, .step_count = 1};

    (void)state;
    reconnect_through(&fake);
    trial.limits.deadline_ms = clock_monotonic_ms() + 300;
    assert_false(run("SELECT pg_sleep(60)"));
    assert_error(ERR_MIGRATION, "", "time limit reached, the connection was closed");
    assert_true(trial.run.is_connection_lost);
    assert_true(trial.took_ms < 7500);
    fake_stop(&fake);
}

/* --- the lock ---------------------------------------------------------------------------- */

/* With a question of ours in the same message, and without one. */
static bool lock_try(struct pg_conn *conn, int64_t key, bool asks)
{
    size_t held_count = 99;
    struct rowset rows;

    pg_lock_try_ahead(conn, &key, 1);
    if (asks) {
        assert_true(pg_query(conn, SLICE("SELECT 'own', 'answer'"), &trial.limits, trial.arena,
                             &rows, &trial.err));
        assert_int_equal(rows.row_count, 1);
        assert_string_equal(rowset_get(&rows, 0, 1).ptr, "answer");
    }
    assert_true(pg_lock_tried(conn, &trial.limits, &held_count, &trial.err));
    return held_count == 1;
}

static void lock_is_one_at_a_time(void **state)
{
    struct pg_target root = fixture_socket(&cluster, trial.arena);
    struct pg_conn *other;
    int64_t key = pg_lock_key(SLICE("public.schema_migrations"));
    char holder[256], expected[64];

    (void)state;
    root = pg_target_with_database(&root, "app", trial.arena);
    other = fixture_connect(&root, trial.arena);
    assert_true(lock_try(trial.conn, key, true));
    assert_false(lock_try(other, key, true));
    assert_false(lock_try(other, key, false));
    assert_true(pg_lock_holder(other, key, &trial.limits, holder, sizeof holder, &trial.err));
    snprintf(expected, sizeof expected, "pid %d, migrinit ",
             pg_conn_session(trial.conn)->backend_pid);
    assert_int_equal(strncmp(holder, expected, strlen(expected)), 0);
    assert_non_null(strstr(holder, "s, idle)"));
    assert_true(pg_lock_release(trial.conn, &key, 1, &trial.limits, &trial.err));
    assert_true(pg_lock_holder(other, key, &trial.limits, holder, sizeof holder, &trial.err));
    assert_string_equal(holder, "");
    assert_true(lock_try(other, key, false));
    /* A role without privilege on the holder's session sees who, not since when. */
    assert_true(pg_lock_holder(trial.conn, key, &trial.limits, holder, sizeof holder, &trial.err));
    assert_non_null(strstr(holder, "migrinit "));
    assert_null(strstr(holder, "idle"));
    pg_conn_close(other);
}

static void lock_that_is_not_ours_is_told(void **state)
{
    static const int64_t keys[] = {4711, 4712};

    (void)state;
    assert_true(lock_try(trial.conn, keys[0], true));
    assert_false(pg_lock_release(trial.conn, keys, 2, &trial.limits, &trial.err));
    assert_error(ERR_MIGRATION, "", "not ours");
}

static void lock_of_several_stops_at_the_first_that_is_missed(void **state)
{
    struct pg_target root = fixture_socket(&cluster, trial.arena);
    static const int64_t keys[] = {1, -2, 3};
    struct pg_conn *other;
    size_t held_count = 99;
    char holder[256];

    (void)state;
    root = pg_target_with_database(&root, "app", trial.arena);
    other = fixture_connect(&root, trial.arena);
    assert_true(lock_try(other, keys[1], false));
    pg_lock_try_ahead(trial.conn, keys, 3);
    assert_true(pg_lock_tried(trial.conn, &trial.limits, &held_count, &trial.err));
    assert_int_equal(held_count, 1);
    assert_true(pg_lock_holder(other, 3, &trial.limits, holder, sizeof holder, &trial.err));
    assert_string_equal(holder, "");
    assert_true(pg_lock_release(trial.conn, keys, held_count, &trial.limits, &trial.err));
    pg_conn_close(other);
}

/* A table that is not there yet is an ordinary answer to the question behind it. */
static void lock_is_had_although_the_query_behind_it_fails(void **state)
{
    static const int64_t key = 4713;
    size_t held_count = 99;
    struct rowset rows;

    (void)state;
    pg_lock_try_ahead(trial.conn, &key, 1);
    assert_false(pg_query(trial.conn, SLICE("SELECT * FROM absent"), &trial.limits, trial.arena,
                          &rows, &trial.err));
    assert_error(ERR_MIGRATION, "42P01", "absent");
    assert_true(pg_lock_tried(trial.conn, &trial.limits, &held_count, &trial.err));
    assert_int_equal(held_count, 1);
    assert_true(pg_lock_release(trial.conn, &key, 1, &trial.limits, &trial.err));
}

/* Whoever had the lock before has committed by then: that must be seen. */
static void lock_query_behind_it_sees_what_is_true_under_it(void **state)
{
    struct rowset rows;
    struct pg_run run;
    static const int64_t key = 4714;

    (void)state;
    assert_true(pg_run(trial.conn, SLICE("SET default_transaction_isolation = 'serializable'"),
                       &trial.limits, &run, &trial.err));
    pg_lock_try_ahead(trial.conn, &key, 1);
    assert_true(pg_query(trial.conn, SLICE("SHOW transaction_isolation"), &trial.limits,
                         trial.arena, &rows, &trial.err));
    assert_string_equal(rowset_get(&rows, 0, 0).ptr, "read committed");
}

static void lock_key_depends_on_what_is_guarded(void **state)
{
    bool has_high_half = false;

    (void)state;
    assert_int_equal(pg_lock_key(SLICE("a")), pg_lock_key(SLICE("a")));
    for (char name[] = "a"; name[0] < 'k'; name[0]++) {
        int64_t key = pg_lock_key(slice_from(name));
        char holder[256];

        assert_int_not_equal(key, pg_lock_key(SLICE("z")));
        has_high_half |= key < 0;
        assert_true(lock_try(trial.conn, key, false));
        assert_true(
            pg_lock_holder(trial.conn, key, &trial.limits, holder, sizeof holder, &trial.err));
        assert_string_not_equal(holder, "");
    }
    assert_true(has_high_half); /* oid is unsigned, the key is not */
}

/* The server counts them: where an error stands in a file is reckoned from it. */
static void reset_has_as_many_statements_as_it_says(void **state)
{
    (void)state;
    struct pg_prelude reset = pg_conn_reset(trial.conn);
    struct pg_prelude local = pg_conn_local(trial.conn, trial.arena);

    assert_true(run("SET lock_timeout = 1; SET search_path = elsewhere; SET ROLE NONE"));
    assert_true(run(arena_text(trial.arena, reset.sql)));
    assert_int_equal(trial.run.statements_done, reset.statement_count);
    assert_int_equal(ask("SELECT count(*) FROM pg_settings WHERE name = 'lock_timeout' AND "
                         "setting = '0' AND current_setting('search_path') <> 'elsewhere'"),
                     1);
    assert_true(run(arena_printf(trial.arena, "BEGIN; %.*s COMMIT", SLICE_ARG(local.sql))));
    assert_int_equal(trial.run.statements_done, local.statement_count + 2);
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
        TEST(query_keeps_rows_and_nulls),
        TEST(run_counts_statements),
        TEST(reset_has_as_many_statements_as_it_says),
        TEST(error_has_state_detail_and_position),
        TEST(error_inside_a_block_tells_its_context),
        TEST(failure_inside_a_transaction_is_rolled_back),
        TEST(password_in_a_server_text_is_masked),
        TEST(copy_from_stdin_is_refused),
        TEST(copy_to_stdout_is_drained),
        TEST(large_text_is_sent_whole),
        TEST(nul_byte_is_refused),
        TEST(flood_of_notices_is_bounded),
        TEST(stop_cancels_and_rolls_back),
        TEST(stop_before_sending_sends_nothing),
        TEST(stop_that_comes_too_late_is_success),
        TEST(deadline_cancels),
        TEST(cancel_by_an_administrator_is_an_error),
        TEST(terminated_session_is_lost),
        TEST(crashed_backend_is_lost),
        TEST(black_holed_cancel_is_bounded),
        TEST(unanswered_cancel_is_bounded),
        TEST(lock_is_one_at_a_time),
        TEST(lock_that_is_not_ours_is_told),
        TEST(lock_of_several_stops_at_the_first_that_is_missed),
        TEST(lock_is_had_although_the_query_behind_it_fails),
        TEST(lock_query_behind_it_sees_what_is_true_under_it),
        TEST(lock_key_depends_on_what_is_guarded),
    };

    return cmocka_run_group_tests(tests, cluster_up, cluster_down);
}
