#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/variables.h"

static void variables_get_the_whole_name_counts(void **state)
{
    (void)state;
    const char *const variables[] = {"AB=1", "A=2", "A=3", "EMPTY=", "BARE", NULL};

    assert_string_equal(variables_get(variables, SLICE("A")), "2");
    assert_string_equal(variables_get(variables, SLICE("AB")), "1");
    assert_string_equal(variables_get(variables, SLICE("EMPTY")), "");
    assert_null(variables_get(variables, SLICE("BARE")));
    assert_null(variables_get(variables, SLICE("B")));
    assert_null(variables_get(NULL, SLICE("A")));
}

static void variables_with_replaces_the_whole_name_only(void **state)
{
    (void)state;
    const char *const before[] = {"AB=1", "A=2", "A=3", "C=4", NULL};
    struct arena *arena = arena_new();
    const char *const *after = variables_with(before, "A=new", arena);

    assert_string_equal(after[0], "AB=1");
    assert_string_equal(after[1], "C=4");
    assert_string_equal(after[2], "A=new");
    assert_null(after[3]);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_get_the_whole_name_counts),
        cmocka_unit_test(variables_with_replaces_the_whole_name_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
