#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/secret.h"

static void assert_redacted(const char *password, const char *text, const char *expected)
{
    struct arena *arena = arena_new();
    struct redactor redactor = {0};
    char out[256];

    redactor_add(&redactor, arena, secret_from(slice_from(password)));
    assert_int_equal(redactor_apply(&redactor, slice_from(text), out, sizeof out),
                     strlen(expected));
    assert_string_equal(out, expected);
    arena_free(arena);
}

static void secret_is_set_tells_empty_from_some(void **state)
{
    (void)state;
    assert_false(secret_is_set((struct secret){0}));
    assert_true(secret_is_set(secret_from(SLICE("x"))));
    assert_true(slice_equal_text(secret_reveal(secret_from(SLICE("x"))), "x"));
}

static void redactor_apply_plain_secret_is_masked_everywhere(void **state)
{
    (void)state;
    assert_redacted("hunter2", "hunter2 hunter hunter2", "**** hunter ****");
    assert_redacted("hunter2", "hunterhunter2", "hunter****");
    assert_redacted("hunter2", "", "");
}

static void redactor_apply_percent_encoded_secret_is_masked_in_either_case(void **state)
{
    (void)state;
    assert_redacted("p@ss/word", "postgres://u:p%40ss%2Fword@h", "postgres://u:****@h");
    assert_redacted("p@ss/word", "postgres://u:p%40ss%2fword@h", "postgres://u:****@h");
}

/* encodeURIComponent() leaves "!", quote_plus() does not; people encode what they must. */
static void redactor_apply_partly_encoded_secret_is_masked(void **state)
{
    (void)state;
    assert_redacted("p@ss!word", "u:p%40ss!word@h", "u:****@h");
    assert_redacted("p@ss/word", "u:p%40ss/word@h", "u:****@h");
    assert_redacted("abc", "u:%61bc@h", "u:****@h");
}

static void redactor_apply_secret_with_percent_signs_is_masked_both_ways(void **state)
{
    (void)state;
    assert_redacted("100%25", "is 100%25.", "is ****.");
    assert_redacted("100%25", "is 100%2525.", "is ****.");
    assert_redacted("a%4", "is a%4", "is ****");
}

static void redactor_apply_short_secret_is_not_looked_for(void **state)
{
    (void)state;
    assert_redacted("ab", "about", "about");
    assert_redacted("abo", "about", "****ut");
}

static void redactor_apply_secret_within_another_masks_the_longer_first(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct redactor redactor = {0};
    char out[64];

    redactor_add(&redactor, arena, secret_from(SLICE("pass")));
    redactor_add(&redactor, arena, secret_from(SLICE("password")));
    redactor_add(&redactor, arena, secret_from(SLICE("pas")));
    redactor_apply(&redactor, SLICE("password pass pas pa"), out, sizeof out);
    assert_string_equal(out, "**** **** **** pa");
    arena_free(arena);
}

static void redactor_add_many_secrets_forgets_none(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct redactor redactor = {0};
    char out[64];

    for (int i = 0; i < 100; i++)
        redactor_add(&redactor, arena,
                     secret_from(slice_from(arena_printf(arena, "secret@%03d", i))));
    for (int i = 0; i < 100; i++) {
        redactor_apply(&redactor, slice_from(arena_printf(arena, "<secret%%40%03d>", i)), out,
                       sizeof out);
        assert_string_equal(out, "<****>");
    }
    arena_free(arena);
}

static void redactor_apply_short_buffer_is_cut_before_a_secret_shows(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct redactor redactor = {0};

    redactor_add(&redactor, arena, secret_from(SLICE("hunter2")));
    for (size_t size = 1; size < 12; size++) {
        char out[16];

        size_t len;

        memset(out, '#', sizeof out);
        len = redactor_apply(&redactor, SLICE("ab hunter2 c"), out, size);
        assert_true(len < size);
        assert_int_equal(strlen(out), len);
        assert_null(strchr(out, 'h'));
        assert_int_equal(out[size], '#');
    }
    arena_free(arena);
}

static void redactor_apply_without_secrets_copies(void **state)
{
    (void)state;
    struct redactor redactor = {0};
    char out[16];

    assert_int_equal(redactor_apply(&redactor, SLICE("a\0b"), out, sizeof out), 3);
    assert_memory_equal(out, "a\0b", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_is_set_tells_empty_from_some),
        cmocka_unit_test(redactor_apply_plain_secret_is_masked_everywhere),
        cmocka_unit_test(redactor_apply_percent_encoded_secret_is_masked_in_either_case),
        cmocka_unit_test(redactor_apply_partly_encoded_secret_is_masked),
        cmocka_unit_test(redactor_apply_secret_with_percent_signs_is_masked_both_ways),
        cmocka_unit_test(redactor_apply_short_secret_is_not_looked_for),
        cmocka_unit_test(redactor_apply_secret_within_another_masks_the_longer_first),
        cmocka_unit_test(redactor_add_many_secrets_forgets_none),
        cmocka_unit_test(redactor_apply_short_buffer_is_cut_before_a_secret_shows),
        cmocka_unit_test(redactor_apply_without_secrets_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
