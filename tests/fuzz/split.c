/*
 * The statement splitter: nothing is lost between statements, and each stays what it was when it
 * stands alone. And the quoting, whose answer must be one token to the splitter.
 */
#include "fuzz.h"

#include "sql/lexer.h"
#include "sql/quote.h"
#include "sql/split.h"

static size_t count_of(struct slice text, struct arena *arena)
{
    struct sql_statements statements = {0};
    struct error err = {0};

    REQUIRE(sql_split(text, arena, &statements, &err));
    return statements.count;
}

/* Blanks, comments and semicolons: asked of the tokens, for who loses a statement finds none. */
static void check_gap(struct slice text, size_t from, size_t to)
{
    struct slice gap = slice_sub(text, from, to);
    struct sql_token token = {0};

    REQUIRE(from <= to && to <= text.len);
    while ((token = sql_token_next(gap, token.end)).kind != SQL_TOKEN_END)
        REQUIRE(token.kind == SQL_TOKEN_SEMICOLON);
}

static void check_statement(struct slice text, const struct sql_statement *statement,
                            struct arena *arena)
{
    struct sql_statements again = {0};
    struct error err = {0};
    struct sql_position at = sql_position_at(text, statement->offset);
    char summary[64];

    REQUIRE(statement->text.len > 0);
    REQUIRE(statement->text.ptr == text.ptr + statement->offset);
    REQUIRE(fuzz_is_within(statement->text, text));
    REQUIRE(at.line >= 1 && at.column >= 1);
    REQUIRE(sql_split(statement->text, arena, &again, &err));
    REQUIRE(again.count == 1 && again.items[0].offset == 0);
    REQUIRE(slice_equal(again.items[0].text, statement->text));
    sql_summary(statement->text, summary, sizeof summary);
    (void)sql_rolls_back(statement->text);
    (void)sql_ends_transaction(statement->text);
}

static void check_statements(struct slice text, const struct sql_statements *statements,
                             struct arena *arena)
{
    size_t end = 0;

    for (size_t i = 0; i < statements->count; i++) {
        const struct sql_statement *statement = &statements->items[i];

        check_gap(text, end, statement->offset);
        check_statement(text, statement, arena);
        end = statement->offset + statement->text.len;
    }
    check_gap(text, end, text.len);
}

/* "line:column" of an error is a place in the text. */
static void check_place(struct slice text, const struct error *err)
{
    unsigned line = 0, column = 0, lines = 1;

    fuzz_require_error(err);
    REQUIRE(sscanf(err->where, "%u:%u", &line, &column) == 2);
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    REQUIRE(line >= 1 && line <= lines && column >= 1);
}

static void check_quoting(struct slice text, struct arena *arena)
{
    struct buf literal = buf_in(arena), identifier = buf_in(arena);

    if (memchr(text.ptr, '\0', text.len))
        return;
    sql_quote_literal(&literal, text);
    REQUIRE(count_of(buf_slice(&literal), arena) == 1);
    sql_quote_identifier(&identifier, text);
    REQUIRE(count_of(buf_slice(&identifier), arena) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct slice text = fuzz_copy(arena, data, size);
    struct sql_statements statements = {0};
    struct error err = {0}, again = {0};
    bool is_split = sql_split(text, arena, &statements, &err);

    REQUIRE(sql_split_part(text, text, NULL, NULL, &again) == is_split);
    if (is_split)
        check_statements(text, &statements, arena);
    else
        check_place(text, &err);
    for (size_t i = 0; i <= size && i < 64; i++) {
        REQUIRE(sql_offset_of_character(text, i + 1) <= text.len);
        sql_excerpt(text, i, &err);
    }
    check_quoting(text, arena);
    arena_free(arena);
    return 0;
}
