#include "sql/split.h"

#include <string.h>

#include "base/text.h"

static const char cut_mark[] = "...";

enum {
    CUT_MARK_LEN = sizeof cut_mark - 1,
    BYTES_BEFORE_CARET = 72, /* leaves as much room behind the caret */
};

static size_t character_count(struct slice text)
{
    size_t count = 0;

    for (size_t at = 0; at < text.len; count++)
        at += text_character_len(slice_sub(text, at, text.len));
    return count;
}

static size_t line_start(struct slice text, size_t offset)
{
    while (offset > 0 && text.ptr[offset - 1] != '\n')
        offset--;
    return offset;
}

static size_t line_end(struct slice text, size_t offset)
{
    size_t end = offset + slice_find(slice_sub(text, offset, text.len), '\n');

    return end > 0 && text.ptr[end - 1] == '\r' ? end - 1 : end;
}

struct sql_position sql_position_at(struct slice text, size_t offset)
{
    struct slice before = slice_sub(text, 0, offset);
    size_t start = line_start(text, before.len);
    unsigned line = 1;

    for (size_t i = 0; i < start; i++)
        line += text.ptr[i] == '\n';
    return (struct sql_position){
        line, (unsigned)character_count(slice_sub(before, start, before.len)) + 1};
}

size_t sql_offset_of_position(struct slice text, struct sql_position position)
{
    size_t start = 0;

    for (unsigned line = 1; line < position.line && start < text.len; line++)
        start += slice_find(slice_sub(text, start, text.len), '\n') + 1;
    return start + sql_offset_of_character(slice_sub(text, start, text.len), position.column);
}

size_t sql_offset_of_character(struct slice text, size_t character)
{
    size_t at = 0;

    for (size_t i = 1; i < character && at < text.len; i++)
        at += text_character_len(slice_sub(text, at, text.len));
    return at;
}

/* Where the shown piece of a line that is too long begins: between two characters. */
static size_t window_start(struct slice text, size_t start, size_t caret)
{
    if (caret - start <= BYTES_BEFORE_CARET)
        return start;
    start = caret - BYTES_BEFORE_CARET;
    while (start < caret && ((unsigned char)text.ptr[start] & 0xC0) == 0x80)
        start++;
    return start;
}

/* The marks are in place of text that was cut off. */
static void render(struct slice piece, bool is_cut, char *out, size_t out_size)
{
    if (is_cut) {
        memcpy(out, cut_mark, CUT_MARK_LEN);
        out += CUT_MARK_LEN;
        out_size -= CUT_MARK_LEN;
    }
    if (piece.len < out_size) {
        text_sanitize(piece, out, out_size);
        return;
    }
    out += text_sanitize(piece, out, out_size - CUT_MARK_LEN);
    memcpy(out, cut_mark, sizeof cut_mark);
}

void sql_excerpt(struct slice text, size_t offset, struct error *err)
{
    struct error_excerpt *excerpt = &err->excerpt;
    size_t caret = offset < text.len ? offset : text.len;
    size_t start = line_start(text, caret), end = line_end(text, caret), from = start;

    if (caret > end)
        caret = end;
    if (end - start >= sizeof excerpt->line)
        from = window_start(text, start, caret);
    render(slice_sub(text, from, end), from > start, excerpt->line, sizeof excerpt->line);
    excerpt->line_number = sql_position_at(text, start).line;
    excerpt->caret_column = (unsigned)character_count(slice_sub(text, from, caret)) + 1 +
                            (from > start ? CUT_MARK_LEN : 0);
}
