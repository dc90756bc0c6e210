#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* A text that shows no '?' where a character was cut in half. */
static bool is_valid_utf8(const char *text)
{
    char safe[1024];

    text_sanitize(slice_from(text), safe, sizeof safe);
    return strcmp(safe, text) == 0;
}

static void error_set_over_an_older_error_leaves_nothing_of_it(void **state)
{
    (void)state;
    struct error err;

    memset(&err, 'x', sizeof err);
    assert_false(error_set(&err, ERR_CONFIG, "no %s", "port"));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.what, "no port");
    assert_string_equal(err.where, "");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.detail, "");
    assert_string_equal(err.sqlstate, "");
    assert_string_equal(err.excerpt.line, "");
    assert_int_equal(err.sys_errno, 0);
}

static void error_set_errno_adds_the_system_text(void **state)
{
    (void)state;
    struct error err;

    assert_false(error_set_errno(&err, ERR_SYSTEM, ENOENT, "opening %s", "x"));
    assert_string_equal(err.what, "opening x: No such file or directory");
    assert_int_equal(err.sys_errno, ENOENT);
}

static void error_wrap_twice_puts_the_outermost_first(void **state)
{
    (void)state;
    struct error err;

    error_set(&err, ERR_MIGRATION, "bad");
    assert_false(error_wrap(&err, "0003_users.sql:%d", 12));
    error_wrap(&err, "dbmate");
    assert_string_equal(err.where, "dbmate: 0003_users.sql:12");
    assert_string_equal(err.what, "bad");
}

static void error_wrap_too_long_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        char inner[300] = "";
        struct error err;

        memset(inner, 'x', shift);
        while (strlen(inner) < sizeof inner - 8)
            strcat(inner, "\u2713");
        error_set(&err, ERR_CONFIG, "%s%s%s", inner, inner, inner);
        error_wrap(&err, "%s", inner);
        error_wrap(&err, "outer");
        assert_true(is_valid_utf8(err.what));
        assert_true(is_valid_utf8(err.where));
        assert_memory_equal(err.where, "outer: ", 7);
        assert_true(strlen(err.where) > sizeof err.where - 5);
    }
}

static void error_set_exact_fit_keeps_its_last_character(void **state)
{
    (void)state;
    char text[sizeof((struct error *)NULL)->what];
    struct error err;

    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 4, "\u2713", 4);
    error_set(&err, ERR_CONFIG, "%s cut", text);
    assert_string_equal(err.what, text);
}

static void error_format_full_error_is_one_line(void **state)
{
    (void)state;
    struct error err;
    char text[128];

    error_set(&err, ERR_MIGRATION, "column \"totl\" does not exist");
    strcpy(err.sqlstate, "42703");
    error_wrap(&err, "a.sql:3");
    assert_int_equal(error_format(&err, text, sizeof text), 45);
    assert_string_equal(text, "a.sql:3: column \"totl\" does not exist (42703)");
}

static void error_format_bare_error_has_no_empty_parts(void **state)
{
    (void)state;
    struct error err;
    char text[128];

    error_set(&err, ERR_USAGE, "no command");
    error_format(&err, text, sizeof text);
    assert_string_equal(text, "no command");
}

static void error_format_short_buffer_is_cut_between_characters(void **state)
{
    (void)state;
    struct error err;

    error_set(&err, ERR_USAGE, "\u2713\u2713\u2713\u2713");
    for (size_t size = 1; size <= 13; size++) {
        char text[16];

        memset(text, '#', sizeof text);
        assert_int_equal(error_format(&err, text, size), (size - 1) / 3 * 3);
        assert_true(is_valid_utf8(text));
        assert_int_equal(text[size], '#');
    }
}

static void error_hint_and_detail_do_not_touch_the_rest(void **state)
{
    (void)state;
    struct error err;

    error_set(&err, ERR_CONFIG, "bad");
    error_hint(&err, "try %d", 1);
    error_detail(&err, "row %d", 2);
    assert_string_equal(err.what, "bad");
    assert_string_equal(err.hint, "try 1");
    assert_string_equal(err.detail, "row 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_set_over_an_older_error_leaves_nothing_of_it),
        cmocka_unit_test(error_set_errno_adds_the_system_text),
        cmocka_unit_test(error_wrap_twice_puts_the_outermost_first),
        cmocka_unit_test(error_wrap_too_long_is_cut_between_characters),
        cmocka_unit_test(error_set_exact_fit_keeps_its_last_character),
        cmocka_unit_test(error_format_full_error_is_one_line),
        cmocka_unit_test(error_format_bare_error_has_no_empty_parts),
        cmocka_unit_test(error_format_short_buffer_is_cut_between_characters),
        cmocka_unit_test(error_hint_and_detail_do_not_touch_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
