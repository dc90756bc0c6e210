/*
 * sql/split - where a statement ends, and how to point into a text
 *
 * Why here   Statements that cannot run in a transaction block must be sent one at a time, and an
 *            error position must be shown as line and column. Cutting at every ';' is wrong inside
 *            quotes, comments, parentheses and routine bodies.
 * Rules      sql/lexer finds the tokens. A ';' ends a statement only outside parentheses and
 *            outside BEGIN ... END in CREATE [OR REPLACE] FUNCTION | PROCEDURE, where each CASE
 *            asks for an END of its own.
 * Purity     no server, no copy: statements are slices of the text; nothing recurses; the time is
 *            linear in the length
 * Facts      psql 15 cuts alike (tests/differential/splitter.py asks it), but for one thing: psql
 *            reads line by line, so it takes the second line of E'a' \n 'b\'' for a plain string.
 *            The server does not, nor does this.
 */
#ifndef MIGRINIT_SQL_SPLIT_H
#define MIGRINIT_SQL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

struct sql_statement {
    struct slice text; /* from its first to its last token, without the ';' */
    size_t offset;     /* of text in the whole, in bytes */
    struct slice data; /* of COPY ... FROM stdin: its lines, where they are taken */
    bool has_data;
};

struct sql_statements {
    struct sql_statement *items;
    size_t count;
    size_t capacity;
};

/* 1-based, columns in characters. */
struct sql_position {
    unsigned line;
    unsigned column;
};

/*
 * Append the statements of `text` to *out. Comment-only stretches are no statements. Errors,
 * ERR_CONFIG with "line:column" as `where` and the line as excerpt: an unterminated quote, comment
 * or dollar quote (naming where it began); a psql meta-command (any backslash outside quotes);
 * COPY ... FROM stdin, whose data would follow. Parentheses that are never closed are the server's
 * to refuse: the rest is then one statement.
 */
bool sql_split(struct slice text, struct arena *arena, struct sql_statements *out,
               struct error *err) MUST_CHECK;

/*
 * The same for a part of a file: offsets and positions are those of `whole`, of which `part` is a
 * slice. With `out` NULL nothing is kept, which is a check and needs no arena.
 */
bool sql_split_part(struct slice whole, struct slice part, struct arena *arena,
                    struct sql_statements *out, struct error *err) MUST_CHECK;

/*
 * The same for a tool that takes the data of a COPY ... FROM stdin from below the statement's line,
 * up to a line with \. alone. Errors: also where there is no such line
 */
bool sql_split_with_data(struct slice whole, struct slice part, struct arena *arena,
                         struct sql_statements *out, struct error *err) MUST_CHECK;

struct sql_position sql_position_at(struct slice text, size_t offset);

/* The way back; text.len for what is past its end. */
size_t sql_offset_of_position(struct slice text, struct sql_position position);

/* The server counts characters from 1; this gives the byte offset in `text` (text.len when past
 * it). */
size_t sql_offset_of_character(struct slice text, size_t character);

/* Fill err->excerpt with the line around `offset`. */
void sql_excerpt(struct slice text, size_t offset, struct error *err);

/* Whether a statement gives up what the transaction has done: ROLLBACK, ABORT; not to a savepoint.
 */
bool sql_rolls_back(struct slice statement);

/* COMMIT, END */
bool sql_commits(struct slice statement);

/* Whether the transaction is over after it: of all these, and PREPARE TRANSACTION. */
bool sql_ends_transaction(struct slice statement);

/* The first words of a statement in capitals, "CREATE INDEX CONCURRENTLY", for the log. */
void sql_summary(struct slice statement, char *out, size_t out_size);

#endif
