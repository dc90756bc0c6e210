#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct character {
    uint32_t code;
    size_t len;
    bool is_valid;
};

static size_t sequence_len(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    if (lead >= 0xF0 && lead <= 0xF4)
        return 4;
    return 0;
}

/* Overlong forms, surrogates and codes past U+10FFFF are no characters. */
static bool is_proper(uint32_t code, size_t len)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

    return code >= smallest[len] && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

static struct character decode(struct slice s)
{
    const struct character invalid = {.len = 1};
    unsigned char lead = (unsigned char)s.ptr[0];
    size_t len = sequence_len(lead);
    uint32_t code;

    if (len == 0 || len > s.len)
        return invalid;
    code = len == 1 ? lead : lead & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)s.ptr[i] & 0xC0) != 0x80)
            return invalid;
        code = code << 6 | ((unsigned char)s.ptr[i] & 0x3F);
    }
    return (struct character){code, len, is_proper(code, len)};
}

static bool is_bidi_control(uint32_t code)
{
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200E || code == 0x200F || code == 0x061C;
}

static bool is_line_break(uint32_t code)
{
    return code == '\n' || code == '\r' || code == '\t' || code == 0x2028 || code == 0x2029;
}

static struct slice safe_form(struct character c, struct slice original)
{
    if (c.is_valid && is_line_break(c.code))
        return SLICE(" ");
    if (!c.is_valid || c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0) ||
        is_bidi_control(c.code))
        return SLICE("?");
    return slice_sub(original, 0, c.len);
}

size_t text_sanitize(struct slice text, char *out, size_t out_size)
{
    size_t len = 0;

    while (text.len) {
        struct character c = decode(text);
        struct slice piece = safe_form(c, text);

        if (len + piece.len >= out_size)
            break;
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
        text = slice_sub(text, c.is_valid ? c.len : 1, text.len);
    }
    out[len] = '\0';
    return len;
}

size_t text_character_len(struct slice s)
{
    struct character c;

    if (!s.len)
        return 0;
    if ((unsigned char)s.ptr[0] < 0x80) /* most of what there is: not worth decoding */
        return 1;
    c = decode(s);
    return c.is_valid ? c.len : 1;
}

size_t text_character_count(struct slice s)
{
    size_t count = 0, at = 0;

    for (; at < s.len; count++)
        at += text_character_len(slice_sub(s, at, s.len));
    return count;
}

size_t text_invalid_at(struct slice text)
{
    size_t at = 0, len;

    for (; at < text.len; at += len) {
        len = text_character_len(slice_sub(text, at, text.len));
        if (len == 1 && (unsigned char)text.ptr[at] >= 0x80)
            break;
    }
    return at;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

struct slice text_without_partial(struct slice cut)
{
    size_t lead = cut.len, wanted;

    while (lead > 0 && cut.len - lead < 3 && is_continuation(cut.ptr[lead - 1]))
        lead--;
    if (lead == 0)
        return cut;
    wanted = sequence_len((unsigned char)cut.ptr[--lead]);
    return wanted > cut.len - lead ? slice_sub(cut, 0, lead) : cut;
}

unsigned text_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t a_len = strnlen(a, LONGEST), b_len = strnlen(b, LONGEST);
    unsigned row[LONGEST + 1];

    for (size_t j = 0; j <= b_len; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
            unsigned inserted = row[j - 1] + 1, deleted = row[j] + 1;

            diagonal = row[j];
            row[j] = replaced < inserted ? replaced : inserted;
            row[j] = deleted < row[j] ? deleted : row[j];
        }
    }
    return row[b_len];
}

bool text_has_mark(struct slice text)
{
    return slice_starts_with(text, "\xEF\xBB\xBF");
}

struct slice text_without_mark(struct slice text)
{
    return slice_sub(text, text_has_mark(text) ? 3 : 0, text.len);
}
