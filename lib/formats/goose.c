/*
 * formats/goose - goose's folder and its goose_db_version
 *
 * Files      <number>_<anything>.sql at the top, in order of the number, 1 to 2^63 - 1; 001 is 1.
 *            Each *.sql must be so named. A numbered .go file is a migration as well, compiled into
 *            a program of its own.
 * Content    -- +goose Up | Down | StatementBegin | StatementEnd | NO TRANSACTION | ENVSUB ON | OFF
 *            An annotation is a comment line by itself, from the first column on; letter case does
 *            not matter. The up part goes from Up, before which there are only comments, to Down or
 *            the end. Outside StatementBegin ... StatementEnd a line whose last word ends in ';'
 *            ends a statement; what ends in neither way is refused. A CR before a line end is not
 *            sent. ENVSUB: goose_envsub.h; in the up part, where goose looks at the down part, too.
 * Order      a file below the highest applied version that has no row is refused, as `goose up`
 *            does without -allow-missing. Any row of a version means applied, whatever is_applied
 *            says; row 0 is the table's beginning.
 * Lock       the command takes none; programs that use goose's Provider may take one for a session
 * Facts      goose 3.27.3, internal/sqlparser, up.go, lock, read; built from that source and run.
 *            Its statements end at lines, ours at SQL's own semicolons: a routine body outside
 *            StatementBegin, which goose cuts to pieces, runs here; and in NO TRANSACTION each
 *            statement of such a block is sent by itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "formats/goose_envsub.h"
#include "formats/registry.h"
#include "formats/version.h"
#include "sql/split.h"

static const char annotation_word[] = "+goose";

enum annotation {
    ANNOTATION_UNKNOWN,
    ANNOTATION_UP,
    ANNOTATION_DOWN,
    ANNOTATION_STATEMENT_BEGIN,
    ANNOTATION_STATEMENT_END,
    ANNOTATION_NO_TRANSACTION,
    ANNOTATION_ENVSUB_ON,
    ANNOTATION_ENVSUB_OFF,
};

static const char *const annotation_names[] = {
    [ANNOTATION_UP] = "up",
    [ANNOTATION_DOWN] = "down",
    [ANNOTATION_STATEMENT_BEGIN] = "statementbegin",
    [ANNOTATION_STATEMENT_END] = "statementend",
    [ANNOTATION_NO_TRANSACTION] = "no transaction",
    [ANNOTATION_ENVSUB_ON] = "envsub on",
    [ANNOTATION_ENVSUB_OFF] = "envsub off",
};

enum place {
    PLACE_BEFORE_UP,
    PLACE_UP,
    PLACE_DOWN,
};

/* What the lines of a file have said so far. */
struct reading {
    enum place place;
    bool is_in_statement; /* between StatementBegin and StatementEnd */
    bool is_unfinished;   /* text without the ';' that ends it */
    bool is_transactional;
    size_t up;   /* offset of the line of Up */
    size_t down; /* ... of Down, or the end */
    char *sent;
    const char *const *environment;
    bool substitutes;             /* between ENVSUB ON and OFF */
    struct replacement *replaced; /* NULL until then; from `up` on */
    size_t kept;                  /* up to here the text is in it */
    unsigned column;              /* of an error */
    struct arena *arena;
};

static bool refuse(struct error *err, const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return false;
}

static bool contains(struct slice text, const char *word)
{
    for (; text.len; text = slice_sub(text, 1, text.len))
        if (slice_starts_with(text, word))
            return true;
    return false;
}

static bool is_annotation(struct slice line)
{
    line = slice_trim(line);
    return slice_starts_with(line, "--") && contains(line, annotation_word);
}

/* What is left of the line without any "--" and without the first "+goose". */
static enum annotation annotation_parse(struct slice line)
{
    char rest[64];
    size_t len = 0;
    bool has_word = false;

    while (line.len && len < sizeof rest) {
        size_t skipped = slice_starts_with(line, "--") ? 2 : 0;

        if (!skipped && !has_word && slice_starts_with(line, annotation_word)) {
            skipped = strlen(annotation_word);
            has_word = true;
        }
        if (!skipped)
            rest[len++] = line.ptr[0];
        line = slice_sub(line, skipped ? skipped : 1, line.len);
    }
    for (size_t i = 1; !line.len && i < COUNT_OF(annotation_names); i++) {
        struct slice command = slice_trim((struct slice){rest, len});

        if (command.len == strlen(annotation_names[i]) &&
            strncasecmp(command.ptr, annotation_names[i], command.len) == 0)
            return (enum annotation)i;
    }
    return ANNOTATION_UNKNOWN;
}

