/*
 * formats/natural - names compared as people do: 9 before 10, a before B
 */
#ifndef MIGRINIT_FORMATS_NATURAL_H
#define MIGRINIT_FORMATS_NATURAL_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * What JavaScript's localeCompare() gives for options numeric and ignorePunctuation, for names that
 * natural_is_known(): numbers by value and before letters, punctuation passed over, small letters
 * before capitals where nothing else differs. 0 does not mean that the names are the same.
 */
int natural_compare(struct slice a, struct slice b);

/* Only ASCII letters, digits, blanks, '_', '-' and '.': the rest is sorted by tables of ICU. */
bool natural_is_known(struct slice name);

#endif
