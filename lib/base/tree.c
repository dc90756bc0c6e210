#include "base/tree.h"

#include <stdlib.h>
#include <string.h>

static size_t name_offset(struct slice path)
{
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;

    return slash ? (size_t)(slash - path.ptr) + 1 : 0;
}

struct tree_entry *tree_add(struct tree *tree, struct arena *arena, struct tree_entry entry)
{
    struct tree_entry *slot;

    tree->entries =
        arena_grow(arena, tree->entries, &tree->capacity, tree->count, sizeof *tree->entries);
    slot = &tree->entries[tree->count++];
    *slot = entry;
    slot->path = arena_slice(arena, entry.path);
    slot->name_at = name_offset(slot->path);
    return slot;
}

static int compare_entries(const void *a, const void *b)
{
    const struct tree_entry *left = a, *right = b;

    return slice_compare(left->path, right->path);
}

void tree_sort(struct tree *tree)
{
    if (tree->count)
        qsort(tree->entries, tree->count, sizeof *tree->entries, compare_entries);
}

const struct tree_entry *tree_find(const struct tree *tree, struct slice path)
{
    struct tree_entry key = {.path = path};

    if (!tree->count)
        return NULL;
    return bsearch(&key, tree->entries, tree->count, sizeof key, compare_entries);
}

const char *tree_entry_root(const struct tree *tree, const struct tree_entry *entry)
{
    return entry->root ? entry->root : tree->root;
}

struct slice tree_entry_name(const struct tree_entry *entry)
{
    return slice_sub(entry->path, entry->name_at, entry->path.len);
}

bool tree_entry_is_top(const struct tree_entry *entry)
{
    return entry->name_at == 0;
}

static unsigned line_number_at(struct slice text, size_t offset)
{
    unsigned line = 1;

    for (size_t i = 0; i < offset; i++)
        line += text.ptr[i] == '\n';
    return line;
}

bool tree_entry_text(const struct tree *tree, const struct tree_entry *entry, struct slice *text,
                     struct error *err)
{
    size_t nul;

    if (entry->kind != TREE_FILE || entry->problem) {
        error_set(err, ERR_CONFIG, "%s",
                  entry->kind == TREE_DIRECTORY ? "is a directory, not a migration file"
                                                : entry->problem);
        return error_wrap(err, "%s/%s", tree_entry_root(tree, entry), entry->path.ptr);
    }
    nul = slice_find(entry->bytes, '\0');
    if (nul != entry->bytes.len) {
        error_set(err, ERR_CONFIG, "has a NUL byte at offset %zu; nothing of it was run", nul);
        error_hint(err, "save the file as UTF-8 without NUL bytes (UTF-16 is full of them)");
        return error_wrap(err, "%s/%s:%u", tree_entry_root(tree, entry), entry->path.ptr,
                          line_number_at(entry->bytes, nul));
    }
    *text = entry->bytes;
    return true;
}
