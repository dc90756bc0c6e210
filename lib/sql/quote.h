/*
 * sql/quote - literals and identifiers, for SQL that is composed before any connection exists
 *
 * Why here   A migration and its record go to the server in one message, so the record cannot use
 *            parameters. libpq's PQescapeLiteral() needs a connection, formats have none.
 */
#ifndef MIGRINIT_SQL_QUOTE_H
#define MIGRINIT_SQL_QUOTE_H

#include "base/buf.h"
#include "base/slice.h"

/* 'it''s'; as E'...' when there is a backslash, so that standard_conforming_strings does not
 * matter.
 */
void sql_quote_literal(struct buf *out, struct slice text);

/* Always in double quotes: "select". */
void sql_quote_identifier(struct buf *out, struct slice name);

/*
 * A list of names as a search_path holds it (`app, "My Schema", $user`), each of them quoted, so
 * that nothing but names can be in it. A name without quotes is folded to lower case, as the server
 * folds it.
 */
void sql_quote_name_list(struct buf *out, struct slice list);

/*
 * A table as people write it: "table", "schema.table", with or without double quotes. Letter case
 * is kept either way, as the tools do that quote what they are given. A doubled quote inside a name
 * is not understood.
 */
struct sql_name {
    struct slice schema; /* empty when not given */
    struct slice table;
    bool schema_exists; /* the server has said so */
};

struct sql_name sql_name_parse(struct slice text);

/* "schema"."table" */
void sql_quote_name(struct buf *out, struct sql_name name);

#endif
