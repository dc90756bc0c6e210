#include "formats/python.h"

#include <string.h>

struct python_reader python_reader_of(struct slice text)
{
    bool is_marked = slice_starts_with(text, "\xEF\xBB\xBF");

    return (struct python_reader){.text = slice_sub(text, is_marked ? 3 : 0, text.len)};
}

bool python_is_name(const struct python_token *token, const char *name)
{
    return token->kind == PYTHON_NAME && slice_equal_text(token->text, name);
}

bool python_is_mark(const struct python_token *token, char mark)
{
    return token->kind == PYTHON_MARK && token->text.ptr[0] == mark;
}

/* The byte at some distance; 0 behind the end, and a NUL byte is PYTHON_BROKEN anyway. */
static char peek(const struct python_reader *reader, size_t ahead)
{
    size_t at = reader->at + ahead;

    return at < reader->text.len ? reader->text.ptr[at] : '\0';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static void skip_line_end(struct python_reader *reader)
{
    reader->at += peek(reader, 0) == '\r' && peek(reader, 1) == '\n' ? 2 : 1;
}

static void skip_comment(struct python_reader *reader)
{
    while (reader->at < reader->text.len && !is_line_end(peek(reader, 0)))
        reader->at++;
}

/* Blanks, comments, and line ends that end nothing. Gives false at what begins a token. */
static bool skip_one(struct python_reader *reader)
{
    char c = peek(reader, 0);

    if (c == ' ' || c == '\t' || c == '\f') {
        reader->indent += !reader->is_in_line && c != '\f';
        reader->at++;
    } else if (c == '#') {
        skip_comment(reader);
    } else if (c == '\\' && is_line_end(peek(reader, 1))) {
        reader->at++;
        skip_line_end(reader);
    } else if (is_line_end(c) && (!reader->is_in_line || reader->depth)) {
        skip_line_end(reader);
        if (!reader->is_in_line)
            reader->indent = 0;
    } else {
        return false;
    }
    return true;
}

static struct python_token broken(struct python_reader *reader)
{
    reader->at = reader->text.len;
    return (struct python_token){.kind = PYTHON_BROKEN};
}

/* --- strings ----------------------------------------------------------------------------- */

/* The length of the letters before a string's quote; *is_string: it is one. */
static size_t prefix_len(const struct python_reader *reader, bool *is_string)
{
    size_t len = 0;

    while (len < 2 && peek(reader, len) && strchr("rRbBuUfFtT", peek(reader, len)))
        len++;
    *is_string = peek(reader, len) == '\'' || peek(reader, len) == '"';
    return len;
}

struct string_form {
    char quote;
    size_t quote_len; /* 1 or 3 */
    bool is_raw;
    bool is_formatted;
    bool is_bytes;
};

static struct string_form read_form(struct python_reader *reader, size_t prefix)
{
    struct string_form form = {.quote = peek(reader, prefix), .quote_len = 1};

    for (size_t i = 0; i < prefix; i++) {
        form.is_raw |= strchr("rR", peek(reader, i)) != NULL;
        form.is_formatted |= strchr("fFtT", peek(reader, i)) != NULL;
        form.is_bytes |= strchr("bB", peek(reader, i)) != NULL;
    }
    if (peek(reader, prefix + 1) == form.quote && peek(reader, prefix + 2) == form.quote)
        form.quote_len = 3;
    reader->at += prefix + form.quote_len;
    return form;
}

static bool is_closing(const struct python_reader *reader, const struct string_form *form)
{
    for (size_t i = 0; i < form->quote_len; i++)
        if (peek(reader, i) != form->quote)
            return false;
    return true;
}

/* How deep in the braces of an f-string we are behind this byte; "{{" opens nothing. */
static unsigned follow_braces(struct python_reader *reader, unsigned braces)
{
    char c = peek(reader, 0);

    if (c == '{' && !braces && peek(reader, 1) == '{') {
        reader->at++;
        return 0;
    }
    if (c == '{')
        return braces + 1;
    return c == '}' && braces ? braces - 1 : braces;
}

static struct python_token read_string(struct python_reader *reader, size_t prefix)
{
    struct string_form form = read_form(reader, prefix);
    struct python_token token = {.kind = PYTHON_STRING,
                                 .is_literal = !form.is_formatted && !form.is_bytes};
    size_t start = reader->at;
    unsigned braces = 0;

    for (;; reader->at++) {
        char c = peek(reader, 0);

        if (!c || (form.quote_len == 1 && is_line_end(c)))
            return broken(reader);
        if (is_closing(reader, &form))
            break;
        if (c == '\\') {
            token.is_literal = token.is_literal && form.is_raw;
            reader->at += peek(reader, 1) == '\r' && peek(reader, 2) == '\n' ? 2 : 1;
        } else if (form.is_formatted) {
            braces = follow_braces(reader, braces);
        }
    }
    if (braces)
        return broken(reader);
    token.text = slice_sub(reader->text, start, reader->at);
    reader->at += form.quote_len;
    return token;
}

/* --- the rest ---------------------------------------------------------------------------- */

static struct python_token read_name(struct python_reader *reader)
{
    size_t start = reader->at;

    while (is_name_byte(peek(reader, 0)))
        reader->at++;
    return (struct python_token){.kind = PYTHON_NAME,
                                 .text = slice_sub(reader->text, start, reader->at)};
}

static bool follow_bracket(struct python_reader *reader, char c)
{
    static const char openers[] = "([{", closers[] = ")]}";
    const char *opener = strchr(openers, c);

    if (opener) {
        if (reader->depth == PYTHON_DEPTH_MAX)
            return false;
        reader->closers[reader->depth++] = closers[opener - openers];
        return true;
    }
    if (!strchr(closers, c))
        return true;
    return reader->depth && reader->closers[--reader->depth] == c;
}

static struct python_token read_mark(struct python_reader *reader)
{
    char c = peek(reader, 0);

    if (!c || c == '\\')
        return broken(reader);
    if (!follow_bracket(reader, c))
        return broken(reader);
    reader->at++;
    return (struct python_token){.kind = PYTHON_MARK,
                                 .text = slice_sub(reader->text, reader->at - 1, reader->at)};
}

static struct python_token read_line_end(struct python_reader *reader)
{
    bool is_at_end = reader->at >= reader->text.len;

    if (is_at_end && reader->depth)
        return broken(reader);
    if (is_at_end && !reader->is_in_line)
        return (struct python_token){.kind = PYTHON_END};
    if (!is_at_end)
        skip_line_end(reader);
    reader->is_in_line = false;
    reader->indent = 0;
    return (struct python_token){.kind = PYTHON_LINE_END};
}

struct python_token python_next(struct python_reader *reader)
{
    struct python_token token;
    bool is_string, is_first;
    size_t prefix;

    while (skip_one(reader))
        ;
    if (reader->at >= reader->text.len || is_line_end(peek(reader, 0)))
        return read_line_end(reader);
    is_first = !reader->is_in_line;
    reader->is_in_line = true;
    prefix = prefix_len(reader, &is_string);
    if (is_string)
        token = read_string(reader, prefix);
    else if (is_name_byte(peek(reader, 0)))
        token = read_name(reader);
    else
        token = read_mark(reader);
    token.is_first = is_first;
    return token;
}
