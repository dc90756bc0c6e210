/*
 * Runs every tests/golden/<format>/<case>: tree/ and applied.txt in, and options.txt where the
 * operator decided something; expect.plan and expect.sql out; where there is an expect.down, what
 * undoes the last one, its first line says how many
 * ("-- 1"); expect.resolve, expect.baseline and expect.loss, what [migrate] destructive = refuse
 * finds, as well where a case has them (touch makes one).
 * GOLDEN_UPDATE=1 writes what is expected.
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
#include "formats/bookkeeping.h"
#include "formats/registry.h"
#include "formats/resolve.h"
#include "migrate/guard.h"
#include "migrate/order.h"
#include "migrate/pick.h"
#include "migrate/plan.h"
#include "migrate/revert_plan.h"
#include "sql/split.h"

static const char golden_path[] = "tests/golden";

/* What a format made of a case. */
struct found {
    struct source source;
    struct history history;
};

/* The files of a case; resolve and baseline are compared only where a case has them. */
struct expected {
    struct buf plan, sql, resolve, baseline, down, loss;
};

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
        buf_printf(out, "without a file %s (%s)\n", entry->id, plan_entry_state(entry));
        return;
    }
    assert_true(migration_split(migration, arena, &statements, &err));
    buf_printf(out, "%s %s (%s, %zu statements%s)\n", plan_entry_state(entry), migration->id,
               migration->path, statements.count,
               migration->is_transactional ? "" : ", no transaction");
    for (size_t j = 0; j < statements.count; j++)
        buf_printf(out, "        %.*s\n%.*s", SLICE_ARG(statements.items[j].text),
                   SLICE_ARG(statements.items[j].data));
}

/* A row may say which version wrote it; what is expected here does not. */
static struct slice without_version(struct slice sql, struct arena *arena)
{
    static const char version[] = "migrinit " MIGRINIT_VERSION;
    const char *found = memmem(sql.ptr, sql.len, version, strlen(version));
    struct buf out = buf_in(arena);

    if (!found)
        return sql;
    buf_printf(&out, "%.*smigrinit VERSION", (int)(found - sql.ptr), sql.ptr);
    found += strlen(version);
    buf_add(&out, without_version(slice_sub(sql, (size_t)(found - sql.ptr), sql.len), arena));
    return buf_slice(&out);
}

static void add_record(struct buf *out, struct arena *arena, const struct format *format,
                       const struct migration *migration, enum record_phase phase)
{
    static const char *const names[] = {"", " started", " statement", " finished", " failed"};
    struct sql_name table = sql_name_parse(slice_from(format->default_table));
    struct record_request request = {.phase = phase,
                                     .duration_ms = phase == RECORD_APPLIED ? -1 : 12,
                                     .failure = "ERROR: it's broken (42601)",
                                     .statements_done = phase == RECORD_STATEMENT};
    struct slice sql =
        without_version(bookkeeping_record(format, table, migration, &request, arena), arena);

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
    if (format->features & FORMAT_COUNTS_STATEMENTS)
        add_record(out, arena, format, migration, RECORD_STATEMENT);
    add_record(out, arena, format, migration, RECORD_FINISHED);
    add_record(out, arena, format, migration, RECORD_FAILED);
}

static void add_sql(struct buf *out, struct arena *arena, const struct found *found)
{
    const struct format *format = found->source.format;
    const struct plan *plan = &found->history.plan;
    struct sql_name table = sql_name_parse(slice_from(format->default_table));

    buf_printf(out, "-- create\n%s;\n-- read\n%s;\n",
               history_create_sql(&found->source, table, arena).ptr,
               bookkeeping_query(format, table, arena).ptr);
    if (found->history.upgrade.len)
        buf_printf(out, "-- upgrade\n%.*s;\n", SLICE_ARG(found->history.upgrade));
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entries[i].state == PLAN_PENDING)
            add_records(out, arena, format, plan->entries[i].migration);
}

static void add_composed(struct buf *out, bool is_composed, struct slice sql,
                         const struct error *err)
{
    if (is_composed)
        buf_printf(out, "%.*s;\n", SLICE_ARG(without_version(sql, out->arena)));
    else
        add_error(out, err);
}

