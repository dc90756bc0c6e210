#include "migrate/folder.h"

#include <string.h>

#include "formats/registry.h"
#include "sys/fs.h"

static const char file_scheme[] = "filesystem:", class_scheme[] = "classpath:";

static enum fs_wish wish_file(void *context, struct slice path)
{
    (void)context;
    return format_looks_into(path) ? FS_BYTES : FS_NAME;
}

static const struct fs_filter filter = {.wish_file = wish_file};

static bool take_name(struct slice *rest, struct arena *arena, const char **name, struct error *err)
{
    size_t end = slice_find(*rest, ',');
    struct slice text = slice_trim(slice_sub(*rest, 0, end));

    *rest = slice_sub(*rest, end + 1, rest->len);
    if (slice_starts_with(text, file_scheme))
        text = slice_sub(text, strlen(file_scheme), text.len);
    *name = arena_text(arena, text);
    if (!slice_starts_with(text, class_scheme))
        return true;
    error_set(err, ERR_CONFIG, "%s is a place in a Java archive, not in the image", *name);
    error_hint(err, "copy the files into the image, and name the folder with MIGRINIT_MIGRATE_DIR");
    return false;
}

static void add_entries(struct tree *tree, const struct tree *more, struct arena *arena)
{
    for (size_t i = 0; i < more->count; i++) {
        struct tree_entry entry = more->entries[i];

        entry.root = more->root;
        tree_add(tree, arena, entry);
    }
}

static bool read_several(struct slice rest, struct arena *arena, struct tree *tree, size_t *count,
                         struct error *err)
{
    while (slice_trim(rest).len) {
        struct tree one;
        const char *name;

        if (!take_name(&rest, arena, &name, err) || !fs_read_tree(name, &filter, arena, &one, err))
            return false;
        if (!*count && !slice_trim(rest).len) {
            *tree = one;
            *count = 1;
            return true;
        }
        add_entries(tree, &one, arena);
        (*count)++;
    }
    tree_sort(tree);
    return true;
}

bool folder_read(const char *dir, struct arena *arena, struct tree *tree, size_t *count,
                 struct error *err)
{
    *tree = (struct tree){.root = dir};
    *count = 0;
    if (!fs_is_directory(dir)) /* its name may have a comma in it */
        return read_several(slice_from(dir), arena, tree, count, err);
    *count = 1;
    return fs_read_tree(dir, &filter, arena, tree, err);
}
