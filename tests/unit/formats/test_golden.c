/*
 * Runs every tests/golden/<format>/<case>: tree/ and applied.txt in, and options.txt where the
 * operator decided something; expect.plan and expect.sql out. GOLDEN_UPDATE=1 writes what is
 * expected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "formats/registry.h"
#include "migrate/order.h"
#include "migrate/plan.h"
#include "sql/split.h"

static const char golden_path[] = "tests/golden";

static bool read_file(struct arena *arena, const char *path, struct slice *out)
{
    FILE *file = fopen(path, "rb");
    struct buf bytes = buf_in(arena);
    char block[4096];
    size_t len;

    if (!file)
        return false;
    while ((len = fread(block, 1, sizeof block, file)))
        buf_add(&bytes, (struct slice){block, len});
    fclose(file);
    *out = buf_slice(&bytes);
    return true;
}

static void read_tree(struct tree *tree, struct arena *arena, const char *root, const char *below)
{
    DIR *folder = opendir(arena_printf(arena, "%s/%s", root, below));
    struct dirent *found;

    if (!folder)
        return;
    while ((found = readdir(folder))) {
        struct tree_entry entry = {.kind = TREE_DIRECTORY};
        char *path = arena_printf(arena, "%s%s", below, found->d_name);
        char *full = arena_printf(arena, "%s/%s", root, path);
        struct stat status;

        if (found->d_name[0] == '.')
            continue;
        assert_int_equal(stat(full, &status), 0);
        entry.path = slice_from(path);
        if (S_ISDIR(status.st_mode))
            read_tree(tree, arena, root, arena_printf(arena, "%s/", path));
        else if (read_file(arena, full, &entry.bytes))
            entry.kind = TREE_FILE;
        tree_add(tree, arena, entry);
    }
    closedir(folder);
}

/* First line: the column count. Then a row per line: cells separated by tabs, \N for NULL. */
static struct rowset read_rows(struct arena *arena, struct slice text)
{
    struct rowset rows = {0};
    struct slice line;
    size_t cell = 0;

    if (!slice_next_line(&text, &line))
        return rows;
    rows.column_count = (size_t)atoi(line.ptr);
    rows.cells = arena_array(arena, text.len + 1, sizeof *rows.cells);
    for (; slice_next_line(&text, &line); rows.row_count++) {
        for (size_t i = 0; i < rows.column_count; i++) {
            size_t end = slice_find(line, '\t');
            struct slice value = slice_sub(line, 0, end);

            if (!slice_equal_text(value, "\\N"))
                rows.cells[cell] = arena_slice(arena, value);
            cell++;
            line = slice_sub(line, end + 1, line.len);
        }
    }
    return rows;
}

enum { OPTION_VALUES_MAX = 16 };

/* What options.txt points to. */
struct option_values {
    const char *placeholders[OPTION_VALUES_MAX];
    const char *environment[OPTION_VALUES_MAX + 1];
    size_t environment_count;
};

static const struct format_session golden_session = {
    .database = {"shop", 4},
    .user = {"app", 3},
    .schema = {"public", 6},
    .table = {"history", 7},
    .time = {"2026-11-21 01:25:17", 19},
    .directory = {"/srv", 4},
};

static bool take_option(struct slice key, const char *value, struct format_options *out,
                        struct option_values *values)
{
    static const char *const wishes[] = {"auto", "apply", "refuse", "skip"};

    if (slice_equal_text(key, "placeholder"))
        values->placeholders[out->placeholder_count++] = value;
    else if (slice_equal_text(key, "environment"))
        values->environment[values->environment_count++] = value;
    else if (slice_equal_text(key, "placeholder_prefix"))
        out->placeholder_prefix = value;
    else if (slice_equal_text(key, "placeholder_suffix"))
        out->placeholder_suffix = value;
    else if (slice_equal_text(key, "baseline_version"))
        out->baseline_version = value;
    else if (slice_equal_text(key, "keeps_placeholders"))
        out->keeps_placeholders = true;
    else if (slice_equal_text(key, "session"))
        out->session = &golden_session;
    else if (!slice_equal_text(key, "out_of_order"))
        return false;
    for (size_t i = 0; slice_equal_text(key, "out_of_order") && i < COUNT_OF(wishes); i++)
        if (strcmp(value, wishes[i]) == 0)
            out->out_of_order = (enum out_of_order)i;
    return true;
}

