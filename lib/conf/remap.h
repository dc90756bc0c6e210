/*
 * conf/remap - one number in place of another: signals (TERM:QUIT) and exit codes (143:0)
 *
 * Why here   Both are lists of pairs in the settings, and a look-up in a table where they are used.
 * Purity     all zero is "nothing is replaced"
 */
#ifndef MIGRINIT_CONF_REMAP_H
#define MIGRINIT_CONF_REMAP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/slice.h"

enum { REMAP_SIZE = 256 };

struct remap {
    bool is_set[REMAP_SIZE];
    unsigned char to[REMAP_SIZE];
};

/* What stands for `number`, itself where nothing does. For a signal, 0 means that it is dropped. */
int remap_apply(const struct remap *remap, int number);

/*
 * Words of the form FROM:TO between blanks or commas, each FROM once. Of what is wrong, `wrong` is
 * the word.
 */

/* Names or numbers. KILL, STOP and CHLD never come; what is sent may be any signal, or 0. */
bool remap_parse_signals(struct slice text, struct remap *remap, struct slice *wrong) MUST_CHECK;

/* Numbers from 0 to 255; a code alone becomes 0. */
bool remap_parse_codes(struct slice text, struct remap *remap, struct slice *wrong) MUST_CHECK;

const char *remap_write_signals(const struct remap *remap, struct arena *arena);
const char *remap_write_codes(const struct remap *remap, struct arena *arena);

/* A signal that a process can be sent, and can take: every one but KILL, STOP and CHLD. */
bool signal_parse_catchable(struct slice text, int *signal) MUST_CHECK;

/* "TERM": as people write it in settings. */
const char *signal_write(int signal, struct arena *arena);

#endif