static bool check_finished(const struct reading *reading, struct error *err)
{
    if (reading->is_in_statement)
        return refuse(err, "no -- +goose StatementEnd for the StatementBegin above",
                      "close it before the up part ends");
    if (reading->is_unfinished)
        return refuse(err, "the last statement above is not ended by a ';'",
                      "goose wants a ';' at the end of a line, or -- +goose StatementBegin and "
                      "StatementEnd around the statement");
    return true;
}

static bool take_up(struct reading *reading, size_t offset, struct error *err)
{
    if (reading->place != PLACE_BEFORE_UP)
        return refuse(err, "a second -- +goose Up in one file", "make it a file of its own");
    reading->place = PLACE_UP;
    reading->up = offset;
    return true;
}

static bool take_down(struct reading *reading, size_t offset, struct error *err)
{
    if (reading->place != PLACE_UP)
        return refuse(err, "a -- +goose Down that does not follow the up part",
                      "a file has one -- +goose Up and below it at most one -- +goose Down");
    if (!check_finished(reading, err))
        return false;
    reading->place = PLACE_DOWN;
    reading->down = offset;
    return true;
}

static bool take_begin(struct reading *reading, struct error *err)
{
    if (reading->place == PLACE_BEFORE_UP || reading->is_in_statement)
        return refuse(err, "a -- +goose StatementBegin in the wrong place",
                      "it stands below -- +goose Up or Down, and each has its own StatementEnd");
    reading->is_in_statement = true;
    return true;
}

/* What goose sends by itself needs no ';' of its own: the comment line makes room for one. */
static bool take_end(struct reading *reading, size_t offset, struct error *err)
{
    if (!reading->is_in_statement)
        return refuse(err, "a -- +goose StatementEnd without a StatementBegin",
                      "put -- +goose StatementBegin above the statement");
    reading->is_in_statement = false;
    reading->is_unfinished = false;
    memcpy(reading->sent + offset, ";--", 3);
    return true;
}

static bool take_annotation(struct reading *reading, struct slice line, size_t offset,
                            struct error *err)
{
    if (!slice_starts_with(line, "--"))
        return refuse(err, "blanks before an annotation",
                      "goose wants -- +goose to begin in the first column");
    switch (annotation_parse(line)) {
    case ANNOTATION_UP: return take_up(reading, offset, err);
    case ANNOTATION_DOWN: return take_down(reading, offset, err);
    case ANNOTATION_STATEMENT_BEGIN: return take_begin(reading, err);
    case ANNOTATION_STATEMENT_END: return take_end(reading, offset, err);
    case ANNOTATION_NO_TRANSACTION: reading->is_transactional = false; return true;
    case ANNOTATION_ENVSUB_ON: reading->substitutes = true; return true;
    case ANNOTATION_ENVSUB_OFF: reading->substitutes = false; return true;
    case ANNOTATION_UNKNOWN: break;
    }
    return refuse(err, "an unknown annotation of goose",
                  "known: Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON, "
                  "ENVSUB OFF, with nothing behind them");
}

/* The last word before one that begins with "--" ends in ';'. */
static bool ends_statement(struct slice line)
{
    struct slice last = SLICE("");

    for (line = slice_trim(line); line.len; line = slice_trim(line)) {
        size_t end = 0;

        while (end < line.len && !strchr(" \t\v\f\r", line.ptr[end]))
            end++;
        if (slice_starts_with(line, "--"))
            break;
        last = slice_sub(line, 0, end);
        line = slice_sub(line, end, line.len);
    }
    return slice_ends_with(last, ";");
}

static struct slice sent_part(const struct reading *reading, size_t from, size_t to)
{
    return (struct slice){reading->sent + from, to - from};
}

/* The line with its values, for what is sent and for whether a ';' ends it. */
static bool substitute(struct reading *reading, size_t offset, struct slice *line,
                       struct error *err)
{
    size_t before, at = 0;

    if (!reading->replaced) {
        reading->replaced = replacement_new(reading->arena);
        reading->kept = reading->up;
    }
    replacement_keep(reading->replaced, sent_part(reading, reading->kept, offset),
                     reading->kept - reading->up);
    before = reading->replaced->text.len;
    reading->kept = offset + line->len;
    if (!goose_envsub(reading->environment, *line, offset - reading->up, reading->replaced, &at,
                      err)) {
        reading->column = (unsigned)text_character_count(slice_sub(*line, 0, at)) + 1;
        return false;
    }
    *line = slice_sub(buf_slice(&reading->replaced->text), before, reading->replaced->text.len);
    return true;
}

