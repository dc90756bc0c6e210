/*
 * sql/lexer - the next token, by PostgreSQL's own lexical rules
 *
 * Why here   sql/split cuts a text into statements and names the first words of one; both must
 *            agree about what is a word, a quote and a comment.
 * Rules      plain text   words, numbers, $1 and single characters
 *            '...'        '' inside; so are B'', X'', N'' and U&''
 *            E'...'       a backslash hides the next byte; goes on after a line end
 *            "..."        "" inside; so is U&""
 *            $tag$        up to the same $tag$; not inside a word: a$b$c is a name
 *            comments     end operators: 1+--2; block comments nest
 * Facts      scanners of psql and of the server, 15 (src/fe_utils/psqlscan.l,
 *            src/backend/parser/scan.l); standard_conforming_strings is taken to be on.
 *            tests/differential/splitter.py compares with psql itself.
 */
#ifndef MIGRINIT_SQL_LEXER_H
#define MIGRINIT_SQL_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum sql_token_kind {
    SQL_TOKEN_END, /* nothing but blanks and comments was left */
    SQL_TOKEN_WORD,
    SQL_TOKEN_OPEN,      /* ( */
    SQL_TOKEN_CLOSE,     /* ) */
    SQL_TOKEN_SEMICOLON, /* ; */
    SQL_TOKEN_BACKSLASH, /* no SQL at all: psql would begin a command here */
    SQL_TOKEN_OTHER,     /* a quoted text, a number, a parameter, a character */
    /* these reach to the end of the text */
    SQL_TOKEN_UNTERMINATED_STRING,
    SQL_TOKEN_UNTERMINATED_NAME,
    SQL_TOKEN_UNTERMINATED_DOLLAR,
    SQL_TOKEN_UNTERMINATED_COMMENT,
};

struct sql_token {
    enum sql_token_kind kind;
    size_t start;
    size_t end;
};

/* The first token at or after `at`. Blanks and comments before it are passed over. */
struct sql_token sql_token_next(struct slice text, size_t at);

/*
 * The next comment of dashes that stands before the next token, up to its line end; *at is then
 * behind it. False: there is none. One that stands in a block comment is none.
 */
bool sql_line_comment_next(struct slice text, size_t *at, struct slice *comment);

/* Whether a word is this keyword, given in lower case. */
bool sql_word_is(struct slice word, const char *keyword);

/* The length of "$tag$" at `at`; 0 when no dollar quote starts here. */
size_t sql_dollar_tag_len(struct slice text, size_t at);

#endif
