#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "migrate/revert_plan.h"

static bool down(const struct tree *tree, const struct format_options *settings,
                 struct arena *arena, struct migration *migration, struct error *err)
{
    (void)tree;
    (void)settings;
    (void)arena;
    if (migration->number == 0)
        return true;
    return error_set(err, ERR_CONFIG, "%s has none", migration->id);
}

static const struct format by_file = {.name = "test", .down = down};
static const struct format by_row = {
    .name = "test", .features = FORMAT_UNDOES_BY_ROW, .down = down};

/*
 * Files and rows are single letters. A file in capitals has no down script, a row in capitals is
 * one that the tool keeps. Gives what would be undone, or the error's text.
 */
static const char *undone(struct arena *arena, const struct format *format, const char *files,
                          const char *rows, size_t count)
{
    struct source source = {.format = format, .dir = "db"};
    struct history history = {0};
    struct buf text = buf_in(arena);
    struct revert_plan plan;
    struct error err = {0};

    for (; *files; files++) {
        char id[] = {(char)(*files | 0x20), '\0'};

        migration_list_add(&source.migrations, arena,
                           (struct migration){.id = arena_text(arena, slice_from(id)),
                                              .path = "x",
                                              .number = *files < 'a'});
    }
    for (; *rows; rows++) {
        char id[] = {(char)(*rows | 0x20), '\0'};

        applied_list_add(
            &history.applied, arena,
            (struct applied){.id = arena_text(arena, slice_from(id)), .is_kept = *rows < 'a'});
    }
    assert_true(
        plan_build(format, &source.migrations, &history.applied, arena, &history.plan, &err));
    if (!revert_plan_build(&source, &history, count, arena, &plan, &err))
        return arena_text(arena, slice_from(err.what));
    for (size_t i = 0; i < plan.count; i++) {
        assert_true(plan.items[i].is_down);
        buf_add_text(&text, plan.items[i].id);
    }
    return buf_text(&text);
}

static void revert_plan_takes_the_last_ones_in_the_tools_order(void **state)
{
    static const struct {
        const struct format *format;
        const char *files, *rows;
        size_t count;
        const char *want;
    } cases[] = {
        {&by_file, "abc", "abc", 1, "c"},
        {&by_file, "abc", "abc", 3, "cba"},
        {&by_file, "abc", "cab", 2, "cb"},
        {&by_row, "abc", "cab", 2, "ba"},
        {&by_row, "abc", "ab", 1, "b"},
        /* of several rows the last one tells */
        {&by_row, "abc", "abca", 2, "ac"},
        /* what the tool keeps is passed over */
        {&by_row, "abc", "abC", 1, "b"},
        {&by_row, "abc", "abcB", 2, "ca"},
        {&by_file, "abc", "abC", 2, "ba"},
        /* a row without a file matters when it is newer than one of those */
        {&by_file, "abc", "xabc", 3, "cba"},
        {&by_row, "abc", "axbc", 2, "cb"},
        {&by_row, "abc", "axbc", 3, "x is applied, and has no file here"},
        {&by_file, "abc", "abcx", 1, "x is applied, and has no file here"},
        {&by_file, "abc", "axcy", 1, "y is applied, and has no file here"},
        {&by_row, "abc", "abcX", 1, "c"},
        {&by_file, "", "x", 1, "x is applied, and has no file here"},
        /* all or none */
        {&by_file, "Abc", "abc", 2, "cb"},
        {&by_file, "Abc", "abc", 3, "a has none"},
        {&by_file, "abc", "", 1, "nothing is applied: there is nothing to undo"},
        {&by_file, "abc", "a", 2, "1 migration is applied, and the last 2 were to be undone"},
        {&by_row, "abc", "xab", 4, "3 migrations are applied, and the last 4 were to be undone"},
        {&by_row, "abc", "abC", 3, "2 migrations are applied, and the last 3 were to be undone"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *got =
            undone(arena, cases[i].format, cases[i].files, cases[i].rows, cases[i].count);

        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu: %s, not %s", i, got, cases[i].want);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revert_plan_takes_the_last_ones_in_the_tools_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
