/*
 * conf/ini - an INI text as (section, key, value, line) quadruples, nothing cut, nothing altered
 *
 * Why here   The one door to inih.
 * Facts      inih 55-62 (Debian 12: 55). As packaged it cuts a line at 199 bytes and hands the cut
 *            value over, cuts sections and names at 49, ends a value at " ;" even inside quotes,
 *            takes every indented line for more of the value above it, and gives a handler no line
 *            number; how it was compiled changes each of these. So ini_parse_stream() gets a reader
 *            of ours, which sees each line whole: it refuses what inih would cut, keeps the value
 *            aside and gives inih a short stand-in for the line ("timeout=12"). The same text thus
 *            reads alike with any build of inih.
 * Grammar    [section]            letters, digits and . _ - : up to 49
 *            key = value          or key: value; letters, digits, _ and - up to 49
 *            ; comment            or # comment, on lines of their own
 *                more of a value  a line indented deeper than its key, joined by a newline
 *            A value in double or single quotes is what stands between them (no escapes). In a
 *            value without quotes " ;" and " #" are an error that asks for quotes: a comment there,
 *            or part of the value? We do not guess. A value is at most 64 KiB. CRLF line ends and
 *            an UTF-8 byte order mark are fine; a NUL byte is an error.
 * Secrets    No error text repeats a value, or a line that could be part of one.
 */
#ifndef MIGRINIT_CONF_INI_H
#define MIGRINIT_CONF_INI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

struct ini_entry {
    const char *section; /* "" before the first heading */
    const char *key;
    struct slice value; /* terminated */
    unsigned line;
};

/* A heading, so that a section without keys is seen as well. */
struct ini_section {
    const char *name;
    unsigned line;
};

struct ini {
    struct ini_entry *entries; /* in file order */
    size_t count;
    size_t capacity;
    struct ini_section *sections; /* in file order; one name may stand twice */
    size_t section_count;
    size_t section_capacity;
};

enum { INI_VALUE_MAX = 64 * 1024 };

/*
 * Not ini_parse(): inih exports that name, and in a static link there can be only one of it.
 * Errors: ERR_CONFIG with "file:line". `file` names the text in messages.
 */
bool ini_read(const char *file, struct slice text, struct arena *arena, struct ini *ini,
              struct error *err) MUST_CHECK;

#endif
