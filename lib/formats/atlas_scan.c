#include "formats/atlas_scan.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "formats/atlas_blank.h"
#include "formats/atlas_cursor.h"
#include "formats/atlas_directive.h"
#include "sql/lexer.h"

/* How many BEGINs may be open at once, so that the stack has an end. */
enum { BLOCK_DEPTH_MAX = 1000 };

static const struct slice semicolon = {";", 1};

enum found { FOUND_STATEMENT, FOUND_END, FOUND_FAULT };

/* One statement as it stands, not trimmed yet. */
struct piece {
    size_t start, end;
    size_t delimiter_at; /* end when it has none */
};

/* --- BEGIN ... END --- */

static enum found piece_next(struct cursor *cursor, struct piece *out, struct error *err);

static struct slice piece_text(const struct cursor *cursor, const struct piece *piece)
{
    return atlas_trim(slice_sub(cursor->text, piece->start, piece->end));
}

/* "END" or "END;"; of an atomic body anything that begins so. */
static bool is_block_end(struct slice statement, bool is_atomic)
{
    struct slice rest = slice_sub(statement, 3, statement.len);

    if (!atlas_has_word(statement, "end") || is_atomic)
        return atlas_has_word(statement, "end");
    rest = slice_sub(rest, atlas_blanks_len(rest), rest.len);
    return !rest.len || slice_equal(rest, semicolon);
}

static bool find_block_end(struct cursor *cursor, bool is_atomic)
{
    struct cursor body = {.text = cursor->text,
                          .start = cursor->at,
                          .at = cursor->at,
                          .delimiter = semicolon,
                          .scan = cursor->scan};
    struct piece piece;
    struct error ignored;

    while (piece_next(&body, &piece, &ignored) == FOUND_STATEMENT) {
        if (!is_block_end(piece_text(&body, &piece), is_atomic))
            continue;
        cursor->at = body.at;
        return true;
    }
    return false;
}

/* Each BEGIN without an end is looked for once: nested ones would double the work each. */
static bool skip_body(struct cursor *cursor, bool is_atomic)
{
    struct scan *scan = cursor->scan;
    size_t bit = cursor->at * 2 + is_atomic;
    bool is_ended;

    scan->is_too_deep |= scan->depth == BLOCK_DEPTH_MAX;
    if (scan->is_too_deep)
        return false;
    if (scan->unended && scan->unended[bit / 8] & (1u << bit % 8))
        return false;
    scan->depth++;
    is_ended = find_block_end(cursor, is_atomic);
    scan->depth--;
    if (is_ended)
        return true;
    if (!scan->unended)
        scan->unended = arena_alloc(scan->arena, cursor->text.len / 4 + 1);
    scan->unended[bit / 8] |= (unsigned char)(1u << bit % 8);
    return false;
}

/* The cursor is behind a first letter. False: no block begins here, or none that ends. */
static bool skip_block(struct cursor *cursor)
{
    size_t at = cursor->at - 1;
    size_t plain = atlas_words_len(cursor_rest(cursor, at), "begin", NULL);
    size_t atomic = plain ? atlas_words_len(cursor_rest(cursor, at), "begin", "atomic") : 0;

    if (!plain)
        return false;
    if (!atomic && at > cursor->start && !atlas_blanks_len(slice_sub(cursor->text, at - 1, at)))
        return false; /* the end of another word */
    cursor->at = at + (atomic ? atomic : plain);
    return skip_body(cursor, atomic > 0);
}

/* --- statements --- */

static bool set_delimiter(struct cursor *cursor, struct slice value)
{
    static const char letters[] = "nrt", meant[] = "\n\r\t";
    struct buf delimiter = buf_in(cursor->scan->arena);

    for (size_t i = 0; i < value.len; i++) {
        const char *letter = i + 1 < value.len && value.ptr[i] == '\\' && value.ptr[i + 1]
                                 ? strchr(letters, value.ptr[i + 1])
                                 : NULL;

        buf_add_char(&delimiter, letter ? meant[letter - letters] : value.ptr[i]);
        i += letter != NULL;
    }
    cursor->delimiter = buf_slice(&delimiter);
    return value.len > 0;
}

