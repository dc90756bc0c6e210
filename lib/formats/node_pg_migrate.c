/*
 * formats/node_pg_migrate - node-pg-migrate's SQL files and its pgmigrations
 *
 * Files      every file at the top is a migration; the id is the name without its last extension.
 *            Order: the leading number, of which 17 digits are a time in UTC and become its
 *            milliseconds since 1970; then the whole names, compared naturally.
 * Content    the first line "-- Up Migration" begins the up part, "-- Down Migration" ends it, when
 *            it comes later. Letter case, blanks and further dashes do not count. Without the
 *            former the whole file is run, whatever follows a "-- Down Migration".
 * Down       the first line "-- Down Migration" begins the down part, "-- Up Migration" ends it,
 *            when it comes later. The row is deleted by its name; the newest row is the last one.
 * Table      in the order of its rows (run_on, id) the names must be those of the files
 * Facts      node-pg-migrate 9.0.0, dist/legacy/{migration,runner,sqlMigration}.js and
 *            utils/{comparators,fileNameUtils}.js, read and run. It applies all pending files in
 *            one transaction; here each has its own. We refuse what it gets wrong: of names that
 *            compare equal it takes the folder's order, of x.up.sql and x.down.sql it runs both.
 */
#include "base/text.h"
#include "formats/directive.h"
#include "formats/natural.h"
#include "formats/registry.h"
#include "formats/version.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a JavaScript number holds exactly, and a time as YYYYMMDDHHMMSSmmm. */
enum { NUMBER_DIGITS_MAX = 15, TIME_DIGITS = 17 };

static const char command_hint[] =
    "run the tool itself as a step: [migrate] command = npx node-pg-migrate up";

static bool take_word(struct slice *text, const char *word)
{
    size_t len = strlen(word);

    if (text->len < len || strncasecmp(text->ptr, word, len) != 0)
        return false;
    *text = slice_sub(*text, len, text->len);
    return true;
}

/* Blanks are line ends, too: the tool's pattern may begin in one line and end in another. */
static bool is_mark(struct slice text, const char *direction)
{
    size_t before;

    if (!take_word(&text, "--"))
        return false;
    while (text.len && (text.ptr[0] == '-' || byte_is_space(text.ptr[0])))
        text = slice_sub(text, 1, text.len);
    if (!take_word(&text, direction))
        return false;
    before = text.len;
    text = slice_trim_start(text);
    return text.len < before && take_word(&text, "migration");
}

/* The offset of the mark's dashes, or source.len. */
static size_t find_mark(struct slice source, const char *direction)
{
    struct slice rest = text_without_mark(source), line; /* a blank for a JavaScript pattern */

    while (directive_next_line(&rest, &line)) {
        size_t offset = (size_t)(slice_trim_start(line).ptr - source.ptr);

        if (is_mark(slice_sub(source, offset, source.len), direction))
            return offset;
    }
    return source.len;
}

static struct slice up_part(struct slice source)
{
    size_t up = find_mark(source, "up"), down = find_mark(source, "down");

    if (up == source.len)
        return source;
    return slice_sub(source, up, down < up ? source.len : down);
}

/* Days from 1970-01-01 to a day of the Gregorian calendar; March is the first month of its years.
 */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    int64_t from_march = (month + 9) % 12, years = year - (month <= 2);

    return years * 365 + years / 4 - years / 100 + years / 400 + (from_march * 153 + 2) / 5 + day -
           1 - 719468;
}

static int64_t number_of(struct slice digits)
{
    int64_t value = 0;

    for (size_t i = 0; i < digits.len; i++)
        value = value * 10 + (digits.ptr[i] - '0');
    return value;
}

static bool time_of(struct slice digits, int64_t *ms)
{
    int64_t year = number_of(slice_sub(digits, 0, 4)), month = number_of(slice_sub(digits, 4, 6));
    int64_t day = number_of(slice_sub(digits, 6, 8)), hour = number_of(slice_sub(digits, 8, 10));
    int64_t minute = number_of(slice_sub(digits, 10, 12));
    int64_t second = number_of(slice_sub(digits, 12, 14)), days;
    bool is_month = year > 0 && month >= 1 && month <= 12;

    if (!is_month || hour > 23 || minute > 59 || second > 59)
        return false;
    days = days_since_1970(year, month, day);
    if (day < 1 || days >= days_since_1970(year + month / 12, month % 12 + 1, 1))
        return false;
    *ms = ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000 +
          number_of(slice_sub(digits, 14, TIME_DIGITS));
    return true;
}

static bool read_number(const struct tree *tree, const struct tree_entry *entry, int64_t *number,
                        struct error *err)
{
    struct slice digits = version_digits(entry->path);

    if (!digits.len)
        return file_refuse(tree, entry, err, "has no number in front",
                           "node-pg-migrate takes every file of the folder for a migration and "
                           "would stop here, too: move it elsewhere");
    if (digits.len == TIME_DIGITS) {
        if (time_of(digits, number))
            return true;
        return file_refuse(tree, entry, err, "17 digits, but no time as YYYYMMDDHHMMSSmmm",
                           "node-pg-migrate cannot sort it: rename the file");
    }
    if (digits.len > NUMBER_DIGITS_MAX)
        return file_refuse(tree, entry, err, "the number in front is too large",
                           "node-pg-migrate reads it as a JavaScript number, which is exact up to "
                           "15 digits: rename the file");
    *number = number_of(digits);
    return true;
}

