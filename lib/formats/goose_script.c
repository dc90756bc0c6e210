#include "formats/goose_script.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "formats/goose_envsub.h"
#include "sql/split.h"

static const char annotation_word[] = "+goose";

enum annotation {
    ANNOTATION_UNKNOWN,
    ANNOTATION_UP,
    ANNOTATION_DOWN,
    ANNOTATION_STATEMENT_BEGIN,
    ANNOTATION_STATEMENT_END,
    ANNOTATION_NO_TRANSACTION,
    ANNOTATION_ENVSUB_ON,
    ANNOTATION_ENVSUB_OFF,
};

static const char *const annotation_names[] = {
    [ANNOTATION_UP] = "up",
    [ANNOTATION_DOWN] = "down",
    [ANNOTATION_STATEMENT_BEGIN] = "statementbegin",
    [ANNOTATION_STATEMENT_END] = "statementend",
    [ANNOTATION_NO_TRANSACTION] = "no transaction",
    [ANNOTATION_ENVSUB_ON] = "envsub on",
    [ANNOTATION_ENVSUB_OFF] = "envsub off",
};

enum place {
    PLACE_BEFORE_UP,
    PLACE_UP,
    PLACE_DOWN,
};

/* What the lines of a file have said so far. */
struct reading {
    enum place wanted; /* PLACE_UP or PLACE_DOWN: the other part is not looked into */
    enum place place;
    bool is_in_statement; /* between StatementBegin and StatementEnd */
    bool is_unfinished;   /* text without the ';' that ends it */
    bool is_transactional;
    size_t up;   /* offset of the line of Up */
    size_t down; /* ... of Down, or the end */
    char *sent;
    const char *const *environment;
    bool substitutes;             /* between ENVSUB ON and OFF */
    struct replacement *replaced; /* NULL until then; from the wanted part on */
    size_t kept;                  /* up to here the text is in it */
    unsigned column;              /* of an error */
    struct arena *arena;
};

static bool refuse(struct error *err, const char *what, const char *hint)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", hint);
    return false;
}

static bool contains(struct slice text, const char *word)
{
    for (; text.len; text = slice_sub(text, 1, text.len))
        if (slice_starts_with(text, word))
            return true;
    return false;
}

static bool is_annotation(struct slice line)
{
    line = slice_trim(line);
    return slice_starts_with(line, "--") && contains(line, annotation_word);
}

/* What is left of the line without any "--" and without the first "+goose". */
static enum annotation annotation_parse(struct slice line)
{
    char rest[64];
    size_t len = 0;
    bool has_word = false;

    while (line.len && len < sizeof rest) {
        size_t skipped = slice_starts_with(line, "--") ? 2 : 0;

        if (!skipped && !has_word && slice_starts_with(line, annotation_word)) {
            skipped = strlen(annotation_word);
            has_word = true;
        }
        if (!skipped)
            rest[len++] = line.ptr[0];
        line = slice_sub(line, skipped ? skipped : 1, line.len);
    }
    for (size_t i = 1; !line.len && i < COUNT_OF(annotation_names); i++) {
        struct slice command = slice_trim((struct slice){rest, len});

        if (command.len == strlen(annotation_names[i]) &&
            strncasecmp(command.ptr, annotation_names[i], command.len) == 0)
            return (enum annotation)i;
    }
    return ANNOTATION_UNKNOWN;
}

static bool check_finished(const struct reading *reading, struct error *err)
{
    if (reading->is_in_statement)
        return refuse(err, "no -- +goose StatementEnd for the StatementBegin above",
                      "close it before its part of the file ends");
    if (reading->is_unfinished)
        return refuse(err, "the last statement above is not ended by a ';'",
                      "goose wants a ';' at the end of a line, or -- +goose StatementBegin and "
                      "StatementEnd around the statement");
    return true;
}

static bool take_up(struct reading *reading, size_t offset, struct error *err)
{
    if (reading->place != PLACE_BEFORE_UP)
        return refuse(err, "a second -- +goose Up in one file", "make it a file of its own");
    reading->place = PLACE_UP;
    reading->up = offset;
    return true;
}

static bool take_down(struct reading *reading, size_t offset, struct error *err)
{
    if (reading->place != PLACE_UP)
        return refuse(err, "a -- +goose Down that does not follow the up part",
                      "a file has one -- +goose Up and below it at most one -- +goose Down");
    if (!check_finished(reading, err))
        return false;
    reading->place = PLACE_DOWN;
    reading->down = offset;
    return true;
}

static bool take_begin(struct reading *reading, struct error *err)
{
    if (reading->place == PLACE_BEFORE_UP || reading->is_in_statement)
        return refuse(err, "a -- +goose StatementBegin in the wrong place",
                      "it stands below -- +goose Up or Down, and each has its own StatementEnd");
    reading->is_in_statement = true;
    return true;
}

/* What goose sends by itself needs no ';' of its own: the comment line makes room for one. */
static bool take_end(struct reading *reading, size_t offset, struct error *err)
{
    if (!reading->is_in_statement)
        return refuse(err, "a -- +goose StatementEnd without a StatementBegin",
                      "put -- +goose StatementBegin above the statement");
    reading->is_in_statement = false;
    reading->is_unfinished = false;
    memcpy(reading->sent + offset, ";--", 3);
    return true;
}

