/*
 * formats/graphile_migrate - graphile-migrate's committed migrations
 *
 * Files      <digits>[-slug].sql in committed/ (or at the top, when that is the folder given); the
 *            id is <digits>.sql, compared as text
 * Content    lines "--! Key: value" at the very top, one empty line, then the body. Previous ("-"
 *            in the first) and Hash must be there. A body that begins with "--! no-transaction"
 *            runs without one. No carriage returns in the head.
 * Hash       "sha1:" and the SHA-1 of the previous hash, a line end and the trimmed body, trimmed,
 *            and a line end. Looked at before a migration is run, not afterwards; AllowInvalidHash
 *            in the head says that it does not fit.
 * Not here   what .gmrc says, as it lies outside of the folder: hooks are not run, placeholders are
 *            not replaced. :DATABASE_NAME and :DATABASE_OWNER, which all projects have, are
 *            refused.
 * Facts      graphile-migrate 1.4.1, dist/{migration,hash,header}.js, read and run. It would pass
 *            over a file that comes before the last applied one in silence; we refuse to.
 */
#include "base/digest.h"
#include "formats/bookkeeping.h"
#include "formats/registry.h"
#include "formats/version.h"

#include <stdlib.h>
#include <string.h>

static const char allow_invalid_hash[] = "AllowInvalidHash";

struct head {
    struct slice previous; /* "-" or a hash */
    struct slice hash;
    bool allows_invalid_hash;
    struct slice body;
};

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t word_len(struct slice text)
{
    size_t len = 0;

    while (len < text.len && is_word_char(text.ptr[len]))
        len++;
    return len;
}

/* "--! Key" or "--! Key: value"; a key begins with a capital. */
static bool read_header(struct slice line, struct slice *key, struct slice *value)
{
    struct slice rest = slice_sub(line, strlen("--! "), line.len);
    size_t len = word_len(rest);

    if (!slice_starts_with(line, "--! ") || !len || rest.ptr[0] < 'A' || rest.ptr[0] > 'Z' ||
        slice_find(line, '\r') < line.len || (len < rest.len && rest.ptr[len] != ':'))
        return false;
    *key = slice_sub(rest, 0, len);
    *value = slice_trim(slice_sub(rest, len + 1, rest.len));
    return true;
}

static bool take_header(struct head *head, struct slice key, struct slice value)
{
    struct slice *place = slice_equal_text(key, "Previous") ? &head->previous
                          : slice_equal_text(key, "Hash")   ? &head->hash
                                                            : NULL;

    if (slice_equal_text(key, allow_invalid_hash))
        head->allows_invalid_hash = true;
    if (place && place->len)
        return false;
    if (place)
        *place = value;
    return true;
}

static struct slice first_line(struct slice text)
{
    return slice_sub(text, 0, slice_find(text, '\n'));
}

static bool refuse_head(const struct tree *tree, const struct tree_entry *entry, struct error *err,
                        const char *what)
{
    return file_refuse(tree, entry, err, what,
                       "a committed migration begins with --! Previous: and --! Hash: lines and "
                       "one empty line, with LF line ends; restore the file that "
                       "`graphile-migrate commit` wrote");
}

static bool read_head(const struct tree *tree, const struct tree_entry *entry, struct slice source,
                      struct head *head, struct error *err)
{
    struct slice key, value;

    *head = (struct head){0};
    while (read_header(first_line(source), &key, &value)) {
        if (!take_header(head, key, value))
            return refuse_head(tree, entry, err, "a --! line is there twice");
        source = slice_sub(source, first_line(source).len + 1, source.len);
    }
    if (first_line(source).len)
        return refuse_head(tree, entry, err, "no empty line below the --! lines");
    if (!head->previous.len || !head->hash.len)
        return refuse_head(tree, entry, err,
                           head->hash.len ? "no --! Previous: line" : "no --! Hash: line");
    head->body = slice_trim(source);
    return true;
}

static bool has_no_transaction(struct slice body)
{
    struct slice line = first_line(body);

    if (!slice_starts_with(line, "--!"))
        return false;
    line = slice_trim(slice_sub(line, 3, line.len));
    if (!slice_starts_with(line, "no-transaction"))
        return false;
    return word_len(slice_sub(line, strlen("no-transaction"), line.len)) == 0;
}

static bool has_placeholder(struct slice body, const char *name)
{
    size_t len = strlen(name);
    const char *found;

    while (body.len && (found = memmem(body.ptr, body.len, name, len))) {
        body = slice_sub(body, (size_t)(found - body.ptr) + len, body.len);
        if (!word_len(body))
            return true;
    }
    return false;
}

