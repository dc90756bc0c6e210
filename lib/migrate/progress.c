#include "migrate/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "pg/blockers.h"
#include "pg/progress.h"
#include "sys/clock.h"
#include "sys/log.h"

enum { DRAW_MS = 1000 };

/* What one look has found. */
struct sight {
    bool is_known; /* else nothing but the time is */
    struct pg_progress progress;
    char blockers[384];
    char running[32];
    int64_t running_ms;
};

void progress_begin(struct progress *progress, const struct config *config, const char *name)
{
    *progress = (struct progress){.name = name};
    if (log_enabled(LOG_INFO))
        progress->interval_ms = config->log.progress_interval_ms;
}

int64_t progress_due_ms(const struct progress *progress, int64_t begun_ms)
{
    int64_t pause_ms = progress->interval_ms;

    if (!progress->interval_ms)
        return INT64_MAX;
    if (progress->begun_ms != begun_ms)
        return begun_ms + progress->interval_ms;
    if (log_can_draw() && pause_ms > DRAW_MS)
        pause_ms = DRAW_MS;
    return progress->told_ms + pause_ms;
}

/* ---- looking ---- */

static void ask(struct pg_aside *aside, bool wants_blockers, struct sight *sight)
{
    struct error err = {0};

    sight->is_known = pg_progress_ask(aside, &sight->progress, &err);
    if (sight->is_known && sight->progress.needs_lock && wants_blockers &&
        !pg_blockers(aside, sight->blockers, sizeof sight->blockers, &err))
        sight->blockers[0] = '\0';
    if (!sight->is_known)
        log_line(LOG_DEBUG, LOG_MIGRATION, "progress.unknown", "How far it is is not known: %s",
                 err.what);
}

/* ---- telling ---- */

static const char *sight_text(const struct sight *sight, char *out, size_t out_size)
{
    size_t len;

    out[0] = '\0';
    if (sight->is_known)
        pg_progress_text(&sight->progress, out, out_size);
    len = strlen(out);
    if (sight->blockers[0])
        snprintf(out + len, out_size - len, ", held up by %s", sight->blockers);
    return out;
}

static struct log_field *add_progress(struct log_field *next, const struct pg_progress *progress)
{
    const struct log_field texts[] = {
        log_str("command", progress->command), log_str("relation", progress->relation),
        log_str("phase", progress->phase),     log_str("unit", progress->unit),
        log_str("wait", progress->wait),
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].text[0])
            *next++ = texts[i];
    if (progress->unit)
        *next++ = log_int("done", progress->done);
    if (progress->total)
        *next++ = log_int("total", progress->total);
    if (progress->percent != PG_PROGRESS_UNKNOWN)
        *next++ = log_int("percent", progress->percent);
    if (progress->parts) {
        *next++ = log_int("part", progress->part);
        *next++ = log_int("parts", progress->parts);
    }
    return next;
}

static void tell(const struct progress *progress, const struct sight *sight)
{
    struct log_field fields[14] = {0}, *next = fields;
    char text[1024];

    *next++ = log_str("name", progress->name);
    *next++ = log_int("running_ms", sight->running_ms);
    if (sight->is_known)
        next = add_progress(next, &sight->progress);
    if (sight->blockers[0])
        *next++ = log_str("blockers", sight->blockers);
    sight_text(sight, text, sizeof text);
    log_event(LOG_INFO, LOG_MIGRATION, "migration.progress", fields, "%s has run for %s%s%s",
              progress->name, sight->running, text[0] ? ": " : "", text);
}

static void draw(const struct progress *progress, const struct sight *sight)
{
    char text[1024], line[1280];
    int percent = sight->is_known ? sight->progress.percent : PG_PROGRESS_UNKNOWN;

    sight_text(sight, text, sizeof text);
    snprintf(line, sizeof line, "%s %s%s%s", progress->name, sight->running, text[0] ? ": " : "",
             text);
    log_draw(LOG_MIGRATION, percent, line);
}

void progress_look(struct progress *progress, struct pg_aside *aside, int64_t begun_ms,
                   bool are_blockers_told)
{
    struct sight sight = {0};

    ask(aside, !are_blockers_told, &sight);
    progress->begun_ms = begun_ms;
    progress->told_ms = clock_monotonic_ms();
    sight.running_ms = progress->told_ms - begun_ms;
    duration_format(sight.running_ms, sight.running, sizeof sight.running);
    progress->is_drawn = log_can_draw();
    (progress->is_drawn ? draw : tell)(progress, &sight);
}

void progress_end(const struct progress *progress)
{
    if (progress->is_drawn)
        log_draw(LOG_MIGRATION, PG_PROGRESS_UNKNOWN, "");
}
