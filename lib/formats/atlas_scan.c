#include "formats/atlas_scan.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "formats/atlas_directive.h"
#include "sql/lexer.h"

/* How many BEGINs may be open at once; a file with more is refused, so that the stack has an end.
 */
enum { BLOCK_DEPTH_MAX = 1000 };

/* What all cursors of one file share. */
struct scan {
    struct arena *arena;
    unsigned char *unended; /* a bit for each byte of the file: no block that begins there ends */
    size_t depth;
    bool is_too_deep;
    size_t cut_comment_at; /* a comment at the end of the file with a delimiter in it */
};

struct cursor {
    struct slice text;
    size_t start; /* of the statement that is read */
    size_t at;    /* the next byte */
    size_t paren_depth;
    size_t paren_at; /* the outermost one */
    struct slice delimiter;
    struct scan *scan;
};

enum found { FOUND_STATEMENT, FOUND_END, FOUND_FAULT };

/* One statement as it stands, not trimmed yet. */
struct piece {
    size_t start, end;
    size_t delimiter_at; /* end when it has none */
};

static const struct slice semicolon = {";", 1};

static struct slice rest_at(const struct cursor *cursor, size_t at)
{
    return slice_sub(cursor->text, at, cursor->text.len);
}

/* --- blanks and words --- */

/* The white space of Unicode beyond ASCII, as Go's unicode.IsSpace has it. */
static const char *const wide_spaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

