/*
 * formats/atlas_check - what of a folder Atlas would apply now, and when it refuses to
 *
 * Rules      Without any row, a first run begins with the last checkpoint file, or the first file.
 *            Later on checkpoint files are passed over, and what is newer than the newest row is
 *            pending. A newest row that stopped half-way is gone on with; the statements that are
 *            done must be the same still. A file between the oldest and the newest row that has
 *            none was added out of order, and nothing is applied (the tool's default, linear); one
 *            older than the oldest row is passed over.
 * Facts      community 1.2.3, sql/migrate/migrate.go: Executor.Pending and Execute. Files come in
 *            the order of their names, versions are compared as strings.
 */
#ifndef MIGRINIT_FORMATS_ATLAS_CHECK_H
#define MIGRINIT_FORMATS_ATLAS_CHECK_H

#include "formats/format.h"

/* Of struct format. Rows are in byte order of their versions. What is out of order is pending. */
bool atlas_pending(const struct migration_list *migrations, const struct applied_list *applied,
                   bool *is_pending, struct error *err) MUST_CHECK;
bool atlas_check(const struct migration_list *migrations, const struct applied_list *applied,
                 struct error *err) MUST_CHECK;

#endif
