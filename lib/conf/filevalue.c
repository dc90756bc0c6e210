#include "conf/filevalue.h"

#include <string.h>

bool filevalue_is_path(struct slice text)
{
    return (slice_starts_with(text, "/") || slice_starts_with(text, "./") ||
            slice_starts_with(text, "../")) &&
           slice_find(text, '@') == text.len;
}

static struct slice without_line_ends(struct slice text)
{
    while (text.len && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    return text;
}

static bool check(struct slice text, struct error *err)
{
    if (!text.len)
        return error_set(err, ERR_CONFIG, "the file is empty");
    if (text.len > CONFIG_FILE_MAX)
        return error_set(err, ERR_CONFIG, "the file is larger than %d bytes", CONFIG_FILE_MAX);
    if (slice_find(text, '\0') < text.len)
        return error_set(err, ERR_CONFIG, "the file has a NUL byte in it");
    return true;
}

bool filevalue_read(const struct config_sources *sources, struct slice path, struct arena *arena,
                    struct slice *text, struct error *err)
{
    const char *name = arena_text(arena, path);
    struct slice bytes;

    if (!filevalue_is_path(path))
        return error_set(err, ERR_CONFIG,
                         "must be the path of a file, beginning with / or ./ or ../");
    if (!sources->read_file(name, arena, &bytes, err))
        return false;
    bytes = without_line_ends(bytes);
    if (!check(bytes, err))
        return error_wrap(err, "%s", name);
    *text = bytes;
    return true;
}
