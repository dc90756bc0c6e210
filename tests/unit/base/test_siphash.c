#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/siphash.h"

/* The hash() of CPython 3.11, which is this function, of the bytes 0, 1, 2, ...; PYTHONHASHSEED=0
 */
static void bytes_hash_as_in_python(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } cases[] = {
        {1, 7541581120933061747u},  {7, 3389392686435873370u},   {8, 16921169381604339434u},
        {9, 8471974163824919394u},  {15, 17514137373579004394u}, {16, 9904005486622393783u},
        {17, 5225236159122152477u}, {63, 4061470857350050649u},
    };
    char bytes[64];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_true(siphash13((struct slice){bytes, cases[i].len}) == cases[i].hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_hash_as_in_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
