/*
 * JSON and Drizzle's journal: what was read and written is read and written as the same.
 */
#include "fuzz.h"

#include "base/json.h"
#include "formats/drizzle_journal.h"

static void check_document(struct slice text, struct arena *arena)
{
    struct json *root = NULL, *again = NULL;
    struct error err = {0};
    struct slice written;

    if (!json_read(text, &root, &err)) {
        fuzz_require_error(&err);
        return;
    }
    written = json_write(root, arena);
    REQUIRE(json_read(written, &again, &err));
    REQUIRE(slice_equal(written, json_write(again, arena)));
    json_free(again);
    json_free(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct slice text = fuzz_copy(arena, data, size);
    struct drizzle_journal journal = {0};
    struct error err = {0};

    check_document(text, arena);
    if (drizzle_journal_read(text, arena, &journal, &err)) {
        for (size_t i = 0; i < journal.count; i++)
            REQUIRE(journal.entries[i].tag && journal.entries[i].tag[0]);
    } else {
        fuzz_require_error(&err);
    }
    arena_free(arena);
    return 0;
}
