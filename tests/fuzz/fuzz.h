/*
 * tests/fuzz - what the fuzz targets share: properties that must hold, and inputs in pieces
 *
 * Each target is a LLVMFuzzerTestOneInput() of its own; tests/fuzz/run.sh runs them. A property
 * that does not hold ends the run as a crash does, with the input kept.
 */
#ifndef MIGRINIT_TESTS_FUZZ_H
#define MIGRINIT_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A copy of exactly this length on the heap, so that a read past its end is seen. */
static inline struct slice fuzz_copy(struct arena *arena, const uint8_t *data, size_t size)
{
    return arena_slice(arena, (struct slice){(const char *)data, size});
}

static inline bool fuzz_is_within(struct slice part, struct slice whole)
{
    return !part.len || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* What fails says why, in one line of its own. */
static inline void fuzz_require_error(const struct error *err)
{
    REQUIRE(err->code != ERR_NONE);
    REQUIRE(err->what[0] != '\0');
    REQUIRE(strlen(err->what) < sizeof err->what && strlen(err->hint) < sizeof err->hint);
    REQUIRE(!strchr(err->what, '\n') && !strchr(err->where, '\n'));
}

#endif
