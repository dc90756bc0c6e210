/*
 * formats/flyway_check - which of Flyway's migrations are pending, and what its validation refuses
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_CHECK_H
#define MIGRINIT_FORMATS_FLYWAY_CHECK_H

#include "formats/format.h"

/* As format.h has them. */
bool flyway_pending(const struct migration_list *migrations, const struct applied_list *applied,
                    bool *is_pending, struct error *err);
bool flyway_check(const struct migration_list *migrations, const struct applied_list *applied,
                  struct error *err);
int flyway_compare_ids(const char *left, const char *right);

/* What is refused before an undo: a failed row. */
bool flyway_check_down(const struct migration_list *migrations, const struct applied_list *applied,
                       struct error *err);

#endif
