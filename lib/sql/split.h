/*
 * sql/split - where a statement ends, by PostgreSQL's own lexical rules
 *
 * Why here   Statements that cannot run in a transaction block must be sent one at a time, and an
 * error position must be shown as line and column. Cutting at every ';' is wrong inside quotes,
 *            dollar quotes, comments, parentheses and routine bodies.
 * Rules      read from psql 15's scanner (src/fe_utils/psqlscan.l), states in prose:
 *              plain text; '...' with '' inside; E'...' with backslashes; U&'...'; "..." ;
 * $tag$...$tag$ (a tag does not start inside an identifier); -- to the line end; nested comments;
 *              parenthesis depth; BEGIN ... END depth inside CREATE [OR REPLACE] FUNCTION |
 * PROCEDURE (standard-conforming strings are taken to be on) A ';' ends a statement only in plain
 * text at depth 0. tests/sql compares with psql itself. Purity     no server, no copy: statements
 * are slices of the text
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
 * Comment-only stretches are no statements. Errors, ERR_CONFIG with "line:column" as `where`: an
 * unterminated quote, comment or dollar quote (naming where it began); a psql meta-command (a line
 * whose first character outside quotes is a backslash); data lines after COPY ... FROM stdin.
 */
bool sql_split(struct slice text, struct arena *arena, struct sql_statements *out,
               struct error *err) MUST_CHECK;

struct sql_position sql_position_at(struct slice text, size_t offset);

/* The server counts characters from 1; this gives the byte offset in `text` (text.len when past
 * it). */
size_t sql_offset_of_character(struct slice text, size_t character);

/* Fill err->excerpt with the line around `offset`. */
void sql_excerpt(struct slice text, size_t offset, struct error *err);

/* The first words of a statement in capitals, "CREATE INDEX CONCURRENTLY", for the log. */
void sql_summary(struct slice statement, char *out, size_t out_size);

#endif
