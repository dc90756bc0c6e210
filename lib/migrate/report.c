#include "migrate/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const phases[PHASE_COUNT] = {
    [PHASE_STARTING] = "starting",
    [PHASE_WAITING] = "waiting",
    [PHASE_LOCKING] = "locking",
    [PHASE_MIGRATING] = "migrating",
};

const char *phase_name(enum phase phase)
{
    return phases[phase];
}

/* A name goes over the pipe as one word. */
static void one_word(const char *name, char *out, size_t out_size)
{
    size_t len = text_sanitize(slice_from(name), out, out_size);

    for (size_t i = 0; i < len; i++)
        if (out[i] == ' ')
            out[i] = '_';
}

size_t report_encode(const struct report *report, char *out, size_t out_size)
{
    char name[sizeof report->name];
    int len;

    one_word(report->name, name, sizeof name);
    if (report->kind == REPORT_OUTCOME)
        len = snprintf(out, out_size, "outcome %s\n", outcome_name(report->outcome));
    else if (report->phase == PHASE_MIGRATING)
        len = snprintf(out, out_size, "phase %s %u %u %s\n", phase_name(report->phase),
                       report->done, report->total, name);
    else
        len = snprintf(out, out_size, "phase %s\n", phase_name(report->phase));
    return len < 0 ? 0 : (size_t)len;
}

static bool decode_count(struct slice *rest, unsigned *count)
{
    struct slice word;

    *count = 0;
    if (!slice_next_word(rest, &word) || word.len > 9)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9')
            return false;
        *count = *count * 10 + (unsigned)(word.ptr[i] - '0');
    }
    return true;
}

static bool decode_progress(struct slice rest, struct report *report)
{
    struct slice name;

    if (!decode_count(&rest, &report->done) || !decode_count(&rest, &report->total))
        return false;
    if (slice_next_word(&rest, &name) && name.len < sizeof report->name)
        memcpy(report->name, name.ptr, name.len);
    return true;
}

static bool decode_phase(struct slice rest, struct report *report)
{
    struct slice word;

    if (!slice_next_word(&rest, &word))
        return false;
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (slice_equal_text(word, phases[i])) {
            report->phase = (enum phase)i;
            return i != PHASE_MIGRATING || decode_progress(rest, report);
        }
    }
    return false;
}

bool report_decode(struct slice line, struct report *report)
{
    struct slice word;

    *report = (struct report){.kind = REPORT_PHASE};
    if (!slice_next_word(&line, &word))
        return false;
    if (slice_equal_text(word, "phase"))
        return decode_phase(line, report);
    report->kind = REPORT_OUTCOME;
    return slice_equal_text(word, "outcome") && slice_next_word(&line, &word) &&
           outcome_parse(word, &report->outcome);
}
