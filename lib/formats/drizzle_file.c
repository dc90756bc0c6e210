/*
 * One migration.sql: cut into pieces as Drizzle cuts it, and put together again as one text.
 *
 * Drizzle sends each piece between two separators as a message of its own, so a piece needs no
 * final ';', and a separator ends a comment. In the one text that we send, a line end and a ';' of
 * the separator's length do the same; so that this is true, no piece may end inside a quote.
 */
#include "base/digest.h"
#include "base/text.h"
#include "formats/drizzle.h"
#include "sql/split.h"

#include <string.h>

static const char separator[] = "--> statement-breakpoint";
static const char replacement[] = "\n;                      ";

_Static_assert(sizeof separator == sizeof replacement, "places in the file stay true");

enum { SEPARATOR_LEN = sizeof separator - 1 };

static bool refuse_at(const struct tree *tree, struct slice source, const char *path, size_t offset,
                      struct error *err)
{
    struct sql_position at = sql_position_at(source, offset);

    return error_wrap(err, "%s/%s:%u:%u", tree->root, path, at.line, at.column);
}

/* Drizzle's own hash would be that of the text with U+FFFD in it, and so would be what it sends. */
static bool check_encoding(const struct tree *tree, struct slice source, const char *path,
                           struct error *err)
{
    size_t at = text_invalid_at(source);

    if (at < source.len) {
        error_set(err, ERR_CONFIG, "is not valid UTF-8");
        error_hint(err, "save the file as UTF-8");
        return refuse_at(tree, source, path, at, err);
    }
    if (!text_has_mark(source))
        return true;
    error_set(err, ERR_CONFIG, "begins with a UTF-8 byte order mark");
    error_hint(err, "Drizzle sends it, and the server refuses it (42601): save the file without");
    return refuse_at(tree, source, path, 0, err);
}

static const char *next_separator(struct slice text)
{
    return text.len ? memmem(text.ptr, text.len, separator, SEPARATOR_LEN) : NULL;
}

static bool check_piece(const struct tree *tree, struct slice source, struct slice piece,
                        const char *path, struct error *err)
{
    struct error ignored;

    if (sql_split_part(source, piece, NULL, NULL, err))
        return true;
    if (sql_split_part(source, source, NULL, NULL, &ignored)) /* it is the cut that is wrong */
        error_hint(err,
                   "close it before the next \"%s\": Drizzle cuts the file there, inside "
                   "quotes and comments as well",
                   separator);
    return error_wrap_file(err, tree->root, path);
}

/* *sent stays NULL where there is nothing to replace. */
static bool join_pieces(const struct tree *tree, struct slice source, const char *path,
                        struct arena *arena, const char **sent, struct error *err)
{
    struct slice rest = source;
    const char *found;
    char *copy = NULL;

    while ((found = next_separator(rest))) {
        if (!check_piece(tree, source, slice_sub(rest, 0, (size_t)(found - rest.ptr)), path, err))
            return false;
        if (!copy)
            copy = arena_text(arena, source);
        memcpy(copy + (found - source.ptr), replacement, SEPARATOR_LEN);
        rest = slice_sub(rest, (size_t)(found - rest.ptr) + SEPARATOR_LEN, rest.len);
    }
    *sent = copy;
    return check_piece(tree, source, rest, path, err);
}

/*
 * COMMIT as a piece of its own is how people get CREATE INDEX CONCURRENTLY past Drizzle's
 * transaction. Such a file is run statement by statement: in one message it would fail, and run a
 * second time what it had committed.
 */
static bool has_commit(struct slice text, struct arena *arena, bool *found, struct error *err)
{
    struct sql_statements statements = {0};

    if (!sql_split(text, arena, &statements, err))
        return false;
    *found = false;
    for (size_t i = 0; i < statements.count && !*found; i++)
        *found = sql_commits(statements.items[i].text);
    return true;
}

bool drizzle_file_read(const struct tree *tree, const struct tree_entry *entry, struct arena *arena,
                       struct migration *out, struct error *err)
{
    char hex[DIGEST_SHA256_HEX + 1];
    bool commits;

    out->path = entry->path.ptr;
    if (!tree_entry_text(tree, entry, &out->source, err) ||
        !check_encoding(tree, out->source, out->path, err) ||
        !join_pieces(tree, out->source, out->path, arena, &out->sent, err))
        return false;
    out->up = out->source;
    digest_sha256_hex(out->source, hex);
    out->checksum = arena_text(arena, slice_from(hex));
    if (!has_commit(migration_text(out), arena, &commits, err))
        return error_wrap(err, "%s/%s", tree->root, out->path);
    out->is_transactional = !commits;
    return true;
}
