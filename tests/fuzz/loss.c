/*
 * What a statement loses, and what extension it creates: whatever the text, what is told lies in the
 * statement, and a name means the same however it is spelled.
 */
#include "fuzz.h"

#include "sql/cursor.h"
#include "sql/extension.h"
#include "sql/loss.h"
#include "sql/split.h"

static void check_loss(const struct sql_statement *statement, const struct loss *loss,
                       struct arena *arena)
{
    const char *sentence = loss_sentence(loss->kind, loss->object, loss->column, arena);
    enum loss_kind kind;

    REQUIRE(loss->at < statement->text.len);
    REQUIRE(loss->object.len > 0 && fuzz_is_within(loss->object, statement->text));
    REQUIRE(!loss->column.len || fuzz_is_within(loss->column, statement->text));
    REQUIRE(loss_kind_parse(slice_from(loss_kind_name(loss->kind)), &kind) && kind == loss->kind);
    REQUIRE(strlen(sentence) > 0);
}

/* A key is a name again, and its own key. */
static void check_name(struct slice name, struct arena *arena)
{
    const char *key = sql_name_key(name, arena);

    REQUIRE(strcmp(sql_name_key(slice_from(key), arena), key) == 0);
}

static void check_statement(const struct sql_statement *statement, struct made *made,
                            struct arena *arena)
{
    struct loss_list losses = {0};

    loss_judge(statement->text, made, &losses);
    for (size_t i = 0; i < losses.count; i++) {
        check_loss(statement, &losses.items[i], arena);
        if (!memchr(losses.items[i].object.ptr, '\0', losses.items[i].object.len) &&
            losses.items[i].kind == LOSS_DROP_TABLE)
            check_name(losses.items[i].object, arena);
    }
    (void)sql_created_extension(statement->text, arena);
}

/* Comments are found where no token is, and the search comes to an end. */
static void check_comments(struct slice text)
{
    struct slice comment;
    size_t at = 0, last = 0;

    while (sql_line_comment_next(text, &at, &comment)) {
        REQUIRE(at > last && at <= text.len && fuzz_is_within(comment, text));
        REQUIRE(slice_starts_with(comment, "--"));
        last = at;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct slice text = fuzz_copy(arena, data, size);
    struct sql_statements statements = {0};
    struct made made = made_in(arena);
    struct error err = {0};

    check_comments(text);
    if (sql_split(text, arena, &statements, &err))
        for (size_t i = 0; i < statements.count; i++)
            check_statement(&statements.items[i], &made, arena);
    made_end_file(&made);
    arena_free(arena);
    return 0;
}
