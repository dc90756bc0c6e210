/* Every phase and every question; what the record tells; who may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "entrypoint/control.h"
#include "entrypoint/health.h"
#include "entrypoint/metrics.h"

static void table_answers_every_phase_and_question(void **unused)
{
    static const struct {
        enum health_phase phase;
        const char *name;
        bool startup, live, ready;
    } rows[] = {
        {HEALTH_STARTING, "starting", true, true, false},
        {HEALTH_WAITING, "waiting", true, true, false},
        {HEALTH_LOCKING, "locking", true, true, false},
        {HEALTH_MIGRATING, "migrating", true, true, false},
        {HEALTH_APP_STARTING, "app-starting", true, true, false},
        {HEALTH_RUNNING, "running", true, true, true},
        {HEALTH_RESTARTING, "restarting", false, true, false},
        {HEALTH_STOPPING, "stopping", false, true, false},
    };

    (void)unused;
    assert_int_equal(COUNT_OF(rows), HEALTH_PHASE_COUNT);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(rows[i].phase, i);
        assert_string_equal(health_phase_name(rows[i].phase), rows[i].name);
        assert_int_equal(health_is_good(rows[i].phase, HEALTH_STARTUP), rows[i].startup);
        assert_int_equal(health_is_good(rows[i].phase, HEALTH_LIVE), rows[i].live);
        assert_int_equal(health_is_good(rows[i].phase, HEALTH_READY), rows[i].ready);
    }
}

static void phase_comes_of_state_preparation_and_readiness(void **unused)
{
    (void)unused;
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        enum health_phase seen = health_phase_of(STATE_PREPARING, (enum phase)phase, false);

        assert_string_equal(health_phase_name(seen), phase_name((enum phase)phase));
    }
    for (int state = 0; state < STATE_COUNT; state++) {
        enum health_phase seen = health_phase_of((enum machine_state)state, PHASE_WAITING, true);

        assert_int_equal(health_is_good(seen, HEALTH_READY), state == STATE_RUNNING);
        assert_int_equal(seen == HEALTH_RESTARTING,
                         state == STATE_CLEARING || state == STATE_PAUSING);
    }
    assert_int_equal(health_phase_of(STATE_RUNNING, PHASE_WAITING, false), HEALTH_APP_STARTING);
}

static void question_every_name_comes_back(void **unused)
{
    enum health_question question;

    (void)unused;
    for (int i = 0; i < HEALTH_QUESTION_COUNT; i++) {
        const char *name = health_question_name((enum health_question)i);

        assert_true(health_question_parse(slice_from(name), &question));
        assert_int_equal(question, i);
    }
    assert_false(health_question_parse(SLICE(""), &question));
    assert_false(health_question_parse(SLICE("readyz"), &question));
}

static void progress(struct health_record *record, unsigned done, unsigned total, const char *name)
{
    struct report report = {.phase = PHASE_MIGRATING, .done = done, .total = total};

    snprintf(report.name, sizeof report.name, "%s", name);
    health_progress(record, &report);
}

static void record_adds_up_times_and_steps(void **unused)
{
    struct health_record record = {.since_ms = 1000};
    struct health health;

    (void)unused;
    health_enter(&record, HEALTH_WAITING, 1500);
    health_enter(&record, HEALTH_WAITING, 1700); /* no change */
    health_enter(&record, HEALTH_MIGRATING, 2000);
    progress(&record, 0, 2, "a");
    progress(&record, 1, 2, "b");
    progress(&record, 2, 2, "");
    progress(&record, 0, 3, "c"); /* the next step */
    progress(&record, 1, 3, "d");
    health = health_at(&record, 2750);
    assert_int_equal(health.wait_ms, 1000);
    assert_int_equal(health.migration_ms, 750);
    assert_int_equal(health.phase_ms, 750);
    assert_int_equal(health.applied, 3);
    assert_int_equal(health.total - health.done, 2);
    health_enter(&record, HEALTH_RUNNING, 3000);
    assert_int_equal(health_at(&record, 9000).migration_ms, 1000);
    assert_int_equal(health_at(&record, 9000).phase_ms, 6000);
}

