#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/bar.h"
#include "base/text.h"

static const char *rendered(int percent, const char *text, unsigned columns)
{
    static char out[256];

    bar_render(percent, text, columns, out, sizeof out);
    return out;
}

static void bar_is_as_full_as_the_percentage(void **state)
{
    (void)state;
    assert_string_equal(rendered(0, "x", 80), "[--------------------]   0% x");
    assert_string_equal(rendered(26, "x", 80), "[#####---------------]  26% x");
    assert_string_equal(rendered(99, "x", 80), "[###################-]  99% x");
    assert_string_equal(rendered(100, "x", 80), "[####################] 100% x");
    assert_string_equal(rendered(250, "x", 80), "[####################] 100% x");
}

static void bar_unknown_is_the_text_alone(void **state)
{
    (void)state;
    assert_string_equal(rendered(-1, "waits", 80), "waits");
}

static void bar_is_never_wider_than_told(void **state)
{
    static const char text[] =
        "0001_create_an_index 40 s: CREATE INDEX CONCURRENTLY on orders, building "
        "index: scanning table, 26% (12034 of 45045 blocks), held up by pid 4711, "
        "app, psql (idle in transaction)";

    (void)state;
    for (unsigned columns = 0; columns < 200; columns++) {
        const char *line = rendered(50, text, columns);

        assert_true(strlen(line) <= columns);
        assert_true(strlen(line) == columns || columns > sizeof text);
    }
}

static void bar_without_room_leaves_the_text(void **state)
{
    (void)state;
    assert_string_equal(rendered(50, "0001_a", 47), "0001_a");
    assert_string_equal(rendered(50, "0001_a", 48), "[##########----------]  50% 0001_a");
}

static void bar_wide_characters_are_two_columns(void **state)
{
    (void)state;
    assert_string_equal(rendered(-1, "日本語", 4), "日本");
    assert_string_equal(rendered(-1, "日本語", 5), "日本");
    assert_string_equal(rendered(-1, "éé", 1), "é");
}

static void bar_text_is_made_printable(void **state)
{
    (void)state;
    assert_null(strpbrk(rendered(50, "a\033[2J\nb\rc", 80), "\033\r\n"));
}

static void bar_never_writes_past_its_end(void **state)
{
    char out[64];

    (void)state;
    for (size_t size = 1; size < sizeof out; size++) {
        memset(out, 'Z', sizeof out);
        bar_render(50, "some text that is longer than what there is", 80, out, size);
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], 'Z');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bar_is_as_full_as_the_percentage),
        cmocka_unit_test(bar_unknown_is_the_text_alone),
        cmocka_unit_test(bar_is_never_wider_than_told),
        cmocka_unit_test(bar_without_room_leaves_the_text),
        cmocka_unit_test(bar_wide_characters_are_two_columns),
        cmocka_unit_test(bar_text_is_made_printable),
        cmocka_unit_test(bar_never_writes_past_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
