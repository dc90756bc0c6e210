/*
 * formats/resolve - the SQL that puts the bookkeeping right, where people have put the schema right
 *
 * Why here   `migrinit resolve` and `baseline` say what each tool's own verb says (prisma migrate
 *            resolve, migrate force, flyway repair and baseline, node-pg-migrate --fake). What most
 *            tools share is here: a row is written without running its file, or deleted. What a
 *            tool does otherwise is in its own format.
 * Purity     values in, SQL out; whoever sends it looks again before COMMIT
 */
#ifndef MIGRINIT_FORMATS_RESOLVE_H
#define MIGRINIT_FORMATS_RESOLVE_H

#include "formats/format.h"

/*
 * Statements without a last semicolon. Errors: ERR_MIGRATION where the tool's bookkeeping cannot
 * say so, or says so already, with what can be done
 */
bool resolve_compose(const struct format *format, const struct resolve_request *request,
                     struct arena *arena, struct slice *sql, struct error *err) MUST_CHECK;

/* Only what is pending or failed can be said to be applied, and only of a file. ERR_MIGRATION */
bool resolve_check_applied(const struct resolve_request *request, struct error *err) MUST_CHECK;

/* Only what has a row can be said to be rolled back. ERR_MIGRATION */
bool resolve_check_rolled_back(const struct resolve_request *request, struct error *err) MUST_CHECK;

/* As resolve_compose(). Errors: ERR_USAGE, ERR_MIGRATION */
bool baseline_compose(const struct format *format, const struct baseline_request *request,
                      struct arena *arena, struct slice *sql, struct error *err) MUST_CHECK;

/* An id as a shell takes it for one word: as it is, or in single quotes. */
void resolve_word(const char *id, char *out, size_t out_size);

/*
 * Fill a hint that begins with `intro` and names the ways out, as a shell takes them: "...; then
 * run `migrinit resolve --rolled-back ID` (...), or `migrinit resolve --applied ID` (...)". The
 * latter needs the file.
 */
void resolve_hint(struct error *err, const char *intro, const char *id, bool has_file);

#endif
