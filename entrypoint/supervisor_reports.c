#include <stdio.h>
#include <unistd.h>

#include "entrypoint/supervisor_parts.h"
#include "migrate/runner.h"
#include "sys/fd.h"
#include "sys/log.h"

/* ---- what it says ---- */

static void take_report(struct supervisor *s, struct slice line)
{
    struct report report;

    if (!report_decode(line, &report))
        return;
    if (report.kind == REPORT_PHASE) {
        health_progress(&s->health, &report);
        supervisor_phase_changed(s);
        return;
    }
    s->outcome = report.outcome;
    s->has_outcome = true;
}

/* A line that is too long is no report: its bytes are dropped as they come. */
static void take_report_bytes(struct supervisor *s, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            if (s->line_len < sizeof s->line)
                take_report(s, (struct slice){s->line, s->line_len});
            s->line_len = 0;
        } else if (s->line_len < sizeof s->line) {
            s->line[s->line_len++] = bytes[i];
        }
    }
}

void supervisor_read_reports(struct supervisor *s)
{
    char bytes[512];
    ssize_t len = 1;

    while (len > 0) {
        len = read(s->report_fd, bytes, sizeof bytes);
        if (len > 0)
            take_report_bytes(s, bytes, (size_t)len);
    }
    if (len == 0)
        loop_watch_stop(s->reports);
}

/* ---- how it ended ---- */

/* The preparer that was told to stop early ends by default action, without a word. */
static enum outcome outcome_of_silence(const struct supervisor *s, const char *how)
{
    const char *phase = phase_name(s->health.progress.phase);

    if (s->state == STATE_STOPPING_PREPARER)
        return OUTCOME_INTERRUPTED;
    log_event(LOG_ERROR, LOG_INIT, "preparer.died", LOG_FIELDS(log_str("phase", phase)),
              "the preparer died while %s (%s)", phase, how);
    return OUTCOME_CRASHED;
}

static void tell_verdict(const struct verdict *verdict)
{
    enum log_level level = LOG_INFO;

    if (verdict->is_failure)
        level = verdict->starts_app ? LOG_WARN : LOG_ERROR;
    if (verdict->sentence)
        log_line(level, LOG_MIGRATION, "policy.decided", "%s", verdict->sentence);
}

static void judge_preparation(struct supervisor *s, const char *what)
{
    bool has_app;

    s->verdict = policy_decide(&s->plan->policy, s->outcome);
    has_app = s->verdict.starts_app && s->plan->command;
    if (s->state == STATE_PREPARING)
        tell_verdict(&s->verdict);
    supervisor_dispatch(s, has_app ? EVENT_PREPARED_START : EVENT_PREPARED_END, what);
}

void supervisor_preparer_ended(struct supervisor *s, const char *how)
{
    char what[96];

    s->preparer = 0;
    /* The last words are in the pipe before the death is known: they say what the code cannot. */
    supervisor_read_reports(s);
    if (!s->has_outcome)
        s->outcome = outcome_of_silence(s, how);
    snprintf(what, sizeof what, "the preparer ended (%s)", how);
    judge_preparation(s, what);
}

/* ---- its start ---- */

bool supervisor_open_reports(struct supervisor *s, struct error *err)
{
    s->is_idle = runner_is_idle(s->plan->job.config, s->plan->job.duty, &s->outcome);
    return s->is_idle || supervisor_open_pipe(&s->report_fd, &s->report_write_fd, err);
}

/* In the preparer: what it has of us but its end of the report pipe goes. */
static int preparer_body(void *context)
{
    struct supervisor *s = context;
    struct preparer_job job = s->plan->job;

    job.report_fd = s->report_write_fd;
    close(s->signal_fd);
    close(s->report_fd);
    close(s->notice_fd);
    close(s->notice_write_fd);
    supervisor_close_health(s);
    loop_close(s->loop);
    return preparer_main(&job);
}

void supervisor_start_preparer(struct supervisor *s)
{
    struct error err;

    if (s->is_idle) {
        judge_preparation(s, "nothing is to be prepared");
        return;
    }
    if (spawn_worker(preparer_body, s, &s->preparer, &err)) {
        fd_close(&s->report_write_fd);
        return;
    }
    log_error(LOG_ERROR, LOG_INIT, "preparer.unstartable", &err);
    s->outcome = OUTCOME_CRASHED;
    judge_preparation(s, "the preparer cannot be started");
}
