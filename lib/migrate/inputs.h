/*
 * migrate/inputs - has a command anything to do? The files that it is made of, then and now
 *
 * Why here   `drizzle-kit push`, Django, Rails and their like cannot be asked without being run.
 *            What they would do depends on files of the image; when these are the ones of its last
 *            success, it is not run again.
 * Hash       SHA-256 over the command, [migrate] success, and each file's path (as the pattern has
 *            it) and bytes, in byte order of the paths; two patterns may name one file
 * Kept in    migrinit.inputs, one row for each step's name, written after a success. A failure
 *            leaves the row of the success before it.
 */
#ifndef MIGRINIT_MIGRATE_INPUTS_H
#define MIGRINIT_MIGRATE_INPUTS_H

#include "base/digest.h"
#include "migrate/session.h"

/* What the image has. */
struct inputs {
    size_t file_count; /* 0: the step has no inputs */
    char hash[DIGEST_SHA256_HEX + 1];
};

/* What the database has. */
struct inputs_record {
    bool has_table;
    const char *hash; /* NULL: no success yet */
    const char *finished_at;
    int64_t duration_ms; /* -1 where unknown */
};

/* Errors: ERR_CONFIG that names the pattern that nothing fits, or the file that cannot be read */
bool inputs_read(const struct step *step, struct arena *arena, struct inputs *out,
                 struct error *err) MUST_CHECK;

/* One round trip. A missing table is no error: nothing has succeeded yet. */
bool inputs_look(struct session *session, const struct step *step, struct arena *arena,
                 struct inputs_record *out, struct error *err) MUST_CHECK;

bool inputs_differ(const struct inputs *inputs, const struct inputs_record *record);

/*
 * Make the table, before the command is run: what it cannot record it should not do. Another step
 * with another lock may do so at the same time: that is no error.
 */
bool inputs_prepare(struct session *session, const struct inputs_record *record,
                    struct error *err) MUST_CHECK;

/* One statement; under the lock. */
bool inputs_keep(struct session *session, const struct step *step, const struct inputs *inputs,
                 int64_t duration_ms, struct error *err) MUST_CHECK;

#endif
