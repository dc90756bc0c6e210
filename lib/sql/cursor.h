/*
 * sql/cursor - a statement read word by word, as its grammar goes
 *
 * Why here   Who asks what a statement does must not be misled by comments, strings and quoted
 *            names: sql/lexer finds the tokens, this steps over them.
 * Purity     slices of the statement; a key alone is new text
 */
#ifndef MIGRINIT_SQL_CURSOR_H
#define MIGRINIT_SQL_CURSOR_H

#include "base/arena.h"
#include "sql/lexer.h"

struct sql_cursor {
    struct slice text;
    struct sql_token token; /* the one that is looked at; SQL_TOKEN_END behind the last */
};

struct sql_cursor sql_cursor_at(struct slice text, size_t at);
void sql_cursor_step(struct sql_cursor *cursor);
bool sql_cursor_is_over(const struct sql_cursor *cursor);

/* The token's text. */
struct slice sql_cursor_text(const struct sql_cursor *cursor);

/* Whether it is this keyword, in lower case; sql_cursor_take() also steps behind it. */
bool sql_cursor_is(const struct sql_cursor *cursor, const char *keyword);
bool sql_cursor_take(struct sql_cursor *cursor, const char *keyword);

/* Step behind several keywords, "if not exists": all of them, or nothing. */
bool sql_cursor_take_all(struct sql_cursor *cursor, const char *keywords);

/* Whether it is this one character. */
bool sql_cursor_is_mark(const struct sql_cursor *cursor, char mark);

/* Step behind a name with its schema, public."Users"; *name is its text. False: none is here. */
bool sql_cursor_take_name(struct sql_cursor *cursor, struct slice *name);

/*
 * At the end of the statement, or of the parentheses that the cursor stands in; and the step that
 * leads there past what stands in others. Asked so, a comma or a keyword is the statement's own.
 */
bool sql_cursor_is_closed(const struct sql_cursor *cursor);
void sql_cursor_step_over(struct sql_cursor *cursor);

/* Up to the next comma. False: there is none. */
bool sql_cursor_skip_to_comma(struct sql_cursor *cursor);

/* Whether this keyword is still to come. */
bool sql_cursor_awaits(struct sql_cursor cursor, const char *keyword);

/*
 * A text by which two spellings of one name are equal: users, USERS and "users". A schema that was
 * not written is not there. U&"" is equal to itself only.
 */
const char *sql_name_key(struct slice name, struct arena *arena);
bool sql_name_has_schema(struct slice name);

#endif
