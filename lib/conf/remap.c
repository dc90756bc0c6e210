#include "conf/remap.h"

#include <signal.h>
#include <string.h>

#include "base/buf.h"
#include "base/waitstat.h"

enum { CODE_MAX = 255 };

int remap_apply(const struct remap *remap, int number)
{
    bool is_in_table = number >= 0 && number < REMAP_SIZE;

    return is_in_table && remap->is_set[number] ? remap->to[number] : number;
}

static bool add(struct remap *remap, int from, int to)
{
    if (remap->is_set[from])
        return false;
    remap->is_set[from] = true;
    remap->to[from] = (unsigned char)to;
    return true;
}

bool signal_parse_catchable(struct slice text, int *signal)
{
    return signal_parse(text, signal) && *signal != SIGKILL && *signal != SIGSTOP &&
           *signal != SIGCHLD;
}

static bool parse_signal_or_none(struct slice text, int *signal)
{
    *signal = 0;
    return slice_equal_text(text, "0") || signal_parse(text, signal);
}

static bool parse_signal_pair(struct slice word, struct remap *remap)
{
    size_t colon = slice_find(word, ':');
    int from, to;

    return colon < word.len && signal_parse_catchable(slice_sub(word, 0, colon), &from) &&
           parse_signal_or_none(slice_sub(word, colon + 1, word.len), &to) && add(remap, from, to);
}

static bool parse_code(struct slice text, int *code)
{
    *code = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *code > CODE_MAX)
            return false;
        *code = *code * 10 + (text.ptr[i] - '0');
    }
    return text.len && *code <= CODE_MAX;
}

static bool parse_code_pair(struct slice word, struct remap *remap)
{
    size_t colon = slice_find(word, ':');
    int from, to = 0;

    if (!parse_code(slice_sub(word, 0, colon), &from))
        return false;
    if (colon < word.len && !parse_code(slice_sub(word, colon + 1, word.len), &to))
        return false;
    return add(remap, from, to);
}

static bool parse(struct slice text, bool (*parse_pair)(struct slice, struct remap *),
                  struct remap *remap, struct slice *wrong)
{
    *remap = (struct remap){0};
    while (slice_next_word(&text, wrong)) {
        if (!parse_pair(*wrong, remap))
            return false;
    }
    return true;
}

bool remap_parse_signals(struct slice text, struct remap *remap, struct slice *wrong)
{
    return parse(text, parse_signal_pair, remap, wrong);
}

bool remap_parse_codes(struct slice text, struct remap *remap, struct slice *wrong)
{
    return parse(text, parse_code_pair, remap, wrong);
}

const char *signal_write(int signal, struct arena *arena)
{
    char name[32];

    if (!signal)
        return "0";
    signal_name(signal, name, sizeof name);
    if (strncmp(name, "SIG", 3) == 0)
        return arena_text(arena, slice_from(name + 3));
    return arena_printf(arena, "%d", signal);
}

const char *remap_write_signals(const struct remap *remap, struct arena *arena)
{
    struct buf out = buf_in(arena);

    for (int i = 0; i < REMAP_SIZE; i++) {
        if (remap->is_set[i])
            buf_printf(&out, "%s%s:%s", out.len ? " " : "", signal_write(i, arena),
                       signal_write(remap->to[i], arena));
    }
    return buf_text(&out);
}

const char *remap_write_codes(const struct remap *remap, struct arena *arena)
{
    struct buf out = buf_in(arena);

    for (int i = 0; i < REMAP_SIZE; i++) {
        if (remap->is_set[i])
            buf_printf(&out, "%s%d:%d", out.len ? " " : "", i, remap->to[i]);
    }
    return buf_text(&out);
}
