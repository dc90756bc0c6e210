/*
 * migrate/message - a transactional migration as the one text that goes to the server
 *
 * Why here   BEGIN, the file, its record and COMMIT travel together: one round trip, and no moment
 *            in which one of them is there without the other. `migrinit plan --sql` shows the same
 *            text.
 * Purity     values in, text out
 */
#ifndef MIGRINIT_MIGRATE_MESSAGE_H
#define MIGRINIT_MIGRATE_MESSAGE_H

#include "formats/format.h"

/* With what is around the file, as the server counts, to find an error's place in it. */
struct message {
    struct slice sql;
    size_t characters_before_file;
    size_t statements_before_file;
    size_t statements_after_file;
};

/* See migrate/frame. */
struct message_frame {
    struct slice before; /* statements, each ended by ';' */
    size_t before_count; /* of them */
    struct slice after;  /* statements, the last of which is not */
};

/* format: NULL for a script that is not recorded. */
struct message message_compose(const struct format *format, struct sql_name table,
                               const struct migration *migration, const struct message_frame *frame,
                               struct arena *arena);

/* What comes behind the file, where that cannot go in the same message: frame->before is ahead. */
struct slice message_after(const struct format *format, struct sql_name table,
                           const struct migration *migration, const struct message_frame *frame,
                           struct arena *arena);

/* Whether the file itself has a COMMIT, or its like: then it is not all of it or nothing. */
bool message_is_cut(const struct migration *migration, struct arena *arena);

#endif