static bool take_line(struct reading *reading, struct slice line, size_t offset, struct error *err)
{
    struct slice text = slice_trim(line);

    if (is_annotation(line))
        return take_annotation(reading, line, offset, err);
    if (!reading->is_unfinished && (!text.len || slice_starts_with(text, "--")))
        return true;
    if (reading->place == PLACE_BEFORE_UP)
        return refuse(err, "a statement before -- +goose Up",
                      "nothing but comments may stand above it; the file must not begin with a "
                      "byte order mark either");
    if (reading->place != PLACE_UP)
        return true;
    if (reading->substitutes && !substitute(reading, offset, &line, err))
        return false;
    reading->is_unfinished = reading->is_in_statement || !ends_statement(line);
    return true;
}

static bool read_lines(struct slice source, struct reading *reading, struct error *err)
{
    struct slice rest = source, line;
    size_t offset = 0;

    for (unsigned number = 1; slice_next_line(&rest, &line); number++) {
        reading->column = 1;
        if (!take_line(reading, line, offset, err)) {
            sql_excerpt(source, offset + sql_offset_of_character(line, reading->column), err);
            return error_wrap(err, "%u:%u", number, reading->column);
        }
        offset = source.len - rest.len;
    }
    if (reading->place == PLACE_BEFORE_UP)
        return refuse(err, "no -- +goose Up", "a migration of goose has such a line");
    return reading->place == PLACE_DOWN || check_finished(reading, err);
}

/* Columns and lines stay what they were. */
static struct slice without_carriage_returns(struct slice text, struct arena *arena)
{
    struct buf out = buf_in(arena);
    struct slice line;

    if (slice_find(text, '\r') == text.len)
        return text;
    buf_reserve(&out, text.len);
    while (text.len) {
        bool has_end = slice_find(text, '\n') < text.len;

        if (!slice_next_line(&text, &line))
            break;
        buf_add(&out, line);
        if (has_end)
            buf_add_char(&out, '\n');
    }
    return buf_slice(&out);
}

/* "00012_a.sql": 12. Zero when there is no such number. */
static int64_t number_of(struct slice name)
{
    struct slice digits = version_digits(name);
    char text[24];
    long long number;

    if (!digits.len || digits.len == name.len || name.ptr[digits.len] != '_')
        return 0;
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = slice_sub(digits, 1, digits.len);
    if (digits.len >= sizeof text)
        return 0;
    memcpy(text, digits.ptr, digits.len);
    text[digits.len] = '\0';
    errno = 0;
    number = strtoll(text, NULL, 10);
    return errno ? 0 : number;
}

static bool parse(const struct tree *tree, const struct migration_list *list,
                  struct migration *migration, struct arena *arena, struct error *err)
{
    struct reading reading = {.is_transactional = true,
                              .down = migration->source.len,
                              .sent = arena_text(arena, migration->source),
                              .environment = migration_list_options(list)->environment,
                              .arena = arena};

    if (!read_lines(migration->source, &reading, err))
        return error_wrap_file(err, tree->root, migration->path);
    migration->up = slice_sub(migration->source, reading.up, reading.down);
    migration->sent = reading.sent + reading.up;
    migration->is_transactional = reading.is_transactional;
    if (reading.replaced)
        replacement_keep(reading.replaced, sent_part(&reading, reading.kept, reading.down),
                         reading.kept - reading.up);
    migration->replaced = reading.replaced;
    return true;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct slice name = entry->path;
    struct migration migration = {.path = name.ptr, .number = number_of(name)};

    if (migration.number < 1) {
        refuse(err, "has no version in its name, and goose refuses a folder with such a file",
               "name it <number>_<name>.sql with a number from 1 on, or move it elsewhere");
        return error_wrap(err, "%s/%s", tree->root, name.ptr);
    }
    if (!tree_entry_text(tree, entry, &migration.source, err))
        return false;
    migration.source = without_carriage_returns(migration.source, arena);
    migration.id = arena_printf(arena, "%lld", (long long)migration.number);
    migration.name = arena_text(arena, slice_sub(name, 0, name.len - 4));
    if (!parse(tree, out, &migration, arena, err))
        return false;
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static bool is_go_migration(const struct tree_entry *entry)
{
    return tree_entry_is_top(entry) && slice_ends_with(entry->path, ".go") &&
           !slice_ends_with(entry->path, "_test.go") && number_of(entry->path) > 0;
}

static bool refuse_go(const struct tree *tree, const struct tree_entry *entry, struct error *err)
{
    refuse(err, "is a migration in Go, which only a program that has it compiled in can run",
           "run that program as a step ([migrate] command = ...), or write the migration in SQL");
    return error_wrap(err, "%s/%s", tree->root, entry->path.ptr);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (is_go_migration(entry))
            return refuse_go(tree, entry, err);
        if (tree_entry_is_top_sql(entry) && !list_entry(tree, entry, arena, out, err))
            return false;
    }
    if (!out->count) {
        refuse(err, "no migration files",
               "goose's files are named <number>_<name>.sql and lie at the top");
        return error_wrap(err, "%s", tree->root);
    }
    qsort(out->items, out->count, sizeof *out->items, compare_numbers);
    return migration_list_check_unique(out, tree, arena, err);
}

