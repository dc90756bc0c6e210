#include "formats/prisma_script.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "sql/lexer.h"
#include "sql/split.h"

const char prisma_lock_file[] = "migration_lock.toml";

static struct slice without_prefixes(struct slice text, const char *prefix)
{
    while (slice_starts_with(text, prefix))
        text = slice_sub(text, strlen(prefix), text.len);
    return text;
}

static struct slice without_suffixes(struct slice text, const char *suffix)
{
    while (slice_ends_with(text, suffix))
        text = slice_sub(text, 0, text.len - strlen(suffix));
    return text;
}

/* As the tool reads it: no TOML, but one line in one spelling. False: there is no such line. */
static bool find_provider(struct slice text, struct slice *provider)
{
    struct slice line;

    while (slice_next_line(&text, &line)) {
        if (!slice_starts_with(line, "provider"))
            continue;
        line = without_prefixes(line, "provider = ");
        *provider = without_suffixes(without_prefixes(line, "\""), "\"");
        return true;
    }
    return false;
}

bool prisma_check_lock_file(const struct tree *tree, struct error *err)
{
    const struct tree_entry *entry = tree_find(tree, slice_from(prisma_lock_file));
    struct slice text, provider = SLICE("<PROVIDER NOT FOUND>");
    char printable[80];

    if (!entry)
        return true;
    if (!tree_entry_text(tree, entry, &text, err))
        return false;
    if (find_provider(text, &provider) && slice_equal_text(provider, "postgresql"))
        return true;
    text_sanitize(provider, printable, sizeof printable);
    error_set(err, ERR_CONFIG, "the migrations are for %s, not for postgresql (P3019)", printable);
    error_hint(err, "the tool wants the line provider = \"postgresql\", spelled exactly so");
    return error_wrap(err, "%s/%s", tree->root, prisma_lock_file);
}

/* --- the scripts --- */

/* What a file does about transactions itself. */
struct own_transactions {
    bool is_ended_midway; /* statements follow the end of one, or of ours */
    bool is_left_open;
};

static struct slice next_word(struct slice statement, size_t *at)
{
    struct sql_token token = sql_token_next(statement, *at);

    *at = token.end;
    return token.kind == SQL_TOKEN_WORD ? slice_sub(statement, token.start, token.end) : SLICE("");
}

static void follow(struct own_transactions *own, struct slice statement, bool is_last)
{
    size_t at = 0;
    struct slice first = next_word(statement, &at), second = next_word(statement, &at);

    if (sql_word_is(first, "begin") ||
        (sql_word_is(first, "start") && sql_word_is(second, "transaction"))) {
        own->is_left_open = true;
        return;
    }
    if ((!sql_word_is(first, "commit") && !sql_word_is(first, "end") &&
         !sql_word_is(first, "rollback") && !sql_word_is(first, "abort")) ||
        sql_word_is(second, "to") || sql_word_is(second, "prepared"))
        return;
    own->is_left_open = false;
    own->is_ended_midway |= !is_last;
}

static bool read_transactions(const struct tree *tree, struct migration *migration,
                              struct arena *arena, struct error *err)
{
    struct sql_statements statements = {0};
    struct own_transactions own = {0};

    if (!migration_check_sql(tree, migration, err) ||
        !sql_split_part(migration->source, migration->up, arena, &statements, err))
        return false;
    for (size_t i = 0; i < statements.count; i++)
        follow(&own, statements.items[i].text, i + 1 == statements.count);
    migration->is_transactional = !own.is_ended_midway;
    if (!own.is_ended_midway || !own.is_left_open)
        return true;
    error_set(err, ERR_CONFIG, "begins a transaction and does not end it");
    error_hint(err, "add the COMMIT: the tool would lose its own record with the connection");
    return error_wrap(err, "%s/%s", tree->root, migration->path);
}

bool prisma_script_read(const struct tree *tree, struct migration *migration, struct arena *arena,
                        struct error *err)
{
    char hex[DIGEST_SHA256_HEX + 1];

    migration->up = text_without_mark(migration->source);
    digest_sha256_hex(migration->source, hex);
    migration->checksum = arena_text(arena, slice_from(hex));
    return file_check_utf8(tree, migration->path, migration->source, "save the file as UTF-8",
                           err) &&
           read_transactions(tree, migration, arena, err);
}