static bool ends_with_any_of(struct slice name, const char *const *suffixes)
{
    for (; *suffixes; suffixes++) {
        size_t len = strlen(*suffixes);

        if (name.len >= len && strcasecmp(name.ptr + name.len - len, *suffixes) == 0)
            return true;
    }
    return false;
}

static bool check_kind(const struct tree *tree, const struct tree_entry *entry, struct error *err)
{
    static const char *const programs[] = {".js",  ".ts",  ".cjs", ".mjs",
                                           ".cts", ".mts", ".tsx", NULL};
    static const char *const halves[] = {".up.sql", ".down.sql", NULL};

    if (ends_with_any_of(entry->path, programs))
        return file_refuse(tree, entry, err, "is a migration that only Node.js can run",
                           command_hint);
    if (!slice_ends_with(entry->path, ".sql"))
        return file_refuse(tree, entry, err, "is no .sql file",
                           "node-pg-migrate takes every file of the folder for a migration and "
                           "would stop here, too: move it elsewhere");
    if (ends_with_any_of(entry->path, halves))
        return file_refuse(tree, entry, err, "is one half of a migration in two files",
                           "node-pg-migrate would run the down file as well, unless its loader "
                           "\"sql\" is set: put both parts in one file, below -- Up Migration and "
                           "-- Down Migration");
    return true;
}

static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct migration migration = {.path = entry->path.ptr, .is_transactional = true};

    if (!check_kind(tree, entry, err) || !read_number(tree, entry, &migration.number, err) ||
        !file_read_unmarked(tree, entry, &migration.source, err))
        return false;
    migration.id = arena_text(arena, slice_sub(entry->path, 0, entry->path.len - 4));
    migration.name = migration.id;
    migration.up = up_part(migration.source);
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;
    int order;

    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    order = natural_compare(slice_from(left->path), slice_from(right->path));
    return order ? order : strcmp(left->path, right->path);
}

static bool check_order_is_known(const struct tree *tree, const struct migration_list *list,
                                 struct error *err)
{
    for (size_t i = 1; i < list->count; i++) {
        const struct migration *left = &list->items[i - 1], *right = &list->items[i];
        struct slice left_name = slice_from(left->path), right_name = slice_from(right->path);

        if (left->number != right->number ||
            (natural_is_known(left_name) && natural_is_known(right_name) &&
             natural_compare(left_name, right_name) != 0))
            continue;
        error_set(err, ERR_CONFIG, "%s and %s: which comes first is not certain", left->path,
                  right->path);
        error_hint(err, "node-pg-migrate does not tell them apart in a way that is the same "
                        "everywhere: give the one that was not yet applied another number");
        return error_wrap(err, "%s", tree->root);
    }
    return true;
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (tree_entry_is_top(entry) && entry->kind != TREE_DIRECTORY &&
            !list_entry(tree, entry, arena, out, err))
            return false;
    }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return check_order_is_known(tree, out, err);
}

static const char *mark(struct slice line, struct slice text, struct arena *arena)
{
    (void)line, (void)arena;
    return is_mark(slice_trim_start(text_without_mark(text)), "up") ? "-- Up Migration" : NULL;
}

/* What the tool calls checkOrder, and does unless told otherwise. */
static bool check(const struct migration_list *migrations, const struct applied_list *applied_rows,
                  struct error *err)
{
    if (migration_list_takes_late(migrations)) /* its --no-check-order */
        return true;
    for (size_t i = 0; i < migrations->count && i < applied_rows->count; i++) {
        const char *file = migrations->items[i].id, *row = applied_rows->items[i].id;

        if (strcmp(file, row) == 0)
            continue;
        error_set(err, ERR_MIGRATION, "in place %zu the files have %s, the applied migrations %s",
                  i + 1, file, row);
        error_hint(err,
                   "an applied file is missing or has another name (put it back), or a new one "
                   "comes before it (give it a later number); [migrate] out_of_order = apply, "
                   "as `node-pg-migrate up --no-check-order`, would apply it all the same");
        return false;
    }
    return true;
}

/* The part may be empty: the tool deletes the row all the same. */
static bool down(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err)
{
    struct slice source = migration->source;
    size_t up = find_mark(source, "up"), from = find_mark(source, "down");

    (void)options, (void)arena;
    if (from == source.len)
        return down_refuse_missing(tree, migration, "below a line -- Down Migration", err);
    migration->up = slice_sub(source, from, up < from ? source.len : up);
    return true;
}

static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    (void)place;
    keys[0] = 7241865325823964;
    return 1;
}

const struct format format_node_pg_migrate = {
    .name = "node-pg-migrate",
    .features = FORMAT_UNDOES_BY_ROW,
    .default_table = "pgmigrations",
    .mark = mark,
    .list = list,
    .history_query = "SELECT name, run_on FROM {table} ORDER BY run_on, id",
    .history_cells = "id, applied_at",
    .history_table = "CREATE TABLE {table} (id serial PRIMARY KEY, name varchar(255) NOT NULL, "
                     "run_on timestamp NOT NULL)",
    .history_insert = "INSERT INTO {table} (name, run_on) VALUES ({id}, pg_catalog.now())",
    .check = check,
    .lock_keys = lock_keys,
    .down = down,
    .check_down = check,
    .id_column = "name",
};
