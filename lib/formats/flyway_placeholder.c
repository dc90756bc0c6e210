#include "formats/flyway_placeholder.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sql/split.h"

static const char variable_prefix[] = "FLYWAY_PLACEHOLDERS_";
static const char built_in_prefix[] = "flyway:";

/* What the session tells, and where. */
static const struct {
    const char *name;
    size_t offset; /* in struct format_session */
} built_ins[] = {
    {"defaultSchema", offsetof(struct format_session, schema)},
    {"user", offsetof(struct format_session, user)},
    {"database", offsetof(struct format_session, database)},
    {"timestamp", offsetof(struct format_session, time)},
    {"workingDirectory", offsetof(struct format_session, directory)},
    {"table", offsetof(struct format_session, table)},
};

struct reading {
    const struct format_options *options;
    const char *file_name;
    struct slice text;
    size_t kept; /* up to here the text is in the replacement */
    struct arena *arena;
    struct replacement *out;
    bool awaits_session;
};

static bool same_name(struct slice a, struct slice b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* "name=value" */
static bool take_pair(struct slice pair, struct slice name, struct slice *value)
{
    size_t at = slice_find(pair, '=');

    if (at == pair.len || !same_name(slice_sub(pair, 0, at), name))
        return false;
    *value = slice_sub(pair, at + 1, pair.len);
    return true;
}

static bool find_value(const struct format_options *options, struct slice name, struct slice *value)
{
    const char *const *variable = options->environment;

    for (size_t i = 0; i < options->placeholder_count; i++)
        if (take_pair(slice_from(options->placeholders[i]), name, value))
            return true;
    for (; variable && *variable; variable++) {
        struct slice pair = slice_from(*variable);

        if (slice_starts_with(pair, variable_prefix) &&
            take_pair(slice_sub(pair, strlen(variable_prefix), pair.len), name, value))
            return true;
    }
    return false;
}

static bool find_built_in(struct reading *reading, struct slice name, struct slice *value)
{
    const struct format_session *session = reading->options->session;
    const char *base = (const char *)session;

    if (same_name(name, SLICE("filename")) || same_name(name, SLICE("environment"))) {
        *value = slice_from(name.len == 8 ? reading->file_name : "default");
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(built_ins); i++) {
        if (!same_name(name, slice_from(built_ins[i].name)))
            continue;
        reading->awaits_session |= !session;
        *value = slice_from(built_ins[i].name);
        if (session)
            memcpy(value, base + built_ins[i].offset, sizeof *value);
        return true;
    }
    return false;
}

static bool find_any(struct reading *reading, struct slice name, struct slice *value)
{
    size_t len = strlen(built_in_prefix);

    if (name.len > len && same_name(slice_sub(name, 0, len), slice_from(built_in_prefix)) &&
        find_built_in(reading, slice_sub(name, len, name.len), value))
        return true;
    return find_value(reading->options, name, value);
}

static bool fail_at(const struct reading *reading, size_t offset, struct error *err)
{
    struct sql_position at = sql_position_at(reading->text, offset);

    sql_excerpt(reading->text, offset, err);
    return error_wrap(err, "%u:%u", at.line, at.column);
}

static bool refuse_open(const struct reading *reading, size_t offset, struct error *err)
{
    error_set(err, ERR_CONFIG, "the placeholder that begins here has no %s",
              reading->options->placeholder_suffix);
    error_hint(err, "close it; if it is none, put placeholderReplacement=false into the file's "
                    ".sql.conf");
    return fail_at(reading, offset, err);
}

static bool refuse_unknown(const struct reading *reading, struct slice name, size_t offset,
                           struct error *err)
{
    char printable[64], variable[64];

    text_sanitize(name, printable, sizeof printable);
    error_set(err, ERR_CONFIG, "no value for the placeholder %s",
              printable[0] ? printable : "without a name");
    for (size_t i = 0; i < sizeof variable; i++)
        variable[i] = (char)(printable[i] >= 'a' && printable[i] <= 'z' ? printable[i] - 'a' + 'A'
                                                                        : printable[i]);
    error_hint(err,
               "set %s%s, or %s=... in [migrate] placeholders; if it is none, put "
               "placeholderReplacement=false into the file's .sql.conf",
               variable_prefix, variable, printable);
    return fail_at(reading, offset, err);
}

/* The placeholder whose name begins at `from`; gives where it ends. */
static bool take_placeholder(struct reading *reading, size_t start, size_t from, size_t *end,
                             struct error *err)
{
    struct slice suffix = slice_from(reading->options->placeholder_suffix), name, value;
    struct slice rest = slice_sub(reading->text, from, reading->text.len);
    const char *found = rest.len ? memmem(rest.ptr, rest.len, suffix.ptr, suffix.len) : NULL;

    if (!found)
        return refuse_open(reading, start, err);
    name = slice_sub(rest, 0, (size_t)(found - rest.ptr));
    if (!find_any(reading, name, &value))
        return refuse_unknown(reading, name, start, err);
    if (!reading->out)
        reading->out = replacement_new(reading->arena);
    replacement_keep(reading->out, slice_sub(reading->text, reading->kept, start), reading->kept);
    replacement_put(reading->out, value, start);
    *end = reading->kept = from + name.len + suffix.len;
    return true;
}

static size_t common_len(struct slice text, size_t at, struct slice prefix)
{
    size_t len = 0;

    while (len < prefix.len && at + len < text.len && text.ptr[at + len] == prefix.ptr[len])
        len++;
    return len;
}

bool flyway_placeholders_replace(const struct format_options *options, struct slice text,
                                 const char *file_name, struct arena *arena,
                                 struct replacement **out, bool *awaits_session, struct error *err)
{
    struct reading reading = {
        .options = options, .file_name = file_name, .text = text, .arena = arena};
    struct slice prefix = slice_from(options->placeholder_prefix);

    for (size_t at = 0; at < text.len;) {
        size_t len = common_len(text, at, prefix);

        if (len < prefix.len)
            at += len + 1;
        else if (!take_placeholder(&reading, at, at + len, &at, err))
            return false;
    }
    if (reading.out)
        replacement_keep(reading.out, slice_sub(text, reading.kept, text.len), reading.kept);
    *out = reading.out;
    *awaits_session |= reading.awaits_session;
    return true;
}
