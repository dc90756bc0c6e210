/*
 * migrate/preview - the answer of `migrinit plan`: what would be run, in order, with its SQL
 *
 * Purity     values in, text out
 */
#ifndef MIGRINIT_MIGRATE_PREVIEW_H
#define MIGRINIT_MIGRATE_PREVIEW_H

#include "base/buf.h"
#include "migrate/history.h"
#include "migrate/revert_plan.h"

struct preview {
    struct buf text;
    const struct session *session;
};

struct preview preview_in(const struct session *session);

/* is_script: everything that would be sent, and nothing else: for review, and for psql by hand. */
void preview_add(struct preview *preview, const struct source *source,
                 const struct history *history, bool is_script);
void preview_add_down(struct preview *preview, const struct source *source,
                      const struct history *history, const struct revert_plan *plan,
                      bool is_script);
void preview_add_command(struct preview *preview, const struct source *source,
                         const struct plan *plan, bool is_needed);

struct slice preview_text(const struct preview *preview);

#endif
