#include "migrate/callback.h"

#include "sys/log.h"

bool callback_is_of_each_run(const struct source *source)
{
    for (size_t i = 0; i < source->migrations.callback_count; i++)
        switch (source->migrations.callbacks[i].event) {
        case CALLBACK_BEFORE_RUN:
        case CALLBACK_AFTER_VERSIONED:
        case CALLBACK_AFTER_RUN: return true;
        default: break;
        }
    return false;
}

bool callback_run(struct session *session, const struct source *source, enum callback_event event,
                  int64_t deadline_ms, struct error *err)
{
    for (size_t i = 0; i < source->migrations.callback_count; i++) {
        const struct callback *callback = &source->migrations.callbacks[i];

        if (callback->event == event &&
            !apply_script(session, source, &callback->script, deadline_ms, err))
            return false;
    }
    return true;
}

void callback_run_after_error(struct session *session, const struct source *source,
                              const struct error *failure)
{
    struct error err = {0};

    if (failure->code != ERR_CONNECTION && failure->code != ERR_INTERRUPTED &&
        !callback_run(session, source, CALLBACK_AFTER_ERROR, INT64_MAX, &err))
        log_error(LOG_WARN, LOG_MIGRATION, "callback.failed", &err);
}
