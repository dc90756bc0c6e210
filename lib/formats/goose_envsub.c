#include "formats/goose_envsub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/variables.h"

enum { DEPTH_MAX = 16 };

struct reading {
    const char *const *environment;
    struct slice line;
    size_t at;
    unsigned depth;  /* of braces that are open */
    bool is_counted; /* what is read comes into the text */
    struct buf text; /* of the expression that is read */
    struct error *err;
};

static bool fail(struct reading *reading, const char *what)
{
    error_set(reading->err, ERR_CONFIG, "ENVSUB: %s", what);
    error_hint(reading->err,
               "goose refuses it, too: write $$ for a $ that is none of a variable's, "
               "or put -- +goose ENVSUB OFF above it");
    return false;
}

static char peek(const struct reading *reading)
{
    return reading->at < reading->line.len ? reading->line.ptr[reading->at] : '\0';
}

static bool is_ahead(const struct reading *reading, const char *text)
{
    return slice_starts_with(slice_sub(reading->line, reading->at, reading->line.len), text);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static void add(struct reading *reading, struct slice text)
{
    if (reading->is_counted)
        buf_add(&reading->text, text);
}

static struct slice take_while_name(struct reading *reading)
{
    size_t start = reading->at;

    while (is_letter(peek(reading)) || (peek(reading) >= '0' && peek(reading) <= '9') ||
           peek(reading) == '_')
        reading->at++;
    return slice_sub(reading->line, start, reading->at);
}

/* The pointer is NULL where it is unset. */
static struct slice value_of(const struct reading *reading, struct slice name)
{
    const char *value = variables_get(reading->environment, name);

    return value ? slice_from(value) : (struct slice){0};
}

static bool read_expression(struct reading *reading, bool is_inside);

/* x of ${A-x}: in the text only where it is wanted. */
static bool read_other(struct reading *reading, bool is_wanted)
{
    bool was_counted = reading->is_counted;
    bool is_read;

    reading->is_counted = was_counted && is_wanted;
    is_read = read_expression(reading, true);
    reading->is_counted = was_counted;
    return is_read;
}

static bool read_required(struct reading *reading, struct slice name, struct slice value)
{
    struct buf text = reading->text;
    char message[160], variable[64];

    reading->text = buf_in(text.arena);
    if (!read_other(reading, !value.ptr))
        return false;
    text_sanitize(buf_slice(&reading->text), message, sizeof message);
    reading->text = text;
    add(reading, value);
    if (value.ptr || !reading->is_counted)
        return true;
    text_sanitize(name, variable, sizeof variable);
    error_set(reading->err, ERR_CONFIG, "ENVSUB: %s: %s", variable,
              message[0] ? message : "not set");
    error_hint(reading->err, "set it in the environment of the container");
    return false;
}

static bool read_number(struct reading *reading, const char *ends, long *number)
{
    char text[24], *end;
    size_t start = reading->at;
    struct slice digits;

    while (reading->at < reading->line.len && !strchr(ends, peek(reading)))
        reading->at++;
    digits = slice_trim(slice_sub(reading->line, start, reading->at));
    if (!digits.len || digits.len >= sizeof text)
        return fail(reading, "no number behind the ':'");
    memcpy(text, digits.ptr, digits.len);
    text[digits.len] = '\0';
    errno = 0;
    *number = strtol(text, &end, 10);
    return (!errno && !*end) || fail(reading, "no number behind the ':'");
}

static long clamp(long number, long low, long high)
{
    return number < low ? low : number > high ? high : number;
}

static bool read_part(struct reading *reading, struct slice value)
{
    long len = (long)value.len, from, count = len, to;
    bool has_count;

    if (!read_number(reading, ":}", &from))
        return false;
    has_count = peek(reading) == ':';
    reading->at += has_count;
    if (has_count && !read_number(reading, "}", &count))
        return false;
    from = clamp(from < 0 ? clamp(from, -len, 0) + len : from, 0, len);
    to = count < 0 ? len + clamp(count, -len, 0) : from + clamp(count, 0, len);
    to = clamp(has_count ? to : len, from, len);
    add(reading, slice_sub(value, (size_t)from, (size_t)to));
    return true;
}

/* What stands between the name and the '}'. */
static bool read_operation(struct reading *reading, struct slice name)
{
    struct slice value = value_of(reading, name);
    bool is_default;

    if (peek(reading) == '}') {
        add(reading, value);
        return true;
    }
    is_default = is_ahead(reading, ":-") || is_ahead(reading, "-");
    if (is_default) {
        bool is_missing = is_ahead(reading, ":") ? !value.len : !value.ptr;

        reading->at += is_ahead(reading, ":") ? 2 : 1;
        if (!is_missing)
            add(reading, value);
        return read_other(reading, is_missing);
    }
    reading->at++;
    if (reading->line.ptr[reading->at - 1] == '?')
        return read_required(reading, name, value);
    if (reading->line.ptr[reading->at - 1] == ':')
        return read_part(reading, value);
    reading->at--;
    return fail(reading, "no } , :-, -, ? or : behind the name of a variable");
}

static bool read_braces(struct reading *reading)
{
    struct slice name;

    reading->at++;
    if (++reading->depth > DEPTH_MAX)
        return fail(reading, "too many ${ in each other");
    if (!is_letter(peek(reading)))
        return fail(reading, "the name of a variable begins with a letter");
    name = take_while_name(reading);
    if (reading->at == reading->line.len)
        return fail(reading, "a ${ without its } in the same line");
    if (!read_operation(reading, name))
        return false;
    if (peek(reading) != '}')
        return fail(reading, "a ${ without its } in the same line");
    reading->at++;
    reading->depth--;
    return true;
}

static bool read_variable(struct reading *reading)
{
    reading->at++;
    if (peek(reading) == '{')
        return read_braces(reading);
    if (!is_letter(peek(reading)))
        return fail(reading, "the name of a variable begins with a letter");
    add(reading, value_of(reading, take_while_name(reading)));
    return true;
}

/* The characters that stand for others, or for themselves though they begin with $ or \. */
static bool take_escape(struct reading *reading)
{
    static const char *const escapes[][2] = {
        {"\\\\", "\\\\"}, {"\\$", "$"}, {"$$", "$"}, {"$(", "$("}};

    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        if (!is_ahead(reading, escapes[i][0]))
            continue;
        add(reading, slice_from(escapes[i][1]));
        reading->at += 2;
        return true;
    }
    return false;
}

