/*
 * formats/plain_record - what plain writes into its table, before and after a migration
 *
 * Begun      what runs without a transaction has its row before its first statement, applied_at being
 *            'infinity'; it gets its time when all is done. Where not even the first statement was
 *            done the row is deleted again. One that stays is a migration done in part: refused until
 *            people say what is there. A file with drop-invalid may be run again, and has no such
 *            row.
 */
#ifndef MIGRINIT_FORMATS_PLAIN_RECORD_H
#define MIGRINIT_FORMATS_PLAIN_RECORD_H

#include "formats/format.h"

/* What applied_at has, and the server prints, until the migration is applied. */
#define PLAIN_NOT_YET "infinity"

/* As format.h has it. */
struct slice plain_record(struct sql_name table, const struct migration *migration,
                          const struct record_request *request, struct arena *arena);

#endif
