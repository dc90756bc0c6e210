#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

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

static void plan_pending_below_an_applied_one_is_late(void **state)
{
    struct lists *lists = *state;

    bring(lists, "9", NULL);
    bring(lists, "10", NULL);
    bring(lists, "11", NULL);
    record(lists, "10", NULL);
    build(lists);
    assert_true(lists->plan.entries[0].is_late);
    assert_false(lists->plan.entries[2].is_late);
    assert_int_equal(lists->plan.late_count, 1);
    assert_int_equal(lists->plan.pending_count, 2);
    assert_string_equal(plan_entry_state(&lists->plan.entries[0]), "out-of-order");
    assert_string_equal(plan_entry_state(&lists->plan.entries[2]), "pending");
}

static void plan_pending_below_a_row_without_a_file_is_late(void **state)
{
    struct lists *lists = *state;

    bring(lists, "2", NULL);
    record(lists, "3", NULL);
    build(lists);
    assert_true(lists->plan.entries[0].is_late);
}

static void plan_row_without_a_file_is_missing_in_the_middle_and_newer_at_the_end(void **state)
{
    struct lists *lists = *state;

    bring(lists, "1", NULL);
    bring(lists, "10", NULL);
    record(lists, "1", NULL);
    record(lists, "9", NULL);
    record(lists, "10", NULL);
    record(lists, "11", NULL);
    build(lists);
    assert_int_equal(lists->plan.unknown_count, 2);
    assert_int_equal(lists->plan.newer_count, 1);
    assert_string_equal(plan_entry_state(&lists->plan.entries[2]), "ahead");
    assert_string_equal(lists->plan.entries[3].id, "9");
    assert_string_equal(plan_entry_state(&lists->plan.entries[3]), "missing");
    assert_true(plan_entry_is_missing(&lists->plan.entries[3]));
}

static void plan_missing_alone_is_not_ahead(void **state)
{
    struct lists *lists = *state;

    bring(lists, "2", NULL);
    record(lists, "1", NULL);
    record(lists, "2", NULL);
    build(lists);
    assert_false(plan_is_ahead(&lists->plan));
}

static void plan_numbers_go_before_what_an_id_looks_like(void **state)
{
    struct lists *lists = *state;

    migration_list_add(&lists->migrations, lists->arena,
                       (struct migration){.id = "20240101", .name = "a", .number = 5});
    migration_list_add(&lists->migrations, lists->arena,
                       (struct migration){.id = "7", .name = "b", .number = 7});
    record(lists, "7", NULL);
    build(lists);
    assert_true(lists->plan.entries[0].is_late);
}

static void plan_repeatable_has_no_place(void **state)
{
    struct lists *lists = *state;

    migration_list_add(&lists->migrations, lists->arena,
                       (struct migration){.id = "1 view", .name = "v", .is_repeatable = true});
    bring(lists, "2", NULL);
    record(lists, "2", NULL);
    build(lists);
    assert_false(lists->plan.entries[0].is_late);
}

static int by_bytes(const char *left, const char *right)
{
    return strcmp(left, right);
}

static void plan_order_is_the_formats_where_it_has_one(void **state)
{
    static const struct format format = {.name = "test", .compare_ids = by_bytes};
    struct lists *lists = *state;
    struct error err;

    bring(lists, "10", NULL);
    bring(lists, "9", NULL);
    record(lists, "9", NULL);
    assert_true(
        plan_build(&format, &lists->migrations, &lists->applied, lists->arena, &lists->plan, &err));
    assert_true(lists->plan.entries[0].is_late);
}

static void plan_checksums_are_told(void **state)
{
    struct lists *lists = *state;

    bring(lists, "1", "aa");
    bring(lists, "2", "bb");
    bring(lists, "3", "cc");
    bring(lists, "4", "dd");
    record(lists, "1", "aa");
    record(lists, "2", "ab");
    record(lists, "3", NULL);
    build(lists);
    assert_int_equal(plan_entry_checksum(&lists->plan.entries[0]), CHECKSUM_SAME);
    assert_int_equal(plan_entry_checksum(&lists->plan.entries[1]), CHECKSUM_CHANGED);
    assert_int_equal(plan_entry_checksum(&lists->plan.entries[2]), CHECKSUM_NONE);
    assert_int_equal(plan_entry_checksum(&lists->plan.entries[3]), CHECKSUM_NONE);
}