static bool check_placeholders(const struct tree *tree, const struct tree_entry *entry,
                               struct slice body, struct error *err)
{
    static const char *const names[] = {":DATABASE_NAME", ":DATABASE_OWNER"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!has_placeholder(body, names[i]))
            continue;
        error_set(err, ERR_CONFIG, "has the placeholder %s", names[i]);
        error_hint(err, "only graphile-migrate itself can fill it in; run it as a step: "
                        "[migrate] command = npx graphile-migrate migrate");
        return error_wrap(err, "%s/%s", tree->root, entry->path.ptr);
    }
    return true;
}

static bool is_below_committed(const struct tree_entry *entry)
{
    static const char folder[] = "committed/";
    size_t depth = strlen(folder);

    return tree_entry_is_top(entry) || (slice_starts_with(entry->path, folder) &&
                                        tree_entry_name(entry).len + depth == entry->path.len);
}

/* Begins with a digit: its author takes it for a migration. */
static bool is_candidate(const struct tree_entry *entry)
{
    struct slice name = tree_entry_name(entry);

    return entry->kind != TREE_DIRECTORY && is_below_committed(entry) && version_digits(name).len &&
           slice_ends_with(name, ".sql");
}

static bool check_name(const struct tree *tree, const struct tree_entry *entry, struct error *err)
{
    struct slice name = tree_entry_name(entry), slug;

    slug = slice_sub(name, version_digits(name).len, name.len - 4);
    for (size_t i = 0; i < slug.len; i++)
        if (slug.ptr[0] != '-' || (slug.ptr[i] != '-' && !is_word_char(slug.ptr[i])))
            return file_refuse(
                tree, entry, err,
                "would not be run: its name is not "
                "graphile-migrate's",
                "committed migrations are named 000001.sql or 000001-some-words.sql");
    return true;
}

static const char *id_of(const struct tree_entry *entry, struct arena *arena)
{
    struct slice digits = version_digits(tree_entry_name(entry));

    return arena_printf(arena, "%.*s.sql", SLICE_ARG(digits));
}

/* The description holds the previous hash; NULL in the first. */
static bool list_entry(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration_list *out, struct error *err)
{
    struct migration migration = {.path = entry->path.ptr};
    struct slice name = tree_entry_name(entry);
    struct head head;

    if (!check_name(tree, entry, err) || !file_read_unmarked(tree, entry, &migration.source, err) ||
        !read_head(tree, entry, migration.source, &head, err) ||
        !check_placeholders(tree, entry, head.body, err))
        return false;
    migration.id = id_of(entry, arena);
    migration.name = arena_text(arena, slice_sub(name, 0, name.len - 4));
    migration.up = head.body;
    migration.is_transactional = !has_no_transaction(head.body);
    migration.checksum = arena_text(arena, head.hash);
    if (!slice_equal_text(head.previous, "-"))
        migration.description = arena_text(arena, head.previous);
    migration_list_add(out, arena, migration);
    return migration_check_sql(tree, &migration, err);
}

static int compare_migrations(const void *a, const void *b)
{
    const struct migration *left = a, *right = b;

    return strcmp(left->id, right->id);
}

static bool check_chain(const struct tree *tree, const struct migration_list *list,
                        struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct migration *migration = &list->items[i];
        const char *wanted = i ? list->items[i - 1].checksum : "-";
        const char *previous = migration->description ? migration->description : "-";

        if (strcmp(previous, wanted) == 0)
            continue;
        error_set(err, ERR_CONFIG, "follows on %s, but the file before it is %s", previous, wanted);
        error_hint(err, "a committed migration is missing, or two were committed at the same time: "
                        "`graphile-migrate uncommit` the later one and commit it again");
        return error_wrap(err, "%s/%s", tree->root, migration->path);
    }
    return true;
}

static bool list(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err)
{
    for (size_t i = 0; i < tree->count; i++)
        if (is_candidate(&tree->entries[i]) &&
            !list_entry(tree, &tree->entries[i], arena, out, err))
            return false;
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_migrations);
    return migration_list_check_unique(out, tree, arena, err) && check_chain(tree, out, err);
}

static enum detection detect(const struct tree *tree, struct arena *arena, const char **why)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (!is_candidate(entry) || entry->kind != TREE_FILE ||
            !slice_starts_with(entry->bytes, "--! Previous:"))
            continue;
        *why = arena_printf(arena, "a line --! Previous: in %s", entry->path.ptr);
        return DETECT_CERTAIN;
    }
    return DETECT_NO;
}

