#include "sql/lexer.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define UNTERMINATED SIZE_MAX

/* NUL when past the end: no rule begins with it. */
static char byte_at(struct slice text, size_t at)
{
    return at < text.len ? text.ptr[at] : '\0';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Every byte of a non-ASCII character counts as a letter. */
static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static size_t digits_end(struct slice text, size_t at)
{
    while (is_digit(byte_at(text, at)))
        at++;
    return at;
}

static size_t word_end(struct slice text, size_t at)
{
    while (is_word_start(byte_at(text, at)) || is_digit(byte_at(text, at)) ||
           byte_at(text, at) == '$')
        at++;
    return at;
}

static bool starts_line_comment(struct slice text, size_t at)
{
    return byte_at(text, at) == '-' && byte_at(text, at + 1) == '-';
}

static bool starts_block_comment(struct slice text, size_t at)
{
    return byte_at(text, at) == '/' && byte_at(text, at + 1) == '*';
}

/* A carriage return alone ends it, too. */
static size_t line_comment_end(struct slice text, size_t at)
{
    while (at < text.len && !is_line_end(text.ptr[at]))
        at++;
    return at;
}

static size_t block_comment_end(struct slice text, size_t at)
{
    size_t depth = 0;

    while (at < text.len) {
        if (starts_block_comment(text, at)) {
            depth++;
            at += 2;
        } else if (byte_at(text, at) == '*' && byte_at(text, at + 1) == '/') {
            at += 2;
            if (--depth == 0)
                return at;
        } else {
            at++;
        }
    }
    return UNTERMINATED;
}

/* `at` is behind the opening quote. */
static size_t quoted_end(struct slice text, size_t at, char quote)
{
    while (at < text.len) {
        at += slice_find(slice_sub(text, at, text.len), quote);
        if (at == text.len)
            break;
        if (byte_at(text, at + 1) != quote)
            return at + 1;
        at += 2;
    }
    return UNTERMINATED;
}

/*
 * A quote after a line end, with nothing but blanks and line comments between, continues a string
 * in the same manner: the place behind that quote, or 0. It matters for E'' only, where the
 * backslash keeps its meaning.
 */
static size_t string_continuation(struct slice text, size_t at)
{
    bool has_line_end = false;

    for (;;) {
        if (starts_line_comment(text, at)) {
            at = line_comment_end(text, at);
        } else if (byte_is_space(byte_at(text, at))) {
            has_line_end = has_line_end || is_line_end(byte_at(text, at));
            at++;
        } else {
            break;
        }
    }
    return has_line_end && byte_at(text, at) == '\'' ? at + 1 : 0;
}

static size_t escaped_string_end(struct slice text, size_t at)
{
    while (at < text.len) {
        char c = text.ptr[at++];

        if (c == '\\') {
            at++;
        } else if (c == '\'' && byte_at(text, at) == '\'') {
            at++;
        } else if (c == '\'') {
            size_t continued = string_continuation(text, at);

            if (!continued)
                return at;
            at = continued;
        }
    }
    return UNTERMINATED;
}

size_t sql_dollar_tag_len(struct slice text, size_t at)
{
    size_t end = at + 1;

    if (is_word_start(byte_at(text, end)))
        while (is_word_start(byte_at(text, end)) || is_digit(byte_at(text, end)))
            end++;
    return byte_at(text, end) == '$' ? end + 1 - at : 0;
}

static size_t dollar_quote_end(struct slice text, size_t at, size_t tag_len)
{
    size_t body = at + tag_len;
    const char *found = memmem(text.ptr + body, text.len - body, text.ptr + at, tag_len);

    return found ? (size_t)(found - text.ptr) + tag_len : UNTERMINATED;
}

/* A word that touches a number belongs to it, so that 1E'\' has no escape string in it. */
static size_t with_word(struct slice text, size_t at)
{
    return is_word_start(byte_at(text, at)) ? word_end(text, at) : at;
}

static bool starts_signed_exponent(struct slice text, size_t at)
{
    char letter = byte_at(text, at), sign = byte_at(text, at + 1);

    return (letter == 'e' || letter == 'E') && (sign == '+' || sign == '-');
}

static size_t number_end(struct slice text, size_t at)
{
    at = digits_end(text, at);
    if (byte_at(text, at) == '.' && byte_at(text, at + 1) != '.')
        at = digits_end(text, at + 1);
    if (starts_signed_exponent(text, at)) {
        at += 2;
        if (!is_digit(byte_at(text, at)))
            return at;
        at = digits_end(text, at);
    }
    return with_word(text, at);
}

static size_t parameter_end(struct slice text, size_t at)
{
    return with_word(text, digits_end(text, at + 1));
}

static struct sql_token token(struct slice text, size_t start, size_t end,
                              enum sql_token_kind otherwise)
{
    if (end == UNTERMINATED)
        return (struct sql_token){otherwise, start, text.len};
    return (struct sql_token){SQL_TOKEN_OTHER, start, end};
}

static struct sql_token dollar_token(struct slice text, size_t at)
{
    size_t tag_len = sql_dollar_tag_len(text, at);
    size_t end = at + 1;

    if (tag_len)
        end = dollar_quote_end(text, at, tag_len);
    else if (is_digit(byte_at(text, at + 1)))
        end = parameter_end(text, at);
    return token(text, at, end, SQL_TOKEN_UNTERMINATED_DOLLAR);
}

static enum sql_token_kind character_kind(char c)
{
    switch (c) {
    case '(': return SQL_TOKEN_OPEN;
    case ')': return SQL_TOKEN_CLOSE;
    case ';': return SQL_TOKEN_SEMICOLON;
    case '\\': return SQL_TOKEN_BACKSLASH;
    default: return SQL_TOKEN_OTHER;
    }
}

/* The letters before a quote that make it a bit, national or Unicode text. */
static size_t quote_prefix_len(struct slice text, size_t at)
{
    char c = text.ptr[at], next = byte_at(text, at + 1), third = byte_at(text, at + 2);

    if (next == '\'' && strchr("bBxXnN", c))
        return 1;
    return (c == 'u' || c == 'U') && next == '&' && (third == '\'' || third == '"') ? 2 : 0;
}

static struct sql_token quoted_token(struct slice text, size_t start, size_t at)
{
    char quote = text.ptr[at];

    return token(text, start, quoted_end(text, at + 1, quote),
                 quote == '"' ? SQL_TOKEN_UNTERMINATED_NAME : SQL_TOKEN_UNTERMINATED_STRING);
}

static struct sql_token token_at(struct slice text, size_t at)
{
    char c = text.ptr[at];
    size_t prefix_len = c ? quote_prefix_len(text, at) : 0;

    if ((c == 'E' || c == 'e') && byte_at(text, at + 1) == '\'')
        return token(text, at, escaped_string_end(text, at + 2), SQL_TOKEN_UNTERMINATED_STRING);
    if (prefix_len || c == '\'' || c == '"')
        return quoted_token(text, at, at + prefix_len);
    if (is_word_start(c))
        return (struct sql_token){SQL_TOKEN_WORD, at, word_end(text, at)};
    if (is_digit(c))
        return token(text, at, number_end(text, at), SQL_TOKEN_OTHER);
    if (c == '$')
        return dollar_token(text, at);
    return (struct sql_token){character_kind(c), at, at + 1};
}

/* Behind a blank or a comment; the same place where there is none. */
static size_t gap_end(struct slice text, size_t at)
{
    if (byte_is_space(text.ptr[at]))
        return at + 1;
    if (starts_line_comment(text, at))
        return line_comment_end(text, at);
    return starts_block_comment(text, at) ? block_comment_end(text, at) : at;
}

bool sql_line_comment_next(struct slice text, size_t *at, struct slice *comment)
{
    while (*at < text.len) {
        size_t start = *at, end = gap_end(text, start);

        if (end == start || end == UNTERMINATED)
            return false;
        *at = end;
        if (starts_line_comment(text, start)) {
            *comment = slice_sub(text, start, end);
            return true;
        }
    }
    return false;
}

struct sql_token sql_token_next(struct slice text, size_t at)
{
    while (at < text.len) {
        size_t end = gap_end(text, at);

        if (end == UNTERMINATED)
            return token(text, at, end, SQL_TOKEN_UNTERMINATED_COMMENT);
        if (end == at)
            return token_at(text, at);
        at = end;
    }
    return (struct sql_token){SQL_TOKEN_END, text.len, text.len};
}

bool sql_word_is(struct slice word, const char *keyword)
{
    return word.len == strlen(keyword) && strncasecmp(word.ptr, keyword, word.len) == 0;
}
