#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "formats/natural.h"

/* As node 20.20 sorts them, options numeric and ignorePunctuation; a line of equals each. */
static const char *const sorted[][4] = {
    {""},
    {"1_2"},
    {"1_02a", "1_2 a", "1-2.a"},
    {"01_a2.sql", "1_a2.sql"},
    {"1_a10.sql"},
    {"1_a_b.sql", "1_ab.sql", "1_a b.sql", "01ab.sql"},
    {"1_aB.sql"},
    {"1_Ab.sql"},
    {"1_AB.sql"},
    {"1_b.sql"},
    {"1_Bs.sql"},
    {"1_f.sql"},
    {"1.sql", "1_.sql"},
    {"10"},
    {"a"},
};

static void names_are_sorted_as_javascript_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        for (size_t j = 0; j < COUNT_OF(sorted); j++)
            for (size_t k = 0; k < 4 && sorted[j][k]; k++) {
                int order = natural_compare(slice_from(sorted[i][0]), slice_from(sorted[j][k]));

                assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            }
}

static void other_characters_are_unknown(void **state)
{
    (void)state;
    assert_true(natural_is_known(SLICE("1_aZ 9-x.sql")));
    assert_false(natural_is_known(SLICE("1_a+b")));
    assert_false(natural_is_known(SLICE("1_\xC3\xA9")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_sorted_as_javascript_does),
        cmocka_unit_test(other_characters_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