static void plan_failed_row_without_a_file_is_failed(void **state)
{
    struct lists *lists = *state;

    bring(lists, "1", NULL);
    applied_list_add(&lists->applied, lists->arena,
                     (struct applied){.id = "2", .is_failed = true, .duration_ms = -1});
    build(lists);
    assert_int_equal(lists->plan.failed_count, 1);
    assert_int_equal(lists->plan.unknown_count, 0);
    assert_null(lists->plan.entries[1].migration);
    assert_string_equal(plan_entry_state(&lists->plan.entries[1]), "failed");
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

static const struct migration *second_half(const struct migration *migration,
                                           const struct applied *row, struct arena *arena)
{
    struct migration *half = arena_alloc(arena, sizeof *half);

    *half = *migration;
    half->cut_done = (size_t)row->number;
    return half;
}

static bool all_but_the_first(const struct migration_list *migrations,
                              const struct applied_list *applied, bool *is_pending,
                              struct error *err)
{
    (void)applied;
    (void)err;
    for (size_t i = 0; i < migrations->count; i++)
        is_pending[i] = i > 0;
    return true;
}

static void plan_what_has_a_row_and_is_pending_is_gone_on_with(void **state)
{
    static const struct format format = {.pending = all_but_the_first, .rest = second_half};
    struct lists *lists = *state;
    struct error err;

    bring(lists, "1", NULL);
    bring(lists, "2", NULL);
    bring(lists, "3", NULL);
    record(lists, "1", NULL);
    record(lists, "2", NULL);
    lists->applied.items[1].number = 5;
    assert_true(
        plan_build(&format, &lists->migrations, &lists->applied, lists->arena, &lists->plan, &err));
    assert_int_equal(lists->plan.entries[1].state, PLAN_PENDING);
    assert_int_equal(lists->plan.entries[1].migration->cut_done, 5);
    assert_int_equal(lists->plan.entries[2].migration->cut_done, 0);
    assert_ptr_equal(lists->plan.entries[0].migration, &lists->migrations.items[0]);
}

static void plan_no_row_and_not_pending_is_skipped_where_each_has_one(void **state)
{
    static const struct format loose = {.pending = all_but_the_first};
    static const struct format strict = {.pending = all_but_the_first,
                                         .features = FORMAT_RECORDS_EACH};
    struct lists *lists = *state;
    struct error err;

    bring(lists, "1", NULL);
    bring(lists, "2", NULL);
    assert_true(
        plan_build(&loose, &lists->migrations, &lists->applied, lists->arena, &lists->plan, &err));
    assert_int_equal(lists->plan.entries[0].state, PLAN_APPLIED);
    assert_int_equal(lists->plan.skipped_count, 0);
    assert_true(
        plan_build(&strict, &lists->migrations, &lists->applied, lists->arena, &lists->plan, &err));
    assert_int_equal(lists->plan.entries[0].state, PLAN_SKIPPED);
    assert_int_equal(lists->plan.skipped_count, 1);
    assert_int_equal(lists->plan.applied_count, 0);
    assert_string_equal(plan_entry_state(&lists->plan.entries[0]), "skipped");
}

static void plan_first_of_running_sums_that_differ_is_changed(void **state)
{
    static const struct format format = {.features = FORMAT_SUMS_ARE_RUNNING};
    static const char *const recorded[] = {"a", "x", "x", "d", "x"};
    static const char *const ids[] = {"1", "2", "3", "4", "5"};
    static const char *const here[] = {"a", "b", "c", "d", "e"};
    struct lists *lists = *state;
    struct error err;

    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        bring(lists, ids[i], here[i]);
        record(lists, ids[i], recorded[i]);
    }
    assert_true(
        plan_build(&format, &lists->migrations, &lists->applied, lists->arena, &lists->plan, &err));
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_int_equal(lists->plan.entries[i].state,
                         i == 1 || i == 4 ? PLAN_CHANGED : PLAN_APPLIED);
    assert_int_equal(lists->plan.changed_count, 2);
}

/* Of those before the applied one two are late; the third comes whenever it comes. */
static void bring_late_ones(struct lists *lists, struct format_options *options)
{
    static const char *const ids[] = {"1", "2", "3", "4", "5"};

    for (size_t i = 0; i < COUNT_OF(ids); i++)
        bring(lists, ids[i], NULL);
    lists->migrations.items[2].is_unordered = true;
    record(lists, "4", NULL);
    lists->migrations.options = options;
}

static void plan_late_ones_are_named(void **state)
{
    struct lists *lists = *state;
    struct format_options options = {.out_of_order = OUT_OF_ORDER_AUTO};
    struct error err = {0};

    bring_late_ones(lists, &options);
    build(lists);
    assert_int_equal(lists->plan.pending_count, 4);
    assert_int_equal(lists->plan.late_count, 2);
    assert_int_equal(lists->plan.remarks.count, 2);
    assert_true(lists->plan.remarks.items[0].is_warning);
    assert_true(lists->plan.entries[0].is_late && lists->plan.entries[1].is_late);
    assert_false(lists->plan.entries[2].is_late || lists->plan.entries[4].is_late);
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
    assert_int_equal(lists->plan.pending_count, 2);
    assert_int_equal(lists->plan.skipped_count, 2);
    assert_int_equal(lists->plan.late_count, 0);
    assert_int_equal(lists->plan.entries[0].state, PLAN_SKIPPED);
    assert_string_equal(plan_entry_state(&lists->plan.entries[0]), "skipped");
    assert_int_equal(lists->plan.remarks.count, 2);
}

static void plan_same_number_is_late_where_the_tool_skips_what_is_not_above(void **state)
{
    struct lists *lists = *state;
    const struct format_options options = {.out_of_order = OUT_OF_ORDER_SKIP};

    bring(lists, "a", NULL);
    bring(lists, "b", NULL);
    lists->migrations.items[0].number = lists->migrations.items[1].number = 7;
    record(lists, "a", NULL);
    lists->applied.items[0].number = 7;
    lists->migrations.options = &options;
    build(lists);
    assert_int_equal(lists->plan.entries[1].state, PLAN_PENDING);
    build_with(lists, FORMAT_SKIPS_LOWER_NUMBERS);
    assert_int_equal(lists->plan.entries[1].state, PLAN_SKIPPED);
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
        cmocka_unit_test_setup_teardown(plan_pending_below_an_applied_one_is_late, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_pending_below_a_row_without_a_file_is_late, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            plan_row_without_a_file_is_missing_in_the_middle_and_newer_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_missing_alone_is_not_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_numbers_go_before_what_an_id_looks_like, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(plan_repeatable_has_no_place, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_order_is_the_formats_where_it_has_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(plan_checksums_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_failed_row_without_a_file_is_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_what_has_a_row_and_is_pending_is_gone_on_with, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(plan_no_row_and_not_pending_is_skipped_where_each_has_one,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(plan_first_of_running_sums_that_differ_is_changed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(plan_late_ones_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(plan_late_ones_are_skipped_when_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(
            plan_same_number_is_late_where_the_tool_skips_what_is_not_above, setup, teardown),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
