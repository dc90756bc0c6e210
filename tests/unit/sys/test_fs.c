#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "sys/fs.h"
#include "tests/support/scratch.h"

static struct tree read_tree(struct scratch *scratch)
{
    struct tree tree = {0};
    struct error err;

    if (!fs_read_tree(scratch->dir, NULL, scratch->arena, &tree, &err))
        fail_msg("%s: %s", err.where, err.what);
    return tree;
}

static const struct tree_entry *entry_of(const struct tree *tree, const char *path)
{
    const struct tree_entry *entry = tree_find(tree, slice_from(path));

    if (!entry)
        fail_msg("no entry %s", path);
    return entry;
}

static void assert_file(const struct tree *tree, const char *path, const char *content)
{
    const struct tree_entry *entry = entry_of(tree, path);

    assert_int_equal(entry->kind, TREE_FILE);
    assert_true(slice_equal_text(entry->bytes, content));
    assert_null(entry->problem);
}

static void assert_unusable(const struct tree *tree, const char *path, const char *problem)
{
    const struct tree_entry *entry = entry_of(tree, path);

    assert_int_equal(entry->kind, TREE_UNUSABLE);
    assert_string_equal(entry->problem, problem);
}

/* Root may read everything: look as someone who may not. */
static void become_ordinary(void)
{
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
}