static bool take_annotation(struct reading *reading, struct slice line, size_t offset,
                            struct error *err)
{
    if (!slice_starts_with(line, "--"))
        return refuse(err, "blanks before an annotation",
                      "goose wants -- +goose to begin in the first column");
    switch (annotation_parse(line)) {
    case ANNOTATION_UP: return take_up(reading, offset, err);
    case ANNOTATION_DOWN: return take_down(reading, offset, err);
    case ANNOTATION_STATEMENT_BEGIN: return take_begin(reading, err);
    case ANNOTATION_STATEMENT_END: return take_end(reading, offset, err);
    case ANNOTATION_NO_TRANSACTION: reading->is_transactional = false; return true;
    case ANNOTATION_ENVSUB_ON: reading->substitutes = true; return true;
    case ANNOTATION_ENVSUB_OFF: reading->substitutes = false; return true;
    case ANNOTATION_UNKNOWN: break;
    }
    return refuse(err, "an unknown annotation of goose",
                  "known: Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON, "
                  "ENVSUB OFF, with nothing behind them");
}

/* The last word before one that begins with "--" ends in ';'. */
static bool ends_statement(struct slice line)
{
    struct slice last = SLICE("");

    for (line = slice_trim(line); line.len; line = slice_trim(line)) {
        size_t end = 0;

        while (end < line.len && !strchr(" \t\v\f\r", line.ptr[end]))
            end++;
        if (slice_starts_with(line, "--"))
            break;
        last = slice_sub(line, 0, end);
        line = slice_sub(line, end, line.len);
    }
    return slice_ends_with(last, ";");
}

static struct slice sent_part(const struct reading *reading, size_t from, size_t to)
{
    return (struct slice){reading->sent + from, to - from};
}

static size_t part_start(const struct reading *reading)
{
    return reading->wanted == PLACE_UP ? reading->up : reading->down;
}

/* The line with its values, for what is sent and for whether a ';' ends it. */
static bool substitute(struct reading *reading, size_t offset, struct slice *line,
                       struct error *err)
{
    size_t before, at = 0, start = part_start(reading);

    if (!reading->replaced) {
        reading->replaced = replacement_new(reading->arena);
        reading->kept = start;
    }
    replacement_keep(reading->replaced, sent_part(reading, reading->kept, offset),
                     reading->kept - start);
    before = reading->replaced->text.len;
    reading->kept = offset + line->len;
    if (!goose_envsub(reading->environment, *line, offset - start, reading->replaced, &at, err)) {
        reading->column = (unsigned)text_character_count(slice_sub(*line, 0, at)) + 1;
        return false;
    }
    *line = slice_sub(buf_slice(&reading->replaced->text), before, reading->replaced->text.len);
    return true;
}

static bool take_line(struct reading *reading, struct slice line, size_t offset, struct error *err)
{
    struct slice text = slice_trim(line);

    if (is_annotation(line))
        return take_annotation(reading, line, offset, err);
    if (!reading->is_unfinished && (!text.len || slice_starts_with(text, "--")))
        return true;
    if (reading->place == PLACE_BEFORE_UP)
        return refuse(err, "a statement before -- +goose Up",
                      "nothing but comments may stand above it; the file must not begin with a "
                      "byte order mark either");
    if (reading->place != reading->wanted)
        return true;
    if (reading->substitutes && !substitute(reading, offset, &line, err))
        return false;
    reading->is_unfinished = reading->is_in_statement || !ends_statement(line);
    return true;
}

static bool read_lines(struct slice source, struct reading *reading, struct error *err)
{
    struct slice rest = source, line;
    size_t offset = 0;

    for (unsigned number = 1; slice_next_line(&rest, &line); number++) {
        reading->column = 1;
        if (!take_line(reading, line, offset, err)) {
            sql_excerpt(source, offset + sql_offset_of_character(line, reading->column), err);
            return error_wrap(err, "%u:%u", number, reading->column);
        }
        offset = source.len - rest.len;
    }
    if (reading->place == PLACE_BEFORE_UP)
        return refuse(err, "no -- +goose Up", "a migration of goose has such a line");
    return reading->place > reading->wanted || check_finished(reading, err);
}

/* Columns and lines stay what they were. */
static struct slice without_carriage_returns(struct slice text, struct arena *arena)
{
    struct buf out = buf_in(arena);
    struct slice line;

    if (slice_find(text, '\r') == text.len)
        return text;
    buf_reserve(&out, text.len);
    while (text.len) {
        bool has_end = slice_find(text, '\n') < text.len;

        if (!slice_next_line(&text, &line))
            break;
        buf_add(&out, line);
        if (has_end)
            buf_add_char(&out, '\n');
    }
    return buf_slice(&out);
}

static void take_part(struct migration *migration, struct reading *reading)
{
    size_t start = part_start(reading);
    size_t end = reading->wanted == PLACE_UP ? reading->down : migration->source.len;

    migration->up = slice_sub(migration->source, start, end);
    migration->sent = reading->sent + start;
    migration->is_transactional = reading->is_transactional;
    if (reading->replaced)
        replacement_keep(reading->replaced, sent_part(reading, reading->kept, end),
                         reading->kept - start);
    migration->replaced = reading->replaced;
}

bool goose_script_read(const struct tree *tree, const struct format_options *options,
                       enum goose_part part, struct migration *migration, struct arena *arena,
                       struct error *err)
{
    struct reading reading = {.wanted = part == GOOSE_UP ? PLACE_UP : PLACE_DOWN,
                              .is_transactional = true,
                              .environment = options->environment,
                              .arena = arena};

    migration->source = without_carriage_returns(migration->source, arena);
    reading.down = migration->source.len;
    reading.sent = arena_text(arena, migration->source);
    if (!read_lines(migration->source, &reading, err))
        return error_wrap_file(err, tree->root, migration->path);
    if (reading.place < reading.wanted)
        return down_refuse_missing(tree, migration, "below a line -- +goose Down", err);
    take_part(migration, &reading);
    return true;
}

bool goose_is_annotation(struct slice line)
{
    line = slice_trim(line);
    return slice_starts_with(line, "--") &&
           slice_starts_with(slice_trim(slice_sub(line, 2, line.len)), annotation_word);
}
