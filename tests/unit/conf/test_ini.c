#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/ini.h"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct ini must_read(struct arena *arena, struct slice text)
{
    struct error err = {0};
    struct ini ini = {0};

    if (!ini_read("test.ini", text, arena, &ini, &err))
        fail_msg("refused: %s: %s", err.where, err.what);
    return ini;
}

/* What the text reads as, one entry a line, for comparing with a whole table cell. */
static const char *reading(struct arena *arena, const char *text)
{
    struct ini ini = must_read(arena, slice_from(text));
    struct buf out = buf_in(arena);

    for (size_t i = 0; i < ini.count; i++)
        buf_printf(&out, "%s.%s@%u=%s|", ini.entries[i].section, ini.entries[i].key,
                   ini.entries[i].line, ini.entries[i].value.ptr);
    return buf_text(&out);
}

static void ini_read_good_text_gives_entries(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"\n\n; only\n# comments\n", ""},
        {"[a]\nk = v\n", "a.k@2=v|"},
        {"[a]\nk=v", "a.k@2=v|"},
        {"[a]\nk: v\n", "a.k@2=v|"},
        {"[a]\nk = a = b : c\n", "a.k@2=a = b : c|"},
        {"[a]\r\nk = v\r\n", "a.k@2=v|"},
        {"\xEF\xBB\xBF[a]\nk = v\n", "a.k@2=v|"},
        {"\xEF\xBB\xBFk = v\n", ".k@1=v|"},
        {"[migrate:seed-1.x]\nk = v\n", "migrate:seed-1.x.k@2=v|"},
        {"  [a]  \n\tk\t=\tv\t\n", "a.k@2=v|"},
        {"[a]\nk =\nl = \"\"\n", "a.k@2=|a.l@3=|"},
        {"[a]\nk = \"x ;y #z\"\n", "a.k@2=x ;y #z|"},
        {"[a]\nk = 'it is \"so\"'\n", "a.k@2=it is \"so\"|"},
        {"[a]\nk = \"  blanks  \"\n", "a.k@2=  blanks  |"},
        {"[a]\nk = a;b#c\n", "a.k@2=a;b#c|"},
        /* Deeper than the key continues; the same depth, as git writes it, does not. */
        {"[a]\nk = one\n  two\n\n  ; between\n  three\nl = v\n", "a.k@2=one\ntwo\nthree|a.l@7=v|"},
        {"[a]\n  k = one\n  l = two\n", "a.k@2=one|a.l@3=two|"},
        {"[a]\n  k = one\n    two\n", "a.k@2=one\ntwo|"},
        {"[a]\nk =\n  one\n  FOO=bar x\n", "a.k@2=\none\nFOO=bar x|"},
        {"[a]\n[b]\nk = v\n[a]\nl = w\n", "b.k@3=v|a.l@5=w|"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(reading(*state, cases[i][0]), cases[i][1]);
}

