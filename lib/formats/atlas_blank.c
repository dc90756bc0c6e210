#include "formats/atlas_blank.h"

#include <string.h>
#include <strings.h>

#include "base/compiler.h"

/* The white space of Unicode beyond ASCII, as Go's unicode.IsSpace has it. */
static const char *const wide_spaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

static size_t wide_space_len(struct slice text, bool (*has)(struct slice, const char *))
{
    for (size_t i = 0; i < COUNT_OF(wide_spaces); i++)
        if (has(text, wide_spaces[i]))
            return strlen(wide_spaces[i]);
    return 0;
}

static size_t leading_space_len(struct slice text)
{
    if (!text.len)
        return 0;
    return byte_is_space(text.ptr[0]) ? 1 : wide_space_len(text, slice_starts_with);
}

static size_t trailing_space_len(struct slice text)
{
    if (!text.len)
        return 0;
    return byte_is_space(text.ptr[text.len - 1]) ? 1 : wide_space_len(text, slice_ends_with);
}

struct slice atlas_trim_start(struct slice text)
{
    size_t len;

    while ((len = leading_space_len(text)))
        text = slice_sub(text, len, text.len);
    return text;
}

struct slice atlas_trim(struct slice text)
{
    size_t len;

    text = atlas_trim_start(text);
    while ((len = trailing_space_len(text)))
        text.len -= len;
    return text;
}

size_t atlas_blanks_len(struct slice text)
{
    size_t len = 0;

    while (len < text.len && byte_is_space(text.ptr[len]) && text.ptr[len] != '\v')
        len++;
    return len;
}

bool atlas_has_word(struct slice text, const char *word)
{
    size_t len = strlen(word);

    return text.len >= len && strncasecmp(text.ptr, word, len) == 0;
}

size_t atlas_words_len(struct slice text, const char *first, const char *second)
{
    const char *const words[] = {first, second};
    size_t len = 0;

    for (size_t i = 0; i < COUNT_OF(words) && words[i]; i++) {
        size_t blanks;

        if (!atlas_has_word(slice_sub(text, len, text.len), words[i]))
            return 0;
        len += strlen(words[i]);
        blanks = atlas_blanks_len(slice_sub(text, len, text.len));
        if (!blanks)
            return 0;
        len += blanks;
    }
    return len;
}
