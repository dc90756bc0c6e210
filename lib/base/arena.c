#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a block; and of a text for which there is always room where it is printed. */
enum { BLOCK_BYTES = 64 * 1024, SHORT_BYTES = 256 };

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *blocks; /* newest first: the only one that still has room */
};

void memory_exhausted(void)
{
    static const char line[] = "[migrinit] out of memory\n";

    /* Nothing is left to do about a failed write either. */
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
        _exit(EXIT_FAILURE);
    _exit(EXIT_FAILURE);
}

static void *checked_malloc(size_t size)
{
    void *memory = malloc(size);

    if (!memory)
        memory_exhausted();
    return memory;
}

struct arena *arena_new(void)
{
    struct arena *arena = checked_malloc(sizeof *arena);

    arena->blocks = NULL;
    return arena;
}

/* Give back the blocks of a list down to `end`, which is the new head of it. */
static struct block *blocks_free(struct block *blocks, const struct block *end)
{
    while (blocks != end) {
        struct block *next = blocks->next;

        explicit_bzero(blocks->bytes, blocks->used);
        free(blocks);
        blocks = next;
    }
    return blocks;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    blocks_free(arena->blocks, NULL);
    free(arena);
}

struct arena_mark arena_mark(const struct arena *arena)
{
    const struct block *first = arena->blocks;

    return (struct arena_mark){first, first ? first->next : NULL, first ? first->used : 0};
}

/* Since the mark, small pieces have put blocks before its block, large ones right behind it. */
void arena_release(struct arena *arena, struct arena_mark mark)
{
    struct block *first = blocks_free(arena->blocks, mark.block);

    arena->blocks = first;
    if (!first)
        return;
    first->next = blocks_free(first->next, mark.next);
    explicit_bzero(first->bytes + mark.used, first->used - mark.used);
    first->used = mark.used;
}

static struct block *block_new(size_t size)
{
    struct block *block;

    if (size > SIZE_MAX - sizeof *block)
        memory_exhausted();
    block = checked_malloc(sizeof *block + size);
    block->used = 0;
    block->size = size;
    return block;
}

/* A large request gets a block of its own behind the current one, whose room stays usable. */
static struct block *block_for(struct arena *arena, size_t size)
{
    struct block *first = arena->blocks, *block;

    if (first && first->size - first->used >= size)
        return first;
    block = block_new(size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES);
    if (first && block->size != BLOCK_BYTES) {
        block->next = first->next;
        first->next = block;
    } else {
        block->next = first;
        arena->blocks = block;
    }
    return block;
}

static size_t aligned(size_t size)
{
    const size_t align = alignof(max_align_t);

    if (size > SIZE_MAX - align)
        memory_exhausted();
    return (size + align - 1) / align * align;
}

/* Whose room is enough. */
static char *block_take(struct block *block, size_t size)
{
    char *memory = block->bytes + block->used;

    block->used += size;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size = aligned(size);
    return memset(block_take(block_for(arena, size), size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        memory_exhausted();
    return arena_alloc(arena, total);
}

struct slice arena_slice(struct arena *arena, struct slice bytes)
{
    return (struct slice){arena_text(arena, bytes), bytes.len};
}

char *arena_text(struct arena *arena, struct slice bytes)
{
    char *text = arena_alloc(arena, bytes.len + 1);

    if (bytes.len)
        memcpy(text, bytes.ptr, bytes.len);
    return text;
}

/*
 * Where it is going to be kept, if it is short enough: to print it twice, once for the length, is
 * the most of what such a text costs. What does not fit is wiped again, for it may be a secret.
 */
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    struct block *block = block_for(arena, SHORT_BYTES);
    const size_t room = block->size - block->used;
    char *text = block->bytes + block->used;
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(text, room, format, again);
    va_end(again);
    if (len < 0)
        return arena_text(arena, SLICE(""));
    if ((size_t)len < room)
        return block_take(block, aligned((size_t)len + 1));
    explicit_bzero(text, room);
    text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void *arena_grow(struct arena *arena, void *array, size_t *capacity, size_t count, size_t size)
{
    void *larger;

    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 8;
    larger = arena_array(arena, *capacity, size);
    if (count)
        memcpy(larger, array, count * size);
    return larger;
}
