#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"
#include "migrate/guard.h"

/* One pending file for each text, "0001.sql" and on, below "db". */
struct fixture {
    struct arena *arena;
    struct step step;
    struct source source;
    struct plan plan;
};

static int setup(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, sizeof *fixture);

    fixture->arena = arena;
    fixture->step.destructive = DESTRUCTIVE_REFUSE;
    fixture->source = (struct source){.step = &fixture->step, .label = "plain", .dir = "db"};
    fixture->plan.entries = arena_array(arena, 8, sizeof *fixture->plan.entries);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    arena_free(fixture->arena);
    return 0;
}

static struct migration *bring(struct fixture *fixture, const char *text)
{
    struct migration *file = arena_alloc(fixture->arena, sizeof *file);
    struct plan *plan = &fixture->plan;

    file->path = arena_printf(fixture->arena, "000%zu.sql", plan->count + 1);
    file->source = file->up = slice_from(text);
    plan->entries[plan->count++] =
        (struct plan_entry){.state = PLAN_PENDING, .migration = file, .id = file->path};
    plan->pending_count++;
    return file;
}

static struct guard look(struct fixture *fixture)
{
    return guard_look(&fixture->source, &fixture->plan, fixture->arena);
}

static const char *remark(const struct fixture *fixture, size_t index)
{
    assert_in_range(index, 0, fixture->plan.remarks.count - 1);
    assert_ptr_equal(fixture->plan.remarks.items[index].event, guard_event);
    return fixture->plan.remarks.items[index].text;
}

static void guard_names_the_place_and_what_to_do(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct guard guard;

    bring(fixture, "-- é\nSELECT 'é'; DROP TABLE \"Öl\";\nDELETE FROM b");
    guard = look(fixture);
    assert_int_equal(guard.refused_count, 2);
    assert_string_equal(
        remark(fixture, 0),
        "db/0001.sql:2:13: DROP TABLE \"Öl\": the table and its rows are lost (drop-table)");
    assert_string_equal(remark(fixture, 1),
                        "db/0001.sql:3:1: DELETE FROM b without WHERE: all rows are lost (delete)");
    assert_false(guard_check(&guard, &err));
    assert_int_equal(err.code, ERR_MIGRATION);
    assert_string_equal(err.where, "db/0001.sql:2:13");
    assert_non_null(strstr(err.what, "DROP TABLE \"Öl\""));
    assert_non_null(strstr(err.detail, "1 more"));
    assert_non_null(strstr(err.hint, "-- migrinit: allow-destructive drop-table"));
}

static void guard_that_is_off_looks_at_nothing(void **state)
{
    struct fixture *fixture = *state;

    fixture->step.destructive = DESTRUCTIVE_OFF;
    bring(fixture, "DROP TABLE a");
    assert_int_equal(look(fixture).refused_count, 0);
    assert_int_equal(fixture->plan.remarks.count, 0);
}

static void guard_that_warns_refuses_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct guard guard;

    fixture->step.destructive = DESTRUCTIVE_WARN;
    bring(fixture, "DROP TABLE a");
    guard = look(fixture);
    assert_int_equal(fixture->plan.remarks.count, 1);
    assert_true(guard_check(&guard, &err));
}

static void guard_refuses_no_mere_possibility(void **state)
{
    struct fixture *fixture = *state;

    bring(fixture, "ALTER TABLE a ALTER b TYPE int");
    assert_int_equal(look(fixture).refused_count, 0);
    assert_non_null(strstr(remark(fixture, 0), "(alter-type)"));
}

static void guard_takes_permissions(void **state)
{
    static const struct {
        const char *head;
        size_t refused;
    } rows[] = {
        {"-- migrinit: allow-destructive\n", 0},
        {"--migrinit:  allow-destructive \r\n", 0},
        {"-- migrinit: allow-destructive drop-table truncate\n", 0},
        {"/* licence */ -- migrinit: allow-destructive truncate,drop-table\n", 0},
        {"-- migrinit: allow-destructive truncate\n\n-- b\n  -- migrinit: allow-destructive "
         "drop-table\n",
         0},
        {"-- migrinit: allow-destructive truncate\n", 1},
        {"-- migrinit: allow-destructive drop-column\n", 2},
        {"/*\n-- migrinit: allow-destructive\n*/\n", 2},
        {"SELECT 1;\n-- migrinit: allow-destructive\n", 2},
        {"SELECT '\n-- migrinit: allow-destructive\n';\n", 2},
        {"-- migrinit: allow destructive\n", 2},
        {"-- migrinit: allow-destructive-ly\n", 2},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fixture->plan.count = fixture->plan.pending_count = 0;
        bring(fixture, arena_printf(fixture->arena, "%sDROP TABLE a; TRUNCATE b", rows[i].head));
        assert_int_equal(look(fixture).refused_count, rows[i].refused);
    }
}