/* What `migrinit resolve` would send for each migration, and what it refuses. */
static void add_resolved(struct buf *out, struct arena *arena, const struct format *format,
                         const struct found *found)
{
    static const char *const names[] = {
        [RESOLVE_APPLIED] = "applied", [RESOLVE_ROLLED_BACK] = "rolled back"};

    for (size_t i = 0; i < 2 * found->history.plan.count; i++) {
        const struct plan_entry *entry = &found->history.plan.entries[i / 2];
        struct resolve_request request =
            pick_request(&found->history.plan, entry, (enum resolve_verdict)(i % 2));
        struct slice sql = SLICE("");
        struct error err = {0};
        bool is_composed;

        request.table = sql_name_parse(slice_from(format->default_table));
        request.migrations = &found->source.migrations;
        request.applied = &found->history.applied;
        is_composed = resolve_compose(format, &request, arena, &sql, &err);
        buf_printf(out, "-- %s (%s) is %s\n", entry->id, plan_entry_state(entry), names[i % 2]);
        add_composed(out, is_composed, without_version(sql, arena), &err);
    }
}

/* ... and `migrinit baseline`, up to the first one, and to the last. */
static void add_baselines(struct buf *out, struct arena *arena, const struct format *format,
                          const struct found *found)
{
    struct sql_name table = sql_name_parse(slice_from(format->default_table));

    for (size_t i = 0; i < 2; i++) {
        const struct migration *last = i ? NULL : &found->source.migrations.items[0];
        struct baseline_request request = {
            .table = table, .migrations = &found->source.migrations, .last = last};
        struct slice sql = SLICE("");
        struct error err = {0};
        bool is_composed = baseline_compose(format, &request, arena, &sql, &err);

        buf_printf(out, "-- baseline %s\n", last ? last->id : "of all");
        add_composed(out, is_composed, without_version(sql, arena), &err);
    }
}

static void add_down(struct buf *out, struct arena *arena, const struct format *format,
                     const struct migration *migration)
{
    struct sql_statements statements = {0};
    struct error err;

    assert_true(migration_split(migration, arena, &statements, &err));
    buf_printf(out, "-- %s (%s, %zu statements%s)\n", migration->id, migration->path,
               statements.count, migration->is_transactional ? "" : ", no transaction");
    for (size_t i = 0; i < statements.count; i++)
        buf_printf(out, "%.*s;\n", SLICE_ARG(statements.items[i].text));
    add_records(out, arena, format, migration);
}

/* What undoes the last ones; their number is the first line of expect.down. */
static void add_undone(struct buf *out, struct arena *arena, const char *path,
                       const struct found *found)
{
    const struct format *format = found->source.format;
    struct slice want, line;
    struct revert_plan plan;
    struct error err = {0};

    if (!read_file(arena, arena_printf(arena, "%s/expect.down", path), &want))
        return;
    assert_true(slice_next_line(&want, &line) && slice_starts_with(line, "-- "));
    buf_printf(out, "%.*s\n", SLICE_ARG(line));
    if ((format->check_down &&
         !format->check_down(&found->source.migrations, &found->history.applied, &err)) ||
        !revert_plan_build(&found->source, &found->history, (size_t)atoi(line.ptr + 3), arena,
                           &plan, &err)) {
        add_error(out, &err);
        return;
    }
    for (size_t i = 0; i < plan.count; i++)
        add_down(out, arena, format, &plan.items[i]);
}

static bool read_history(const struct rowset *rows, struct arena *arena, struct found *found,
                         struct error *err)
{
    const struct format *format = found->source.format;
    const struct migration_list *list = &found->source.migrations;
    struct sql_name table = sql_name_parse(slice_from(format->default_table));
    struct history *history = &found->history;

    if (rows->column_count && !bookkeeping_rows(format, rows, arena, &history->applied, err))
        return false;
    return (!history->applied.is_outdated ||
            format->upgrade(table, list, &history->applied, arena, &history->upgrade, err)) &&
           plan_build(format, list, &history->applied, arena, &history->plan, err);
}

static void add_what_is_said(struct buf *out, const struct found *found)
{
    const struct migration_list *list = &found->source.migrations;
    const struct remark_list *remarks = &found->history.plan.remarks;
    struct error err = {0};

    if ((found->source.format->check &&
         !found->source.format->check(list, &found->history.applied, &err)) ||
        !order_check(&found->history.plan, list->options->out_of_order, &err))
        add_error(out, &err);
    for (size_t i = 0; i < list->callback_count; i++)
        buf_printf(out, "callback %d %s%s: %.*s\n", (int)list->callbacks[i].event,
                   list->callbacks[i].script.path,
                   list->callbacks[i].script.is_transactional ? "" : " (no transaction)",
                   SLICE_ARG(migration_text(&list->callbacks[i].script)));
    if (list->awaits_session)
        buf_add_text(out, "awaits the session\n");
    for (size_t i = 0; i < remarks->count; i++)
        buf_printf(out, "%s  %s\n", remarks->items[i].is_warning ? "warn" : "note",
                   remarks->items[i].text);
}

