#include "sql/split.h"

#include "base/text.h"
#include "sql/lexer.h"

/* How far the words of a statement have gone towards CREATE [OR REPLACE] FUNCTION | PROCEDURE. */
enum head {
    HEAD_EMPTY,
    HEAD_CREATE,
    HEAD_CREATE_OR,
    HEAD_CREATE_OR_REPLACE,
    HEAD_ROUTINE,
    HEAD_COPY,
    HEAD_COPY_FROM, /* the word just read was FROM */
    HEAD_ANYTHING,
};

struct scanner {
    struct slice text; /* the whole up to the part's end */
    size_t first;      /* of the statement's tokens; only when it has any */
    size_t last;
    bool has_tokens;
    enum head head;
    size_t paren_depth;
    size_t begin_depth;
    bool takes_data;
    bool is_copy; /* of a statement whose data follow */
    struct arena *arena;
    struct sql_statements *out;
};

static bool fail_at(const struct scanner *scanner, size_t offset, struct error *err)
{
    struct sql_position position = sql_position_at(scanner->text, offset);

    sql_excerpt(scanner->text, offset, err);
    return error_wrap(err, "%u:%u", position.line, position.column);
}

static bool refuse_dollar_quote(const struct scanner *scanner, struct sql_token token,
                                struct error *err)
{
    size_t tag_len = sql_dollar_tag_len(scanner->text, token.start);
    char tag[72];

    text_sanitize(slice_sub(scanner->text, token.start, token.start + tag_len), tag, sizeof tag);
    error_set(err, ERR_CONFIG, "the text quoted with %s that begins here has no end", tag);
    error_hint(err, "nothing below closes it with %s, in the same letter case", tag);
    return fail_at(scanner, token.start, err);
}

static bool refuse_unterminated(const struct scanner *scanner, struct sql_token token,
                                struct error *err)
{
    if (token.kind == SQL_TOKEN_UNTERMINATED_DOLLAR)
        return refuse_dollar_quote(scanner, token, err);
    if (token.kind == SQL_TOKEN_UNTERMINATED_COMMENT) {
        error_set(err, ERR_CONFIG, "the comment that begins here has no end");
        error_hint(err, "comments nest: every /* needs its own */");
    } else if (token.kind == SQL_TOKEN_UNTERMINATED_NAME) {
        error_set(err, ERR_CONFIG, "the quoted name that begins here has no end");
        error_hint(err, "close it with \"; a quote inside a name is written twice");
    } else {
        error_set(err, ERR_CONFIG, "the quoted string that begins here has no end");
        error_hint(err, "close it with '; a quote inside a string is written twice, and a "
                        "backslash escapes only in E'...'");
    }
    return fail_at(scanner, token.start, err);
}

struct meta_command {
    const char *name;
    const char *hint;
};

static const struct meta_command meta_commands[] = {
    {"\\restrict", "pg_dump writes this line for psql: remove it, and dump with --inserts"},
    {"\\unrestrict", "pg_dump writes this line for psql: remove it, and dump with --inserts"},
    {"\\.", "COPY data cannot stand in a migration: dump with --inserts, or write INSERT"},
    {"\\copy", "write the rows as INSERT, or use COPY with a file on the server"},
    {"\\connect", "a step migrates one database: remove it, or make it a [migrate:NAME] step"},
    {"\\c", "a step migrates one database: remove it, or make it a [migrate:NAME] step"},
    {"\\i", "put the text of the included file here"},
    {"\\ir", "put the text of the included file here"},
    {"\\include", "put the text of the included file here"},
    {"\\include_relative", "put the text of the included file here"},
    {"\\set", "psql variables do not exist here: write the value itself"},
    {"\\gset", "psql variables do not exist here: use a DO block"},
    {"\\gexec", "use a DO block with EXECUTE"},
};

