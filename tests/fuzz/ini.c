/*
 * The INI reader: entries come in the order of the file, and nothing is cut.
 */
#include "fuzz.h"

#include "conf/ini.h"

static unsigned line_count(struct slice text)
{
    unsigned lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static void check_entries(const struct ini *ini, struct slice text)
{
    unsigned line = 0;

    for (size_t i = 0; i < ini->count; i++) {
        const struct ini_entry *entry = &ini->entries[i];

        REQUIRE(entry->line > line && entry->line <= line_count(text));
        line = entry->line;
        REQUIRE(entry->key[0] && strlen(entry->key) <= 49 && strlen(entry->section) <= 49);
        REQUIRE(entry->value.len <= INI_VALUE_MAX && entry->value.len < text.len);
        REQUIRE(strlen(entry->value.ptr) == entry->value.len);
    }
    for (size_t i = 0; i < ini->section_count; i++)
        REQUIRE(ini->sections[i].line <= line_count(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct slice text = fuzz_copy(arena, data, size);
    struct ini ini = {0};
    struct error err = {0};

    if (ini_read("f.ini", text, arena, &ini, &err))
        check_entries(&ini, text);
    else
        fuzz_require_error(&err);
    arena_free(arena);
    return 0;
}
