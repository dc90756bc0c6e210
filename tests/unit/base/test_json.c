#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/json.h"

static const char journal[] =
    "{\"version\": \"7\", \"dialect\": \"postgresql\", \"entries\": [\n"
    "  {\"idx\": 0, \"when\": 1795219081528, \"tag\": \"0000_\\u00e9\"},\n"
    "  {\"idx\": 1, \"when\": -1.5e3, \"breakpoints\": true}\n]}\n";

static struct json *read_text(const char *text)
{
    struct json *root = NULL;
    struct error err = {0};

    if (!json_read(slice_from(text), &root, &err))
        fail_msg("%s: %s", err.where, err.what);
    return root;
}

static void json_read_gives_members_items_and_values(void **state)
{
    (void)state;
    struct json *root = read_text(journal);
    const struct json *entries = json_member(root, "entries");
    struct slice text = SLICE("untouched");
    int64_t number = 7;
    size_t count = 0;

    assert_true(json_is_list(entries, &count));
    assert_int_equal(count, 2);
    assert_true(json_get_text(json_member(root, "dialect"), &text));
    assert_true(slice_equal_text(text, "postgresql"));
    assert_true(json_get_int(json_member(json_item(entries, 0), "when"), &number));
    assert_true(number == 1795219081528);
    assert_true(json_get_text(json_member(json_item(entries, 0), "tag"), &text));
    assert_true(slice_equal_text(text, "0000_\xC3\xA9"));
    json_free(root);
}

static void json_values_of_another_kind_are_not_given(void **state)
{
    (void)state;
    struct json *root = read_text(journal);
    const struct json *entries = json_member(root, "entries");
    struct slice text = SLICE("untouched");
    int64_t number = 7;
    size_t count = 9;

    assert_false(json_get_int(json_member(json_item(entries, 1), "when"), &number));
    assert_false(json_get_int(json_member(root, "version"), &number));
    assert_false(json_get_int(NULL, &number));
    assert_int_equal(number, 7);
    assert_false(json_get_text(json_member(json_item(entries, 1), "breakpoints"), &text));
    assert_false(json_get_text(NULL, &text));
    assert_true(slice_equal_text(text, "untouched"));
    assert_false(json_is_list(root, &count));
    assert_false(json_is_list(NULL, &count));
    assert_int_equal(count, 9);
    json_free(root);
}

static void json_children_that_are_not_there_are_null(void **state)
{
    (void)state;
    struct json *root = read_text(journal);

    assert_null(json_member(root, "nothing"));
    assert_null(json_member(json_member(root, "version"), "x"));
    assert_null(json_item(json_member(root, "entries"), 2));
    assert_null(json_item(root, 0));
    assert_null(json_member(NULL, "x"));
    assert_null(json_item(NULL, 0));
    json_free(root);
}

static void json_read_errors_point_at_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"", "1:1"},
        {"{\"a\": 1,\n \"b\" 2}", "2:6"},
        {"{\"a\": 1,\n \"a\": 2}", "2:4"},
        {"[1, 2", "1:5"},
        {"{} x", "1:4"},
        {"\xEF\xBB\xBF{}", "1:1"},
        {"[\"\xFF\"]", "1:2"},
        {"[\"a\\u0000b\"]", "1:11"},
        {"[99999999999999999999]", "1:21"},
        {"<<<<<<< HEAD\n{}", "1:1"},
        {"3", "1:1"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *root = NULL;
        struct error err = {0};

        assert_false(json_read(slice_from(cases[i].text), &root, &err));
        assert_null(root);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_string_equal(err.where, cases[i].where);
    }
}

static void json_read_too_deep_or_too_long_is_refused(void **state)
{
    (void)state;
    size_t len = JSON_READ_BYTES_MAX + 1;
    char *text = malloc(len);
    struct json *root = NULL;
    struct error err = {0};

    assert_non_null(text);
    memset(text, '[', len);
    assert_false(json_read((struct slice){text, len}, &root, &err));
    assert_string_equal(err.where, "1:1");
    assert_false(json_read((struct slice){text, 100000}, &root, &err));
    assert_non_null(strstr(err.what, "depth"));
    free(text);
}

/* xorshift: the same bytes on every machine */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Whatever it is, it is read or refused with a place; the sanitizers watch. */
static void json_read_any_bytes_are_read_or_refused(void **state)
{
    (void)state;
    static const char spice[] = "{}[]\",:\\u0\n\0\xFF\xC3-.e9tfn";
    uint32_t seed = 20240101;
    size_t refused = 0;

    for (size_t round = 0; round < 20000; round++) {
        size_t len = next_random(&seed) % sizeof journal;
        char *copy = malloc(len + 1);
        struct json *root = NULL;
        struct error err = {0};

        assert_non_null(copy);
        memcpy(copy, journal, len);
        for (size_t edits = next_random(&seed) % 4; len && edits > 0; edits--)
            copy[next_random(&seed) % len] = spice[next_random(&seed) % (sizeof spice - 1)];
        if (!json_read((struct slice){copy, len}, &root, &err)) {
            assert_int_equal(err.code, ERR_CONFIG);
            assert_non_null(strchr(err.where, ':'));
            refused++;
        }
        json_free(root);
        free(copy);
    }
    assert_true(refused > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_read_gives_members_items_and_values),
        cmocka_unit_test(json_values_of_another_kind_are_not_given),
        cmocka_unit_test(json_children_that_are_not_there_are_null),
        cmocka_unit_test(json_read_errors_point_at_line_and_column),
        cmocka_unit_test(json_read_too_deep_or_too_long_is_refused),
        cmocka_unit_test(json_read_any_bytes_are_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
