#include "migrate/place.h"

#include <string.h>

#include "sql/split.h"

void place_error(const struct session *session, const struct source *source,
                 const struct migration *migration, size_t offset, struct error *err)
{
    struct sql_position position = sql_position_at(migration->source, offset);
    char line[sizeof err->excerpt.line];

    error_wrap(err, "%s/%s:%u:%u", source_folder(source, migration), migration->path, position.line,
               position.column);
    sql_excerpt(migration->source, offset, err);
    memcpy(line, err->excerpt.line, sizeof line);
    redactor_apply(&session->target.redactor, slice_from(line), err->excerpt.line,
                   sizeof err->excerpt.line);
}
