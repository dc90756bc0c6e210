#include "sql/rowset.h"

#include <errno.h>
#include <stdlib.h>

struct slice rowset_get(const struct rowset *rows, size_t row, size_t column)
{
    if (row >= rows->row_count || column >= rows->column_count)
        return (struct slice){NULL, 0};
    return rows->cells[row * rows->column_count + column];
}

bool rowset_is_null(const struct rowset *rows, size_t row, size_t column)
{
    return rowset_get(rows, row, column).ptr == NULL;
}

bool rowset_bool(const struct rowset *rows, size_t row, size_t column)
{
    return slice_equal_text(rowset_get(rows, row, column), "t");
}

long long rowset_int(const struct rowset *rows, size_t row, size_t column, long long fallback)
{
    struct slice cell = rowset_get(rows, row, column);
    char *end;
    long long value;

    if (!cell.len)
        return fallback;
    errno = 0;
    value = strtoll(cell.ptr, &end, 10);
    return errno || end != cell.ptr + cell.len ? fallback : value;
}
