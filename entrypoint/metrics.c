#include "entrypoint/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/compiler.h"

struct page {
    char *out;
    size_t size;
    size_t len;
};

static void PRINTF_LIKE(2, 3) add(struct page *page, const char *format, ...)
{
    size_t room = page->size - page->len;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(page->out + page->len, room, format, args);
    va_end(args);
    if (len > 0)
        page->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void add_head(struct page *page, const char *name, const char *type, const char *help)
{
    add(page, "# HELP migrinit_%s %s\n# TYPE migrinit_%s %s\n", name, help, name, type);
}

static void add_count(struct page *page, const char *name, const char *type, const char *help,
                      int64_t count)
{
    add_head(page, name, type, help);
    add(page, "migrinit_%s %" PRId64 "\n", name, count);
}

static void add_seconds(struct page *page, const char *name, const char *help, int64_t ms)
{
    add_head(page, name, "gauge", help);
    add(page, "migrinit_%s %" PRId64 ".%03" PRId64 "\n", name, ms / 1000, ms % 1000);
}

static void add_phases(struct page *page, enum health_phase phase)
{
    add_head(page, "phase", "gauge", "1 for the phase that the container is in.");
    for (int i = 0; i < HEALTH_PHASE_COUNT; i++)
        add(page, "migrinit_phase{phase=\"%s\"} %d\n", health_phase_name((enum health_phase)i),
            i == (int)phase);
}

static unsigned pending_of(const struct health *health)
{
    return health->total > health->done ? health->total - health->done : 0;
}

size_t metrics_write(const struct health *health, char *out, size_t out_size)
{
    struct page page = {.out = out, .size = out_size};

    add_head(&page, "build_info", "gauge", "The version that runs.");
    add(&page, "migrinit_build_info{version=\"" MIGRINIT_VERSION "\"} 1\n");
    add_phases(&page, health->phase);
    add_count(&page, "ready", "gauge", "Whether the app counts as ready.",
              health_is_good(health->phase, HEALTH_READY));
    add_seconds(&page, "phase_seconds", "How long it has been in this phase.", health->phase_ms);
    add_seconds(&page, "wait_seconds", "Spent before migrating: database, lock, comparison.",
                health->wait_ms);
    add_seconds(&page, "migration_seconds", "Spent migrating.", health->migration_ms);
    add_count(&page, "migrations_applied", "gauge", "Applied by this start.", health->applied);
    add_count(&page, "migrations_pending", "gauge", "Left of the step at work.",
              pending_of(health));
    add_count(&page, "app_restarts_total", "counter", "Times that the app was started again.",
              health->restarts);
    return page.len;
}
