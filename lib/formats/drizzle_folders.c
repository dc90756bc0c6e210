/*
 * formats/drizzle_folders - Drizzle 1.0's folders, and its __drizzle_migrations with names
 *
 * Files      <14 digits>_<name>/migration.sql; snapshot.json beside it is not looked at. In the
 *            order of localeCompare() of the folders' names, which are the ids.
 * Time       the digits as UTC, recorded in milliseconds; a month 13 is the next January
 * Content    as in the layout with a journal
 * Facts      drizzle-orm and drizzle-kit 1.0.0-rc.5, read (migrator.js, migrator.utils.js,
 *            up-migrations/pg.js) and run; names count since 1.0.0-beta.16. A name without its
 *            digits makes an insert that fails after the SQL was run; a name of digits only is of
 *            drizzle-kit before 2023: both are refused.
 */
#include "formats/collate.h"
#include "formats/drizzle.h"
#include "formats/version.h"

#include <stdlib.h>

enum { TIME_DIGITS = 14 };

static int64_t number_at(struct slice digits, size_t from, size_t to)
{
    int64_t number = 0;

    for (size_t i = from; i < to; i++)
        number = number * 10 + (digits.ptr[i] - '0');
    return number;
}

/* Of the Gregorian calendar, since 1970-01-01; the month from 0, beyond 11 in a later year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    static const int days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t years, leap_days;

    if (month < 0) {
        month += 12;
        year--;
    }
    year += month / 12;
    month %= 12;
    years = month < 2 ? year - 1 : year; /* whose 29 February has passed */
    leap_days = years / 4 - years / 100 + years / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    return (year - 1970) * 365 + leap_days + days_before[month] + day - 1;
}

/* As JavaScript's Date.UTC(): what is out of range rolls over, the years 0 to 99 are 1900 to 1999.
 */
static int64_t time_ms(struct slice digits)
{
    int64_t year = number_at(digits, 0, 4);
    int64_t days = days_of(year < 100 ? 1900 + year : year, number_at(digits, 4, 6) - 1,
                           number_at(digits, 6, 8));

    return (((days * 24 + number_at(digits, 8, 10)) * 60 + number_at(digits, 10, 12)) * 60 +
            number_at(digits, 12, 14)) *
           1000;
}

static bool refuse_name(const struct tree *tree, const struct tree_entry *entry, const char *what,
                        const char *hint, struct error *err)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return error_wrap(err, "%s/%s", tree->root, entry->path.ptr);
}

static bool check_name(const struct tree *tree, const struct tree_entry *entry, struct slice name,
                       struct error *err)
{
    if (version_digits(name).len < TIME_DIGITS)
        return refuse_name(tree, entry, "the folder's name does not begin with a time of 14 digits",
                           "drizzle-kit names them <YYYYMMDDhhmmss>_<name>", err);
    if (name.len == TIME_DIGITS)
        return refuse_name(tree, entry, "a folder as drizzle-kit made them before 2023",
                           "npx drizzle-kit up rewrites it", err);
    if (!collate_is_known(name))
        return refuse_name(tree, entry, "the folder's name is not plain ASCII",
                           "Drizzle sorts such names by the rules of a language: rename it, and "
                           "its name in the table if it is there",
                           err);
    return true;
}

static bool list_folder(const struct tree *tree, const struct tree_entry *entry,
                        struct arena *arena, struct migration_list *out, struct error *err)
{
    struct slice name = slice_sub(entry->path, 0, slice_find(entry->path, '/'));
    struct migration migration = {.id = arena_text(arena, name)};

    if (!check_name(tree, entry, name, err) ||
        !drizzle_file_read(tree, entry, arena, &migration, err))
        return false;
    migration.name = migration.id;
    migration.number = time_ms(name);
    migration_list_add(out, arena, migration);
    return true;
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return collate_compare(slice_from(left->id), slice_from(right->id));
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    const struct tree_entry *entry;

    for (size_t at = 0; (entry = drizzle_next_folder(tree, &at)); at++)
        if (!list_folder(tree, entry, arena, out, err))
            return false;
    drizzle_remark_unlisted(tree, "it is no folder with a migration.sql", arena, out);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err);
}

static int compare_ids(const char *left, const char *right)
{
    return collate_compare(slice_from(left), slice_from(right));
}

static bool applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err)
{
    return drizzle_table_rows(rows, true, arena, out, err);
}

/* Reached through format_drizzle's layout(), which has the detection. */
const struct format format_drizzle_folders = {
    .name = "drizzle",
    .features = FORMAT_RERUNS_WITHOUT_TRANSACTION,
    .default_table = "drizzle.__drizzle_migrations",
    .list = list,
    .history_table = "CREATE TABLE {table} (id SERIAL PRIMARY KEY, hash text NOT NULL, "
                     "created_at bigint, name text, "
                     "applied_at timestamp with time zone DEFAULT now())",
    .history_insert = "INSERT INTO {table} (hash, created_at, name) "
                      "VALUES ({checksum}, {number}, {name})",
    .read_history = drizzle_table_read,
    .applied = applied,
    .upgrade = drizzle_upgrade,
    .compare_ids = compare_ids,
    .id_column = "name",
};
