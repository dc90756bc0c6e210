#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* After snprintf(): where it cut, it may have cut a UTF-8 sequence in half. */
static void trim_partial_character(char *text)
{
    text[text_without_partial(slice_from(text)).len] = '\0';
}

static PRINTF_LIKE(3, 0) void format_into(char *out, size_t out_size, const char *format,
                                          va_list args)
{
    int len = vsnprintf(out, out_size, format, args);

    if (len < 0)
        out[0] = '\0';
    else if ((size_t)len >= out_size)
        trim_partial_character(out);
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;

    *err = (struct error){.code = code};
    va_start(args, format);
    format_into(err->what, sizeof err->what, format, args);
    va_end(args);
    return false;
}

bool error_set_errno(struct error *err, enum error_code code, int sys_errno, const char *format,
                     ...)
{
    size_t len;
    va_list args;

    *err = (struct error){.code = code, .sys_errno = sys_errno};
    va_start(args, format);
    format_into(err->what, sizeof err->what, format, args);
    va_end(args);
    len = strlen(err->what);
    snprintf(err->what + len, sizeof err->what - len, ": %s", strerror(sys_errno));
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    char inner[sizeof err->where];
    size_t len;
    va_list args;

    memcpy(inner, err->where, sizeof inner);
    va_start(args, format);
    format_into(err->where, sizeof err->where, format, args);
    va_end(args);
    len = strlen(err->where);
    if (inner[0])
        snprintf(err->where + len, sizeof err->where - len, ": %s", inner);
    trim_partial_character(err->where);
    return false;
}

void error_hint(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_into(err->hint, sizeof err->hint, format, args);
    va_end(args);
}

void error_detail(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_into(err->detail, sizeof err->detail, format, args);
    va_end(args);
}

size_t error_format(const struct error *err, char *out, size_t out_size)
{
    bool has_where = err->where[0] != '\0', has_state = err->sqlstate[0] != '\0';

    snprintf(out, out_size, "%s%s%s%s%s%s", err->where, has_where ? ": " : "", err->what,
             has_state ? " (" : "", err->sqlstate, has_state ? ")" : "");
    trim_partial_character(out);
    return strlen(out);
}

bool error_wrap_file(struct error *err, const char *folder, const char *path)
{
    char position[sizeof err->where];

    memcpy(position, err->where, sizeof position);
    err->where[0] = '\0';
    return error_wrap(err, "%s/%s%s%s", folder, path, position[0] ? ":" : "", position);
}
