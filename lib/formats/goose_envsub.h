/*
 * formats/goose_envsub - a line between -- +goose ENVSUB ON and OFF: $NAME gets its value
 *
 * Forms      $A ${A}      the value, or nothing
 *            ${A:-x}      x where A is unset or empty; ${A-x} where it is unset: x may have such
 *                         forms in it
 *            ${A?x}       an error with the text x where it is unset
 *            ${A:1} ${A:1:2}   a part of it, in bytes, from the end where negative
 *            $$ \$        a $; two backslashes, "$(" and a $ at the end stay as they are
 * Facts      goose 3.27.3 with mfridman/interpolate 0.0.2 (parser.go, interpolate.go), read. A name
 *            begins with a letter: $1 and $_ are errors there, and here. So is ${A:?x}.
 */
#ifndef MIGRINIT_FORMATS_GOOSE_ENVSUB_H
#define MIGRINIT_FORMATS_GOOSE_ENVSUB_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "formats/replacement.h"

/*
 * Append the line, which stands at `from` in the file, with its values. Errors: ERR_CONFIG;
 * *offset is the place in the line
 */
bool goose_envsub(const char *const *environment, struct slice line, size_t from,
                  struct replacement *out, size_t *offset, struct error *err) MUST_CHECK;

#endif
