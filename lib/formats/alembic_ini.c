#include "formats/alembic_ini.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/compiler.h"

static const char section_name[] = "alembic";

enum key {
    KEY_SCRIPT,
    KEY_VERSIONS,
    KEY_SEPARATOR,
    KEY_OLD_SEPARATOR,
    KEY_RECURSIVE,
    KEY_SOURCELESS,
    KEY_COUNT
};

static const char *const key_names[KEY_COUNT] = {
    [KEY_SCRIPT] = "script_location",
    [KEY_VERSIONS] = "version_locations",
    [KEY_SEPARATOR] = "path_separator",
    [KEY_OLD_SEPARATOR] = "version_path_separator",
    [KEY_RECURSIVE] = "recursive_version_locations",
    [KEY_SOURCELESS] = "sourceless",
};

struct values {
    const char *own[KEY_COUNT];      /* of [alembic] */
    const char *defaults[KEY_COUNT]; /* of [DEFAULT] */
};

struct reader {
    struct arena *arena;
    struct values values;
    bool is_own, is_default; /* the section at hand */
    const char **last; /* the value that an indented line goes on with; NULL: of no interest */
};

static bool is_indented(struct slice line)
{
    return line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
}

static void begin_section(struct reader *reader, struct slice text)
{
    struct slice name = slice_sub(text, 1, slice_find(text, ']'));

    reader->is_own = slice_equal_text(name, section_name);
    reader->is_default = slice_equal_text(name, "DEFAULT");
    reader->last = NULL;
}

static const char **place_of(struct reader *reader, struct slice key)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (key.len == strlen(key_names[i]) && strncasecmp(key.ptr, key_names[i], key.len) == 0)
            return reader->is_own       ? &reader->values.own[i]
                   : reader->is_default ? &reader->values.defaults[i]
                                        : NULL;
    return NULL;
}

static void begin_value(struct reader *reader, struct slice text)
{
    size_t equals = slice_find(text, '='), colon = slice_find(text, ':');
    size_t end = equals < colon ? equals : colon;

    reader->last = place_of(reader, slice_trim(slice_sub(text, 0, end)));
    if (reader->last && end < text.len)
        *reader->last = arena_text(reader->arena, slice_trim(slice_sub(text, end + 1, text.len)));
}

static void read_line(struct reader *reader, struct slice line)
{
    struct slice text = slice_trim(line);

    if (!text.len || text.ptr[0] == '#' || text.ptr[0] == ';')
        return;
    if (is_indented(line) && reader->last) {
        *reader->last = arena_printf(reader->arena, "%s\n%.*s", *reader->last ? *reader->last : "",
                                     SLICE_ARG(text));
        return;
    }
    if (is_indented(line))
        return;
    if (text.ptr[0] == '[')
        begin_section(reader, text);
    else
        begin_value(reader, text);
}

/* %(here)s and %%. Gives NULL for any other. */
static const char *interpolate(const char *value, const char *here, struct arena *arena)
{
    static const char here_mark[] = "%(here)s";
    struct buf out = buf_in(arena);

    for (; *value; value++) {
        if (*value != '%') {
            buf_add_char(&out, *value);
        } else if (value[1] == '%') {
            buf_add_char(&out, *value++);
        } else if (strncmp(value, here_mark, strlen(here_mark)) == 0) {
            buf_add_text(&out, here);
            value += strlen(here_mark) - 1;
        } else {
            return NULL;
        }
    }
    return buf_text(&out);
}

static const char *value_of(const struct values *values, enum key key)
{
    return values->own[key] ? values->own[key] : values->defaults[key];
}

/* An unset key is a NULL value. */
static bool take(const struct values *values, enum key key, const char *here, struct arena *arena,
                 const char **out, const char **why)
{
    const char *value = value_of(values, key);

    *out = value ? interpolate(value, here, arena) : NULL;
    if (value && !*out)
        *why = arena_printf(arena, "%s refers to another key", key_names[key]);
    return !value || *out;
}

static bool is_of_package(const char *location)
{
    return location[0] != '/' && strchr(location, ':');
}

static const char *separators_of(const char *name)
{
    static const struct {
        const char *name, *separators;
    } known[] = {{"os", ":"}, {":", ":"}, {";", ";"}, {"space", " "}, {"newline", "\n"}};

    if (!name)
        return ", ";
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].separators;
    return NULL;
}

static void add_location(struct alembic_names *names, struct slice location, struct arena *arena)
{
    location = slice_trim(location);
    if (!location.len)
        return;
    names->items =
        arena_grow(arena, names->items, &names->capacity, names->count, sizeof *names->items);
    names->items[names->count++] = arena_text(arena, location);
}

static bool split_locations(const char *value, const char *separators, struct arena *arena,
                            struct alembic_names *out, const char **why)
{
    while (*value) {
        size_t len = strcspn(value, separators);

        add_location(out, (struct slice){value, len}, arena);
        value += len + (value[len] != '\0');
    }
    for (size_t i = 0; i < out->count; i++)
        if (is_of_package(out->items[i]) || strchr(out->items[i], '\n')) {
            *why = "version_locations names what only Python can find";
            return false;
        }
    return true;
}

static bool take_locations(const struct values *values, const char *here, struct arena *arena,
                           struct alembic_ini *out, const char **why)
{
    const char *locations, *separators;
    enum key key = value_of(values, KEY_SEPARATOR) ? KEY_SEPARATOR : KEY_OLD_SEPARATOR;

    if (!take(values, KEY_VERSIONS, here, arena, &locations, why))
        return false;
    if (!locations || !*locations)
        return true;
    separators = separators_of(value_of(values, key));
    if (!separators) {
        *why = arena_printf(arena, "%s is none that Alembic knows", key_names[key]);
        return false;
    }
    return split_locations(locations, separators, arena, &out->version_locations, why);
}

static bool is_true(const char *value)
{
    return value && strcasecmp(value, "true") == 0;
}

bool alembic_ini_read(struct slice text, const char *here, struct arena *arena,
                      struct alembic_ini *out, const char **why)
{
    struct reader reader = {.arena = arena};
    const char *recursive;
    struct slice line;

    *out = (struct alembic_ini){0};
    while (slice_next_line(&text, &line))
        read_line(&reader, line);
    if (is_true(value_of(&reader.values, KEY_SOURCELESS))) {
        *why = "sourceless is set: revisions may be there as bytecode only";
        return false;
    }
    recursive = value_of(&reader.values, KEY_RECURSIVE);
    out->is_recursive = is_true(recursive);
    if (!take(&reader.values, KEY_SCRIPT, here, arena, &out->script_location, why))
        return false;
    if (out->script_location && is_of_package(out->script_location)) {
        *why = "script_location names a folder of a Python package";
        return false;
    }
    return take_locations(&reader.values, here, arena, out, why);
}
