/*
 * entrypoint/cli_short - options of one letter: tini's, as settings of ours
 *
 * Why here   An image that has `tini -g -e 143 --` keeps its line when migrinit takes tini's place. A
 *            letter is nothing more than a flag: it wins over the environment and the INI file.
 * Facts      tini 0.19: letters may stand together (-gs, -vvv), a value right behind its letter or as
 *            the next word, -e as often as there are codes. -l prints its licence: left out.
 */
#ifndef MIGRINIT_ENTRYPOINT_CLI_SHORT_H
#define MIGRINIT_ENTRYPOINT_CLI_SHORT_H

#include <stdbool.h>

struct short_option {
    char letter;
    bool adds_up;      /* one more of it is one more entry of the setting's list */
    const char *flag;  /* without its dashes */
    const char *value; /* NULL: the letter brings one */
};

/* NULL when there is no such letter. */
const struct short_option *cli_short_option(char letter);

#endif