static const char *meta_command_hint(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(meta_commands); i++)
        if (slice_equal_text(name, meta_commands[i].name))
            return meta_commands[i].hint;
    return "psql's commands are not SQL and the server does not know them: remove it, or run the "
           "file with psql as a command step";
}

static bool refuse_meta_command(const struct scanner *scanner, size_t offset, struct error *err)
{
    struct slice rest = slice_sub(scanner->text, offset, scanner->text.len), name = rest;
    char printable[40];

    slice_next_word(&rest, &name);
    text_sanitize(name, printable, sizeof printable);
    error_set(err, ERR_CONFIG, "%s is a psql command, not SQL (line %u)", printable,
              sql_position_at(scanner->text, offset).line);
    error_hint(err, "%s", meta_command_hint(name));
    return fail_at(scanner, offset, err);
}

static bool refuse_copy(const struct scanner *scanner, struct error *err)
{
    error_set(err, ERR_CONFIG,
              "COPY ... FROM STDIN takes its rows from psql, not from a migration");
    error_hint(err, "write the rows as INSERT (pg_dump --inserts), or use COPY with a file on the "
                    "server");
    return fail_at(scanner, scanner->first, err);
}

static void statement_finish(struct scanner *scanner)
{
    struct sql_statements *out = scanner->out;

    if (scanner->has_tokens && out) {
        out->items =
            arena_grow(scanner->arena, out->items, &out->capacity, out->count, sizeof *out->items);
        out->items[out->count++] = (struct sql_statement){
            .text = slice_sub(scanner->text, scanner->first, scanner->last),
            .offset = scanner->first,
        };
    }
    scanner->has_tokens = false;
    scanner->head = HEAD_EMPTY;
}

static bool refuse_open_data(const struct scanner *scanner, struct error *err)
{
    error_set(err, ERR_CONFIG, "the data of this COPY ... FROM STDIN has no end");
    error_hint(err, "the rows begin below the line with the ';', and end with a line that is \\.");
    return fail_at(scanner, scanner->first, err);
}

/* The lines below the statement's own, up to the one that ends them; *at: behind that one. */
static bool take_data(struct scanner *scanner, size_t *at, struct error *err)
{
    struct slice rest = slice_sub(scanner->text, *at, scanner->text.len), line, data;
    struct sql_statements *out = scanner->out;

    scanner->is_copy = false;
    slice_next_line(&rest, &line);
    data = rest;
    for (;;) {
        size_t len = data.len - rest.len;

        if (!slice_next_line(&rest, &line))
            return refuse_open_data(scanner, err);
        if (!slice_equal_text(slice_trim(line), "\\."))
            continue;
        if (out) {
            out->items[out->count - 1].data = slice_sub(data, 0, len);
            out->items[out->count - 1].has_data = true;
        }
        *at = scanner->text.len - rest.len;
        return true;
    }
}

static bool is_routine(struct slice word)
{
    return sql_word_is(word, "function") || sql_word_is(word, "procedure");
}

static enum head head_after(enum head head, struct slice word)
{
    switch (head) {
    case HEAD_EMPTY:
        if (sql_word_is(word, "create"))
            return HEAD_CREATE;
        return sql_word_is(word, "copy") ? HEAD_COPY : HEAD_ANYTHING;
    case HEAD_CREATE:
        if (is_routine(word))
            return HEAD_ROUTINE;
        return sql_word_is(word, "or") ? HEAD_CREATE_OR : HEAD_ANYTHING;
    case HEAD_CREATE_OR:
        return sql_word_is(word, "replace") ? HEAD_CREATE_OR_REPLACE : HEAD_ANYTHING;
    case HEAD_CREATE_OR_REPLACE: return is_routine(word) ? HEAD_ROUTINE : HEAD_ANYTHING;
    case HEAD_COPY:
    case HEAD_COPY_FROM: return sql_word_is(word, "from") ? HEAD_COPY_FROM : HEAD_COPY;
    case HEAD_ROUTINE:
    case HEAD_ANYTHING: break;
    }
    return head;
}

