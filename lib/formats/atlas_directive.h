/*
 * formats/atlas_directive - "-- atlas:NAME VALUE" lines
 *
 * Facts      community 1.2.3, sql/migrate/dir.go. `sum` and `delimiter` count in the first line of
 *            a file, whatever follows. The others count in the lines at the top that begin with
 *            "--" or "#", and only if an empty line follows these (blanks and tabs in it do no
 *            harm, a carriage return does) or nothing at all; else the tool passes over them.
 */
#ifndef MIGRINIT_FORMATS_ATLAS_DIRECTIVE_H
#define MIGRINIT_FORMATS_ATLAS_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Is this line the directive? *value is what follows the name and blanks, exactly. */
bool atlas_directive(struct slice line, const char *name, struct slice *value);

/* "-- atlas:delimiter X" in the first line, spelled just so. */
bool atlas_delimiter(struct slice file, struct slice *value);

/* How often the directive stands in top lines that count; *value is the first one's, if any. */
size_t atlas_file_directive(struct slice file, const char *name, struct slice *value);

/* Whether it stands in top lines that do not count, for want of an empty line below. */
bool atlas_directive_is_passed_over(struct slice file, const char *name);

#endif
