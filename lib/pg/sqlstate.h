/*
 * pg/sqlstate - what the SQLSTATE of a failed statement means for the run
 *
 * Purity     a code in, an answer out
 * Facts      PostgreSQL 18, src/backend/utils/errcodes.txt; those of a refused connection are
 *            pg/refusal's
 */
#ifndef MIGRINIT_PG_SQLSTATE_H
#define MIGRINIT_PG_SQLSTATE_H

#include <stdbool.h>

/* Whether a whole transactional file may be tried again (40001, 40P01, 55P03). */
bool sqlstate_is_retryable(const char *sqlstate);

/* 53200: the server's memory, or its table of locks, was full. A full disk (53100) is not given back
 * by itself. */
bool sqlstate_is_shortage(const char *sqlstate);

/* 08xxx, 57P01-57P05, 25P03: the session is gone. */
bool sqlstate_is_connection_loss(const char *sqlstate);

/* What an operator can do about this state, or NULL. */
const char *sqlstate_hint(const char *sqlstate);

#endif
