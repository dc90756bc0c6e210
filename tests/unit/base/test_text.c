#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"
#include "base/text.h"

static void assert_sanitized(struct slice text, const char *expected)
{
    char out[256];

    assert_int_equal(text_sanitize(text, out, sizeof out), strlen(expected));
    assert_string_equal(out, expected);
}

static void text_sanitize_printable_text_stays(void **state)
{
    (void)state;
    assert_sanitized(SLICE("\u2713 0001 (\u00e9\u4e2d\U0001F600) ~"),
                     "\u2713 0001 (\u00e9\u4e2d\U0001F600) ~");
    assert_sanitized((struct slice){0}, "");
}

static void text_sanitize_line_ends_become_blanks(void **state)
{
    (void)state;
    assert_sanitized(SLICE("a\nb\r\nc\td\u2028e\u2029f"), "a b  c d e f");
}

static void text_sanitize_control_and_bidi_become_question_marks(void **state)
{
    (void)state;
    assert_sanitized(SLICE("\x1b[2Ja\ab\0c\x7f"), "?[2Ja?b?c?");
    assert_sanitized(SLICE("a\xC2\x9B"
                           "b\u202E\u2066\u200F\u061C"),
                     "a?b????");
}

static void text_sanitize_invalid_utf8_becomes_question_marks(void **state)
{
    (void)state;
    assert_sanitized(SLICE("\xff\xfe\x80"), "???");
    assert_sanitized(SLICE("\xC0\xAF"), "??");           /* overlong */
    assert_sanitized(SLICE("\xE0\x80\x80"), "???");      /* overlong */
    assert_sanitized(SLICE("\xED\xA0\x80"), "???");      /* surrogate */
    assert_sanitized(SLICE("\xF4\x90\x80\x80"), "????"); /* past U+10FFFF */
    assert_sanitized(SLICE("\xE2\x9C"), "??");           /* cut off */
    assert_sanitized(SLICE("\xE2\x9Cx\xE2\n"), "??x? "); /* and the rest is read on */
}

static void text_sanitize_short_buffer_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t size = 1; size < 10; size++) {
        char out[16];

        memset(out, '#', sizeof out);
        assert_int_equal(text_sanitize(SLICE("\u2713\u2713\u2713"), out, size), (size - 1) / 3 * 3);
        assert_int_equal(strlen(out), (size - 1) / 3 * 3);
        assert_int_equal(out[size], '#');
    }
}

static void text_sanitize_every_pair_of_bytes_is_safe_and_stable(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
        char bytes[] = {(char)(pair >> 8), (char)(pair & 0xFF)}, once[8], twice[8];
        size_t len = text_sanitize((struct slice){bytes, 2}, once, sizeof once);

        for (size_t i = 0; i < len; i++)
            assert_true((unsigned char)once[i] >= 0x20 && once[i] != 0x7F);
        text_sanitize((struct slice){once, len}, twice, sizeof twice);
        assert_string_equal(once, twice);
    }
}

static void text_without_partial_only_a_split_character_goes(void **state)
{
    (void)state;
    const struct {
        struct slice cut;
        size_t len;
    } rows[] = {
        {{0}, 0},
        {SLICE("abc"), 3},
        {SLICE("a\u2713"), 4},
        {SLICE("a\xE2\x9C"), 1},
        {SLICE("a\xE2"), 1},
        {SLICE("a\xF0\x9F\x98"), 1},
        {SLICE("a\xF0\x9F\x98\x80"), 5},
        {SLICE("\xC3"), 0},
        {SLICE("\x80\x80\x80\x80\x80"), 5}, /* never was a character */
        {SLICE("\xff"), 1},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(text_without_partial(rows[i].cut).len, rows[i].len);
}

static void text_character_len_counts_bytes_of_one_character(void **state)
{
    (void)state;
    assert_int_equal(text_character_len((struct slice){0}), 0);
    assert_int_equal(text_character_len(SLICE("ab")), 1);
    assert_int_equal(text_character_len(SLICE("\u00e9b")), 2);
    assert_int_equal(text_character_len(SLICE("\u2713b")), 3);
    assert_int_equal(text_character_len(SLICE("\U0001F600b")), 4);
    assert_int_equal(text_character_len(SLICE("\xE2\x9C")), 1);
}

static void text_invalid_at_finds_the_first_byte_that_is_no_utf8(void **state)
{
    (void)state;
    assert_int_equal(text_invalid_at((struct slice){0}), 0);
    assert_int_equal(text_invalid_at(SLICE("a\u00e9\u2713\U0001F600")), 10);
    assert_int_equal(text_invalid_at(SLICE("a\xE4 b\xE4")), 1);
    assert_int_equal(text_invalid_at(SLICE("\u00e9\xE2\x9C")), 2);
}

static void text_distance_known_pairs_agree(void **state)
{
    (void)state;
    const struct {
        const char *a, *b;
        unsigned distance;
    } rows[] = {{"", "", 0},
                {"timeout", "timeout", 0},
                {"timeuot", "timeout", 2},
                {"", "abc", 3},
                {"kitten", "sitting", 3},
                {"dir", "dirs", 1},
                {"flaw", "lawn", 2},
                {"abc", "", 3}};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(text_distance(rows[i].a, rows[i].b), rows[i].distance);
}

static void text_distance_long_names_are_compared_up_to_64_characters(void **state)
{
    (void)state;
    char a[200], b[200];

    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    a[199] = b[199] = '\0';
    assert_int_equal(text_distance(a, b), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_sanitize_printable_text_stays),
        cmocka_unit_test(text_sanitize_line_ends_become_blanks),
        cmocka_unit_test(text_sanitize_control_and_bidi_become_question_marks),
        cmocka_unit_test(text_sanitize_invalid_utf8_becomes_question_marks),
        cmocka_unit_test(text_sanitize_short_buffer_is_cut_between_characters),
        cmocka_unit_test(text_sanitize_every_pair_of_bytes_is_safe_and_stable),
        cmocka_unit_test(text_without_partial_only_a_split_character_goes),
        cmocka_unit_test(text_character_len_counts_bytes_of_one_character),
        cmocka_unit_test(text_invalid_at_finds_the_first_byte_that_is_no_utf8),
        cmocka_unit_test(text_distance_known_pairs_agree),
        cmocka_unit_test(text_distance_long_names_are_compared_up_to_64_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
