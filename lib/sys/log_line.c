#include "sys/log_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bar.h"
#include "base/text.h"
#include "sys/clock.h"

/* What is kept free behind a text so that its line can always be completed. */
enum { TAIL_BYTES = 16, FIELDS_BYTES = 1024 };

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const char *const level_colours[] = {"\033[31m", "\033[33m", "", ""};
static const char *const scope_names[] = {"migration", "init"};
static const char *const scope_prefixes[] = {"[Migration] ", "[migrinit] "};

/* All of it or nothing: a piece of a name or of an escape would spoil the line. */
static bool line_add(struct line *line, struct slice bytes)
{
    if (line->len + bytes.len > line->end)
        return false;
    memcpy(line->bytes + line->len, bytes.ptr, bytes.len);
    line->len += bytes.len;
    return true;
}

static void line_add_safe(struct line *line, struct slice foreign)
{
    line->len += text_sanitize(foreign, line->bytes + line->len, line->end - line->len + 1);
}

static void text_begin(struct line *line, const struct line_style *style, enum log_level level,
                       enum log_scope scope)
{
    char time[32];

    line->len = 0;
    line->end = LINE_BYTES - TAIL_BYTES;
    if (style->timestamps) {
        clock_wall_format(time, sizeof time);
        line_add(line, slice_from(time));
        line_add(line, SLICE(" "));
    }
    line_add(line, slice_from(scope_prefixes[scope]));
    if (style->has_colours)
        line_add(line, slice_from(level_colours[level]));
}

static void text_end(struct line *line, const struct line_style *style, enum log_level level)
{
    line->end = LINE_BYTES;
    if (style->has_colours && level_colours[level][0])
        line_add(line, SLICE("\033[0m"));
    if (style->can_draw)
        line_add(line, SLICE("\033[K")); /* what another process has drawn, and is longer */
    line_add(line, SLICE("\n"));
}

/* text_sanitize() has left no control bytes: only these two need an escape. */
static void json_escape(struct line *line, struct slice safe)
{
    while (safe.len) {
        struct slice piece = slice_sub(safe, 0, text_character_len(safe));

        safe = slice_sub(safe, piece.len, safe.len);
        if (piece.ptr[0] == '"')
            piece = SLICE("\\\"");
        else if (piece.ptr[0] == '\\')
            piece = SLICE("\\\\");
        if (!line_add(line, piece))
            return;
    }
}

static bool json_name(struct line *line, const char *name, const char *opening)
{
    const bool is_first = line->bytes[line->len - 1] == '{';
    char head[64];
    int len = snprintf(head, sizeof head, "%s\"%s\":%s", is_first ? "" : ",", name, opening);

    return len > 0 && (size_t)len < sizeof head && line_add(line, slice_from(head));
}

/* A text that is too long is cut; the byte of its closing quote is kept free meanwhile. */
static void json_text(struct line *line, const char *name, struct slice foreign)
{
    char safe[LINE_BYTES];
    size_t safe_len = text_sanitize(foreign, safe, sizeof safe);
    bool has_begun;

    line->end--;
    has_begun = json_name(line, name, "\"");
    if (has_begun)
        json_escape(line, (struct slice){safe, safe_len});
    line->end++;
    if (has_begun)
        line_add(line, SLICE("\""));
}

static void json_number(struct line *line, const char *name, int64_t number)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRId64, number);
    json_name(line, name, digits);
}

static void json_begin(struct line *line, enum log_level level, enum log_scope scope,
                       const char *event, struct slice message)
{
    char time[32];

    clock_wall_format(time, sizeof time);
    line->len = 0;
    line->end = LINE_BYTES - FIELDS_BYTES;
    line_add(line, SLICE("{"));
    json_text(line, "time", slice_from(time));
    json_text(line, "level", slice_from(level_names[level]));
    json_text(line, "scope", slice_from(scope_names[scope]));
    json_text(line, "event", slice_from(event));
    json_text(line, "message", message);
    line->end = LINE_BYTES - TAIL_BYTES;
}

static void json_end(struct line *line)
{
    line->end = LINE_BYTES;
    line_add(line, SLICE("}\n"));
}

void line_render(struct line *line, const struct line_style *style, enum log_level level,
                 enum log_scope scope, const char *event, const struct log_field *fields,
                 struct slice message)
{
    if (style->format == LOG_TEXT) {
        text_begin(line, style, level, scope);
        line_add_safe(line, message);
        text_end(line, style, level);
        return;
    }
    json_begin(line, level, scope, event, message);
    for (; fields->name; fields++) {
        if (fields->text)
            json_text(line, fields->name, slice_from(fields->text));
        else
            json_number(line, fields->name, fields->number);
    }
    json_end(line);
}

void line_draw(struct line *line, enum log_scope scope, int percent, const char *text,
               unsigned columns)
{
    unsigned prefix_len = (unsigned)strlen(scope_prefixes[scope]);
    char drawn[512];

    *line = (struct line){.end = LINE_BYTES};
    line_add(line, SLICE("\r"));
    if (text[0]) {
        line_add(line, slice_from(scope_prefixes[scope]));
        bar_render(percent, text, columns > prefix_len ? columns - prefix_len - 1 : 0, drawn,
                   sizeof drawn);
        line_add(line, slice_from(drawn));
    }
    line_add(line, SLICE("\033[K\r"));
}