/* A line each: out_of_order=skip */
static void read_options(struct arena *arena, const char *path, struct format_options *out,
                         struct option_values *values)
{
    struct slice text = SLICE(""), line;

    *out = *migration_list_options(&(struct migration_list){0});
    out->placeholders = values->placeholders;
    out->environment = values->environment;
    read_file(arena, path, &text);
    while (slice_next_line(&text, &line)) {
        struct slice key = slice_sub(line, 0, slice_find(line, '='));
        const char *value = arena_text(arena, slice_sub(line, key.len + 1, line.len));

        if (!take_option(key, value, out, values))
            fail_msg("%s: no option %.*s", path, SLICE_ARG(key));
    }
}

static void add_error(struct buf *out, const struct error *err)
{
    buf_printf(out, "error %s: %s\n", err->where, err->what);
    if (err->excerpt.line[0])
        buf_printf(out, "%6u | %s\n%*s^\n", err->excerpt.line_number, err->excerpt.line,
                   (int)err->excerpt.caret_column + 8, "");
    buf_printf(out, "hint  %s\n", err->hint);
}

static void add_entry(struct buf *out, struct arena *arena, const struct plan_entry *entry)
{
    const struct migration *migration = entry->migration;
    struct sql_statements statements = {0};
    struct error err;

    if (!migration) {
        buf_printf(out, "without a file %s\n", entry->id);
        return;
    }
    assert_true(migration_split(migration, arena, &statements, &err));
    buf_printf(out, "%s %s (%s, %zu statements%s)\n", plan_state_name(entry->state), migration->id,
               migration->path, statements.count,
               migration->is_transactional ? "" : ", no transaction");
    for (size_t j = 0; j < statements.count; j++)
        buf_printf(out, "        %.*s\n%.*s", SLICE_ARG(statements.items[j].text),
                   SLICE_ARG(statements.items[j].data));
}

static void add_record(struct buf *out, struct arena *arena, const struct format *format,
                       const struct migration *migration, enum record_phase phase)
{
    static const char *const names[] = {"", " started", " finished", " failed"};
    struct sql_name table = sql_name_parse(slice_from(format->default_table));
    struct record_request request = {.phase = phase,
                                     .duration_ms = phase == RECORD_APPLIED ? -1 : 12,
                                     .failure = "ERROR: it's broken (42601)"};
    struct slice sql = format->record(table, migration, &request, arena);

    if (sql.len)
        buf_printf(out, "-- record %s%s\n%.*s;\n", migration->id, names[phase], SLICE_ARG(sql));
}

static void add_records(struct buf *out, struct arena *arena, const struct format *format,
                        const struct migration *migration)
{
    bool may_run_without =
        !migration->is_transactional || (format->features & FORMAT_RERUNS_WITHOUT_TRANSACTION);

    if (migration->is_transactional)
        add_record(out, arena, format, migration, RECORD_APPLIED);
    if (!may_run_without)
        return;
    add_record(out, arena, format, migration, RECORD_STARTED);
    add_record(out, arena, format, migration, RECORD_FINISHED);
    add_record(out, arena, format, migration, RECORD_FAILED);
}

static void add_sql(struct buf *out, struct arena *arena, const struct format *format,
                    const struct plan *plan, const char *baseline_version, struct slice upgrade)
{
    struct sql_name table = sql_name_parse(slice_from(format->default_table));
    struct slice create = format->create_history(table, arena);

    if (baseline_version)
        create = format->create_baselined(table, baseline_version, arena);
    buf_printf(out, "-- create\n%s;\n-- read\n%s;\n", create.ptr,
               format->read_history(table, arena).ptr);
    if (upgrade.len)
        buf_printf(out, "-- upgrade\n%.*s;\n", SLICE_ARG(upgrade));
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].state == PLAN_PENDING)
            add_records(out, arena, format, plan->entries[i].migration);
}

/* What detection says, then what the format named by the folder makes of it. */
static void run_case(struct arena *arena, const struct format *format, const char *path,
                     struct buf *plan, struct buf *sql)
{
    struct tree tree = {.root = "db"};
    struct migration_list list = {0};
    struct applied_list applied = {0};
    struct error err = {0};
    struct option_values values = {0};
    struct format_options options;
    const struct format *detected;
    const char *why;
    struct slice text = SLICE(""), upgrade = SLICE("");
    struct plan steps;
    struct rowset rows;

