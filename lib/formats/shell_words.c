#include "formats/shell_words.h"

#include <string.h>

static const char separators[] = " \t\n\r'\"`;&|()<>";

static struct slice next_word(const char **rest)
{
    struct slice word;

    *rest += strspn(*rest, separators);
    word = (struct slice){*rest, strcspn(*rest, separators)};
    *rest += word.len;
    return word;
}

bool shell_words_have(const char *line, const char *word)
{
    struct slice found;

    while ((found = next_word(&line)).len)
        if (slice_equal_text(found, word))
            return true;
    return false;
}

const char *shell_words_option(const char *line, const char *brief, const char *full,
                               struct arena *arena)
{
    size_t full_len = strlen(full);
    struct slice found;

    while ((found = next_word(&line)).len) {
        if (slice_starts_with(found, full) && found.len > full_len && found.ptr[full_len] == '=')
            return arena_text(arena, slice_sub(found, full_len + 1, found.len));
        if (!slice_equal_text(found, brief) && !slice_equal_text(found, full))
            continue;
        found = next_word(&line);
        return found.len ? arena_text(arena, found) : NULL;
    }
    return NULL;
}
