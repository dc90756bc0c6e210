#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/tree.h"

static struct tree tree_of(struct arena *arena, const char *const *paths, size_t count)
{
    struct tree tree = {.root = "db"};

    for (size_t i = 0; i < count; i++)
        tree_add(&tree, arena,
                 (struct tree_entry){.path = slice_from(paths[i]), .kind = TREE_FILE});
    tree_sort(&tree);
    return tree;
}

static void tree_sort_paths_are_in_byte_order(void **state)
{
    (void)state;
    const char *const given[] = {"b", "a/2", "a", "10", "9", "B", "a-b"};
    const char *const sorted[] = {"10", "9", "B", "a", "a-b", "a/2", "b"};
    struct arena *arena = arena_new();
    struct tree tree = tree_of(arena, given, COUNT_OF(given));

    assert_int_equal(tree.count, COUNT_OF(sorted));
    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        assert_string_equal(tree.entries[i].path.ptr, sorted[i]);
    arena_free(arena);
}

static void tree_find_finds_every_entry_and_nothing_else(void **state)
{
    (void)state;
    const char *const paths[] = {"c", "a", "b/x", "b"};
    struct arena *arena = arena_new();
    struct tree tree = tree_of(arena, paths, COUNT_OF(paths)), empty = {0};

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_string_equal(tree_find(&tree, slice_from(paths[i]))->path.ptr, paths[i]);
    assert_null(tree_find(&tree, SLICE("x")));
    assert_null(tree_find(&tree, SLICE("b/")));
    assert_null(tree_find(&empty, SLICE("a")));
    tree_sort(&empty);
    arena_free(arena);
}

static void tree_add_path_is_copied_and_terminated(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct tree tree = {0};
    char path[] = "a/bXX";

    tree_add(&tree, arena, (struct tree_entry){.path = {path, 3}});
    path[0] = 'z';
    assert_string_equal(tree.entries[0].path.ptr, "a/b");
    arena_free(arena);
}

static void tree_entry_name_is_the_last_part(void **state)
{
    (void)state;
    const char *const paths[] = {"a/b/c.sql", "c.sql"};
    struct arena *arena = arena_new();
    struct tree tree = tree_of(arena, paths, COUNT_OF(paths));
    const struct tree_entry *deep = &tree.entries[0], *top = &tree.entries[1];

    assert_true(slice_equal_text(tree_entry_name(deep), "c.sql"));
    assert_true(slice_equal_text(tree_entry_name(top), "c.sql"));
    assert_false(tree_entry_is_top(deep));
    assert_true(tree_entry_is_top(top));
    arena_free(arena);
}

static void tree_entry_text_file_is_its_bytes(void **state)
{
    (void)state;
    struct tree tree = {.root = "db"};
    struct tree_entry entry = {.path = SLICE("a.sql"), .bytes = SLICE("SELECT 1;")};
    struct error err = {.code = ERR_NONE};
    struct slice text;

    assert_true(tree_entry_text(&tree, &entry, &text, &err));
    assert_true(slice_equal_text(text, "SELECT 1;"));
    assert_int_equal(err.code, ERR_NONE);
}

static void tree_entry_text_nul_byte_is_refused_with_its_line(void **state)
{
    (void)state;
    struct tree tree = {.root = "db"};
    struct tree_entry entry = {.path = SLICE("a.sql"), .bytes = SLICE("one\ntwo\0\n")};
    struct error err;
    struct slice text = SLICE("before");

    assert_false(tree_entry_text(&tree, &entry, &text, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.where, "db/a.sql:2");
    assert_string_equal(err.what, "has a NUL byte at offset 7; nothing of it was run");
    assert_true(slice_equal_text(text, "before"));
}

static void tree_entry_text_no_file_is_refused_with_its_problem(void **state)
{
    (void)state;
    struct tree tree = {.root = "db"};
    struct tree_entry fifo = {
        .path = SLICE("a.sql"), .kind = TREE_UNUSABLE, .problem = "is a FIFO, not a regular file"};
    struct tree_entry folder = {.path = SLICE("b.sql"), .kind = TREE_DIRECTORY};
    struct error err;
    struct slice text;

    assert_false(tree_entry_text(&tree, &fifo, &text, &err));
    assert_string_equal(err.where, "db/a.sql");
    assert_string_equal(err.what, "is a FIFO, not a regular file");
    assert_false(tree_entry_text(&tree, &folder, &text, &err));
    assert_string_equal(err.what, "is a directory, not a migration file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_sort_paths_are_in_byte_order),
        cmocka_unit_test(tree_find_finds_every_entry_and_nothing_else),
        cmocka_unit_test(tree_add_path_is_copied_and_terminated),
        cmocka_unit_test(tree_entry_name_is_the_last_part),
        cmocka_unit_test(tree_entry_text_file_is_its_bytes),
        cmocka_unit_test(tree_entry_text_nul_byte_is_refused_with_its_line),
        cmocka_unit_test(tree_entry_text_no_file_is_refused_with_its_problem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