/* The last one by its name; "" when there is none. */
static const char *last_of(const struct applied_list *rows)
{
    const char *last = "";

    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].id, last) > 0)
            last = rows->items[i].id;
    return last;
}

static bool pending(const struct migration_list *migrations, const struct applied_list *rows,
                    bool *is_pending, struct error *err)
{
    const char *last = last_of(rows);

    (void)err;
    for (size_t i = 0; i < migrations->count; i++)
        is_pending[i] = strcmp(migrations->items[i].id, last) > 0;
    return true;
}

static bool hash_fits(const struct migration *migration)
{
    struct arena *arena = arena_new();
    struct buf text = buf_in(arena);
    char hex[DIGEST_SHA1_HEX + 1];
    bool fits;

    if (migration->description)
        buf_printf(&text, "%s\n", migration->description);
    buf_add(&text, migration->up);
    text.len = slice_trim(buf_slice(&text)).len;
    buf_add_char(&text, '\n');
    digest_sha1_hex(buf_slice(&text), hex);
    fits = slice_starts_with(slice_from(migration->checksum), "sha1:") &&
           strcmp(migration->checksum + strlen("sha1:"), hex) == 0;
    arena_free(arena);
    return fits;
}

static bool allows_invalid_hash(const struct migration *migration)
{
    struct slice rest = migration->source, key, value;

    for (; read_header(first_line(rest), &key, &value);
         rest = slice_sub(rest, first_line(rest).len + 1, rest.len))
        if (slice_equal_text(key, allow_invalid_hash))
            return true;
    return false;
}

static bool check_hash(const struct migration *migration, struct error *err)
{
    if (hash_fits(migration) != allows_invalid_hash(migration))
        return true;
    if (allows_invalid_hash(migration)) {
        error_set(err, ERR_MIGRATION, "%s: has --! AllowInvalidHash, but its hash fits",
                  migration->path);
        error_hint(err, "take the line out; graphile-migrate refuses it as well");
        return false;
    }
    error_set(err, ERR_MIGRATION,
              "%s: the hash does not fit: it was changed after it was committed", migration->path);
    error_hint(err, "restore the file, or `graphile-migrate uncommit` and commit it again; a line "
                    "--! AllowInvalidHash lets it pass");
    return false;
}

static bool has_row(const struct applied_list *rows, const char *id)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].id, id) == 0)
            return true;
    return false;
}

static bool check(const struct migration_list *migrations, const struct applied_list *rows,
                  struct error *err)
{
    const char *last = last_of(rows);

    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];

        if (strcmp(migration->id, last) > 0) {
            if (!check_hash(migration, err))
                return false;
        } else if (!has_row(rows, migration->id)) {
            error_set(err, ERR_MIGRATION, "%s was not applied, but the later %s was",
                      migration->path, last);
            error_hint(err, "graphile-migrate would pass over it in silence: make it the last one "
                            "(`graphile-migrate uncommit`, then commit it again)");
            return false;
        }
    }
    return true;
}

static struct slice create_history(struct sql_name table, struct arena *arena)
{
    struct sql_name current = {.schema = table.schema, .table = SLICE("current")};
    struct buf sql = buf_in(arena);

    history_add_schema(&sql, table);
    buf_add_text(&sql, "CREATE TABLE ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, " (hash text PRIMARY KEY, previous_hash text REFERENCES ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, ", filename text NOT NULL, date timestamptz NOT NULL DEFAULT now());\n"
                       "CREATE TABLE IF NOT EXISTS ");
    sql_quote_name(&sql, current);
    buf_add_text(&sql, " (filename text PRIMARY KEY DEFAULT 'current.sql', content text NOT NULL, "
                       "date timestamptz NOT NULL DEFAULT now())");
    return buf_slice(&sql);
}

static size_t lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX])
{
    (void)place;
    keys[0] = 4727445306447283;
    return 1;
}

const struct format format_graphile_migrate = {
    .name = "graphile-migrate",
    .default_table = "graphile_migrate.migrations",
    .no_transaction_mark = "--! no-transaction",
    .detect = detect,
    .list = list,
    .history_query = "SELECT filename, hash, date FROM {table} ORDER BY filename",
    .history_cells = "id, checksum, applied_at",
    .history_insert = "INSERT INTO {table} (hash, previous_hash, filename) "
                      "VALUES ({checksum}, {description}, {id})",
    .create_history = create_history,
    .compare_ids = strcmp,
    .pending = pending,
    .check = check,
    .lock_keys = lock_keys,
    .id_column = "filename",
};