static bool refuse_no_delimiter(const struct cursor *cursor, struct error *err)
{
    return cursor_fault(
        cursor, cursor->start, "sets no delimiter, but says that it does",
        "write what ends a statement behind it, and the statements in the lines below", err);
}

/* A line "DELIMITER X", as MySQL's client has it. The cursor is behind its first letter. */
static bool take_delimiter_command(struct cursor *cursor, struct error *err)
{
    static const char command[] = "delimiter";
    size_t value_at = cursor->start + strlen(command), end;
    struct slice value;

    cursor->at = value_at;
    if (!slice_starts_with(cursor_rest(cursor, value_at), " "))
        return true;
    end = value_at + slice_find(cursor_rest(cursor, value_at), '\n');
    value = atlas_trim(slice_sub(cursor->text, value_at, end));
    if (value.len > 1 && slice_starts_with(value, "'") && slice_ends_with(value, "'"))
        value = slice_sub(value, 1, value.len - 1);
    if (!set_delimiter(cursor, value))
        return refuse_no_delimiter(cursor, err);
    cursor->at = end + (end < cursor->text.len);
    cursor_skip_spaces(cursor);
    return true;
}

static bool is_delimiter_command(const struct cursor *cursor)
{
    struct slice statement = cursor_rest(cursor, cursor->start);

    return cursor->at - cursor->start == 1 && statement.len > strlen("delimiter") &&
           atlas_has_word(statement, "delimiter");
}

static bool begins_with_slice(struct slice text, struct slice prefix)
{
    return slice_equal(slice_sub(text, 0, prefix.len), prefix);
}

static enum found piece_take(const struct cursor *cursor, size_t delimiter_at, struct piece *out)
{
    *out = (struct piece){cursor->start, cursor->at, delimiter_at};
    return FOUND_STATEMENT;
}

static bool take_parenthesis(struct cursor *cursor, char c, struct error *err)
{
    if (c == '(' && cursor->paren_depth++ == 0)
        cursor->paren_at = cursor->at - 1;
    if (c == ')' && !cursor->paren_depth)
        return cursor_fault(cursor, cursor->at - 1, "this ')' closes nothing, as Atlas reads it",
                            "remove it, or open it", err);
    cursor->paren_depth -= c == ')';
    return true;
}

static enum found at_end(const struct cursor *cursor, struct piece *out, struct error *err)
{
    if (cursor->paren_depth) {
        cursor_fault(cursor, cursor->paren_at, "the '(' here is never closed, as Atlas reads it",
                     "close it: no ';' ends a statement before", err);
        return FOUND_FAULT;
    }
    return cursor->at > cursor->start ? piece_take(cursor, cursor->at, out) : FOUND_END;
}

/* Take what begins with the byte just read, and is no delimiter; *is_block: a statement is over. */
static void take_other(struct cursor *cursor, char c, bool *is_block)
{
    struct slice rest = cursor_rest(cursor, cursor->at);
    size_t tag_len = c == '$' ? sql_dollar_tag_len(cursor->text, cursor->at - 1) : 0;

    if (tag_len) {
        cursor_skip_dollar_quoted(cursor, tag_len);
    } else if (c == '-' && slice_starts_with(rest, "-")) {
        cursor->at++;
        cursor_skip_comment(cursor, "\n");
    } else if (c == '/' && slice_starts_with(rest, "*")) {
        cursor->at++;
        cursor_skip_comment(cursor, "*/");
    } else if ((c == 'b' || c == 'B') && slice_equal(cursor->delimiter, semicolon)) {
        *is_block = skip_block(cursor);
    }
}

