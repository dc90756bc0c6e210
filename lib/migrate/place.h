/*
 * migrate/place - point an error at a place in a migration's file
 */
#ifndef MIGRINIT_MIGRATE_PLACE_H
#define MIGRINIT_MIGRATE_PLACE_H

#include "migrate/session.h"
#include "migrate/source.h"

/*
 * "db/migrations/003_users.sql:12:8", and the line itself with a caret. The line is redacted: a
 * seed file may well hold a password of ours. offset: in bytes, in the whole file
 */
void place_error(const struct session *session, const struct source *source,
                 const struct migration *migration, size_t offset, struct error *err);

#endif
