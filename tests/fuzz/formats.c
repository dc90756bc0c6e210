/*
 * Every format on every folder: names, directives, headers, lock files, journals, rows.
 *
 * The input is a folder as text: "=== PATH" begins a file, "=== rows N" rows of N cells, separated
 * by tabs, one row a line, \N for NULL. tests/fuzz/folders.py makes such texts of golden folders.
 */
#include "formats/bookkeeping.h"
#include "fuzz.h"

#include "formats/foreign.h"
#include "formats/registry.h"
#include "migrate/message.h"
#include "migrate/plan.h"

enum { COLUMNS_MAX = 16, ENTRIES_MAX = 64 };

static const char heading[] = "=== ", rows_heading[] = "=== rows ";

struct folder {
    struct tree tree;
    struct rowset rows;
};

static struct rowset read_rows(struct slice heading_line, struct slice text, struct arena *arena)
{
    struct rowset rows = {0};
    struct slice line;

    rows.column_count = (size_t)atoi(arena_text(arena, slice_sub(heading_line, strlen(rows_heading),
                                                                 heading_line.len))) %
                        COLUMNS_MAX;
    rows.cells = arena_array(arena, (text.len + 1) * COLUMNS_MAX, sizeof *rows.cells);
    while (slice_next_line(&text, &line)) {
        for (size_t i = 0; i < rows.column_count; i++) {
            size_t end = slice_find(line, '\t');
            struct slice cell = slice_sub(line, 0, end);

            if (!slice_equal_text(cell, "\\N"))
                rows.cells[rows.row_count * rows.column_count + i] = arena_slice(arena, cell);
            line = slice_sub(line, end + 1, line.len);
        }
        rows.row_count++;
    }
    return rows;
}

/* As sys/fs gives paths: relative, no empty part, none that begins with a dot. */
static bool is_path(struct slice path)
{
    if (!path.len || path.ptr[path.len - 1] == '/' || memchr(path.ptr, '\0', path.len))
        return false;
    for (size_t i = 0; i < path.len; i++)
        if ((i == 0 || path.ptr[i - 1] == '/') && (path.ptr[i] == '/' || path.ptr[i] == '.'))
            return false;
    return true;
}

static void add_parents(struct tree *tree, struct slice path, struct arena *arena)
{
    for (size_t i = 0; i < path.len; i++) {
        struct slice parent = slice_sub(path, 0, i);
        bool is_known = path.ptr[i] != '/';

        for (size_t k = 0; k < tree->count && !is_known; k++)
            is_known = slice_equal(tree->entries[k].path, parent);
        if (!is_known)
            tree_add(tree, arena, (struct tree_entry){.path = parent, .kind = TREE_DIRECTORY});
    }
}

static void add_file(struct tree *tree, struct slice path, struct slice bytes, struct arena *arena)
{
    if (!is_path(path) || tree->count > ENTRIES_MAX)
        return;
    for (size_t i = 0; i < tree->count; i++)
        if (slice_equal(tree->entries[i].path, path))
            return;
    add_parents(tree, path, arena);
    tree_add(tree, arena, (struct tree_entry){.path = path, .bytes = bytes, .kind = TREE_FILE});
}

/* The text up to the next heading. */
static struct slice take_body(struct slice *rest)
{
    struct slice body = *rest, line;
    struct slice ahead = *rest;

    while (slice_next_line(&ahead, &line)) {
        if (slice_starts_with(line, heading))
            break;
        *rest = ahead;
    }
    body.len = (size_t)(rest->ptr - body.ptr);
    return body;
}

static struct folder read_folder(struct slice rest, struct arena *arena)
{
    struct folder folder = {.tree = {.root = "folder"}};
    struct slice line;

    while (slice_next_line(&rest, &line)) {
        struct slice body;

        if (!slice_starts_with(line, heading))
            continue;
        body = take_body(&rest);
        if (slice_starts_with(line, rows_heading))
            folder.rows = read_rows(line, body, arena);
        else
            add_file(&folder.tree, slice_sub(line, strlen(heading), line.len),
                     arena_slice(arena, body), arena);
    }
    tree_sort(&folder.tree);
    return folder;
}