static void become_oneself(void)
{
    assert_int_equal(seteuid(getuid()), 0);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void make_sparse(struct scratch *scratch, const char *path, off_t size)
{
    assert_int_equal(truncate(scratch_write(scratch, path, SLICE("")), size), 0);
}

static void fs_read_tree_files_and_folders_are_sorted_values(void **state)
{
    struct scratch *scratch = *state;
    const char *const expected[] = {"2.sql", "a", "a-b.sql", "a/1.sql", "a/b", "a/b/c", "empty"};
    struct tree tree;

    scratch_write(scratch, "2.sql", SLICE("SELECT 2;"));
    scratch_write(scratch, "a-b.sql", SLICE("with\0nul"));
    scratch_write(scratch, "empty", SLICE(""));
    scratch_mkdir(scratch, "a");
    scratch_write(scratch, "a/1.sql", SLICE("SELECT 1;"));
    scratch_mkdir(scratch, "a/b");
    scratch_mkdir(scratch, "a/b/c");
    tree = read_tree(scratch);
    assert_string_equal(tree.root, scratch->dir);
    assert_int_equal(tree.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_string_equal(tree.entries[i].path.ptr, expected[i]);
    assert_file(&tree, "2.sql", "SELECT 2;");
    assert_file(&tree, "a/1.sql", "SELECT 1;");
    assert_file(&tree, "empty", "");
    assert_int_equal(entry_of(&tree, "a-b.sql")->bytes.len, 8);
    assert_int_equal(entry_of(&tree, "a/b/c")->kind, TREE_DIRECTORY);
}

static void fs_read_tree_dot_names_are_passed_over(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, ".hidden.sql", SLICE("x"));
    scratch_mkdir(scratch, ".git");
    scratch_write(scratch, ".git/config", SLICE("x"));
    scratch_write(scratch, "a.sql", SLICE("x"));
    assert_int_equal(read_tree(scratch).count, 1);
}

static enum fs_wish wish_by_name(void *context, struct slice path)
{
    (*(size_t *)context)++;
    if (slice_ends_with(path, ".sql"))
        return FS_BYTES;
    return slice_ends_with(path, ".json") ? FS_NAME : FS_NOTHING;
}

static bool wants_but_seeds(void *context, struct slice path)
{
    (void)context;
    return !slice_equal_text(path, "seeds");
}

static void fs_read_tree_gives_bytes_names_or_nothing(void **state)
{
    struct scratch *scratch = *state;
    size_t asked = 0;
    struct fs_filter filter = {wish_by_name, wants_but_seeds, &asked};
    struct slice text;
    struct error err;
    struct tree tree;

    scratch_mkdir(scratch, "a");
    scratch_mkdir(scratch, "seeds");
    scratch_write(scratch, "a/1.sql", SLICE("SELECT 1;"));
    scratch_write(scratch, "a/1.json", SLICE("{}"));
    scratch_link(scratch, "1.json", "a/2.json");
    scratch_write(scratch, "a/1.txt", SLICE("x"));
    scratch_write(scratch, "seeds/1.sql", SLICE("SELECT 2;"));
    assert_true(fs_read_tree(scratch->dir, &filter, scratch->arena, &tree, &err));
    assert_int_equal(tree.count, 4);
    assert_file(&tree, "a/1.sql", "SELECT 1;");
    assert_int_equal(entry_of(&tree, "a/1.json")->kind, TREE_FILE);
    assert_non_null(entry_of(&tree, "a/1.json")->problem);
    assert_non_null(entry_of(&tree, "a/2.json")->problem);
    assert_false(tree_entry_text(&tree, entry_of(&tree, "a/1.json"), &text, &err));
    assert_string_equal(err.what, "is a file that is not read");
    assert_true(asked >= 4);
}

static void fs_read_tree_config_map_layout_is_read_once(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;

    scratch_mkdir(scratch, "..2026_11_21");
    scratch_write(scratch, "..2026_11_21/0001.sql", SLICE("SELECT 1;"));
    scratch_link(scratch, "..2026_11_21", "..data");
    scratch_link(scratch, "..data/0001.sql", "0001.sql");
    tree = read_tree(scratch);
    assert_int_equal(tree.count, 1);
    assert_file(&tree, "0001.sql", "SELECT 1;");
}

static void fs_read_tree_what_is_no_file_is_noted_not_opened(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;

    assert_int_equal(mkfifo(scratch_at(scratch, "fifo.sql"), 0644), 0);
    make_socket(scratch_at(scratch, "socket.sql"));
    scratch_link(scratch, "/dev/zero", "device.sql");
    scratch_link(scratch, "fifo.sql", "link.sql");
    scratch_mkdir(scratch, "folder.sql");
    tree = read_tree(scratch);
    assert_unusable(&tree, "fifo.sql", "is a FIFO, not a regular file");
    assert_unusable(&tree, "link.sql", "is a FIFO, not a regular file");
    assert_unusable(&tree, "socket.sql", "is a socket, not a regular file");
    assert_unusable(&tree, "device.sql", "is a device, not a regular file");
    assert_int_equal(entry_of(&tree, "folder.sql")->kind, TREE_DIRECTORY);
}

static void fs_read_tree_links_are_followed_but_not_in_circles(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;

    scratch_mkdir(scratch, "real");
    scratch_write(scratch, "real/1.sql", SLICE("SELECT 1;"));
    scratch_link(scratch, "..", "real/up");
    scratch_link(scratch, ".", "self");
    scratch_link(scratch, "real", "other");
    scratch_link(scratch, "nowhere", "dangling");
    scratch_link(scratch, "loop-b", "loop-a");
    scratch_link(scratch, "loop-a", "loop-b");
    tree = read_tree(scratch);
    assert_file(&tree, "real/1.sql", "SELECT 1;");
    assert_file(&tree, "other/1.sql", "SELECT 1;");
    assert_unusable(&tree, "real/up", "is a link that leads in a circle");
    assert_unusable(&tree, "self", "is a link that leads in a circle");
    assert_unusable(&tree, "loop-a", "is a link that leads in a circle");
    assert_unusable(&tree, "dangling", "is a link to something that does not exist");
}

static void fs_read_tree_too_deep_is_noted(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;

    scratch_mkdir(scratch, "1");
    scratch_mkdir(scratch, "1/2");
    scratch_mkdir(scratch, "1/2/3");
    scratch_mkdir(scratch, "1/2/3/4");
    scratch_mkdir(scratch, "1/2/3/4/5");
    scratch_mkdir(scratch, "1/2/3/4/5/6");
    scratch_mkdir(scratch, "1/2/3/4/5/6/7");
    scratch_mkdir(scratch, "1/2/3/4/5/6/7/8");
    scratch_write(scratch, "1/2/3/4/5/6/7/8/a.sql", SLICE("deep"));
    scratch_mkdir(scratch, "1/2/3/4/5/6/7/8/9");
    scratch_write(scratch, "1/2/3/4/5/6/7/8/9/b.sql", SLICE("deeper"));
    tree = read_tree(scratch);
    assert_int_equal(FS_DEPTH_MAX, 8);
    assert_file(&tree, "1/2/3/4/5/6/7/8/a.sql", "deep");
    assert_unusable(&tree, "1/2/3/4/5/6/7/8/9",
                    "is nested too deep: only 8 folders below the first are read");
    assert_null(tree_find(&tree, SLICE("1/2/3/4/5/6/7/8/9/b.sql")));
}

static void fs_read_tree_too_large_file_is_noted_with_its_size(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;

    make_sparse(scratch, "dump.sql", (off_t)200 << 20);
    make_sparse(scratch, "just.sql", FS_FILE_MAX + 1);
    make_sparse(scratch, "huge.sql", (off_t)2 << 30);
    tree = read_tree(scratch);
    assert_unusable(&tree, "dump.sql", "is 200 MiB large; at most 64 MiB are read");
    assert_unusable(&tree, "just.sql", "is 65 MiB large; at most 64 MiB are read");
    assert_unusable(&tree, "huge.sql", "is 2048 MiB large; at most 64 MiB are read");
}

static void fs_read_tree_too_much_in_all_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree = {.root = "before"};
    struct error err;

    for (int i = 0; i < 5; i++)
        make_sparse(scratch, arena_printf(scratch->arena, "%d.sql", i), 60 << 20);
    assert_false(fs_read_tree(scratch->dir, NULL, scratch->arena, &tree, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.where, scratch->dir);
    assert_string_equal(err.what, "holds more than 256 MiB in files");
    assert_string_equal(tree.root, "before");
}

/* 500 links to a folder of 500 links: 250,500 entries in a thousand names. */
static void fs_read_tree_too_many_entries_are_refused(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;
    struct error err;

    scratch_mkdir(scratch, ".many");
    for (int i = 0; i < 500; i++) {
        scratch_link(scratch, "nowhere", arena_printf(scratch->arena, ".many/%d", i));
        scratch_link(scratch, ".many", arena_printf(scratch->arena, "%d", i));
    }
    assert_false(fs_read_tree(scratch->dir, NULL, scratch->arena, &tree, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.what, "holds more than 200000 entries");
}

static void fs_read_tree_what_may_not_be_read_is_noted(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;
    char expected[64];

    chmod(scratch_write(scratch, "secret.sql", SLICE("x")), 0);
    chmod(scratch_mkdir(scratch, "closed"), 0);
    scratch_write(scratch, "open.sql", SLICE("x"));
    become_ordinary();
    snprintf(expected, sizeof expected, "may not be read by uid %u", (unsigned)geteuid());
    tree = read_tree(scratch);
    become_oneself();
    assert_unusable(&tree, "secret.sql", expected);
    assert_unusable(&tree, "closed", expected);
    assert_file(&tree, "open.sql", "x");
    chmod(scratch_at(scratch, "closed"), 0755);
}

static void fs_read_tree_any_byte_in_a_name_is_kept(void **state)
{
    struct scratch *scratch = *state;
    struct tree tree;

    scratch_write(scratch, "a\nb.sql", SLICE("newline"));
    scratch_write(scratch, "\033[2J.sql", SLICE("escape"));
    scratch_write(scratch, "\xff\xfe.sql", SLICE("not UTF-8"));
    tree = read_tree(scratch);
    assert_file(&tree, "a\nb.sql", "newline");
    assert_file(&tree, "\033[2J.sql", "escape");
    assert_file(&tree, "\xff\xfe.sql", "not UTF-8");
}

static void fs_read_tree_longest_names_are_read(void **state)
{
    struct scratch *scratch = *state;
    char path[8 * 256 + 1] = "";
    struct tree tree;

    for (int depth = 0; depth < 8; depth++) {
        memset(path + strlen(path), 'x', 255);
        if (depth < 7) {
            scratch_mkdir(scratch, path);
            strcat(path, "/");
        }
    }
    scratch_write(scratch, path, SLICE("long"));
    tree = read_tree(scratch);
    assert_file(&tree, path, "long");
}

static void assert_root_refused(const char *path, const char *what, const char *hint_begin)
{
    struct arena *arena = arena_new();
    struct tree tree;
    struct error err;

    assert_false(fs_read_tree(path, NULL, arena, &tree, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.where, path);
    assert_string_equal(err.what, what);
    assert_memory_equal(err.hint, hint_begin, strlen(hint_begin));
    arena_free(arena);
}

static void fs_read_tree_root_missing_or_no_folder_is_refused(void **state)
{
    struct scratch *scratch = *state;

    assert_int_equal(mkfifo(scratch_at(scratch, "fifo"), 0644), 0);
    assert_root_refused(scratch_at(scratch, "absent"), "does not exist", "check the path");
    assert_root_refused(scratch_write(scratch, "file", SLICE("x")),
                        "is not a directory, or lies below something that is none",
                        "check the path");
    assert_root_refused(scratch_at(scratch, "fifo"),
                        "is not a directory, or lies below something that is none",
                        "check the path");
}

static void fs_read_tree_root_unreadable_is_refused_with_a_hint(void **state)
{
    struct scratch *scratch = *state;
    char expected[64];

    chmod(scratch_mkdir(scratch, "closed"), 0);
    become_ordinary();
    snprintf(expected, sizeof expected, "may not be read by uid %u", (unsigned)geteuid());
    assert_root_refused(scratch_at(scratch, "closed"), expected, "let that user read it");
    become_oneself();
}

static void swap_for_ever(const char *one, const char *other)
{
    while (syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0)
        ;
    _exit(1);
}

/* Between the look and the open() it may be the other one: often enough, in so many tries. */
static void fs_read_file_swapped_for_a_fifo_never_blocks(void **state)
{
    struct scratch *scratch = *state;
    const char *file = scratch_write(scratch, "a.sql", SLICE("SELECT 1;"));
    const char *fifo = scratch_at(scratch, "fifo");
    pid_t swapper;

    assert_int_equal(mkfifo(fifo, 0644), 0);
    swapper = fork();
    if (swapper == 0)
        swap_for_ever(file, fifo);
    for (int i = 0; i < 20000; i++) {
        struct slice bytes;
        struct error err;

        if (fs_read_file(file, 100, scratch->arena, &bytes, &err))
            assert_true(slice_equal_text(bytes, "SELECT 1;"));
        else
            assert_string_equal(err.what, "is a FIFO, not a regular file");
    }
    assert_int_equal(waitpid(swapper, NULL, WNOHANG), 0);
    kill(swapper, SIGKILL);
    waitpid(swapper, NULL, 0);
}

static int lowest_free_fd(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

static void fs_read_tree_leaves_no_descriptor_open(void **state)
{
    struct scratch *scratch = *state;
    int before = lowest_free_fd();
    struct tree tree;
    struct error err;

    scratch_mkdir(scratch, "a");
    scratch_write(scratch, "a/1.sql", SLICE("x"));
    scratch_link(scratch, ".", "a/circle");
    make_sparse(scratch, "large.sql", (off_t)200 << 20);
    read_tree(scratch);
    assert_false(fs_read_tree(scratch_at(scratch, "large.sql"), NULL, scratch->arena, &tree, &err));
    assert_int_equal(lowest_free_fd(), before);
}

static void fs_read_file_regular_file_is_whole_and_terminated(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {.code = ERR_NONE};
    struct slice bytes;

    scratch_link(scratch, scratch_write(scratch, "a", SLICE("p\0w\n")), "link");
    assert_true(fs_read_file(scratch_at(scratch, "link"), 4, scratch->arena, &bytes, &err));
    assert_int_equal(bytes.len, 4);
    assert_memory_equal(bytes.ptr, "p\0w\n", 5);
    assert_int_equal(err.code, ERR_NONE);
}

/* Its size is 0 for stat(). */
static void fs_read_file_of_proc_is_read_to_its_end(void **state)
{
    struct scratch *scratch = *state;
    struct error err;
    struct slice bytes;

    assert_true(fs_read_file("/proc/self/status", 65536, scratch->arena, &bytes, &err));
    assert_true(slice_starts_with(bytes, "Name:"));
    assert_false(fs_read_file("/proc/self/status", 10, scratch->arena, &bytes, &err));
}

static void assert_file_refused(struct scratch *scratch, const char *path, const char *what)
{
    struct slice bytes = SLICE("before");
    struct error err;

    assert_false(fs_read_file(path, 65536, scratch->arena, &bytes, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.where, path);
    assert_string_equal(err.what, what);
    assert_true(slice_equal_text(bytes, "before"));
}

static void fs_read_file_anything_else_is_refused_by_name(void **state)
{
    struct scratch *scratch = *state;

    assert_int_equal(mkfifo(scratch_at(scratch, "fifo"), 0644), 0);
    make_sparse(scratch, "large", 70000);
    assert_file_refused(scratch, scratch_at(scratch, "absent"), "does not exist");
    assert_file_refused(scratch, scratch_at(scratch, "fifo"), "is a FIFO, not a regular file");
    assert_file_refused(scratch, scratch->dir, "is a directory, not a regular file");
    assert_file_refused(scratch, "/dev/null", "is a device, not a regular file");
    assert_file_refused(scratch, scratch_at(scratch, "large"),
                        "is 69 KiB large; at most 64 KiB are read");
}

static void fs_is_directory_and_exists_follow_links(void **state)
{
    struct scratch *scratch = *state;
    const char *file = scratch_write(scratch, "file", SLICE(""));

    assert_true(fs_is_directory(scratch->dir));
    assert_true(fs_is_directory(scratch_link(scratch, ".", "link")));
    assert_false(fs_is_directory(file));
    assert_false(fs_is_directory(scratch_at(scratch, "absent")));
    assert_true(fs_exists(file));
    assert_true(fs_exists(scratch->dir));
    assert_false(fs_exists(scratch_link(scratch, "nowhere", "dangling")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fs_read_tree_files_and_folders_are_sorted_values,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_dot_names_are_passed_over, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_gives_bytes_names_or_nothing, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_config_map_layout_is_read_once, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_what_is_no_file_is_noted_not_opened,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_links_are_followed_but_not_in_circles,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_too_deep_is_noted, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_too_large_file_is_noted_with_its_size,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_too_much_in_all_is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_too_many_entries_are_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_what_may_not_be_read_is_noted, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_any_byte_in_a_name_is_kept, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_longest_names_are_read, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_root_missing_or_no_folder_is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_root_unreadable_is_refused_with_a_hint,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_file_swapped_for_a_fifo_never_blocks, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_tree_leaves_no_descriptor_open, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_file_regular_file_is_whole_and_terminated,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_file_of_proc_is_read_to_its_end, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_read_file_anything_else_is_refused_by_name,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(fs_is_directory_and_exists_follow_links, scratch_setup,
                                        scratch_teardown),
    };

    alarm(120); /* what blocks must fail, not hang */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
