#include "conf/ini.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* inih copies names and sections into 50 bytes (MAX_SECTION, MAX_NAME in its ini.c). */
enum { NAME_MAX_BYTES = 49, STAND_IN_MAX = NAME_MAX_BYTES + 16 };

/* What stands between inih and the text. */
struct reader {
    const char *file;
    struct slice rest;
    unsigned line;
    struct arena *arena;
    struct ini *ini;
    struct error *err;
    bool has_failed;

    /* The value that an indented line would continue. */
    struct buf value;
    size_t key_indent;
    bool is_quoted;
};

static PRINTF_LIKE(2, 3) bool refuse(struct reader *reader, const char *format, ...)
{
    char what[sizeof reader->err->what];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    reader->has_failed = true;
    error_set(reader->err, ERR_CONFIG, "%s", what);
    return error_wrap(reader->err, "%s:%u", reader->file, reader->line);
}

static bool is_name(struct slice name, const char *marks)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr(marks, c)))
            return false;
    }
    return name.len > 0;
}

/* A mark first or after a blank: inih, and many who read the file, would see a comment there. */
static bool has_comment_mark(struct slice value)
{
    char before = ' ';

    for (size_t i = 0; i < value.len; before = value.ptr[i++])
        if ((value.ptr[i] == ';' || value.ptr[i] == '#') && (before == ' ' || before == '\t'))
            return true;
    return false;
}

static bool read_plain(struct reader *reader, struct slice value)
{
    if (!has_comment_mark(value))
        return true;
    refuse(reader, "a value without quotes has a comment mark (; or #) first or after a blank");
    error_hint(reader->err, "put a comment on a line of its own; put a value with such a mark in "
                            "quotes");
    return false;
}

static bool read_quoted(struct reader *reader, struct slice *value)
{
    struct slice inner = slice_sub(*value, 1, value->len);
    size_t close = slice_find(inner, value->ptr[0]);

    if (close == inner.len)
        return refuse(reader, "the quote that begins the value is not closed on its line");
    if (close + 1 < inner.len) {
        refuse(reader, "text follows the quote that closes the value");
        error_hint(reader->err, "put a comment on a line of its own, or the whole value in the "
                                "other kind of quotes");
        return false;
    }
    *value = slice_sub(inner, 0, close);
    return true;
}

static bool check_value_size(struct reader *reader)
{
    return reader->value.len <= INI_VALUE_MAX ||
           refuse(reader, "the value is longer than %d bytes", INI_VALUE_MAX);
}

static bool keep_value(struct reader *reader, struct slice value, size_t indent)
{
    reader->is_quoted = value.len && (value.ptr[0] == '"' || value.ptr[0] == '\'');
    if (reader->is_quoted ? !read_quoted(reader, &value) : !read_plain(reader, value))
        return false;
    reader->key_indent = indent;
    reader->value = buf_in(reader->arena);
    buf_add(&reader->value, value);
    return check_value_size(reader);
}

static bool is_continuation(const struct reader *reader, size_t indent)
{
    return reader->value.arena && indent > reader->key_indent;
}

static bool continue_value(struct reader *reader, struct slice more)
{
    struct ini *ini = reader->ini;

    if (reader->is_quoted)
        return refuse(reader, "this line is indented, but the value above it is quoted and ended");
    if (!read_plain(reader, more))
        return false;
    buf_add_char(&reader->value, '\n');
    buf_add(&reader->value, more);
    ini->entries[ini->count - 1].value = buf_slice(&reader->value);
    return check_value_size(reader);
}

static bool read_section(struct reader *reader, struct slice line, char *stand_in)
{
    struct slice name = slice_sub(line, 1, line.len - 1);
    struct ini *ini = reader->ini;

    if (!slice_ends_with(line, "]") || !is_name(name, "._-:"))
        return refuse(reader, "a section heading is [name], of letters, digits and . _ - :");
    if (name.len > NAME_MAX_BYTES)
        return refuse(reader, "the section's name is longer than %d bytes", NAME_MAX_BYTES);
    ini->sections = arena_grow(reader->arena, ini->sections, &ini->section_capacity,
                               ini->section_count, sizeof *ini->sections);
    ini->sections[ini->section_count++] =
        (struct ini_section){arena_text(reader->arena, name), reader->line};
    reader->value = (struct buf){0};
    snprintf(stand_in, STAND_IN_MAX, "[%.*s]\n", SLICE_ARG(name));
    return true;
}