static size_t count_of(struct slice sql, struct arena *arena)
{
    struct sql_statements statements = {0};
    struct error err = {0};

    REQUIRE(sql_split(sql, arena, &statements, &err));
    return statements.count;
}

static const struct sql_name table = {.schema = {"a;\"b", 4}, .table = {"t'", 2}};

/* Behind a parenthesis that stays open everything is one statement, for the server to refuse. */
static bool is_closed(const struct migration *migration, size_t count, struct arena *arena)
{
    struct buf text = buf_in(arena);

    buf_add(&text, migration_text(migration));
    buf_add_text(&text, "\n;SELECT");
    return count_of(buf_slice(&text), arena) == count + 1;
}

/* Of what list() lets pass, everything is sent, and nothing else. */
static void check_migration(const struct format *format, const struct migration *migration,
                            struct arena *arena)
{
    struct sql_statements statements = {0};
    const struct message_frame frame = {SLICE("RESET ALL;BEGIN;\n"), 2, SLICE("COMMIT")};
    struct error err = {0};
    struct message message;

    REQUIRE(migration->id && migration->name && migration->path);
    REQUIRE(fuzz_is_within(migration->up, migration->source));
    REQUIRE(migration_split(migration, arena, &statements, &err));
    for (size_t i = 0; i < statements.count; i++)
        REQUIRE(statements.items[i].offset < migration->source.len);
    for (enum record_phase phase = RECORD_APPLIED; phase <= RECORD_FAILED; phase++) {
        struct record_request request = {.phase = phase, .duration_ms = 1, .failure = "it's"};
        size_t count =
            count_of(bookkeeping_record(format, table, migration, &request, arena), arena);

        REQUIRE(count > 0 || phase == RECORD_STARTED || phase == RECORD_STATEMENT ||
                phase == RECORD_FAILED);
    }
    if (migration->has_data)
        return;
    message = message_compose(format, table, migration, &frame, arena);
    if (is_closed(migration, statements.count, arena))
        REQUIRE(count_of(message.sql, arena) ==
                message.statements_before_file + statements.count + message.statements_after_file);
}

static void check_plan(const struct format *format, const struct migration_list *migrations,
                       const struct rowset *rows, struct arena *arena)
{
    struct applied_list applied = {0};
    struct error err = {0};
    struct plan plan;

    if (!bookkeeping_rows(format, rows, arena, &applied, &err)) {
        fuzz_require_error(&err);
        return;
    }
    if (format->check && !format->check(migrations, &applied, &err))
        fuzz_require_error(&err);
    err = (struct error){0};
    if (!plan_build(format, migrations, &applied, arena, &plan, &err)) {
        fuzz_require_error(&err);
        return;
    }
    REQUIRE(plan.count >= migrations->count);
    REQUIRE(plan.applied_count + plan.pending_count + plan.failed_count + plan.unknown_count <=
            plan.count);
}

static void check_format(const struct format *format, const struct folder *folder,
                         struct arena *arena)
{
    struct migration_list migrations = {0};
    const char *why = NULL;
    struct error err = {0};

    REQUIRE(!format->detect || format->detect(&folder->tree, arena, &why) == DETECT_NO || why);
    format = format_layout(format, &folder->tree);
    if (!format->list(&folder->tree, arena, &migrations, &err)) {
        fuzz_require_error(&err);
        return;
    }
    for (size_t i = 0; i < migrations.count; i++)
        check_migration(format, &migrations.items[i], arena);
    check_plan(format, &migrations, &folder->rows, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct folder folder = read_folder(fuzz_copy(arena, data, size), arena);
    const struct format *detected;
    struct foreign_sign sign;
    struct error err = {0};
    const char *why;

    if (!format_detect(&folder.tree, arena, &detected, &why, &err))
        fuzz_require_error(&err);
    (void)foreign_find(&folder.tree, arena, &sign);
    for (size_t i = 0; i < format_count; i++)
        check_format(formats[i], &folder, arena);
    arena_free(arena);
    return 0;
}
