/*
 * formats/drizzle_journal - meta/_journal.json: what there is to apply, and in which order
 */
#ifndef MIGRINIT_FORMATS_DRIZZLE_JOURNAL_H
#define MIGRINIT_FORMATS_DRIZZLE_JOURNAL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

struct drizzle_entry {
    const char *tag; /* the file's name without ".sql" */
    int64_t when_ms; /* since 1970: the migration's identity in the table */
};

struct drizzle_journal {
    struct drizzle_entry *entries; /* in the order of the file, which is that of applying */
    size_t count;
};

/* Errors: ERR_CONFIG; where the text is no JSON, with "line:column" as `where` */
bool drizzle_journal_read(struct slice text, struct arena *arena, struct drizzle_journal *out,
                          struct error *err) MUST_CHECK;

#endif
