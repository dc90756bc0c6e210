/*
 * base/glob - paths that fit a pattern, as a shell with globstar has it
 *
 * Grammar    *        any bytes but '/'                 [a-z] [!a-z]  one byte of these, or not
 *            ?        one byte but '/'                  **            as a whole part: any number
 * of folders, none too Everything else is itself; there is no way to write a '*' that is one.
 * Purity     texts in, answers out: the walk is sys/fs's
 */
#ifndef MIGRINIT_BASE_GLOB_H
#define MIGRINIT_BASE_GLOB_H

#include <stdbool.h>

#include "base/slice.h"

bool glob_is_pattern(struct slice text);

/* The folders before the first part that is a pattern: "src/db" of "src/db/x*.ts"; may be empty. */
struct slice glob_root(struct slice pattern);

bool glob_match(struct slice pattern, struct slice path);

/* Whether something below this folder can fit. */
bool glob_reaches(struct slice pattern, struct slice folder);

#endif
