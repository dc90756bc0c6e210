#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pg/progress.h"

/* As the server keeps them: what an earlier phase has counted may still stand there. */
static const struct pg_counts all = {.lockers = {1, 2},
                                     .blocks = {100, 400},
                                     .tuples = {30, 60},
                                     .tables = {1, 4},
                                     .bytes = {9, 10}};

static const char *counted(const char *phase, const struct pg_counts *counts)
{
    static char text[64];
    struct pg_progress progress = {0};

    snprintf(progress.phase, sizeof progress.phase, "%s", phase);
    pg_progress_count(&progress, counts);
    if (!progress.unit)
        return "nothing";
    snprintf(text, sizeof text, "%lld/%lld %s %d%%", (long long)progress.done,
             (long long)progress.total, progress.unit, progress.percent);
    return text;
}

static void progress_counts_what_its_phase_counts(void **state)
{
    static const struct {
        const char *phase, *counted;
    } cases[] = {
        {"initializing", "nothing"},
        {"building index: scanning table", "100/400 blocks 25%"},
        {"building index", "100/400 blocks 25%"},
        {"building index: sorting live tuples", "nothing"},
        {"building index: loading tuples in tree", "30/60 tuples 50%"},
        {"waiting for writers before build", "1/2 sessions 50%"},
        {"waiting for old snapshots", "1/2 sessions 50%"},
        {"index validation: scanning index", "100/400 blocks 25%"},
        {"index validation: sorting tuples", "nothing"},
        {"index validation: scanning table", "100/400 blocks 25%"},
        {"seq scanning heap", "100/400 blocks 25%"},
        {"writing new heap", "30/60 tuples 50%"},
        {"swapping relation files", "nothing"},
        {"rebuilding index", "nothing"},
        {"scanning heap", "100/400 blocks 25%"},
        {"vacuuming indexes", "nothing"},
        {"vacuuming heap", "100/400 blocks 25%"},
        {"acquiring sample rows", "100/400 blocks 25%"},
        {"acquiring inherited sample rows", "1/4 tables 25%"},
        {"", "9/10 bytes 90%"},
        {"a phase of a later release", "nothing"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(counted(cases[i].phase, &all), cases[i].counted);
}

static void progress_without_a_total_has_no_percentage(void **state)
{
    const struct pg_counts rows = {.tuples = {7, 0}}, bytes = {.bytes = {7, 0}}, none = {0};
    const struct pg_counts past_estimate = {.tuples = {3, 2}};

    (void)state;
    assert_string_equal(counted("", &rows), "7/0 tuples -1%");
    assert_string_equal(counted("", &bytes), "7/0 bytes -1%");
    assert_string_equal(counted("", &none), "nothing");
    assert_string_equal(counted("building index: merging tuples", &past_estimate),
                        "3/0 tuples -1%");
}

static void progress_does_not_overflow(void **state)
{
    const struct pg_counts huge = {.blocks = {INT64_MAX / 2, INT64_MAX}};

    (void)state;
    assert_non_null(strstr(counted("scanning heap", &huge), " 50%"));
}

static void progress_text_tells_what_is_known(void **state)
{
    struct pg_progress progress = {.command = "CREATE INDEX", .percent = PG_PROGRESS_UNKNOWN};
    char text[256];

    (void)state;
    pg_progress_text(&progress, text, sizeof text);
    assert_string_equal(text, "CREATE INDEX");
    progress = (struct pg_progress){.command = "CREATE INDEX",
                                    .relation = "orders",
                                    .phase = "building index: scanning table",
                                    .unit = "blocks",
                                    .done = 12034,
                                    .total = 45045,
                                    .parts = 8,
                                    .part = 2,
                                    .percent = 26,
                                    .wait = "IO: DataFileRead"};
    pg_progress_text(&progress, text, sizeof text);
    assert_string_equal(text,
                        "CREATE INDEX on orders, part 2 of 8, building index: scanning table, "
                        "26% (12034 of 45045 blocks)");
    progress.command[0] = '\0';
    pg_progress_text(&progress, text, sizeof text);
    assert_string_equal(text, "waits for IO: DataFileRead");
    progress.wait[0] = '\0';
    pg_progress_text(&progress, text, sizeof text);
    assert_string_equal(text, "");
}

static void progress_text_is_cut_to_its_room(void **state)
{
    struct pg_progress progress = {.command = "CREATE INDEX CONCURRENTLY",
                                   .relation = "orders",
                                   .phase = "building index",
                                   .percent = PG_PROGRESS_UNKNOWN};
    char text[64];

    (void)state;
    for (size_t size = 1; size < sizeof text; size++) {
        memset(text, 'Z', sizeof text);
        pg_progress_text(&progress, text, size);
        assert_true(strlen(text) < size);
        assert_int_equal(text[size], 'Z');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_counts_what_its_phase_counts),
        cmocka_unit_test(progress_without_a_total_has_no_percentage),
        cmocka_unit_test(progress_does_not_overflow),
        cmocka_unit_test(progress_text_tells_what_is_known),
        cmocka_unit_test(progress_text_is_cut_to_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
