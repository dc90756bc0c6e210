#include "formats/alembic_script.h"

#include <string.h>

#include "base/compiler.h"
#include "formats/python.h"

enum field { FIELD_REVISION, FIELD_DOWN, FIELD_DEPENDS, FIELD_LABELS, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_REVISION] = "revision",
    [FIELD_DOWN] = "down_revision",
    [FIELD_DEPENDS] = "depends_on",
    [FIELD_LABELS] = "branch_labels",
};

struct value {
    bool is_set;
    bool is_understood;
    bool is_single; /* one string, not a list of one */
    struct alembic_names names;
};

struct reading {
    struct python_reader python;
    struct python_token token; /* looked at, not yet taken */
    struct arena *arena;
    struct value values[FIELD_COUNT];
    bool is_dynamic; /* the module may get names in ways that no assignment shows */
};

static void advance(struct reading *reading)
{
    reading->token = python_next(&reading->python);
}

/* FIELD_COUNT for any other name. */
static enum field field_of(const struct python_token *token)
{
    enum field field = 0;

    while (field < FIELD_COUNT && !python_is_name(token, field_names[field]))
        field++;
    return field;
}

static bool is_over(const struct reading *reading)
{
    return reading->token.kind == PYTHON_LINE_END || reading->token.kind == PYTHON_END ||
           reading->token.kind == PYTHON_BROKEN;
}

static void skip_line(struct reading *reading)
{
    while (!is_over(reading))
        advance(reading);
}

/* --- values ------------------------------------------------------------------------------ */

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
    return text.len > 0;
}

static bool take_string(struct reading *reading, struct alembic_names *names)
{
    const struct python_token *token = &reading->token;

    if (token->kind != PYTHON_STRING || !token->is_literal || !is_plain(token->text))
        return false;
    names->items = arena_grow(reading->arena, names->items, &names->capacity, names->count,
                              sizeof *names->items);
    names->items[names->count++] = arena_text(reading->arena, token->text);
    advance(reading);
    return true;
}

/* ("a"), ("a",), ["a", "b"], {"a"}, (): what is within the brackets, and the last of them. */
static bool take_strings(struct reading *reading, struct value *value)
{
    bool is_round = python_is_mark(&reading->token, '(');
    bool is_brace = python_is_mark(&reading->token, '{');
    char close = is_round ? ')' : is_brace ? '}' : ']';
    size_t commas = 0;

    advance(reading);
    while (!python_is_mark(&reading->token, close)) {
        if (commas < value->names.count || !take_string(reading, &value->names))
            return false;
        if (!python_is_mark(&reading->token, ','))
            continue;
        commas++;
        advance(reading);
    }
    advance(reading);
    value->is_single = is_round && value->names.count == 1 && !commas;
    return value->names.count > 0 || !is_brace; /* {} is a dictionary */
}

static bool take_value(struct reading *reading, struct value *value)
{
    if (python_is_name(&reading->token, "None")) {
        advance(reading);
        return true;
    }
    if (reading->token.kind == PYTHON_STRING) {
        value->is_single = true;
        return take_string(reading, &value->names);
    }
    if (python_is_mark(&reading->token, '(') || python_is_mark(&reading->token, '[') ||
        python_is_mark(&reading->token, '{'))
        return take_strings(reading, value);
    return false;
}

/* `: Union[str, Sequence[str], None]`; ends at the "=", or at the end of a line that has none. */
static bool skip_annotation(struct reading *reading)
{
    if (!python_is_mark(&reading->token, ':'))
        return true;
    do {
        advance(reading);
        if (field_of(&reading->token) != FIELD_COUNT)
            return false;
    } while (!is_over(reading) &&
             (reading->python.depth > 0 || !python_is_mark(&reading->token, '=')));
    return true;
}