static void line_tells_phase_time_and_migration(void **unused)
{
    struct health health = {.phase = HEALTH_WAITING, .phase_ms = 3250, .name = ""};
    char line[256], little[12];

    (void)unused;
    assert_int_equal(health_line(&health, line, sizeof line), strlen("waiting for 3.2 s"));
    assert_string_equal(line, "waiting for 3.2 s");
    health = (struct health){
        .phase = HEALTH_MIGRATING, .phase_ms = 61000, .done = 2, .total = 17, .name = "0014_add"};
    health_line(&health, line, sizeof line);
    assert_string_equal(line, "migrating for 61.0 s, migration 3 of 17: 0014_add");
    assert_int_equal(health_line(&health, little, sizeof little), sizeof little - 1);
}

static bool has_line(const char *text, const char *line)
{
    char wanted[128];

    snprintf(wanted, sizeof wanted, "\n%s\n", line);
    return strstr(text, wanted) != NULL;
}

static void metrics_have_every_figure(void **unused)
{
    struct health health = {.phase = HEALTH_MIGRATING,
                            .phase_ms = INT64_MAX / 2,
                            .wait_ms = 1250,
                            .migration_ms = 12007,
                            .done = 2,
                            .total = 17,
                            .applied = 5,
                            .restarts = 4294967295U,
                            .name = ""};
    char text[METRICS_MAX];
    size_t len = metrics_write(&health, text, sizeof text);

    (void)unused;
    assert_true(len < sizeof text - 256);
    assert_true(has_line(text, "migrinit_build_info{version=\"" MIGRINIT_VERSION "\"} 1"));
    assert_true(has_line(text, "migrinit_phase{phase=\"migrating\"} 1"));
    assert_true(has_line(text, "migrinit_phase{phase=\"running\"} 0"));
    assert_true(has_line(text, "migrinit_ready 0"));
    assert_true(has_line(text, "migrinit_wait_seconds 1.250"));
    assert_true(has_line(text, "migrinit_migration_seconds 12.007"));
    assert_true(has_line(text, "migrinit_migrations_applied 5"));
    assert_true(has_line(text, "migrinit_migrations_pending 15"));
    assert_true(strstr(text, "migrinit_app_restarts_total 4294967295\n") != NULL);
    assert_int_equal(text[len - 1], '\n');
}

static bool parse_users(const char **words, size_t count, struct control_users *users)
{
    struct text_list list = {.items = words, .count = count};
    struct error err;

    return control_users_parse(&list, users, &err);
}

static void users_are_told_apart(void **unused)
{
    const char *any[] = {"any"}, *root[] = {"root"}, *some[] = {"1000", "65534"};
    struct control_users users;

    (void)unused;
    assert_true(parse_users(any, 1, &users));
    assert_true(control_may_ask(&users, 0, 12345));
    assert_true(parse_users(root, 1, &users));
    assert_true(control_may_ask(&users, 7, 0) && control_may_ask(&users, 7, 7));
    assert_false(control_may_ask(&users, 7, 8));
    assert_true(parse_users(some, 2, &users));
    assert_true(control_may_ask(&users, 7, 65534));
    assert_false(control_may_ask(&users, 7, 1001));
}

static void users_that_are_none_are_refused(void **unused)
{
    static const char *const words[] = {"nobody", "-1",         "",
                                        "10x",    "4294967295", "99999999999999999999"};
    const char *many[CONTROL_USERS_MAX + 1];
    struct control_users users;

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        const char *word[] = {words[i]};

        assert_false(parse_users(word, 1, &users));
    }
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = "1";
    assert_true(parse_users(many, CONTROL_USERS_MAX, &users));
    assert_false(parse_users(many, CONTROL_USERS_MAX + 1, &users));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_answers_every_phase_and_question),
        cmocka_unit_test(phase_comes_of_state_preparation_and_readiness),
        cmocka_unit_test(question_every_name_comes_back),
        cmocka_unit_test(record_adds_up_times_and_steps),
        cmocka_unit_test(line_tells_phase_time_and_migration),
        cmocka_unit_test(metrics_have_every_figure),
        cmocka_unit_test(users_are_told_apart),
        cmocka_unit_test(users_that_are_none_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
