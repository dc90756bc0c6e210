#include "sql/split.h"

#include <string.h>

#include "base/text.h"
#include "sql/lexer.h"

/* After these, PostgreSQL's grammar has another keyword, never a name. */
static const char *const leading_words[] = {
    "access",    "alter",   "comment", "constraint",   "create",   "data",   "default",
    "delete",    "discard", "drop",    "event",        "foreign",  "global", "import",
    "insert",    "large",   "local",   "materialized", "merge",    "or",     "reassign",
    "refresh",   "reindex", "replace", "search",       "security", "start",  "temp",
    "temporary", "text",    "unique",  "unlogged",
};

static bool is_leading(struct slice word)
{
    for (size_t i = 0; i < COUNT_OF(leading_words); i++)
        if (sql_word_is(word, leading_words[i]))
            return true;
    return false;
}

static size_t add_word(struct slice word, size_t len, char *out, size_t out_size)
{
    size_t start;

    if (len && len + 1 < out_size)
        out[len++] = ' ';
    start = len;
    len += text_sanitize(word, out + len, out_size - len);
    for (size_t i = start; i < len; i++)
        if (out[i] >= 'a' && out[i] <= 'z')
            out[i] = (char)(out[i] - 'a' + 'A');
    return len;
}

void sql_summary(struct slice statement, char *out, size_t out_size)
{
    struct sql_token token = sql_token_next(statement, 0);
    bool expects_keyword = true;
    size_t len = 0;

    out[0] = '\0';
    while (token.kind == SQL_TOKEN_WORD) {
        struct slice word = slice_sub(statement, token.start, token.end);

        if (!expects_keyword && !sql_word_is(word, "concurrently"))
            break;
        len = add_word(word, len, out, out_size);
        expects_keyword = is_leading(word);
        token = sql_token_next(statement, token.end);
    }
}

static bool has_word(struct slice statement, const char *word)
{
    struct sql_token token = sql_token_next(statement, 0);

    for (; token.kind != SQL_TOKEN_END; token = sql_token_next(statement, token.end)) {
        if (token.kind == SQL_TOKEN_WORD &&
            sql_word_is(slice_sub(statement, token.start, token.end), word))
            return true;
        if (token.end <= token.start)
            return false;
    }
    return false;
}

static bool begins_with(struct slice statement, const char *word)
{
    struct sql_token token = sql_token_next(statement, 0);

    return token.kind == SQL_TOKEN_WORD &&
           sql_word_is(slice_sub(statement, token.start, token.end), word);
}

bool sql_rolls_back(struct slice statement)
{
    return (begins_with(statement, "rollback") || begins_with(statement, "abort")) &&
           !has_word(statement, "to");
}

bool sql_commits(struct slice statement)
{
    return begins_with(statement, "commit") || begins_with(statement, "end");
}

bool sql_ends_transaction(struct slice statement)
{
    return sql_commits(statement) ||
           (begins_with(statement, "prepare") && has_word(statement, "transaction")) ||
           sql_rolls_back(statement);
}
