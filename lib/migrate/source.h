/*
 * migrate/source - what the image brings for one step: a folder of a known format, or a command
 *
 * Why here   All of it is looked at before anything is waited for: a bad file is told in the first
 *            second, not after a minute of waiting for a database.
 */
#ifndef MIGRINIT_MIGRATE_SOURCE_H
#define MIGRINIT_MIGRATE_SOURCE_H

#include "conf/config.h"
#include "formats/format.h"
#include "migrate/inputs.h"

struct revisions;

struct source {
    const struct step *step;
    const char *label; /* for the log: the step's name, else the format's, else "command" */
    const struct format
        *format; /* NULL: a command whose folder is of no format, or that has none */
    const struct revisions *revisions; /* of a command: Alembic's folder, where it tells */
    struct inputs inputs;              /* of a command */
    const char *dir;                   /* as written or found */
    struct tree tree;                  /* what lies in it */
    struct format_options options;
    struct migration_list migrations; /* refers to the options */
    struct sql_name table;            /* schema empty: the session's current one */
};

/* The folder that a migration's path is below. */
const char *source_folder(const struct source *source, const struct migration *migration);

/*
 * Whether the step has anything to do at all: a folder named or found in a well-known place, or a
 * command.
 */
bool source_exists(const struct step *step);

/* Whether anybody but the command itself can tell if it has anything to do. */
bool source_tells(const struct source *source);

/* "dbmate", "alembic"; NULL where nobody reads the folder. */
const char *source_reader_name(const struct source *source);

/* What the folder's format may want to know beside the step's settings. */
struct source_facts {
    const char *const *variables; /* NAME=value, the environment */
    bool splits_statements;       /* the database URL says so */
};

/* Errors: ERR_CONFIG, with the file and line where one is wrong */
bool source_read(const struct step *step, const struct source_facts *facts, struct arena *arena,
                 struct source *out, struct error *err) MUST_CHECK;

/* The same, knowing the session, which must outlive *out: the migrations are read anew where they
 * name it. Errors: as source_read */
bool source_bind(const struct source *source, const struct format_session *session,
                 struct arena *arena, struct source *out, struct error *err) MUST_CHECK;

#endif
