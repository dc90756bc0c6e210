#include "entrypoint/cli_short.h"

#include <stddef.h>

#include "base/compiler.h"

/* tini supervises wherever it is, with -s as a subreaper; -w tells of each stranger reaped. */
static const struct short_option short_options[] = {
    {'g', false, "app-signal-to", "group"}, {'s', false, "app-mode", "supervise"},
    {'e', true, "app-exit-codes", NULL},    {'p', false, "app-parent-death-signal", NULL},
    {'v', false, "log-level", "debug"},     {'w', false, "log-level", "debug"},
};

const struct short_option *cli_short_option(char letter)
{
    for (size_t i = 0; i < COUNT_OF(short_options); i++)
        if (short_options[i].letter == letter)
            return &short_options[i];
    return NULL;
}