static void ini_read_bad_text_tells_line(void **state)
{
    static const struct {
        const char *text, *where, *what;
    } cases[] = {
        {"[a]\nnothing here\n", "test.ini:2", "neither"},
        {"[a\n", "test.ini:1", "heading"},
        {"[]\n", "test.ini:1", "heading"},
        {"[a b]\n", "test.ini:1", "heading"},
        {"[a] ; why\n", "test.ini:1", "heading"},
        {"[a]\n= v\n", "test.ini:2", "a key is made of"},
        {"[a]\na b = v\n", "test.ini:2", "a key is made of"},
        {"[a]\n\nk = v ; why\n", "test.ini:3", "comment mark"},
        {"[a]\nk = v\t# why\n", "test.ini:2", "comment mark"},
        {"[a]\nk = ; why\n", "test.ini:2", "comment mark"},
        {"[a]\nk = one\n  two ; why\n", "test.ini:3", "comment mark"},
        {"[a]\nk = \"open\n", "test.ini:2", "not closed"},
        {"[a]\nk = \"\n", "test.ini:2", "not closed"},
        {"[a]\nk = \"a\" ; why\n", "test.ini:2", "text follows"},
        {"[a]\nk = \"a\" \"b\"\n", "test.ini:2", "text follows"},
        {"[a]\nk = \"a\"\n  b\n", "test.ini:3", "indented"},
        {"[a]\n[abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]\n", "test.ini:2", "longer"},
        {"[a]\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz = v\n", "test.ini:2", "longer"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = {0};
        struct ini ini = {0};

        assert_false(ini_read("test.ini", slice_from(cases[i].text), *state, &ini, &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_int_equal(ini.count, 0);
        assert_string_equal(err.where, cases[i].where);
        assert_non_null(strstr(err.what, cases[i].what));
    }
}

static void ini_read_heading_without_keys_is_told(void **state)
{
    struct ini ini = must_read(*state, SLICE("[a]\n\n[migrate:b]\n[a]\n"));

    assert_int_equal(ini.section_count, 3);
    assert_string_equal(ini.sections[1].name, "migrate:b");
    assert_int_equal(ini.sections[1].line, 3);
    assert_string_equal(ini.sections[2].name, "a");
}

/* A file of one value of that many bytes, quoted or not. */
static struct slice file_with_value(struct arena *arena, size_t len, const char *quote)
{
    struct buf text = buf_in(arena);

    buf_printf(&text, "[database]\nurl = %s", quote);
    for (size_t i = 0; i < len; i++)
        buf_add_char(&text, i % 10 ? (char)('a' + i % 26) : '&');
    buf_printf(&text, "%s\nhost = db\n", quote);
    return buf_slice(&text);
}

static void ini_read_long_value_comes_back_whole(void **state)
{
    static const size_t lengths[] = {180, 199, 200, 1000, 4096, INI_VALUE_MAX};

    for (size_t i = 0; i < 2 * COUNT_OF(lengths); i++) {
        size_t len = lengths[i / 2];
        const char *quote = i % 2 ? "\"" : "";
        struct slice text = file_with_value(*state, len, quote);
        struct ini ini = must_read(*state, text);

        assert_int_equal(ini.count, 2);
        assert_int_equal(ini.entries[0].value.len, len);
        assert_memory_equal(ini.entries[0].value.ptr,
                            text.ptr + strlen("[database]\nurl = ") + strlen(quote), len);
        assert_int_equal(ini.entries[1].line, 3);
    }
}

static void ini_read_value_over_64_kib_is_refused(void **state)
{
    static const size_t lengths[] = {INI_VALUE_MAX + 1, 100 * 1000, 1000 * 1000};

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct error err = {0};
        struct ini ini;

        assert_false(ini_read("f", file_with_value(*state, lengths[i], ""), *state, &ini, &err));
        assert_string_equal(err.where, "f:2");
        assert_non_null(strstr(err.what, "longer than 65536"));
    }
}

static void ini_read_nul_byte_is_refused(void **state)
{
    struct error err = {0};
    struct ini ini;

    assert_false(ini_read("f", SLICE("[a]\nk = s3cret\0tail\n"), *state, &ini, &err));
    assert_string_equal(err.where, "f:2");
    assert_non_null(strstr(err.what, "NUL"));
    assert_null(strstr(err.what, "s3cret"));
}

/* Deterministic: a failure can be run again. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void ini_read_mutated_text_never_breaks(void **state)
{
    static const char origin[] = "\xEF\xBB\xBF[migrate]\nauto = true\n; c\n[database]\n"
                                 "url = \"postgres://u:p@h/d\"\r\n  more: x\n  = y\nhost=db ;x\n";
    static const char bytes[] = "[]=:;#\"'\n\r\t \0a\xEF\xFF";
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct arena *arena = arena_new();
        struct error err = {0};
        struct ini ini = {0};
        size_t len = sizeof origin - 1;
        char *text = malloc(len); /* exactly so long: ASan sees a byte too far */

        memcpy(text, origin, len);
        for (uint32_t i = next_random(&seed) % 8; i > 0; i--)
            text[next_random(&seed) % len] = bytes[next_random(&seed) % (sizeof bytes - 1)];
        len -= next_random(&seed) % 20;
        if (!ini_read("f", (struct slice){text, len}, arena, &ini, &err))
            assert_true(err.code == ERR_CONFIG && strncmp(err.where, "f:", 2) == 0);
        for (size_t i = 0; i < ini.count; i++)
            assert_int_equal(strlen(ini.entries[i].value.ptr), ini.entries[i].value.len);
        free(text);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ini_read_good_text_gives_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ini_read_bad_text_tells_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ini_read_heading_without_keys_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ini_read_long_value_comes_back_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ini_read_value_over_64_kib_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ini_read_nul_byte_is_refused, set_up, tear_down),
        cmocka_unit_test(ini_read_mutated_text_never_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
