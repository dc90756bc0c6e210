/*
 * formats/collate - names in the order of JavaScript's localeCompare()
 *
 * Why here   Drizzle's newer layout and Prisma from 6.6 on sort their folders so: by ICU's rules,
 *            where "_" comes before "0" and "b" before "C", not by bytes.
 * Limits     printable ASCII. Beyond it the order is a table of ICU's that we do not carry.
 * Facts      ICU's root collation as Node 20 has it, asked for each pair of printable characters
 *            and for random names; full ICU is in every Node since 13
 */
#ifndef MIGRINIT_FORMATS_COLLATE_H
#define MIGRINIT_FORMATS_COLLATE_H

#include <stdbool.h>

#include "base/slice.h"

/* Whether collate_compare() knows the place of every character. */
bool collate_is_known(struct slice name);

/* As strcmp(): by the characters without their case, then lower case first. */
int collate_compare(struct slice a, struct slice b);

#endif