/* What of the pending would lose data. */
static void add_losses(struct buf *out, struct arena *arena, struct found *found)
{
    static const struct step step = {.destructive = DESTRUCTIVE_REFUSE};
    struct plan *plan = &found->history.plan;
    struct guard guard;

    found->source.step = &step;
    plan->remarks = (struct remark_list){0};
    guard = guard_look(&found->source, plan, arena);
    for (size_t i = 0; i < plan->remarks.count; i++)
        buf_printf(out, "%s\n", plan->remarks.items[i].text);
    buf_printf(out, "refused: %zu\n", guard.refused_count);
}

/* What detection says, then what the format named by the folder makes of it. */
static void run_case(struct arena *arena, const struct format *format, const char *path,
                     struct expected *out)
{
    struct found found = {.source = {.tree.root = "db", .dir = "db"}};
    struct tree *tree = &found.source.tree;
    struct error err = {0};
    struct option_values values = {0};
    const struct format *detected;
    const char *why;
    struct slice text = SLICE("");
    struct rowset rows;

    read_tree(tree, arena, arena_printf(arena, "%s/tree", path), "");
    tree_sort(tree);
    if (format_detect(tree, arena, &detected, &why, &err))
        buf_printf(&out->plan, "detected %s: %s\n", detected->name, why);
    else
        add_error(&out->plan, &err);
    read_file(arena, arena_printf(arena, "%s/applied.txt", path), &text);
    rows = read_rows(arena, text);
    found.source.format = format = format_layout(format, tree);
    read_options(arena, arena_printf(arena, "%s/options.txt", path), &found.source.options,
                 &values);
    found.source.migrations.options = &found.source.options;
    if (!format->list(tree, arena, &found.source.migrations, &err) ||
        !read_history(&rows, arena, &found, &err)) {
        add_error(&out->plan, &err);
        return;
    }
    add_what_is_said(&out->plan, &found);
    for (size_t i = 0; i < found.history.plan.count; i++)
        add_entry(&out->plan, arena, &found.history.plan.entries[i]);
    add_sql(&out->sql, arena, &found);
    add_resolved(&out->resolve, arena, format, &found);
    if (found.source.migrations.count)
        add_baselines(&out->baseline, arena, format, &found);
    add_undone(&out->down, arena, path, &found);
    add_losses(&out->loss, arena, &found);
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

/* Of what most cases do not show: only where the file is there. */
static bool check_file_if_there(struct arena *arena, const char *path, struct slice got)
{
    struct slice ignored;

    return !read_file(arena, path, &ignored) || check_file(arena, path, got);
}

static bool check_case(const struct format *format, const char *name)
{
    struct arena *arena = arena_new();
    char *path = arena_printf(arena, "%s/%s/%s/expect", golden_path, format->name, name);
    struct expected got = {buf_in(arena), buf_in(arena), buf_in(arena),
                           buf_in(arena), buf_in(arena), buf_in(arena)};
    bool is_right;

    run_case(arena, format, arena_printf(arena, "%s/%s/%s", golden_path, format->name, name), &got);
    is_right = check_file(arena, arena_printf(arena, "%s.plan", path), buf_slice(&got.plan));
    if (got.sql.len)
        is_right &= check_file(arena, arena_printf(arena, "%s.sql", path), buf_slice(&got.sql));
    is_right &= check_file_if_there(arena, arena_printf(arena, "%s.resolve", path),
                                    buf_slice(&got.resolve));
    is_right &= check_file_if_there(arena, arena_printf(arena, "%s.baseline", path),
                                    buf_slice(&got.baseline));
    is_right &=
        check_file_if_there(arena, arena_printf(arena, "%s.down", path), buf_slice(&got.down));
    is_right &=
        check_file_if_there(arena, arena_printf(arena, "%s.loss", path), buf_slice(&got.loss));
    arena_free(arena);
    return is_right;
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
