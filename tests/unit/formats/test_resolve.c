#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "formats/registry.h"
#include "formats/resolve.h"

/* What is sent is in tests/golden; here is what a hint says. */

static void assert_word(const char *id, const char *expected)
{
    char word[160];

    resolve_word(id, word, sizeof word);
    assert_string_equal(word, expected);
}

static void word_is_one_word_to_a_shell(void **state)
{
    (void)state;
    assert_word("20240101_add-x.sql", "20240101_add-x.sql");
    assert_word("R my view", "'R my view'");
    assert_word("it's", "'it'\\''s'");
    assert_word("$(true)", "'$(true)'");
    assert_word("a\nb", "'a b'");
    assert_word("", "''");
}

static void word_of_any_length_ends_its_quotes(void **state)
{
    char id[400], word[160];

    (void)state;
    memset(id, '\'', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    resolve_word(id, word, sizeof word);
    assert_true(strlen(word) < sizeof word);
    assert_int_equal(word[strlen(word) - 1], '\'');
}

static void hint_names_both_ways_out(void **state)
{
    struct error err = {0};

    (void)state;
    resolve_hint(&err, "look", "R x", true);
    assert_non_null(strstr(err.hint, "look; then run `migrinit resolve --rolled-back 'R x'`"));
    assert_non_null(strstr(err.hint, "`migrinit resolve --applied 'R x'`"));
    resolve_hint(&err, "look", "1", false);
    assert_non_null(strstr(err.hint, "`migrinit resolve --rolled-back 1`"));
    assert_null(strstr(err.hint, "--applied"));
}

static void every_format_can_say_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < format_count; i++)
        assert_true(formats[i]->id_column || formats[i]->record_none || formats[i]->resolve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(word_is_one_word_to_a_shell),
        cmocka_unit_test(word_of_any_length_ends_its_quotes),
        cmocka_unit_test(hint_names_both_ways_out),
        cmocka_unit_test(every_format_can_say_it),
    };

    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
