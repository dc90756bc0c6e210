/*
 * conf/ini - an INI text as (section, key, value, line) quadruples, nothing cut, nothing altered
 *
 * Why here   The one door to inih.
 * Facts      inih 55-58 (Debian 12: 55). As packaged it cuts a line at 199 bytes and hands the cut
 * value over, cuts sections and names at 49, ends a value at " ;" even inside quotes, and gives a
 * handler no line number. So ini_parse_stream() gets a reader of ours, which sees each line whole:
 * it refuses what inih would cut, keeps the value text aside and gives inih a short stand-in for
 * it. The same text thus reads alike with any build of inih. Grammar    [section], key = value or
 * key: value, comment lines with ; or #, a value in double quotes or single quotes (no escapes
 * inside) is taken as it is; an indented line continues the value before it, joined by a newline.
 * In a value without quotes " ;" and " #" are an error that asks for quotes: a comment there, or
 * part of the value? We do not guess. A NUL byte is an error.
 */
#ifndef MIGRINIT_CONF_INI_H
#define MIGRINIT_CONF_INI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

struct ini_entry {
    const char *section;
    const char *key;
    struct slice value; /* terminated */
    unsigned line;
};

struct ini {
    struct ini_entry *entries; /* in file order */
    size_t count;
    size_t capacity;
};

/* Errors: ERR_CONFIG with "file:line". `file` names the text in messages. */
bool ini_parse(const char *file, struct slice text, struct arena *arena, struct ini *ini,
               struct error *err) MUST_CHECK;

#endif