    read_tree(&tree, arena, arena_printf(arena, "%s/tree", path), "");
    tree_sort(&tree);
    if (format_detect(&tree, arena, &detected, &why, &err))
        buf_printf(plan, "detected %s: %s\n", detected->name, why);
    else
        add_error(plan, &err);
    read_file(arena, arena_printf(arena, "%s/applied.txt", path), &text);
    rows = read_rows(arena, text);
    format = format_layout(format, &tree);
    read_options(arena, arena_printf(arena, "%s/options.txt", path), &options, &values);
    list.options = &options;
    if (!format->list(&tree, arena, &list, &err) ||
        (text.len && !format->applied(&rows, arena, &applied, &err)) ||
        (applied.is_outdated && !format->upgrade(sql_name_parse(slice_from(format->default_table)),
                                                 &list, &applied, arena, &upgrade, &err)) ||
        !plan_build(format, &list, &applied, arena, &steps, &err)) {
        add_error(plan, &err);
        return;
    }
    if ((format->check && !format->check(&list, &applied, &err)) ||
        !order_check(&steps, options.out_of_order, &err))
        add_error(plan, &err);
    for (size_t i = 0; i < list.callback_count; i++)
        buf_printf(plan, "callback %d %s%s: %.*s\n", (int)list.callbacks[i].event,
                   list.callbacks[i].script.path,
                   list.callbacks[i].script.is_transactional ? "" : " (no transaction)",
                   SLICE_ARG(migration_text(&list.callbacks[i].script)));
    if (list.awaits_session)
        buf_add_text(plan, "awaits the session\n");
    for (size_t i = 0; i < steps.remarks.count; i++)
        buf_printf(plan, "%s  %s\n", steps.remarks.items[i].is_warning ? "warn" : "note",
                   steps.remarks.items[i].text);
    for (size_t i = 0; i < steps.count; i++)
        add_entry(plan, arena, &steps.entries[i]);
    add_sql(sql, arena, format, &steps, options.baseline_version, upgrade);
}

static bool check_file(struct arena *arena, const char *path, struct slice got)
{
    struct slice want = SLICE("");
    FILE *file;

    read_file(arena, path, &want);
    if (slice_equal(want, got))
        return true;
    if (getenv("GOLDEN_UPDATE")) {
        file = fopen(path, "wb");
        assert_non_null(file);
        fwrite(got.ptr, 1, got.len, file);
        fclose(file);
        return true;
    }
    file = popen(arena_printf(arena, "diff -u %s - >&2", path), "w");
    assert_non_null(file);
    fwrite(got.ptr, 1, got.len, file);
    pclose(file);
    return false;
}

static bool check_case(const struct format *format, const char *name)
{
    struct arena *arena = arena_new();
    char *path = arena_printf(arena, "%s/%s/%s", golden_path, format->name, name);
    struct buf plan = buf_in(arena), sql = buf_in(arena);
    bool is_plan_right, is_sql_right = true;

    run_case(arena, format, path, &plan, &sql);
    is_plan_right =
        check_file(arena, arena_printf(arena, "%s/expect.plan", path), buf_slice(&plan));
    if (sql.len)
        is_sql_right =
            check_file(arena, arena_printf(arena, "%s/expect.sql", path), buf_slice(&sql));
    arena_free(arena);
    return is_plan_right && is_sql_right;
}

static size_t check_format(const struct format *format, size_t *wrong)
{
    char path[256];
    struct dirent **names;
    int count;

    snprintf(path, sizeof path, "%s/%s", golden_path, format->name);
    count = scandir(path, &names, NULL, alphasort);
    if (count < 0)
        fail_msg("%s cannot be read: run the tests at the top of the tree", path);
    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.' && !check_case(format, names[i]->d_name))
            (*wrong)++;
        free(names[i]);
    }
    free(names);
    return (size_t)count;
}

static void golden_cases_are_as_expected(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < format_count; i++)
        assert_true(check_format(formats[i], &wrong) > 2);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_cases_are_as_expected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