static size_t wide_space_len(struct slice text, bool (*has)(struct slice, const char *))
{
    for (size_t i = 0; i < COUNT_OF(wide_spaces); i++)
        if (has(text, wide_spaces[i]))
            return strlen(wide_spaces[i]);
    return 0;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t leading_space_len(struct slice text)
{
    if (!text.len)
        return 0;
    return is_space(text.ptr[0]) ? 1 : wide_space_len(text, slice_starts_with);
}

static size_t trailing_space_len(struct slice text)
{
    if (!text.len)
        return 0;
    return is_space(text.ptr[text.len - 1]) ? 1 : wide_space_len(text, slice_ends_with);
}

static struct slice without_leading_spaces(struct slice text)
{
    size_t len;

    while ((len = leading_space_len(text)))
        text = slice_sub(text, len, text.len);
    return text;
}

static struct slice trimmed(struct slice text)
{
    size_t len;

    text = without_leading_spaces(text);
    while ((len = trailing_space_len(text)))
        text.len -= len;
    return text;
}

/* The blanks of its regular expressions: no vertical tab. */
static size_t blanks_len(struct slice text)
{
    size_t len = 0;

    while (len < text.len && is_space(text.ptr[len]) && text.ptr[len] != '\v')
        len++;
    return len;
}

static bool has_word(struct slice text, const char *word)
{
    size_t len = strlen(word);

    return text.len >= len && strncasecmp(text.ptr, word, len) == 0;
}

/* Blanks, each of the words, and blanks behind it: the length, or 0. */
static size_t words_len(struct slice text, const char *first, const char *second)
{
    const char *const words[] = {first, second};
    size_t len = blanks_len(text);

    for (size_t i = 0; i < COUNT_OF(words) && words[i]; i++) {
        size_t blanks;

        if (!has_word(slice_sub(text, len, text.len), words[i]))
            return 0;
        len += strlen(words[i]);
        blanks = blanks_len(slice_sub(text, len, text.len));
        if (!blanks)
            return 0;
        len += blanks;
    }
    return len;
}

static void skip_spaces(struct cursor *cursor)
{
    struct slice rest = without_leading_spaces(rest_at(cursor, cursor->at));

    cursor->start = cursor->at = cursor->text.len - rest.len;
}

/* --- what hides a delimiter --- */

static bool fault(const struct cursor *cursor, size_t offset, const char *what, const char *hint,
                  struct error *err)
{
    struct sql_position position = sql_position_at(cursor->text, offset);

    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    sql_excerpt(cursor->text, offset, err);
    return error_wrap(err, "%u:%u", position.line, position.column);
}

static bool is_word_byte(char c)
{
    return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* E'...', and not like'...' */
static bool is_escape_string(const struct cursor *cursor, size_t quote_at)
{
    size_t before = quote_at - cursor->start;
    const char *quote = cursor->text.ptr + quote_at;

    return *quote == '\'' && before && (quote[-1] == 'E' || quote[-1] == 'e') &&
           (before == 1 || !is_word_byte(quote[-2]));
}

/* Quotes that are written twice close one and open the next. */
static bool skip_quoted(struct cursor *cursor, struct error *err)
{
    size_t opened = cursor->at - 1;
    bool has_escapes = is_escape_string(cursor, opened);

    while (cursor->at < cursor->text.len) {
        char c = cursor->text.ptr[cursor->at++];

        if (c == '\\' && has_escapes)
            cursor->at += cursor->at < cursor->text.len;
        else if (c == cursor->text.ptr[opened])
            return true;
    }
    return fault(cursor, opened, "the quote that begins here has no end, as Atlas reads it",
                 "close it; Atlas takes ` for a quote as well as ' and \"", err);
}

static void skip_dollar_quoted(struct cursor *cursor, size_t tag_len)
{
    const char *tag = cursor->text.ptr + cursor->at - 1, *found;
    struct slice body;

    cursor->at += tag_len - 1;
    body = rest_at(cursor, cursor->at);
    found = body.len ? memmem(body.ptr, body.len, tag, tag_len) : NULL;
    cursor->at = found ? (size_t)(found - cursor->text.ptr) + tag_len : cursor->text.len;
}

/* The tool would end the statement in it, and run what is left of the comment. */
static void note_cut_comment(const struct cursor *cursor, struct slice rest)
{
    if (cursor->scan->depth == 0 && rest.len &&
        memmem(rest.ptr, rest.len, cursor->delimiter.ptr, cursor->delimiter.len))
        cursor->scan->cut_comment_at = cursor->at - 2;
}

/* The cursor is behind the two bytes that open it. Without an end it is text like any other. */
static void skip_comment(struct cursor *cursor, const char *end)
{
    struct slice rest = rest_at(cursor, cursor->at);
    const char *found = rest.len ? memmem(rest.ptr, rest.len, end, strlen(end)) : NULL;
    bool is_before_statement = cursor->at - cursor->start == 2;

    if (!found) {
        if (*end == '\n')
            note_cut_comment(cursor, rest);
        return;
    }
    cursor->at = (size_t)(found - cursor->text.ptr) + strlen(end);
    if (is_before_statement)
        skip_spaces(cursor);
}

/* --- BEGIN ... END --- */

static enum found piece_next(struct cursor *cursor, struct piece *out, struct error *err);

static struct slice piece_text(const struct cursor *cursor, const struct piece *piece)
{
    return trimmed(slice_sub(cursor->text, piece->start, piece->end));
}

/* "END" or "END;"; of an atomic body anything that begins so. */
static bool is_block_end(struct slice statement, bool is_atomic)
{
    struct slice rest = slice_sub(statement, 3, statement.len);

    if (!has_word(statement, "end") || is_atomic)
        return has_word(statement, "end");
    rest = slice_sub(rest, blanks_len(rest), rest.len);
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

/* The cursor is one byte behind what may begin a block. False: it begins none, or none that ends.
 */
static bool skip_block(struct cursor *cursor)
{
    size_t at = cursor->at - 1;
    size_t atomic = words_len(rest_at(cursor, at), "begin", "atomic");
    size_t plain = words_len(rest_at(cursor, at), "begin", NULL);

    if (!plain)
        return false;
    if (!atomic && at > cursor->start && !words_len(rest_at(cursor, at - 1), "begin", NULL))
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
    return fault(cursor, cursor->start, "sets no delimiter, but says that it does",
                 "write what ends a statement behind it, and the statements in the lines below",
                 err);
}

/* A line "DELIMITER X", as MySQL's client has it. The cursor is behind its first letter. */
static bool take_delimiter_command(struct cursor *cursor, struct error *err)
{
    static const char command[] = "delimiter";
    size_t value_at = cursor->start + strlen(command), end;
    struct slice value;

    cursor->at = value_at;
    if (!slice_starts_with(rest_at(cursor, value_at), " "))
        return true;
    end = value_at + slice_find(rest_at(cursor, value_at), '\n');
    value = trimmed(slice_sub(cursor->text, value_at, end));
    if (value.len > 1 && slice_starts_with(value, "'") && slice_ends_with(value, "'"))
        value = slice_sub(value, 1, value.len - 1);
    if (!set_delimiter(cursor, value))
        return refuse_no_delimiter(cursor, err);
    cursor->at = end + (end < cursor->text.len);
    skip_spaces(cursor);
    return true;
}

static bool is_delimiter_command(const struct cursor *cursor)
{
    struct slice statement = rest_at(cursor, cursor->start);

    return cursor->at - cursor->start == 1 && statement.len > strlen("delimiter") &&
           has_word(statement, "delimiter");
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
        return fault(cursor, cursor->at - 1, "this ')' closes nothing, as Atlas reads it",
                     "remove it, or open it", err);
    cursor->paren_depth -= c == ')';
    return true;
}

static enum found at_end(const struct cursor *cursor, struct piece *out, struct error *err)
{
    if (cursor->paren_depth) {
        fault(cursor, cursor->paren_at, "the '(' here is never closed, as Atlas reads it",
              "close it: no ';' ends a statement before", err);
        return FOUND_FAULT;
    }
    return cursor->at > cursor->start ? piece_take(cursor, cursor->at, out) : FOUND_END;
}

/* Take what begins with the byte just read, and is no delimiter; *is_block: a statement is over. */
static void take_other(struct cursor *cursor, char c, bool *is_block)
{
    struct slice rest = rest_at(cursor, cursor->at);
    size_t tag_len = c == '$' ? sql_dollar_tag_len(cursor->text, cursor->at - 1) : 0;

    if (tag_len) {
        skip_dollar_quoted(cursor, tag_len);
    } else if (c == '-' && slice_starts_with(rest, "-")) {
        cursor->at++;
        skip_comment(cursor, "\n");
    } else if (c == '/' && slice_starts_with(rest, "*")) {
        cursor->at++;
        skip_comment(cursor, "*/");
    } else if (slice_equal(cursor->delimiter, semicolon)) {
        *is_block = skip_block(cursor);
    }
}

static enum found piece_next(struct cursor *cursor, struct piece *out, struct error *err)
{
    cursor->paren_depth = 0;
    skip_spaces(cursor);
    while (cursor->at < cursor->text.len) {
        size_t at = cursor->at++;
        char c = cursor->text.ptr[at];
        bool is_whole = true, is_block = false;

        if (c == '(' || c == ')') {
            is_whole = take_parenthesis(cursor, c, err);
        } else if (c == '\'' || c == '"' || c == '`') {
            is_whole = skip_quoted(cursor, err);
        } else if (is_delimiter_command(cursor)) {
            is_whole = take_delimiter_command(cursor, err);
        } else if (!cursor->paren_depth &&
                   begins_with_slice(rest_at(cursor, at), cursor->delimiter)) {
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
    struct slice text = trimmed(slice_sub(cursor->text, piece->start, end));
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
        return fault(cursor, 0, "has too many BEGINs inside one another",
                     "divide it into several files", err);
    if (scan->cut_comment_at == SIZE_MAX)
        return true;
    return fault(cursor, scan->cut_comment_at,
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
