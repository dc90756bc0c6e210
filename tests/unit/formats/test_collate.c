#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "formats/collate.h"

/* As Node 20 sorts them: names.sort((a, b) => a.localeCompare(b)) */
static const char *const sorted[] = {
    "_x",
    "2024010100000_a",
    "20240101000000",
    "20240101000000 x",
    "20240101000000_~",
    "20240101000000_$",
    "20240101000000_9",
    "20240101000000_a",
    "20240101000000_a_b",
    "20240101000000_a-b",
    "20240101000000_a.b",
    "20240101000000_ab",
    "20240101000000_aB",
    "20240101000000_Ab",
    "20240101000000_AB",
    "20240101000000_b",
    "20240101000000_B",
    "20240101000000-a",
    "20240101000001_A",
    "a",
    "A",
};

static void collate_compare_is_the_order_of_locale_compare(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        for (size_t j = 0; j < COUNT_OF(sorted); j++)
            assert_int_equal(collate_compare(slice_from(sorted[i]), slice_from(sorted[j])),
                             (i > j) - (i < j));
}

static void collate_is_known_is_for_printable_ascii(void **state)
{
    (void)state;
    char name[] = "a?";

    for (int c = 0; c < 256; c++) {
        name[1] = (char)c;
        assert_int_equal(collate_is_known((struct slice){name, 2}), c >= 0x20 && c < 0x7F);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collate_compare_is_the_order_of_locale_compare),
        cmocka_unit_test(collate_is_known_is_for_printable_ascii),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
