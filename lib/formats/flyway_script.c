#include "formats/flyway_script.h"

#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/text.h"
#include "formats/flyway_placeholder.h"
#include "sql/lexer.h"
#include "sql/split.h"

/* What <script>.sql.conf says. */
struct settings {
    bool has_transaction;
    bool is_transactional;
    bool replaces_placeholders;
};

static bool refuse(struct error *err, const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return false;
}

static bool equal_any_case(struct slice text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* Flyway takes whatever is not "true" for false; we rather ask. */
static bool read_bool(struct slice value, bool *out, struct error *err)
{
    *out = equal_any_case(value, "true");
    return *out || equal_any_case(value, "false") ||
           refuse(err, "a value that is neither true nor false", "write true or false");
}

static bool read_setting(struct slice line, struct settings *out, struct error *err)
{
    size_t at = slice_find(line, '=');
    struct slice key = slice_trim(slice_sub(line, 0, at));
    struct slice value = slice_trim(slice_sub(line, at + 1, line.len));
    char printable[80];

    if (slice_equal_text(key, "executeInTransaction")) {
        out->has_transaction = true;
        return read_bool(value, &out->is_transactional, err);
    }
    if (slice_equal_text(key, "placeholderReplacement"))
        return read_bool(value, &out->replaces_placeholders, err);
    if (slice_equal_text(key, "encoding"))
        return equal_any_case(value, "UTF-8") || equal_any_case(value, "UTF8") ||
               refuse(err, "an encoding that is not UTF-8", "convert the file to UTF-8");
    text_sanitize(key, printable, sizeof printable);
    error_set(err, ERR_CONFIG, "a setting that is not supported: %s", printable);
    error_hint(err, "supported: executeInTransaction, placeholderReplacement, encoding=UTF-8");
    return false;
}

static bool read_settings(const struct tree *tree, const char *path, struct arena *arena,
                          struct settings *out, struct error *err)
{
    struct slice name = slice_from(arena_printf(arena, "%s.conf", path)), text, line;
    const struct tree_entry *entry = tree_find(tree, name);

    if (!entry)
        return true;
    if (!tree_entry_text(tree, entry, &text, err))
        return false;
    for (unsigned number = 1; slice_next_line(&text, &line); number++) {
        line = slice_trim(line);
        if (line.len && !slice_starts_with(line, "#") && !read_setting(line, out, err))
            return error_wrap(err, "%s/%s:%u:1", tree_entry_root(tree, entry), name.ptr, number);
    }
    return true;
}

/* Of the file without its byte order mark and without any CR and LF. */
static const char *checksum_of(struct slice text, struct arena *arena)
{
    uint32_t sum = 0;

    while (text.len) {
        size_t len = 0;

        while (len < text.len && text.ptr[len] != '\n' && text.ptr[len] != '\r')
            len++;
        sum = digest_crc32(slice_sub(text, 0, len), sum);
        text = slice_sub(text, len + 1, text.len);
    }
    return arena_printf(arena, "%lld", (long long)sum - (sum >> 31 ? 4294967296LL : 0));
}

static const char *root_of(const struct tree *tree, const struct migration *migration)
{
    return migration->folder ? migration->folder : tree->root;
}

/* What stands where in the file; the byte order mark before the text is no character of it. */
static bool replace(const struct tree *tree, const struct migration_list *list,
                    struct migration *migration, struct arena *arena, bool *awaits_session,
                    struct error *err)
{
    const char *slash = strrchr(migration->path, '/');
    struct replacement *replaced;

    if (!flyway_placeholders_replace(migration_list_options(list), migration->up,
                                     slash ? slash + 1 : migration->path, arena, &replaced,
                                     awaits_session, err))
        return error_wrap_file(err, root_of(tree, migration), migration->path);
    migration->replaced = replaced;
    return true;
}

enum { LEADING_WORDS = 3 };

/* The first words; what stands in parentheses, and VERBOSE after REINDEX, is passed over. */
static size_t leading_words(struct slice statement, struct slice words[LEADING_WORDS])
{
    struct sql_token token = sql_token_next(statement, 0);
    size_t count = 0, depth = 0;

    for (; token.kind != SQL_TOKEN_END && count < LEADING_WORDS;
         token = sql_token_next(statement, token.end)) {
        struct slice word = slice_sub(statement, token.start, token.end);

        if (token.kind == SQL_TOKEN_OPEN)
            depth++;
        else if (token.kind == SQL_TOKEN_CLOSE && depth)
            depth--;
        else if (depth || sql_word_is(word, "verbose") || sql_word_is(word, "unique"))
            continue;
        else if (token.kind != SQL_TOKEN_WORD)
            break;
        else
            words[count++] = word;
    }
    return count;
}

static bool is_any(struct slice word, const char *a, const char *b, const char *c)
{
    return sql_word_is(word, a) || sql_word_is(word, b) || sql_word_is(word, c);
}

/* Flyway's own list; ALTER TYPE ... ADD VALUE is on it before PostgreSQL 12 only. */
static bool needs_no_transaction(struct slice statement)
{
    struct slice words[LEADING_WORDS] = {SLICE(""), SLICE(""), SLICE("")};
    bool creates, drops;

    if (!leading_words(statement, words))
        return false;
    creates = sql_word_is(words[0], "create");
    drops = sql_word_is(words[0], "drop");
    if (creates || drops)
        return is_any(words[1], "database", "tablespace", "subscription") ||
               (sql_word_is(words[1], "index") && sql_word_is(words[2], "concurrently"));
    if (sql_word_is(words[0], "reindex"))
        return is_any(words[1], "schema", "database", "system");
    return sql_word_is(words[0], "vacuum") ||
           (sql_word_is(words[0], "alter") && sql_word_is(words[1], "system")) ||
           (sql_word_is(words[0], "discard") && sql_word_is(words[1], "all"));
}

static bool refuse_mixed(const struct tree *tree, const struct migration *migration,
                         const struct sql_statement *statement, struct error *err)
{
    struct sql_position at = sql_position_at(migration->source, statement->offset);

    refuse(err, "cannot run in a transaction, while other statements of the file can",
           "Flyway refuses such a mixture, too: make it a file of its own, or put "
           "executeInTransaction=false into its .sql.conf");
    sql_excerpt(migration->source, statement->offset, err);
    return error_wrap(err, "%s/%s:%u:%u", root_of(tree, migration), migration->path, at.line,
                      at.column);
}

/* What the statements ask for, unless the .conf has decided. */
static bool read_statements(const struct tree *tree, struct migration *migration,
                            const struct settings *settings, struct arena *arena, struct error *err)
{
    struct sql_statements statements = {0};
    const struct sql_statement *without = NULL;
    size_t count = 0;

    if (!migration_check_sql(tree, migration, err) ||
        !migration_split(migration, arena, &statements, err))
        return false;
    for (size_t i = 0; i < statements.count; i++) {
        migration->has_data |= statements.items[i].has_data;
        if (!needs_no_transaction(statements.items[i].text))
            continue;
        without = &statements.items[i];
        count++;
    }
    migration->is_transactional = settings->has_transaction ? settings->is_transactional : !count;
    return settings->has_transaction || !count || count == statements.count ||
           refuse_mixed(tree, migration, without, err);
}

bool flyway_script_read(const struct tree *tree, struct migration *migration, struct arena *arena,
                        struct migration_list *list, struct error *err)
{
    struct settings settings = {.replaces_placeholders =
                                    !migration_list_options(list)->keeps_placeholders};

    migration->up = text_without_mark(migration->source);
    migration->takes_data = true;
    if (!read_settings(tree, migration->path, arena, &settings, err) ||
        (settings.replaces_placeholders &&
         !replace(tree, list, migration, arena, &list->awaits_session, err)))
        return false;
    migration->checksum = checksum_of(migration->up, arena);
    return read_statements(tree, migration, &settings, arena, err);
}

void flyway_script_repeats(struct migration *migration, struct arena *arena)
{
    if (!migration->replaced)
        return;
    migration->other_checksum = migration->checksum;
    migration->checksum = checksum_of(migration_text(migration), arena);
}
