#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "migrate/order.h"
#include "migrate/plan.h"

struct lists {
    struct arena *arena;
    struct migration_list migrations;
    struct applied_list applied;
    struct plan plan;
};

static int setup(void **state)
{
    struct arena *arena = arena_new();
    struct lists *lists = arena_alloc(arena, sizeof *lists);

    lists->arena = arena;
    *state = lists;
    return 0;
}

static int teardown(void **state)
{
    struct lists *lists = *state;

    arena_free(lists->arena);
    return 0;
}

static void bring(struct lists *lists, const char *id, const char *checksum)
{
    migration_list_add(&lists->migrations, lists->arena,
                       (struct migration){.id = id, .name = id, .path = id, .checksum = checksum});
}

static void record(struct lists *lists, const char *id, const char *checksum)
{
    applied_list_add(&lists->applied, lists->arena,
                     (struct applied){.id = id, .checksum = checksum});
}

static void build_with(struct lists *lists, unsigned features)
{
    const struct format format = {.name = "test", .features = features};
    struct error err;

    assert_true(
        plan_build(&format, &lists->migrations, &lists->applied, lists->arena, &lists->plan, &err));
}

static void build(struct lists *lists)
{
    build_with(lists, 0);
}

static void plan_no_rows_everything_is_pending_in_order(void **state)
{
    struct lists *lists = *state;

    bring(lists, "2", NULL);
    bring(lists, "1", NULL);
    build(lists);
    assert_int_equal(lists->plan.pending_count, 2);
    assert_string_equal(lists->plan.entries[0].migration->id, "2");
    assert_string_equal(lists->plan.entries[1].migration->id, "1");
    assert_false(plan_is_ahead(&lists->plan));
}

static void plan_gap_is_pending_and_the_rest_applied(void **state)
{
    struct lists *lists = *state;

    bring(lists, "1", NULL);
    bring(lists, "2", NULL);
    bring(lists, "3", NULL);
    record(lists, "3", NULL);
    record(lists, "1", NULL);
    build(lists);
    assert_int_equal(lists->plan.entries[0].state, PLAN_APPLIED);
    assert_int_equal(lists->plan.entries[1].state, PLAN_PENDING);
    assert_int_equal(lists->plan.entries[2].state, PLAN_APPLIED);
    assert_string_equal(lists->plan.entries[2].applied->id, "3");
}

static void plan_other_checksum_is_changed_and_missing_checksum_is_not(void **state)
{
    struct lists *lists = *state;

    bring(lists, "1", "aa");
    bring(lists, "2", "bb");
    bring(lists, "3", NULL);
    record(lists, "1", "ab");
    record(lists, "2", NULL);
    record(lists, "3", "cc");
    build(lists);
    assert_int_equal(lists->plan.entries[0].state, PLAN_CHANGED);
    assert_int_equal(lists->plan.entries[1].state, PLAN_APPLIED);
    assert_int_equal(lists->plan.entries[2].state, PLAN_APPLIED);
    assert_int_equal(lists->plan.applied_count, 3);
    assert_int_equal(lists->plan.changed_count, 1);
}

static void plan_row_without_file_is_unknown_and_ahead_only_when_nothing_is_pending(void **state)
{
    struct lists *lists = *state;

    bring(lists, "1", NULL);
    record(lists, "1", NULL);
    record(lists, "9", NULL);
    build(lists);
    assert_int_equal(lists->plan.unknown_count, 1);
    assert_string_equal(lists->plan.entries[1].applied->id, "9");
    assert_true(plan_is_ahead(&lists->plan));
    bring(lists, "2", NULL);
    build(lists);
    assert_false(plan_is_ahead(&lists->plan));
}

static void marks_are_not_unknown(void **state)
{
    struct lists *lists = *state;

    bring(lists, "2", NULL);
    applied_list_add(&lists->applied, lists->arena,
                     (struct applied){.id = "baseline 1", .is_mark = true, .duration_ms = -1});
    build(lists);
    assert_int_equal(lists->plan.unknown_count, 0);
    assert_int_equal(lists->plan.count, 1);
}

/* Two are late; the last one's number is the lowest of all. */
static void bring_late_ones(struct lists *lists, struct format_options *options)
{
    bring(lists, "1", NULL);
    bring(lists, "2", NULL);
    bring(lists, "3", NULL);
    bring(lists, "R", NULL);
    for (size_t i = 0; i < lists->migrations.count; i++)
        lists->migrations.items[i].number = 4 - (int64_t)i;
    lists->migrations.items[3].is_unordered = true;
    record(lists, "3", NULL);
    lists->applied.items[0].number = 2;
    lists->migrations.options = options;
}

static void plan_late_ones_are_named(void **state)
{
    struct lists *lists = *state;
    struct format_options options = {.out_of_order = OUT_OF_ORDER_AUTO};
    struct error err = {0};

    bring_late_ones(lists, &options);
    build(lists);
    assert_int_equal(lists->plan.pending_count, 3);
    assert_int_equal(lists->plan.remarks.count, 2);
    assert_true(lists->plan.remarks.items[0].is_warning);
    assert_true(lists->plan.entries[0].is_late && lists->plan.entries[1].is_late);
    assert_false(lists->plan.entries[3].is_late);
    assert_true(order_check(&lists->plan, OUT_OF_ORDER_APPLY, &err));
    assert_false(order_check(&lists->plan, OUT_OF_ORDER_REFUSE, &err));
    assert_int_equal(err.code, ERR_MIGRATION);
}

static void plan_late_ones_are_skipped_when_asked(void **state)
{
    struct lists *lists = *state;
    struct format_options options = {.out_of_order = OUT_OF_ORDER_SKIP};

    bring_late_ones(lists, &options);
    build(lists);
    assert_int_equal(lists->plan.pending_count, 1);
    assert_int_equal(lists->plan.entries[0].state, PLAN_SKIPPED);
    assert_int_equal(lists->plan.remarks.count, 2);
}

static void plan_late_by_number(void **state)
{
    struct lists *lists = *state;
    struct format_options options = {.out_of_order = OUT_OF_ORDER_SKIP};

    bring_late_ones(lists, &options);
    build_with(lists, FORMAT_SKIPS_LOWER_NUMBERS);
    assert_int_equal(lists->plan.entries[0].state, PLAN_PENDING);
    assert_int_equal(lists->plan.entries[1].state, PLAN_PENDING);
    assert_int_equal(lists->plan.entries[3].state, PLAN_SKIPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(marks_are_not_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_no_rows_everything_is_pending_in_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(plan_gap_is_pending_and_the_rest_applied, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_other_checksum_is_changed_and_missing_checksum_is_not,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            plan_row_without_file_is_unknown_and_ahead_only_when_nothing_is_pending, setup,
            teardown),
        cmocka_unit_test_setup_teardown(plan_late_ones_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_late_ones_are_skipped_when_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_late_by_number, setup, teardown),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
