/*
 * migrate/revisions - Alembic's folder, read without Python: is anything pending?
 *
 * Why here   The revisions are Python, so the tool has to run them. But whether there are any to
 *            run is known from their files and one query, in ten milliseconds instead of the half a
 *            second that Python takes to say so.
 * Rule       The command is spared only when it surely has nothing to do: every file understood,
 *            and the table holds the real heads. Whatever is not understood makes the folder one
 *            that does not tell, which is no error: the command is run, as if no folder were given.
 * Where      `dir` is the folder of env.py, or that of alembic.ini. The alembic.ini that belongs to
 *            it is looked for in it, in the working directory, and above it.
 */
#ifndef MIGRINIT_MIGRATE_REVISIONS_H
#define MIGRINIT_MIGRATE_REVISIONS_H

#include "formats/alembic_graph.h"
#include "migrate/history.h"

struct revisions {
    const char *dir; /* the folder of env.py */
    struct alembic_graph graph;
    struct migration_list migrations; /* the same revisions, as plan and status show them */
    struct sql_name table;            /* schema empty: found by the search_path */
    bool wants_heads;                 /* the command says "heads" */
};

bool revisions_are_in(const char *dir);

/* NULL, and *why in words, when the folder does not tell. */
const struct revisions *revisions_read(const struct step *step, struct arena *arena,
                                       const char **why);

/*
 * One round trip. A table that is missing, or that may not be read by us, is none: only the tool
 * knows. Errors: ERR_CONNECTION, ERR_INTERRUPTED
 */
bool revisions_look(struct session *session, const struct revisions *revisions, struct arena *arena,
                    struct history *out, struct error *err) MUST_CHECK;

#endif
