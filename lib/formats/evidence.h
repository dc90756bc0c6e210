/*
 * formats/evidence - bookkeeping tables that a database was kept with before us
 *
 * Why here   Folders of several tools look alike, databases do not. Where the folder's own
 *            bookkeeping is absent and another tool's table has rows, starting afresh would run
 *            everything again on a database that has it.
 * Facts      default names of the tools, as their own documentation and sources have them; a table
 *            name that the operator chose for such a tool is not known here
 */
#ifndef MIGRINIT_FORMATS_EVIDENCE_H
#define MIGRINIT_FORMATS_EVIDENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"
#include "sql/quote.h"
#include "sql/rowset.h"

struct evidence {
    struct sql_name table;
    const char *tool; /* "Flyway"; several where tools share a name */
};

/* SELECT of the known tables that stand in this schema, or in the schema that their tool brings. */
struct slice evidence_query(struct slice schema, struct arena *arena);

/* Row number `row` of that query's answer; false behind the last one. */
bool evidence_get(const struct rowset *rows, size_t row, struct evidence *out);

/* SELECT of one boolean: has this table any row? */
struct slice evidence_rows_query(struct sql_name table, struct arena *arena);

#endif