static bool is_dynamic(const struct python_token *token)
{
    static const char *const names[] = {"exec", "eval", "globals", "locals", "vars", "setattr"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (python_is_name(token, names[i]))
            return true;
    return false;
}

/*
 * One of the four names where it is neither an assignment at the margin nor in a function: an
 * import, a condition, a loop, `del`. Python may give it a value there, and we could not say which.
 */
static void mark_mentioned(struct reading *reading)
{
    bool is_import = python_is_name(&reading->token, "from");

    for (; !is_over(reading); advance(reading)) {
        enum field field = field_of(&reading->token);

        if (field != FIELD_COUNT)
            reading->values[field] = (struct value){.is_set = true};
        reading->is_dynamic |=
            is_dynamic(&reading->token) || (is_import && python_is_mark(&reading->token, '*'));
    }
}

/* The line begins with the name, which is taken already. A later assignment is the one that counts.
 */
static void read_assignment(struct reading *reading, enum field field)
{
    struct value value = {.is_set = true};

    if (skip_annotation(reading) && python_is_mark(&reading->token, '=')) {
        advance(reading);
        value.is_understood = take_value(reading, &value) && is_over(reading);
    }
    reading->values[field] = value;
    mark_mentioned(reading); /* a = b = "x" gives a value to both */
}

/* --- lines ------------------------------------------------------------------------------- */

static bool begins_body(const struct python_token *token)
{
    return python_is_name(token, "def") || python_is_name(token, "class") ||
           python_is_name(token, "async") || python_is_mark(token, '@');
}

static void read_line(struct reading *reading, bool *is_in_body)
{
    bool is_at_margin = reading->python.indent == 0;
    enum field field = field_of(&reading->token);

    if (is_at_margin)
        *is_in_body = begins_body(&reading->token);
    if (python_is_name(&reading->token, "global")) {
        mark_mentioned(reading);
    } else if (*is_in_body) {
        skip_line(reading);
    } else if (is_at_margin && field != FIELD_COUNT) {
        advance(reading);
        read_assignment(reading, field);
    } else {
        mark_mentioned(reading);
    }
}

static bool read_lines(struct reading *reading, const char **why)
{
    bool is_in_body = false;

    do {
        advance(reading);
        if (!is_over(reading))
            read_line(reading, &is_in_body);
    } while (reading->token.kind == PYTHON_LINE_END);
    if (reading->token.kind == PYTHON_BROKEN)
        *why = "is not understood as Python";
    else if (reading->is_dynamic)
        *why = "gives names to its module in other ways than by assignments";
    else
        return true;
    return false;
}

/* --- the whole --------------------------------------------------------------------------- */

static struct slice file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slice_from(slash ? slash + 1 : path);
}

bool alembic_script_is_named(struct slice name)
{
    return name.len > 3 && slice_ends_with(name, ".py") && !slice_starts_with(name, ".#") &&
           !slice_starts_with(name, "__init__");
}

/* The name of a file from before Alembic 0.2; NULL where it is not of that kind. */
static const char *legacy_revision(const char *path, struct arena *arena)
{
    struct slice name = file_name(path);
    struct slice stem = slice_sub(name, 0, name.len - strlen(".py"));

    return slice_has_only(stem, "0123456789abcdef") ? arena_text(arena, stem) : NULL;
}

static bool take_revision(const struct reading *reading, struct alembic_script *out)
{
    const struct value *value = &reading->values[FIELD_REVISION];

    if (!value->is_set) {
        out->revision = legacy_revision(out->path, reading->arena);
        return out->revision != NULL;
    }
    if (!value->is_understood || !value->is_single)
        return false;
    out->revision = value->names.items[0];
    return true;
}

static bool refuse_field(enum field field, struct arena *arena, const char **why)
{
    *why = arena_printf(arena, "%s is not a plain assignment", field_names[field]);
    return false;
}

bool alembic_script_read(struct slice source, const char *path, struct arena *arena,
                         struct alembic_script *out, const char **why)
{
    struct reading reading = {.python = python_reader_of(source), .arena = arena};
    const struct value *values = reading.values;

    *out = (struct alembic_script){.path = path};
    if (!read_lines(&reading, why))
        return false;
    if (!take_revision(&reading, out))
        return refuse_field(FIELD_REVISION, arena, why);
    if (!values[FIELD_DOWN].is_understood)
        return refuse_field(FIELD_DOWN, arena, why);
    if (values[FIELD_DEPENDS].is_set && !values[FIELD_DEPENDS].is_understood)
        return refuse_field(FIELD_DEPENDS, arena, why);
    out->down = values[FIELD_DOWN].names;
    out->depends = values[FIELD_DEPENDS].names;
    out->labels = values[FIELD_LABELS].names;
    out->has_unknown_labels = values[FIELD_LABELS].is_set && !values[FIELD_LABELS].is_understood;
    return true;
}