static enum found piece_next(struct cursor *cursor, struct piece *out, struct error *err)
{
    cursor->paren_depth = 0;
    cursor_skip_spaces(cursor);
    while (cursor->at < cursor->text.len) {
        size_t at = cursor->at++;
        char c = cursor->text.ptr[at];
        bool is_whole = true, is_block = false;

        if (c == '(' || c == ')') {
            is_whole = take_parenthesis(cursor, c, err);
        } else if (c == '\'' || c == '"' || c == '`') {
            is_whole = cursor_skip_quoted(cursor, err);
        } else if (is_delimiter_command(cursor)) {
            is_whole = take_delimiter_command(cursor, err);
        } else if (!cursor->paren_depth &&
                   begins_with_slice(cursor_rest(cursor, at), cursor->delimiter)) {
            cursor->at = at + cursor->delimiter.len;
            return piece_take(cursor, at, out);
        } else {
            take_other(cursor, c, &is_block);
        }
        if (!is_whole || cursor->scan->is_too_deep)
            return FOUND_FAULT;
        if (is_block)
            return piece_take(cursor, cursor->at, out);
    }
    return at_end(cursor, out, err);
}

/* --- the file --- */

static char *blanks_for(struct slice file, struct arena *arena)
{
    char *blanks = arena_text(arena, file);

    for (size_t i = 0; i < file.len; i++)
        if (blanks[i] != '\n')
            blanks[i] = ' ';
    return blanks;
}

static void keep_piece(const struct cursor *cursor, const struct piece *piece,
                       struct sql_statements *out, char *sent)
{
    bool has_own_end = slice_equal(cursor->delimiter, semicolon);
    size_t end = has_own_end ? piece->end : piece->delimiter_at;
    struct slice text = atlas_trim(slice_sub(cursor->text, piece->start, end));
    size_t offset = text.len ? (size_t)(text.ptr - cursor->text.ptr) : piece->start;

    out->items =
        arena_grow(cursor->scan->arena, out->items, &out->capacity, out->count, sizeof *out->items);
    out->items[out->count++] = (struct sql_statement){.text = text, .offset = offset};
    if (text.len)
        memcpy(sent + offset, text.ptr, text.len);
    if (!has_own_end && piece->delimiter_at < piece->end)
        sent[piece->delimiter_at] = ';';
}

static bool begin_file(struct cursor *cursor, struct slice delimiter, struct error *err)
{
    size_t line_len = slice_find(cursor->text, '\n');

    if (!set_delimiter(cursor, delimiter) || line_len == cursor->text.len)
        return refuse_no_delimiter(cursor, err);
    cursor->start = cursor->at = line_len + 1;
    return true;
}

static bool check_scan(const struct cursor *cursor, struct error *err)
{
    const struct scan *scan = cursor->scan;

    if (scan->is_too_deep)
        return cursor_fault(cursor, 0, "has too many BEGINs inside one another",
                            "divide it into several files", err);
    if (scan->cut_comment_at == SIZE_MAX)
        return true;
    return cursor_fault(
        cursor, scan->cut_comment_at,
        "Atlas would run what follows the ';' in this comment, which has no line end",
        "end the last line of the file", err);
}

bool atlas_scan(struct slice file, struct arena *arena, struct sql_statements *out,
                const char **sent, struct error *err)
{
    struct scan scan = {.arena = arena, .cut_comment_at = SIZE_MAX};
    struct cursor cursor = {.text = file, .delimiter = semicolon, .scan = &scan};
    char *composed = blanks_for(file, arena);
    enum found found;
    struct slice delimiter;
    struct piece piece;

    *sent = composed;
    if (atlas_delimiter(file, &delimiter) && !begin_file(&cursor, delimiter, err))
        return false;
    while ((found = piece_next(&cursor, &piece, err)) == FOUND_STATEMENT)
        keep_piece(&cursor, &piece, out, composed);
    if (found == FOUND_FAULT && !scan.is_too_deep)
        return false;
    return check_scan(&cursor, err);
}
