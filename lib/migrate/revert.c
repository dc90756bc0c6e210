#include "migrate/revert.h"

#include <string.h>

#include "base/backoff.h"
#include "migrate/apply.h"
#include "migrate/pooler.h"
#include "migrate/revert_plan.h"
#include "sys/clock.h"
#include "sys/log.h"

static bool is_meant(const struct step *step, const char *name)
{
    return name ? strcmp(step->name, name) == 0 : !step->command;
}

static bool refuse_step(const char *name, struct error *err)
{
    if (name) {
        error_set(err, ERR_USAGE, "there is no step \"%s\"", name);
        error_hint(err, "a step's name is what stands in [migrate:NAME]");
        return false;
    }
    error_set(err, ERR_CONFIG, "what a command step has done is not known, and cannot be undone");
    error_hint(err, "let the tool itself undo it");
    return false;
}

bool revert_choose_step(const struct config *config, const char *name, struct config *out,
                        struct error *err)
{
    size_t i = config->step_count;

    while (i > 0 && !is_meant(&config->steps[i - 1], name))
        i--;
    if (i == 0)
        return refuse_step(name, err);
    if (config->steps[i - 1].command)
        return refuse_step(NULL, err);
    *out = *config;
    out->steps = &config->steps[i - 1];
    out->step_count = 1;
    out->database.create = false; /* in a new database there is nothing to undo */
    return true;
}

bool revert_check_format(const struct source *source, struct error *err)
{
    if (source->format->down)
        return true;
    error_set(err, ERR_CONFIG, "%s has no down scripts: nothing can be undone",
              source->format->name);
    error_hint(err, "go forward: write a new migration that takes the change back");
    return error_wrap(err, "%s", source->dir);
}

/* What the tool refuses to go back from, we refuse. */
static bool check(const struct source *source, const struct history *history, struct error *err)
{
    return !source->format->check_down ||
           source->format->check_down(&source->migrations, &history->applied, err) ||
           error_wrap(err, "%s", source->dir);
}

static void tell(const struct source *source, const struct revert_plan *plan)
{
    log_event(LOG_INFO, LOG_MIGRATION, "migration.reverting",
              LOG_FIELDS(log_int("count", (int64_t)plan->count),
                         log_int("applied", (int64_t)plan->applied_count)),
              "%s: undoing the last %zu of %zu applied migrations in %s", source->label,
              plan->count, plan->applied_count, source->dir);
}

static bool revert_all(struct work *work, const struct revert_plan *plan, struct error *err)
{
    struct session *session = work->session;

    for (size_t i = 0; i < plan->count; i++) {
        session_report_progress(session, i, plan->count, plan->items[i].name);
        if (!session_sleep(session, 0, err) ||
            !apply_migration(session, work->source, &work->history, &plan->items[i],
                             work->deadline_ms, err))
            return false;
    }
    return true;
}

static bool prepare(const struct work *work, size_t count, struct revert_plan *plan,
                    struct error *err)
{
    return check(work->source, &work->history, err) &&
           revert_plan_build(work->source, &work->history, count, work->session->arena, plan, err);
}

bool revert_preview(struct work *work, size_t count, bool is_script, struct preview *preview,
                    struct error *err)
{
    struct revert_plan plan;

    if (!prepare(work, count, &plan, err))
        return false;
    preview_add_down(preview, work->source, &work->history, &plan, is_script);
    return true;
}

bool revert_last(struct work *work, size_t count, struct error *err)
{
    const struct source *source = work->source;
    struct revert_plan plan;

    if (!prepare(work, count, &plan, err) ||
        !pooler_check_down(work->session, plan.items, plan.count, err))
        return false;
    session_arm(work->session);
    work->deadline_ms = deadline_after(clock_monotonic_ms(), source->step->timeout_ms);
    tell(source, &plan);
    return revert_all(work, &plan, err);
}
