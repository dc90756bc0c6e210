#include "conf/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/secret.h"
#include "base/text.h"
#include "conf/config.h"
#include "conf/envfile.h"
#include "conf/mask.h"
#include "conf/remap.h"

static bool equal_ignoring_case(struct slice text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static bool parse_bool(struct slice text, bool *value)
{
    static const char *const words[][2] = {
        {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};

    for (size_t i = 0; i < 2 * COUNT_OF(words); i++) {
        if (equal_ignoring_case(text, words[i / 2][i % 2])) {
            *value = i % 2;
            return true;
        }
    }
    return false;
}

static bool parse_int(struct slice text, int64_t min, int64_t max, int64_t *value)
{
    int64_t number = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || number > (max - (text.ptr[i] - '0')) / 10)
            return false;
        number = number * 10 + (text.ptr[i] - '0');
    }
    if (!text.len || number < min)
        return false;
    *value = number;
    return true;
}

static bool find_choice(const struct option *option, struct slice text, int *value)
{
    for (int i = 0; i < OPTION_CHOICES_MAX && option->choices[i]; i++) {
        if (equal_ignoring_case(text, option->choices[i])) {
            *value = i;
            return true;
        }
    }
    return false;
}

static bool parse_choice(const struct option *option, struct slice text, int *value)
{
    bool truth;

    if (find_choice(option, text, value))
        return true;
    return parse_bool(text, &truth) &&
           find_choice(option, slice_from(truth ? "true" : "false"), value);
}

static struct text_list parse_list(struct slice text, struct arena *arena)
{
    struct text_list list = {0};
    size_t capacity = 0;
    struct slice word;

    while (slice_next_word(&text, &word)) {
        list.items = arena_grow(arena, list.items, &capacity, list.count, sizeof *list.items);
        list.items[list.count++] = arena_text(arena, word);
    }
    return list;
}

static const char *allowed(const struct option *option, char *out, size_t out_size)
{
    size_t len = 0;

    switch (option->type) {
    case OPTION_BOOL: return "true or false (yes/no, on/off, 1/0)";
    case OPTION_DURATION:
        return "a duration such as 500ms, 30s, 5m or 1h (a bare number is seconds)";
    case OPTION_INT:
        snprintf(out, out_size, "a whole number from %" PRId64 " to %" PRId64, option->min,
                 option->max);
        return out;
    case OPTION_SIGNAL:
        return "a signal by name or number, such as TERM or 15 (not KILL, STOP or CHLD)";
    case OPTION_SIGNALS:
        return "pairs of signals by name or number, such as TERM:QUIT or HUP:0 (not KILL, STOP or "
               "CHLD on the left, and each there once)";
    case OPTION_FILES:
        return "pairs of a variable and a file, such as API_KEY:/run/secrets/api_key (each "
               "variable "
               "once, and not MIGRINIT_STATUS)";
    case OPTION_CODES:
        return "pairs of exit codes from 0 to 255, such as 143:0, or 143 for the same (each on the "
               "left once)";
    default: break;
    }
    out[0] = '\0';
    for (size_t i = 0; i < OPTION_CHOICES_MAX && option->choices[i] && len < out_size; i++)
        len += (size_t)snprintf(out + len, out_size - len, "%s%s", i ? ", " : "one of ",
                                option->choices[i]);
    return out;
}

static bool is_presentable(struct slice text)
{
    enum { LONGEST = 40 };

    return text.len <= LONGEST && slice_find(text, '@') == text.len &&
           slice_find(text, '/') == text.len;
}

static bool refuse(const struct option *option, struct slice text, struct error *err)
{
    char given[64], rule[160];

    text_sanitize(text, given, sizeof given);
    if (option->type != OPTION_FILES && is_presentable(text))
        return error_set(err, ERR_CONFIG, "[%s] %s cannot be \"%s\": allowed is %s",
                         option->section, option->key, given, allowed(option, rule, sizeof rule));
    return error_set(err, ERR_CONFIG, "[%s] %s cannot be this: allowed is %s", option->section,
                     option->key, allowed(option, rule, sizeof rule));
}

bool value_store(const struct option *option, struct slice text, struct arena *arena, void *place,
                 struct error *err)
{
    struct slice wrong = text;
    bool is_good = true;

    switch (option->type) {
    case OPTION_TEXT: *(const char **)place = arena_text(arena, text); break;
    case OPTION_SECRET: *(struct secret *)place = secret_from(arena_slice(arena, text)); break;
    case OPTION_BOOL: is_good = parse_bool(text, place); break;
    case OPTION_INT: is_good = parse_int(text, option->min, option->max, place); break;
    case OPTION_DURATION: is_good = duration_parse(text, place); break;
    case OPTION_CHOICE: is_good = parse_choice(option, text, place); break;
    case OPTION_LIST: *(struct text_list *)place = parse_list(text, arena); break;
    case OPTION_FILES:
        *(struct text_list *)place = parse_list(text, arena);
        is_good = envfile_check(place);
        break;
    case OPTION_SIGNAL: is_good = signal_parse_catchable(text, place); break;
    case OPTION_SIGNALS: is_good = remap_parse_signals(text, place, &wrong); break;
    case OPTION_CODES: is_good = remap_parse_codes(text, place, &wrong); break;
    }
    return is_good || refuse(option, wrong, err);
}

static const char *write_list(const struct text_list *list, struct arena *arena)
{
    struct buf out = buf_in(arena);

    for (size_t i = 0; i < list->count; i++)
        buf_printf(&out, "%s%s", i ? " " : "", list->items[i]);
    return mask_passwords(buf_text(&out), arena);
}

static const char *write_duration(int64_t ms, struct arena *arena)
{
    char text[32];

    duration_write(ms, text, sizeof text);
    return arena_text(arena, slice_from(text));
}

static const char *write_signal(int signal, struct arena *arena)
{
    return signal ? signal_write(signal, arena) : "";
}

const char *value_write(const struct option *option, const void *place, struct arena *arena)
{
    switch (option->type) {
    case OPTION_TEXT: {
        const char *text = *(const char *const *)place;

        return text ? mask_passwords(text, arena) : "";
    }
    case OPTION_SECRET: return secret_is_set(*(const struct secret *)place) ? "****" : "";
    case OPTION_BOOL: return *(const bool *)place ? "true" : "false";
    case OPTION_INT: {
        int64_t number = *(const int64_t *)place;

        return number < option->min ? "" : arena_printf(arena, "%" PRId64, number);
    }
    case OPTION_DURATION: return write_duration(*(const int64_t *)place, arena);
    case OPTION_CHOICE: return option->choices[*(const int *)place];
    case OPTION_LIST:
    case OPTION_FILES: return write_list(place, arena);
    case OPTION_SIGNAL: return write_signal(*(const int *)place, arena);
    case OPTION_SIGNALS: return remap_write_signals(place, arena);
    case OPTION_CODES: return remap_write_codes(place, arena);
    }
    return "";
}