/* CASE ends with END as well, and is of interest only where an END is waited for. */
static void track_routine_body(struct scanner *scanner, struct slice word)
{
    if (sql_word_is(word, "begin"))
        scanner->begin_depth++;
    else if (scanner->begin_depth && sql_word_is(word, "case"))
        scanner->begin_depth++;
    else if (scanner->begin_depth && sql_word_is(word, "end"))
        scanner->begin_depth--;
}

static bool take_word(struct scanner *scanner, struct slice word, struct error *err)
{
    if (scanner->head == HEAD_COPY_FROM && !scanner->paren_depth && sql_word_is(word, "stdin")) {
        scanner->is_copy = true;
        if (!scanner->takes_data)
            return refuse_copy(scanner, err);
    }
    scanner->head = head_after(scanner->head, word);
    if (scanner->head == HEAD_ROUTINE && !scanner->paren_depth)
        track_routine_body(scanner, word);
    return true;
}

static void take_mark(struct scanner *scanner, enum sql_token_kind kind)
{
    if (kind == SQL_TOKEN_OPEN)
        scanner->paren_depth++;
    else if (kind == SQL_TOKEN_CLOSE && scanner->paren_depth)
        scanner->paren_depth--;
    if (scanner->head == HEAD_COPY_FROM)
        scanner->head = HEAD_COPY;
}

static bool take_token(struct scanner *scanner, struct sql_token token, struct error *err)
{
    if (token.kind == SQL_TOKEN_BACKSLASH)
        return refuse_meta_command(scanner, token.start, err);
    if (token.kind >= SQL_TOKEN_UNTERMINATED_STRING)
        return refuse_unterminated(scanner, token, err);
    if (token.kind == SQL_TOKEN_SEMICOLON && !scanner->paren_depth && !scanner->begin_depth) {
        statement_finish(scanner);
        return true;
    }
    if (!scanner->has_tokens)
        scanner->first = token.start;
    scanner->has_tokens = true;
    scanner->last = token.end;
    if (token.kind == SQL_TOKEN_WORD)
        return take_word(scanner, slice_sub(scanner->text, token.start, token.end), err);
    take_mark(scanner, token.kind);
    return true;
}

static bool split(struct scanner *scanner, size_t at, struct error *err)
{
    for (;;) {
        struct sql_token token = sql_token_next(scanner->text, at);

        if (token.kind == SQL_TOKEN_END)
            break;
        if (!take_token(scanner, token, err))
            return false;
        at = token.end;
        if (scanner->is_copy && !scanner->has_tokens && !take_data(scanner, &at, err))
            return false;
    }
    if (scanner->is_copy)
        return refuse_open_data(scanner, err);
    statement_finish(scanner);
    return true;
}

static bool split_part(struct slice whole, struct slice part, bool takes_data, struct arena *arena,
                       struct sql_statements *out, struct error *err)
{
    size_t at = part.len ? (size_t)(part.ptr - whole.ptr) : 0;
    struct scanner scanner = {.text = slice_sub(whole, 0, at + part.len),
                              .takes_data = takes_data,
                              .arena = arena,
                              .out = out};
    size_t count_before = out ? out->count : 0;

    if (split(&scanner, at, err))
        return true;
    if (out)
        out->count = count_before;
    return false;
}

bool sql_split_part(struct slice whole, struct slice part, struct arena *arena,
                    struct sql_statements *out, struct error *err)
{
    return split_part(whole, part, false, arena, out, err);
}

bool sql_split_with_data(struct slice whole, struct slice part, struct arena *arena,
                         struct sql_statements *out, struct error *err)
{
    return split_part(whole, part, true, arena, out, err);
}

bool sql_split(struct slice text, struct arena *arena, struct sql_statements *out,
               struct error *err)
{
    return sql_split_part(text, text, arena, out, err);
}
