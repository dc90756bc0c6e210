/*
 * formats/alembic_env - what env.py says of the table, and whether there is more to a run than that
 *
 * Why here   The name of the table is an argument in env.py. And env.py may do anything besides:
 *            migrate several databases or schemas, run statements of its own. Where it shows a sign
 *            of that, only the tool itself knows whether there is something to do.
 * Facts      alembic 1.8.1 and 1.19.2: version_table and version_table_schema of
 *            context.configure(); the templates of Alembic and Flask-Migrate 4.0.4 for one database
 *            have none of the signs, those for several have loops over engine names
 * Beware     Flask-Migrate also takes version_table in Migrate(...), in a file that we do not know.
 *            Then our table is missing, or holds other revisions, and the tool is run.
 */
#ifndef MIGRINIT_FORMATS_ALEMBIC_ENV_H
#define MIGRINIT_FORMATS_ALEMBIC_ENV_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"

struct alembic_env {
    struct slice table;  /* empty: not said */
    struct slice schema; /* empty: not said */
};

/*
 * False, and *why in words, where env.py shows a sign of more. The slices are of the source. Where
 * the operator has told the table, how env.py names it does not matter: wants_table is false.
 */
bool alembic_env_read(struct slice source, bool wants_table, struct arena *arena,
                      struct alembic_env *out, const char **why);

#endif
