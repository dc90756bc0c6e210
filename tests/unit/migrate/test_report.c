#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "migrate/report.h"

static struct report round_trip(const struct report *report)
{
    char line[REPORT_LINE_MAX];
    size_t len = report_encode(report, line, sizeof line);
    struct report decoded;

    assert_true(len < sizeof line);
    assert_int_equal(line[len - 1], '\n');
    assert_true(report_decode((struct slice){line, len - 1}, &decoded));
    return decoded;
}

static void report_progress_comes_back_as_it_went(void **state)
{
    struct report report = {.phase = PHASE_MIGRATING, .done = 3, .total = 17};
    struct report decoded;

    (void)state;
    snprintf(report.name, sizeof report.name, "0014_add orders\nphase waiting");
    decoded = round_trip(&report);
    assert_int_equal(decoded.kind, REPORT_PHASE);
    assert_int_equal(decoded.done, 3);
    assert_int_equal(decoded.total, 17);
    assert_string_equal(decoded.name, "0014_add_orders_phase_waiting");
}

static void report_every_outcome_comes_back(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        struct report report = {.kind = REPORT_OUTCOME, .outcome = (enum outcome)i};

        assert_int_equal(round_trip(&report).outcome, i);
    }
}

static void report_foreign_lines_are_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "phase",
        "phase flying",
        "phase migrating",
        "phase migrating x 3",
        "outcome",
        "outcome x",
        "outcomes current",
        "phase migrating 1 99999999999 x",
    };
    struct report report;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_false(report_decode(slice_from(lines[i]), &report));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_progress_comes_back_as_it_went),
        cmocka_unit_test(report_every_outcome_comes_back),
        cmocka_unit_test(report_foreign_lines_are_refused),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
