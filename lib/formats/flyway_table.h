/*
 * formats/flyway_table - flyway_schema_history: its rows, its statements, its lock
 */
#ifndef MIGRINIT_FORMATS_FLYWAY_TABLE_H
#define MIGRINIT_FORMATS_FLYWAY_TABLE_H

#include "formats/format.h"

/* See format.h. */
struct slice flyway_read_history(struct sql_name table, struct arena *arena);
bool flyway_applied(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err) MUST_CHECK;
struct slice flyway_create_history(struct sql_name table, struct arena *arena);
struct slice flyway_emptiness_check(struct sql_name table, struct arena *arena);
struct slice flyway_create_baselined(struct sql_name table, const char *version,
                                     struct arena *arena);
struct slice flyway_record(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena);
size_t flyway_lock_keys(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX]);

#endif
