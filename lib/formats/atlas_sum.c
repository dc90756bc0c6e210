#include "formats/atlas_sum.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "formats/atlas_directive.h"
#include "formats/format.h"

static const char sum_file[] = "atlas.sum";
static const char hash_mark[] = "h1:";

static const char seal_again[] =
    "if the folder is as it should be, run `atlas migrate hash` and bring the new atlas.sum along; "
    "until then Atlas itself applies nothing";

struct line {
    struct slice name, hash;
};

struct lines {
    struct line *items;
    size_t count;
    size_t capacity;
};

static void add_line(struct lines *lines, struct arena *arena, struct slice name, struct slice hash)
{
    lines->items =
        arena_grow(arena, lines->items, &lines->capacity, lines->count, sizeof *lines->items);
    lines->items[lines->count++] = (struct line){name, hash};
}

/* --- what the sum should be --- */

static bool is_left_out(struct slice text)
{
    struct slice value;

    return atlas_directive(slice_sub(text, 0, slice_find(text, '\n')), "sum", &value) &&
           slice_equal_text(value, "ignore");
}

static bool hash_entry(const struct tree *tree, const struct tree_entry *entry,
                       struct digest_sum *sum, char hash[DIGEST_SHA256_BASE64 + 1],
                       struct error *err)
{
    struct slice text;

    hash[0] = '\0';
    if (!tree_entry_text(tree, entry, &text, err))
        return false;
    digest_sum_add(sum, entry->path);
    if (is_left_out(text))
        return true;
    digest_sum_add(sum, text);
    digest_sum_base64(sum, hash);
    return true;
}

static bool hash_tree(const struct tree *tree, struct arena *arena, const char **hashes,
                      struct lines *out, struct error *err)
{
    struct digest_sum *sum = digest_sum_new();
    char hash[DIGEST_SHA256_BASE64 + 1];
    bool is_read = true;

    for (size_t i = 0; i < tree->count && is_read; i++) {
        const struct tree_entry *entry = &tree->entries[i];

        if (!tree_entry_is_top_sql(entry))
            continue;
        is_read = hash_entry(tree, entry, sum, hash, err);
        if (!is_read || !hash[0])
            continue;
        hashes[i] = arena_text(arena, slice_from(hash));
        add_line(out, arena, entry->path, slice_from(hashes[i]));
    }
    digest_sum_free(sum);
    return is_read;
}

/* --- what it is --- */

static bool refuse_line(const struct tree *tree, unsigned line, struct error *err, const char *what)
{
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s", seal_again);
    return error_wrap(err, "%s/%s:%u", tree->root, sum_file, line);
}

static bool split_line(struct slice text, struct line *out)
{
    size_t mark = 0;

    while (mark < text.len && !slice_starts_with(slice_sub(text, mark, text.len), hash_mark))
        mark++;
    out->name = slice_trim(slice_sub(text, 0, mark));
    out->hash = slice_sub(text, mark + strlen(hash_mark), text.len);
    return mark < text.len;
}

static bool is_hash_of(struct slice total, const struct lines *lines)
{
    struct digest_sum *sum = digest_sum_new();
    char hash[DIGEST_SHA256_BASE64 + 1];

    for (size_t i = 0; i < lines->count; i++) {
        digest_sum_add(sum, lines->items[i].name);
        digest_sum_add(sum, lines->items[i].hash);
    }
    digest_sum_base64(sum, hash);
    digest_sum_free(sum);
    return slice_equal_text(total, hash);
}

static bool read_lines(const struct tree *tree, struct slice text, struct arena *arena,
                       struct lines *out, struct error *err)
{
    struct slice total = SLICE(""), line;
    struct line read;

    slice_next_line(&text, &total);
    if (slice_starts_with(total, hash_mark))
        total = slice_sub(total, strlen(hash_mark), total.len);
    while (slice_next_line(&text, &line)) {
        if (!split_line(line, &read))
            return refuse_line(tree, (unsigned)out->count + 2, err,
                               "is no line of a checksum file, which are NAME h1:HASH");
        add_line(out, arena, read.name, read.hash);
    }
    if (is_hash_of(total, out))
        return true;
    return refuse_line(tree, 1, err,
                       "the first line is not the sum of those below: the file was edited, or "
                       "merged");
}

/* --- the first difference --- */

static bool is_listed(const struct lines *lines, struct slice name)
{
    for (size_t i = 0; i < lines->count; i++)
        if (slice_equal(lines->items[i].name, name))
            return true;
    return false;
}

static bool refuse_file(const struct tree *tree, struct slice name, struct error *err,
                        const char *what, const char *hint)
{
    char printable[128];

    text_sanitize(name, printable, sizeof printable);
    error_set(err, ERR_CONFIG, "%s", what);
    error_hint(err, "%s%s", hint, seal_again);
    return error_wrap(err, "%s/%s", tree->root, printable);
}

/* Every hash is also of all files before: the first that differs is the one. */
static bool compare(const struct tree *tree, const struct lines *listed, const struct lines *here,
                    struct error *err)
{
    static const struct line none = {{"", 0}, {"", 0}};

    for (size_t i = 0; i < listed->count || i < here->count; i++) {
        const struct line *want = i < listed->count ? &listed->items[i] : &none;
        const struct line *have = i < here->count ? &here->items[i] : &none;

        if (slice_equal(want->name, have->name) && slice_equal(want->hash, have->hash))
            continue;
        if (slice_equal(want->name, have->name))
            return refuse_file(
                tree, have->name, err,
                "is not as it was when atlas.sum was made (checksum mismatch)",
                "restore the file; line ends count, and a checkout may change them; ");
        if (want != &none && !is_listed(here, want->name))
            return refuse_file(tree, want->name, err, "is in atlas.sum, but not in the folder",
                               "restore the file; ");
        return refuse_file(tree, have->name, err, "is not in atlas.sum", "");
    }
    return true;
}

bool atlas_sum_check(const struct tree *tree, struct arena *arena, const char ***hashes,
                     struct error *err)
{
    const struct tree_entry *entry = tree_find(tree, slice_from(sum_file));
    struct lines here = {0}, listed = {0};
    struct slice text;

    *hashes = arena_array(arena, tree->count + 1, sizeof **hashes);
    if (!entry) {
        error_set(err, ERR_CONFIG, "there is no %s", sum_file);
        error_hint(err,
                   "Atlas applies nothing without it: run `atlas migrate hash` where the files "
                   "are written, and bring it along");
        return error_wrap(err, "%s", tree->root);
    }
    return tree_entry_text(tree, entry, &text, err) &&
           read_lines(tree, text, arena, &listed, err) &&
           hash_tree(tree, arena, *hashes, &here, err) && compare(tree, &listed, &here, err);
}
