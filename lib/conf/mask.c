#include "conf/mask.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

static const char word_ends[] = " \t\r\n\"'`;<>|";

/* A password between the first ':' and the last '@' of the word behind "://"; 0 for none. */
static size_t url_password(struct slice word, size_t *start)
{
    size_t at = word.len;

    *start = slice_find(word, ':') + 1;
    while (at > 0 && word.ptr[at - 1] != '@')
        at--;
    return at > *start ? at - 1 - *start : 0;
}

/* Behind "password=", a word or what stands in quotes. */
static size_t assigned_password(const char *value)
{
    if (*value == '\'' || *value == '"') {
        const char *close = strchr(value + 1, *value);

        return close ? (size_t)(close - value) + 1 : strlen(value);
    }
    return strcspn(value, " \t\r\n\"'`;<>|&");
}

/* Where and how long the next password is, seen from a text that begins with a mark of one. */
static size_t password_at(const char *text, size_t *start)
{
    static const char url_mark[] = "://", assigned_mark[] = "password=";
    size_t mark = strlen(url_mark), len;

    if (strncmp(text, url_mark, mark) == 0) {
        len = url_password((struct slice){text + mark, strcspn(text + mark, word_ends)}, start);
        *start += mark;
        return len;
    }
    *start = strlen(assigned_mark);
    return strncasecmp(text, assigned_mark, *start) == 0 ? assigned_password(text + *start) : 0;
}

const char *mask_passwords(const char *text, struct arena *arena)
{
    struct buf out = buf_in(arena);

    while (*text) {
        size_t start, len = password_at(text, &start);

        if (len) {
            buf_add(&out, (struct slice){text, start});
            buf_add_text(&out, "****");
            text += start + len;
        } else {
            buf_add_char(&out, *text++);
        }
    }
    return buf_text(&out);
}
