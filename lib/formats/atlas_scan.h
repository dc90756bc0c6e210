/*
 * formats/atlas_scan - the statements of a file as Atlas cuts it
 *
 * Why here   Atlas sends statements one by one, counts them in its table, and keeps hashes of their
 *            texts where a file stopped half-way. sql/split cuts by PostgreSQL's rules; these are
 *            Atlas's, which are others.
 * Rules      A statement ends behind its ';', or before another delimiter: "-- atlas:delimiter X"
 *            in the first line (\n, \r and \t in it are what they are in C), or a line
 *            "DELIMITER X". Its text is trimmed. Nothing ends one inside '', "", ``, $tag$, a
 *            comment, parentheses, BEGIN ... END; or BEGIN ATOMIC ... END. Comments before a
 *            statement are not of it, and do not nest; one without an end is text.
 * Facts      community 1.2.3, sql/migrate/lex.go with the options of sql/postgres/driver.go; run on
 *            every case of tests/unit/formats/test_atlas.c. It means to know the backslash of E'',
 *            and does not, as it looks for the E one byte too late: here that backslash counts. Of
 *            a comment at the very end, without a line end, it would run what follows a ';': that
 *            is refused here.
 * Purity     values in, values out; linear but for BEGIN without an END, each of which is looked
 *            for once
 */
#ifndef MIGRINIT_FORMATS_ATLAS_SCAN_H
#define MIGRINIT_FORMATS_ATLAS_SCAN_H

#include "sql/split.h"

/*
 * The statements of a file in *out, with their places, and in *sent a text as long as the file, of
 * nothing but them and a ';' in the place of any other delimiter. Errors: ERR_CONFIG with
 * "line:column"
 */
bool atlas_scan(struct slice file, struct arena *arena, struct sql_statements *out,
                const char **sent, struct error *err) MUST_CHECK;

#endif
