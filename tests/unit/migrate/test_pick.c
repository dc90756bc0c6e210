#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "migrate/pick.h"

static const struct migration files[] = {
    {.id = "1", .name = "V1__users", .path = "V1__users.sql"},
    {.id = "2", .name = "V2__mail", .path = "a/V2__mail.sql"},
    {.id = "R x", .name = "3", .path = "R__x.sql"},
    {.id = "R y", .name = "same", .path = "y/same.sql"},
    {.id = "R z", .name = "same", .path = "z/same.sql"},
};

static struct plan_entry entries[] = {
    {.state = PLAN_APPLIED, .id = "1", .migration = &files[0]},
    {.state = PLAN_PENDING, .id = "R x", .migration = &files[2]},
    {.state = PLAN_PENDING, .id = "2", .migration = &files[1]},
    {.state = PLAN_PENDING, .id = "R y", .migration = &files[3]},
    {.state = PLAN_PENDING, .id = "R z", .migration = &files[4]},
    {.state = PLAN_UNKNOWN, .id = "3"},
};

static const struct plan plan = {.entries = entries, .count = sizeof entries / sizeof entries[0]};

static void assert_picks(const char *word, const char *id)
{
    const struct plan_entry *entry;
    struct error err = {0};

    if (!pick_entry(&plan, word, &entry, &err))
        fail_msg("%s: %s", word, err.what);
    assert_string_equal(entry->id, id);
}

static void an_id_a_name_and_a_path_are_understood(void **state)
{
    (void)state;
    assert_picks("2", "2");
    assert_picks("V2__mail", "2");
    assert_picks("a/V2__mail.sql", "2");
    assert_picks("R x", "R x");
    assert_picks("z/same.sql", "R z");
}

static void an_id_goes_before_a_name_and_needs_no_file(void **state)
{
    (void)state;
    assert_picks("3", "3");
}

static void several_are_an_error_that_names_them(void **state)
{
    const struct plan_entry *entry;
    struct error err = {0};

    (void)state;
    assert_false(pick_entry(&plan, "same", &entry, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.what, "R y"));
    assert_non_null(strstr(err.what, "R z"));
}

static void none_is_an_error_that_names_the_nearest(void **state)
{
    const struct plan_entry *entry;
    struct error err = {0};

    (void)state;
    assert_false(pick_entry(&plan, "V2__mial", &entry, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.hint, "V2__mail"));
    assert_true(pick_find(&plan, "V2__mial", &entry, &err));
    assert_null(entry);
}

static void none_of_nothing_has_no_nearest(void **state)
{
    static const struct plan empty = {0};
    const struct plan_entry *entry;
    struct error err = {0};

    (void)state;
    assert_false(pick_entry(&empty, "1", &entry, &err));
    assert_string_equal(err.hint, "");
}

static void request_has_the_next_one(void **state)
{
    struct resolve_request request = pick_request(&plan, &entries[2], RESOLVE_APPLIED);

    (void)state;
    assert_true(request.is_pending);
    assert_ptr_equal(request.migration, &files[1]);
    assert_ptr_equal(request.next, &files[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_a_name_and_a_path_are_understood),
        cmocka_unit_test(an_id_goes_before_a_name_and_needs_no_file),
        cmocka_unit_test(several_are_an_error_that_names_them),
        cmocka_unit_test(none_is_an_error_that_names_the_nearest),
        cmocka_unit_test(none_of_nothing_has_no_nearest),
        cmocka_unit_test(request_has_the_next_one),
    };

    return cmocka_run_group_tests_name("pick", tests, NULL, NULL);
}
