#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/registry.h"
#include "migrate/frame.h"

static struct migration migration_of(const char *sql)
{
    struct slice text = slice_from(sql);

    return (struct migration){.id = "1",
                              .name = "1_a",
                              .path = "1_a.sql",
                              .checksum = "x",
                              .source = text,
                              .up = text,
                              .is_transactional = true};
}

static void message_counts_what_stands_around_the_file(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct step step = {.table_lock_timeout_ms = 5000, .statement_timeout_ms = 60000};
    struct session session = {.arena = arena};
    struct message_frame frame = frame_when_new(&session, &step);
    struct migration migration = migration_of("SELECT 1; SELECT 2 -- the end");
    struct sql_name table = {SLICE("migrinit"), SLICE("migrations")};
    struct message message = message_compose(&format_plain, table, &migration, &frame, arena);
    const char *before =
        "BEGIN;SET LOCAL lock_timeout = 5000;SET LOCAL statement_timeout = 60000;\n";

    assert_int_equal(message.statements_before_file, 3);
    assert_int_equal(message.characters_before_file, strlen(before));
    assert_memory_equal(message.sql.ptr, before, strlen(before));
    assert_true(slice_ends_with(message.sql, ";COMMIT"));
    arena_free(arena);
}

static void frame_without_limits_is_begin_and_commit(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct step step = {0};
    struct session session = {.arena = arena};
    struct message_frame frame = frame_when_new(&session, &step);

    assert_true(slice_equal_text(frame.before, "BEGIN;\n"));
    assert_true(slice_equal_text(frame.after, "COMMIT"));
    arena_free(arena);
}

static void frame_limit_beyond_the_servers_int_is_its_largest(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct step step = {.table_lock_timeout_ms = INT64_MAX};
    struct session session = {.arena = arena};
    struct message_frame frame = frame_when_new(&session, &step);

    assert_true(slice_equal_text(frame.before, "BEGIN;SET LOCAL lock_timeout = 2147483647;\n"));
    arena_free(arena);
}

static void message_is_cut_by_a_commit_of_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool is_cut;
    } rows[] = {
        {"SELECT 1; COMMIT; SELECT 2", true},
        {"/* x */ end", true},
        {"BEGIN; SELECT 1; ROLLBACK", true},
        {"PREPARE TRANSACTION 'a'", true},
        {"SAVEPOINT a; ROLLBACK TO a", false},
        {"SELECT 'COMMIT;' -- COMMIT;", false},
        {"BEGIN; SELECT 1", false},
    };
    struct arena *arena = arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct migration migration = migration_of(rows[i].sql);

        assert_int_equal(message_is_cut(&migration, arena), rows[i].is_cut);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_counts_what_stands_around_the_file),
        cmocka_unit_test(frame_without_limits_is_begin_and_commit),
        cmocka_unit_test(frame_limit_beyond_the_servers_int_is_its_largest),
        cmocka_unit_test(message_is_cut_by_a_commit_of_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
