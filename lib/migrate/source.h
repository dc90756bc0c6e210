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

struct source {
    const struct step *step;
    const char *label; /* for the log: the step's name, else the format's, else "command" */
    const struct format *format; /* NULL: a command without a folder */
    const char *dir;             /* as written or found */
    struct format_options options;
    struct migration_list migrations; /* refers to the options */
    struct sql_name table;            /* schema empty: the session's current one */
    struct tree tree;
};

/* The folder that a migration's path is below. */
const char *source_folder(const struct source *source, const struct migration *migration);

/*
 * Whether the step has anything to do at all: a folder named or found in a well-known place, or a
 * command.
 */
bool source_exists(const struct step *step);

/* What the folder's format may want to know beside the step's settings. */
struct source_facts {
    const char *const *variables; /* NAME=value, the environment */
    bool splits_statements;       /* the database URL says so */
};

/* Errors: ERR_CONFIG, with the file and line where one is wrong */
bool source_read(const struct step *step, const struct source_facts *facts, struct arena *arena,
                 struct source *out, struct error *err) MUST_CHECK;

/* The same migrations with what they say of the session, which must outlive *out. Errors: as
 * source_read */
bool source_bind(const struct source *source, const struct format_session *session,
                 struct arena *arena, struct source *out, struct error *err) MUST_CHECK;

#endif
