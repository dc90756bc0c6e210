/*
 * base/arena - one region per run; everything parsed in it lives and dies together
 *
 * Why here   A run reads a folder, composes SQL, keeps rows, and ends. Freeing these one by one
 *            would be most of the code and all of the leaks.
 * Owns       what it hands out; arena_free() returns everything at once
 * Errors     none to handle: when memory is exhausted the process says so in one line and ends with
 *            exit code 1. Only processes that may end like that use an arena: the reading of the
 *            settings before anything was started, and the preparer, whose open transaction the
 *            server then rolls back. PID 1 allocates nothing once it has started.
 */
#ifndef MIGRINIT_BASE_ARENA_H
#define MIGRINIT_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/slice.h"

struct arena;
struct block;

/* Say so in one line and end: for whoever else cannot get memory. */
void memory_exhausted(void) NO_RETURN;

struct arena *arena_new(void) RETURNS_NONNULL;

/* NULL is allowed. Bytes are overwritten first: a URL with its password may have been among them.
 */
void arena_free(struct arena *arena);

/*
 * Everything that was handed out since the mark is given back: for work that is repeated
 * thousandfold. Nothing of it may be in use any more; marks nest.
 */
struct arena_mark {
    const struct block *block, *next;
    size_t used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, struct arena_mark mark);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size) RETURNS_NONNULL;
void *arena_array(struct arena *arena, size_t count, size_t size) RETURNS_NONNULL;

/* A copy with a terminator behind it, which the slice's length does not count. */
struct slice arena_slice(struct arena *arena, struct slice bytes);
char *arena_text(struct arena *arena, struct slice bytes) RETURNS_NONNULL;
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) RETURNS_NONNULL;
char *arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0)
    __attribute__((nonnull(2))) RETURNS_NONNULL;

/*
 * Make room for one more item in a growing array of *capacity items of `size` bytes, `count` of
 * them used: gives the array to use from now on (the old place stays valid, but is no longer
 * current).
 */
void *arena_grow(struct arena *arena, void *array, size_t *capacity, size_t count,
                 size_t size) RETURNS_NONNULL;

#endif
