#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"

static void buf_text_nothing_added_is_empty(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf buf = buf_in(arena);

    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_slice(&buf).len, 0);
    arena_free(arena);
}

static void buf_add_every_kind_is_joined_in_order(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf buf = buf_in(arena);

    buf_add(&buf, SLICE("a"));
    buf_add(&buf, (struct slice){0});
    buf_add_text(&buf, "bc");
    buf_add_text(&buf, NULL);
    buf_add_char(&buf, 'd');
    buf_printf(&buf, "%d%%", 42);
    assert_string_equal(buf_text(&buf), "abcd42%");
    assert_int_equal(buf.len, 7);
    arena_free(arena);
}

static void buf_add_bytes_with_nul_are_kept(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf buf = buf_in(arena);

    buf_add(&buf, SLICE("a\0b"));
    assert_int_equal(buf_slice(&buf).len, 3);
    assert_memory_equal(buf_slice(&buf).ptr, "a\0b", 4);
    arena_free(arena);
}

static void buf_slice_taken_before_growth_stays_valid(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf buf = buf_in(arena);
    struct slice early;

    buf_add_text(&buf, "early");
    early = buf_slice(&buf);
    for (int i = 0; i < 10000; i++)
        buf_add_char(&buf, 'x');
    assert_true(slice_equal_text(early, "early"));
    assert_int_equal(strlen(buf_text(&buf)), 10005);
    arena_free(arena);
}

static void buf_add_a_piece_of_itself_doubles_it(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf buf = buf_in(arena);

    buf_add_text(&buf, "ab");
    for (int i = 0; i < 10; i++)
        buf_add(&buf, buf_slice(&buf));
    assert_int_equal(buf.len, 2048);
    assert_int_equal(strspn(buf_text(&buf), "ab"), 2048);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_text_nothing_added_is_empty),
        cmocka_unit_test(buf_add_every_kind_is_joined_in_order),
        cmocka_unit_test(buf_add_bytes_with_nul_are_kept),
        cmocka_unit_test(buf_slice_taken_before_growth_stays_valid),
        cmocka_unit_test(buf_add_a_piece_of_itself_doubles_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
