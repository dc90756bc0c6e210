/*
 * sql/rowset - a query's result as values: what the server edge hands to rooms that know no
 * connection
 */
#ifndef MIGRINIT_SQL_ROWSET_H
#define MIGRINIT_SQL_ROWSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct rowset {
    size_t row_count;
    size_t column_count;
    struct slice *cells; /* row by row; ptr NULL for SQL NULL; otherwise terminated text */
};

/* Out of range gives SQL NULL. */
struct slice rowset_get(const struct rowset *rows, size_t row, size_t column);
bool rowset_is_null(const struct rowset *rows, size_t row, size_t column);

/* "t" is true. */
bool rowset_bool(const struct rowset *rows, size_t row, size_t column);

/* fallback when NULL or no number */
long long rowset_int(const struct rowset *rows, size_t row, size_t column, long long fallback);

#endif
