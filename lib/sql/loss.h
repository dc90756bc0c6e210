/*
 * sql/loss - which statements lose data, by their words alone
 *
 * Why here   [migrate] destructive warns of them, or refuses them, before anything is sent.
 * Judged     what a statement says, not what the database holds. Statements are read token by
 *            token (sql/cursor): comments, strings and quoted names mislead nobody. Not a loss is
 *            what the run has made by itself (sql/made), and what the server refuses while there
 *            is something to lose: DROP SCHEMA, TYPE and the like without CASCADE (2BP01).
 * Bodies     Of DO, whose body runs now, the statements in PL/pgSQL are judged, those in
 *            branches as well; what they make counts for nothing. Of functions and procedures
 *            nothing is: that they are made runs nothing. What EXECUTE puts together, and what a
 *            function does that is called, is not seen.
 * Facts      PostgreSQL 15, tried: another type for a column is refused when a value is too long
 *            or too large (22001, 22003), but digits are rounded and times cut without a word, and
 *            USING may do anything. Hence possible losses. As text everything survives.
 * Purity     values in, values out
 */
#ifndef MIGRINIT_SQL_LOSS_H
#define MIGRINIT_SQL_LOSS_H

#include "sql/made.h"

enum loss_kind {
    LOSS_DROP_TABLE,
    LOSS_DROP_COLUMN,
    LOSS_DROP_ATTRIBUTE, /* of a composite type, and so of each row of it */
    LOSS_DROP_SCHEMA,
    LOSS_DROP_DATABASE,
    LOSS_DROP_MATERIALIZED_VIEW,
    LOSS_DROP_OWNED,
    LOSS_CASCADE, /* of anything else that is dropped */
    LOSS_TRUNCATE,
    LOSS_DELETE, /* without WHERE */
    LOSS_UPDATE, /* without WHERE */
    LOSS_ALTER_TYPE,
    LOSS_KIND_COUNT
};

struct loss {
    enum loss_kind kind;
    size_t at;           /* in the statement, in bytes */
    struct slice object; /* as it is written there; empty where it has no name */
    struct slice column;
};

struct loss_list {
    struct loss *items;
    size_t count;
    size_t capacity;
};

/* Append what this statement loses, and keep in *made what it makes. */
void loss_judge(struct slice statement, struct made *made, struct loss_list *out);

/* "drop-table": what people permit. */
const char *loss_kind_name(enum loss_kind kind);
bool loss_kind_parse(struct slice name, enum loss_kind *kind);

/* Whether rows are sure to be lost if there are any. */
bool loss_is_certain(enum loss_kind kind);

/* "DROP TABLE users: the table and its rows are lost", with these texts for the names: a file may
 * hold a placeholder where a value is sent. */
const char *loss_sentence(enum loss_kind kind, struct slice object, struct slice column,
                          struct arena *arena);

#endif
