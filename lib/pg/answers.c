#include "pg/answers.h"

#include <stdbool.h>
#include <string.h>

enum { SQLSTATE_LEN = 5 };

static struct slice after(struct slice text, const char *mark)
{
    const char *found = text.len ? memmem(text.ptr, text.len, mark, strlen(mark)) : NULL;

    if (!found)
        return SLICE("");
    return slice_sub(text, (size_t)(found - text.ptr) + strlen(mark), text.len);
}

static bool is_sqlstate(struct slice text)
{
    if (text.len < SQLSTATE_LEN + 2 || text.ptr[SQLSTATE_LEN] != ':')
        return false;
    for (size_t i = 0; i < SQLSTATE_LEN; i++)
        if (!(text.ptr[i] >= '0' && text.ptr[i] <= '9') &&
            !(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z'))
            return false;
    return true;
}

/* "FATAL:  28P01: password ..." by position: the word before may be in any language. */
static void take_sqlstate(struct refusal_answer *answer, struct slice line)
{
    struct slice state = after(line, ":  ");

    if (!is_sqlstate(state))
        return;
    memcpy(answer->sqlstate, state.ptr, SQLSTATE_LEN);
    answer->text = slice_trim(slice_sub(state, SQLSTATE_LEN + 1, state.len));
}

/* "connection to server at "db" (10.0.0.5), port 5432 failed: " is libpq's, and no part of it. */
static struct refusal_answer answer_begin(struct slice line)
{
    struct slice body = slice_starts_with(line, "connection to ") ? after(line, " failed: ") : line;
    struct refusal_answer answer = {.text = slice_trim(body.len ? body : line)};

    take_sqlstate(&answer, answer.text);
    return answer;
}

static void answer_continue(struct refusal_answer *answer, struct slice line)
{
    if (slice_starts_with(line, "LOCATION:")) {
        struct slice location = slice_trim(after(line, ":"));

        answer->routine = slice_sub(location, 0, slice_find(location, ','));
    } else if (!answer->routine.len) {
        answer->text.len = (size_t)(line.ptr + line.len - answer->text.ptr);
    }
}

size_t refusal_answers(struct slice message, struct refusal_answer *out, size_t max)
{
    struct slice line;
    size_t count = 0;

    while (slice_next_line(&message, &line)) {
        bool is_first = slice_starts_with(line, "connection to server ") || count == 0;

        if (!slice_trim(line).len)
            continue;
        if (is_first && count == max)
            break;
        if (is_first)
            out[count++] = answer_begin(line);
        else
            answer_continue(&out[count - 1], line);
    }
    return count;
}