static void guard_takes_permissions_below_a_tools_mark(void **state)
{
    static const char text[] = "-- migrate:down\nSELECT 1;\n-- migrate:up\n"
                               "-- migrinit: allow-destructive\nDROP TABLE a";
    struct fixture *fixture = *state;
    struct migration *file = bring(fixture, text);

    file->up = slice_sub(file->source, 26, file->source.len);
    assert_int_equal(look(fixture).refused_count, 0);
}

static void guard_tells_a_word_that_is_no_kind(void **state)
{
    struct fixture *fixture = *state;

    bring(fixture, "-- migrinit: allow-destructive drop-tables\nDROP TABLE a");
    assert_int_equal(look(fixture).refused_count, 1);
    assert_non_null(strstr(remark(fixture, 0), "does not know \"drop-tables\""));
    assert_non_null(strstr(remark(fixture, 0), "drop-table, drop-column"));
}

static void guard_excuses_what_an_earlier_file_has_made(void **state)
{
    struct fixture *fixture = *state;

    bring(fixture, "CREATE TABLE a ()");
    bring(fixture, "DROP TABLE a");
    assert_int_equal(look(fixture).refused_count, 0);
    bring(fixture, "DROP TABLE a");
    assert_int_equal(look(fixture).refused_count, 1);
}

/* A file that is applied has made nothing in this run. */
static void guard_looks_at_what_is_pending(void **state)
{
    struct fixture *fixture = *state;

    bring(fixture, "CREATE TABLE a (); DROP TABLE z");
    bring(fixture, "DROP TABLE a");
    fixture->plan.entries[0].state = PLAN_APPLIED;
    fixture->plan.pending_count = 1;
    assert_int_equal(look(fixture).refused_count, 1);
    assert_non_null(strstr(remark(fixture, 0), "0002.sql:1:1: DROP TABLE a"));
}

static void guard_shows_a_placeholder_and_not_its_value(void **state)
{
    struct fixture *fixture = *state;
    struct replacement *replaced = replacement_new(fixture->arena);
    struct migration *file = bring(fixture, "DROP TABLE ${schema}.a;\nTRUNCATE b");
    struct slice text = file->source;

    replacement_keep(replaced, slice_sub(text, 0, 11), 0);
    replacement_put(replaced, SLICE("\"s3cret schema\""), 11);
    replacement_keep(replaced, slice_sub(text, 20, text.len), 20);
    file->replaced = replaced;
    assert_int_equal(look(fixture).refused_count, 2);
    assert_non_null(strstr(remark(fixture, 0), ":1:1: DROP TABLE ${schema}.a: the table"));
    assert_non_null(strstr(remark(fixture, 1), ":2:1: TRUNCATE b: all rows"));
}

static void guard_looks_at_scripts_by_themselves(void **state)
{
    struct callback script = {.event = CALLBACK_AFTER_EACH,
                              .script = {.path = "afterEachMigrate.sql",
                                         .source = SLICE("TRUNCATE a"),
                                         .up = SLICE("TRUNCATE a")}};
    struct fixture *fixture = *state;

    fixture->source.migrations.callbacks = &script;
    fixture->source.migrations.callback_count = 1;
    assert_int_equal(look(fixture).refused_count, 0);
    bring(fixture, "CREATE TABLE a ()");
    assert_int_equal(look(fixture).refused_count, 1);
    script.event = CALLBACK_BEFORE_RUN;
    fixture->plan.count = fixture->plan.pending_count = 0;
    assert_int_equal(look(fixture).refused_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(guard_names_the_place_and_what_to_do, setup, teardown),
        cmocka_unit_test_setup_teardown(guard_that_is_off_looks_at_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(guard_that_warns_refuses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(guard_refuses_no_mere_possibility, setup, teardown),
        cmocka_unit_test_setup_teardown(guard_takes_permissions, setup, teardown),
        cmocka_unit_test_setup_teardown(guard_takes_permissions_below_a_tools_mark, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(guard_tells_a_word_that_is_no_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(guard_excuses_what_an_earlier_file_has_made, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(guard_looks_at_what_is_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(guard_shows_a_placeholder_and_not_its_value, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(guard_looks_at_scripts_by_themselves, setup, teardown),
    };

    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
