/*
 * formats/python - a Python file as tokens: names, strings, marks, and where its lines end
 *
 * Why here   What a file of Alembic says of itself stands in a few assignments. Reading these
 *            surely takes no interpreter, only never taking a comment, or the inside of a string or
 *            of a bracket, for one.
 * Facts      Python's reference, Lexical analysis (3.8 to 3.13). Where its versions differ (quotes
 *            within the braces of an f-string, 3.12) and where a file is cut off or damaged,
 *            PYTHON_BROKEN comes: nothing is guessed.
 * Purity     allocates nothing
 */
#ifndef MIGRINIT_FORMATS_PYTHON_H
#define MIGRINIT_FORMATS_PYTHON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum python_kind {
    PYTHON_END,
    PYTHON_BROKEN,
    PYTHON_LINE_END, /* of a logical line: not within brackets, not after a backslash */
    PYTHON_NAME,     /* keywords too */
    PYTHON_STRING,
    PYTHON_MARK, /* any other byte: an operator's, a bracket, a digit of a number */
};

struct python_token {
    enum python_kind kind;
    struct slice text; /* of a string: what is between its quotes, as written */
    bool is_literal;   /* of a string: what is written is its value; no f, no b, no escapes */
    bool is_first;     /* of its logical line */
};

enum { PYTHON_DEPTH_MAX = 100 };

struct python_reader {
    struct slice text;
    size_t at;
    size_t indent;  /* of the logical line at hand, in bytes */
    unsigned depth; /* of brackets that are open behind the last token */
    char closers[PYTHON_DEPTH_MAX];
    bool is_in_line; /* a token of the line at hand was given */
};

struct python_reader python_reader_of(struct slice text);

struct python_token python_next(struct python_reader *reader);

/* Whether it is this name, or this one mark. */
bool python_is_name(const struct python_token *token, const char *name);
bool python_is_mark(const struct python_token *token, char mark);

#endif