static bool is_variable(const struct reading *reading)
{
    return peek(reading) == '$' && reading->at + 1 < reading->line.len;
}

/* Up to the '}' that is not ours, or to the end of the line. */
static bool read_expression(struct reading *reading, bool is_inside)
{
    while (reading->at < reading->line.len && !(is_inside && peek(reading) == '}')) {
        if (take_escape(reading))
            continue;
        if (is_variable(reading)) {
            if (!read_variable(reading))
                return false;
            continue;
        }
        add(reading, slice_sub(reading->line, reading->at, reading->at + 1));
        reading->at++;
    }
    return true;
}

/* Up to the next place where something is put in place of what is there. */
static size_t plain_len(const struct reading *reading)
{
    size_t end = reading->at;

    while (end < reading->line.len && reading->line.ptr[end] != '$' &&
           reading->line.ptr[end] != '\\')
        end++;
    return end == reading->at ? 1 : end - reading->at;
}

bool goose_envsub(const char *const *environment, struct slice line, size_t from,
                  struct replacement *out, size_t *offset, struct error *err)
{
    struct reading reading = {
        .environment = environment, .line = line, .is_counted = true, .err = err};

    while (reading.at < line.len) {
        size_t start = reading.at;

        reading.text = buf_in(out->text.arena);
        if (take_escape(&reading) || is_variable(&reading)) {
            *offset = start;
            if (reading.at == start && !read_variable(&reading))
                return false;
            replacement_put(out, buf_slice(&reading.text), from + start);
            continue;
        }
        reading.at += plain_len(&reading);
        replacement_keep(out, slice_sub(line, start, reading.at), from + start);
    }
    return true;
}
