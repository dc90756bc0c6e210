#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

static void arena_alloc_any_size_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_new();

    for (size_t size = 0; size < 200000; size = size * 3 + 1) {
        unsigned char *memory = arena_alloc(arena, size);

        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xA5, size);
    }
    arena_free(arena);
}

static void arena_alloc_many_pieces_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct arena *arena = arena_new();
    unsigned *pieces[COUNT];

    for (unsigned i = 0; i < COUNT; i++) {
        size_t count = i % 500 == 0 ? 10000 : i % 37 + 1;

        pieces[i] = arena_array(arena, count, sizeof(unsigned));
        pieces[i][0] = pieces[i][count - 1] = i;
    }
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(pieces[i][0], i);
    arena_free(arena);
}

static void arena_alloc_after_large_piece_uses_room_of_first_block(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char *before = arena_alloc(arena, 16), *after;

    arena_alloc(arena, 1 << 20);
    after = arena_alloc(arena, 16);
    assert_ptr_equal(after, before + 16);
    arena_free(arena);
}

static void arena_free_null_is_allowed(void **state)
{
    (void)state;
    arena_free(NULL);
}

static void arena_text_bytes_with_nul_keeps_them_and_terminates(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct slice copy = arena_slice(arena, SLICE("a\0b"));

    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    assert_string_equal(arena_text(arena, (struct slice){0}), "");
    arena_free(arena);
}

static void arena_printf_long_text_is_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char *text = arena_printf(arena, "%0*d|%s", 5000, 7, "end");

    assert_int_equal(strlen(text), 5004);
    assert_string_equal(text + 4999, "7|end");
    arena_free(arena);
}

static void arena_grow_full_array_keeps_items_and_old_place(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    size_t capacity = 0;
    int *numbers = NULL, *first = NULL;

    for (int i = 0; i < 1000; i++) {
        numbers = arena_grow(arena, numbers, &capacity, (size_t)i, sizeof *numbers);
        first = first ? first : numbers;
        numbers[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    assert_int_equal(first[7], 7);
    arena_free(arena);
}

static void arena_release_gives_back_small_and_large_pieces(void **state)
{
    static const size_t before_bytes[] = {0, 100, 64 * 1024 - 16, 200 * 1000};

    (void)state;
    for (size_t i = 0; i < sizeof before_bytes / sizeof *before_bytes; i++) {
        struct arena *arena = arena_new();
        char *kept = before_bytes[i] ? arena_text(arena, SLICE("kept")) : NULL;
        char *large = arena_alloc(arena, before_bytes[i]);
        struct arena_mark mark = arena_mark(arena);
        char *first = arena_alloc(arena, 64);

        memset(large, 'l', before_bytes[i]);
        strcpy(first, "first");
        for (size_t size = 1; size < 300 * 1000; size *= 3)
            memset(arena_alloc(arena, size), 'x', size);
        arena_release(arena, mark);
        assert_true(!kept || strcmp(kept, "kept") == 0);
        assert_true(before_bytes[i] == 0 || large[before_bytes[i] - 1] == 'l');
        if (before_bytes[i] == 100) /* the block of the mark is the one in use again */
            assert_ptr_equal(arena_alloc(arena, 64), first);
        arena_free(arena);
    }
}

static void arena_release_of_nested_marks(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct arena_mark outer = arena_mark(arena), inner;
    char *text;

    arena_alloc(arena, 100 * 1000);
    text = arena_text(arena, SLICE("between"));
    inner = arena_mark(arena);
    arena_alloc(arena, 100 * 1000);
    arena_alloc(arena, 60 * 1000);
    arena_release(arena, inner);
    assert_string_equal(text, "between");
    arena_release(arena, outer);
    assert_string_equal(arena_text(arena, SLICE("anew")), "anew");
    arena_free(arena);
}

static void arena_array_impossible_size_ends_with_a_line(void **state)
{
    (void)state;
    static struct arena *arena; /* static: the child ends with it in use, which is no leak */
    char said[128] = "";
    int ends[2], status;

    arena = arena_new();
    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        dup2(ends[1], STDERR_FILENO);
        arena_array(arena, SIZE_MAX / 2, 4);
        _exit(99);
    }
    close(ends[1]);
    wait(&status);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    assert_string_equal(said, "[migrinit] out of memory\n");
    close(ends[0]);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_alloc_any_size_is_zeroed_and_aligned),
        cmocka_unit_test(arena_alloc_many_pieces_do_not_overlap),
        cmocka_unit_test(arena_alloc_after_large_piece_uses_room_of_first_block),
        cmocka_unit_test(arena_free_null_is_allowed),
        cmocka_unit_test(arena_text_bytes_with_nul_keeps_them_and_terminates),
        cmocka_unit_test(arena_printf_long_text_is_whole),
        cmocka_unit_test(arena_grow_full_array_keeps_items_and_old_place),
        cmocka_unit_test(arena_release_gives_back_small_and_large_pieces),
        cmocka_unit_test(arena_release_of_nested_marks),
        cmocka_unit_test(arena_array_impossible_size_ends_with_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
