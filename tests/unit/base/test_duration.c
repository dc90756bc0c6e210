#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/duration.h"

static void duration_parse_every_unit_is_milliseconds(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"500ms", 500},
        {"30s", 30000},
        {"30", 30000},
        {"5m", 300000},
        {"1h", 3600000},
        {"007s", 7000},
        {"2400h", INT64_C(8640000000)},
        {"8640000000ms", INT64_C(8640000000)},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t ms = -1;

        assert_true(duration_parse(slice_from(rows[i].text), &ms));
        assert_int_equal(ms, rows[i].ms);
    }
}

static void duration_parse_anything_else_is_refused_and_leaves_the_value(void **state)
{
    (void)state;
    const char *const rows[] = {
        "",    "s",  "-1",   "+1",    "1.5s", "1 s",   " 1s",      "1s ",
        "1d",  "1S", "1sec", "1m30s", "0x10", "2401h", "8640001s", "99999999999999999999999999",
        "1e3", "ms"};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t ms = -1;

        if (duration_parse(slice_from(rows[i]), &ms))
            fail_msg("accepted \"%s\"", rows[i]);
        assert_int_equal(ms, -1);
    }
}

static void duration_parse_slice_without_terminator_reads_no_further(void **state)
{
    (void)state;
    int64_t ms;

    assert_true(duration_parse((struct slice){"12345", 2}, &ms));
    assert_int_equal(ms, 12000);
}

static void duration_format_magnitudes_read_well(void **state)
{
    (void)state;
    const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{0, "0 ms"},          {38, "38 ms"},         {999, "999 ms"},
                {1000, "1.0 s"},      {1250, "1.2 s"},       {59999, "59.9 s"},
                {60000, "1 min 0 s"}, {125000, "2 min 5 s"}, {3600000, "60 min 0 s"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[32];

        duration_format(rows[i].ms, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

static void duration_write_any_value_parses_to_itself(void **state)
{
    (void)state;
    const int64_t rows[] = {0,     1,     500,   999,     1000,    1001,
                            30000, 60000, 61000, 3600000, 5400000, INT64_C(8640000000)};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[32];
        int64_t ms;

        duration_write(rows[i], text, sizeof text);
        assert_true(duration_parse(slice_from(text), &ms));
        assert_int_equal(ms, rows[i]);
    }
}

static void duration_write_round_values_take_the_largest_unit(void **state)
{
    (void)state;
    char text[32];

    duration_write(5400000, text, sizeof text);
    assert_string_equal(text, "90m");
    duration_write(1500, text, sizeof text);
    assert_string_equal(text, "1500ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duration_parse_every_unit_is_milliseconds),
        cmocka_unit_test(duration_parse_anything_else_is_refused_and_leaves_the_value),
        cmocka_unit_test(duration_parse_slice_without_terminator_reads_no_further),
        cmocka_unit_test(duration_format_magnitudes_read_well),
        cmocka_unit_test(duration_write_any_value_parses_to_itself),
        cmocka_unit_test(duration_write_round_values_take_the_largest_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