static bool read_key(struct reader *reader, struct slice line, size_t indent, char *stand_in)
{
    size_t equals = slice_find(line, '='), colon = slice_find(line, ':');
    size_t split = equals < colon ? equals : colon;
    struct slice key = slice_trim(slice_sub(line, 0, split));

    if (split == line.len)
        return refuse(reader, "neither a [section], nor key = value, nor a comment");
    if (!is_name(key, "_-"))
        return refuse(reader, "a key is made of letters, digits, _ and -");
    if (key.len > NAME_MAX_BYTES)
        return refuse(reader, "the key is longer than %d bytes", NAME_MAX_BYTES);
    snprintf(stand_in, STAND_IN_MAX, "%.*s=%u\n", SLICE_ARG(key), reader->line);
    return keep_value(reader, slice_trim(slice_sub(line, split + 1, line.len)), indent);
}

static size_t indent_of(struct slice line)
{
    size_t indent = 0;

    while (indent < line.len && (line.ptr[indent] == ' ' || line.ptr[indent] == '\t'))
        indent++;
    return indent;
}

/* Put into stand_in what inih shall see of the line; nothing to see is an empty line. */
static bool read_line(struct reader *reader, struct slice line, char *stand_in)
{
    size_t indent = indent_of(line);
    struct slice text = slice_trim(line);

    snprintf(stand_in, STAND_IN_MAX, "\n");
    if (slice_find(line, '\0') < line.len)
        return refuse(reader, "a NUL byte");
    if (!text.len || text.ptr[0] == ';' || text.ptr[0] == '#')
        return true;
    if (is_continuation(reader, indent))
        return continue_value(reader, text);
    if (text.ptr[0] == '[')
        return read_section(reader, text, stand_in);
    return read_key(reader, text, indent, stand_in);
}

/* inih's ini_reader, in the manner of fgets(). */
static char *next_stand_in(char *out, int out_size, void *context)
{
    struct reader *reader = context;
    char stand_in[STAND_IN_MAX];
    struct slice line;

    if (reader->has_failed || !slice_next_line(&reader->rest, &line))
        return NULL;
    reader->line++;
    if (!read_line(reader, line, stand_in))
        return NULL;
    if (snprintf(out, (size_t)out_size, "%s", stand_in) >= out_size) {
        refuse(reader, "inih was compiled with lines of %d bytes", out_size);
        return NULL;
    }
    return out;
}

/* inih's ini_handler: 0 is a failure. A NULL name is a heading, in builds that report these. */
static int take_entry(void *context, const char *section, const char *key, const char *stand_in)
{
    struct reader *reader = context;
    struct ini *ini = reader->ini;

    if (!key)
        return 1;
    if (!stand_in || strtoul(stand_in, NULL, 10) != reader->line)
        return 0;
    ini->entries =
        arena_grow(reader->arena, ini->entries, &ini->capacity, ini->count, sizeof *ini->entries);
    ini->entries[ini->count++] = (struct ini_entry){
        .section = arena_text(reader->arena, slice_from(section)),
        .key = arena_text(reader->arena, slice_from(key)),
        .value = slice_from(buf_text(&reader->value)),
        .line = reader->line,
    };
    return 1;
}

static struct slice without_byte_order_mark(struct slice text)
{
    const char *mark = "\xEF\xBB\xBF";

    return slice_starts_with(text, mark) ? slice_sub(text, strlen(mark), text.len) : text;
}

bool ini_read(const char *file, struct slice text, struct arena *arena, struct ini *ini,
              struct error *err)
{
    struct ini parsed = {0};
    struct reader reader = {
        .file = file,
        .rest = without_byte_order_mark(text),
        .arena = arena,
        .ini = &parsed,
        .err = err,
    };
    int failed = ini_parse_stream(next_stand_in, &reader, take_entry, &reader);

    if (reader.has_failed)
        return false;
    if (failed)
        return refuse(&reader, "inih cannot read this text (%d)", failed);
    *ini = parsed;
    return true;
}