static bool find_annotation(struct slice source, struct slice *line)
{
    while (slice_next_line(&source, line)) {
        struct slice text = slice_trim(*line);

        if (slice_starts_with(text, "--") &&
            slice_starts_with(slice_trim(slice_sub(text, 2, text.len)), annotation_word))
            return true;
    }
    return false;
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];
        struct slice line;
        char printable[48];

        if (!tree_entry_is_top_sql(entry) || entry->kind != TREE_FILE ||
            !find_annotation(entry->bytes, &line))
            continue;
        text_sanitize(line, printable, sizeof printable);
        *why = arena_printf(arena, "a line \"%s\" in %s", printable, entry->path.ptr);
        return DETECT_CERTAIN;
    }
    return DETECT_NO;
}

static struct slice read_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT version_id, is_applied, tstamp FROM ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " ORDER BY id");
    return buf_slice(&sql);
}

static bool refuse_empty_table(struct error *err)
{
    error_set(err, ERR_MIGRATION, "the bookkeeping table has no row, and goose refuses such a one");
    error_hint(err, "drop the table, if nothing was applied yet; else insert its first row again, "
                    "(version_id, is_applied) = (0, true), and one for each applied version");
    return false;
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    if (rows->column_count != 3)
        return refuse(err, "the bookkeeping table is not goose's: it has other columns",
                      "name the right format ([migrate] format) or another table "
                      "([migrate] table)");
    if (!rows->row_count)
        return refuse_empty_table(err);
    for (size_t i = 0; i < rows->row_count; i++) {
        struct slice at = rowset_get(rows, i, 2);
        int64_t number = rowset_int(rows, i, 0, 0);

        if (number < 1)
            continue;
        applied_list_add(out, arena,
                         (struct applied){.id = arena_text(arena, rowset_get(rows, i, 0)),
                                          .applied_at = at.ptr ? arena_text(arena, at) : NULL,
                                          .duration_ms = -1,
                                          .number = number});
    }
    return true;
}

static struct slice create_history(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    history_add_schema(&sql, table);
    buf_add_text(&sql, "CREATE TABLE ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, "
                       "version_id bigint NOT NULL, is_applied boolean NOT NULL, "
                       "tstamp timestamp NOT NULL DEFAULT now());\nINSERT INTO ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " (version_id, is_applied) VALUES (0, true)");
    return buf_slice(&sql);
}

static struct slice record(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    if (request->phase == RECORD_STARTED || request->phase == RECORD_FAILED)
        return SLICE("");
    buf_add_text(&sql, "INSERT INTO ");
    sql_quote_name(&sql, table);
    buf_printf(&sql, " (version_id, is_applied) VALUES (%lld, true)", (long long)migration->number);
    return buf_slice(&sql);
}

static int compare_int64(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static bool refuse_missed(const struct migration *migration, int64_t highest, struct error *err)
{
    error_set(err, ERR_MIGRATION, "%s is not applied, and version %lld above it is",
              migration->path, (long long)highest);
    error_hint(err,
               "goose refuses it, too: give the file a number above %lld, or set [migrate] "
               "out_of_order = apply, which is its -allow-missing",
               (long long)highest);
    return false;
}

static bool check(const struct migration_list *migrations, const struct applied_list *applied_rows,
                  struct error *err)
{
    struct arena *arena = arena_new();
    int64_t *numbers = arena_array(arena, applied_rows->count, sizeof *numbers);
    int64_t highest = 0;
    bool is_right = true, takes_late = migration_list_takes_late(migrations);

    for (size_t i = 0; i < applied_rows->count; i++)
        numbers[i] = applied_rows->items[i].number;
    if (applied_rows->count) {
        qsort(numbers, applied_rows->count, sizeof *numbers, compare_int64);
        highest = numbers[applied_rows->count - 1];
    }
    for (size_t i = 0; is_right && i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];

        is_right = takes_late || migration->number > highest ||
                   bsearch(&migration->number, numbers, applied_rows->count, sizeof *numbers,
                           compare_int64) ||
                   refuse_missed(migration, highest, err);
    }
    arena_free(arena);
    return is_right;
}

/* CRC-32 of "goose". */
static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    (void)place;
    keys[0] = 4097083626;
    return 1;
}

const struct format format_goose = {
    .name = "goose",
    .default_table = "goose_db_version",
    .no_transaction_mark = "-- +goose NO TRANSACTION",
    .detect = detect,
    .list = list,
    .read_history = read_history,
    .applied = applied,
    .create_history = create_history,
    .record = record,
    .check = check,
    .lock_keys = lock_keys,
};
