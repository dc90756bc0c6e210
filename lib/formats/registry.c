#include "formats/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "formats/directive.h"
#include "formats/foreign.h"

const struct format *const formats[] = {
    &format_atlas,
    &format_dbmate,
    &format_diesel,
    &format_drizzle,
    &format_flyway,
    &format_golang_migrate,
    &format_goose,
    &format_graphile_migrate,
    &format_node_pg_migrate,
    &format_prisma,
    &format_refinery,
    &format_sqlx,
    &format_tern,
    &format_plain,
};
const size_t format_count = COUNT_OF(formats);

static const char which_setting[] = "[migrate] format, MIGRINIT_MIGRATE_FORMAT";

/* "plain, dbmate": the nearest to `name` first. */
static void known_names(const char *name, char *out, size_t out_size)
{
    bool is_told[COUNT_OF(formats)] = {false};

    out[0] = '\0';
    for (size_t told = 0; told < format_count; told++) {
        size_t best = format_count;

        for (size_t i = 0; i < format_count; i++)
            if (!is_told[i] &&
                (best == format_count ||
                 text_distance(name, formats[i]->name) < text_distance(name, formats[best]->name)))
                best = i;
        is_told[best] = true;
        if (told)
            strncat(out, ", ", out_size - strlen(out) - 1);
        strncat(out, formats[best]->name, out_size - strlen(out) - 1);
    }
}

bool format_by_name(const char *name, const struct format **out, struct error *err)
{
    char known[256], printable[80];

    for (size_t i = 0; i < format_count; i++) {
        if (strcmp(name, formats[i]->name) != 0)
            continue;
        *out = formats[i];
        return true;
    }
    text_sanitize(slice_from(name), printable, sizeof printable);
    known_names(name, known, sizeof known);
    error_set(err, ERR_CONFIG, "there is no format \"%s\"; known: %s", printable, known);
    error_hint(err, "a tool without a format here can run as a command step: "
                    "[migrate] command = ...");
    return false;
}

/* A weak sign of a tool that has a format: a name without a number, a mark in the wrong place. */
static bool refuse_unsure(const struct foreign_sign *sign, struct error *err)
{
    error_set(err, ERR_CONFIG, "looks like a folder of %s (%s), but not surely so", sign->tool,
              sign->evidence);
    error_hint(err, "say whose it is, or plain for nobody's: %s", which_setting);
    return false;
}

static bool refuse_shared(const struct foreign_sign *sign, struct error *err)
{
    if (sign->besides) {
        error_set(err, ERR_CONFIG, "is not the folder of the migrations, but above it (%s of %s)",
                  sign->evidence, sign->tool);
        error_hint(err, "name the folder itself: [migrate] %s", sign->besides);
        return false;
    }
    error_set(err, ERR_CONFIG, "the folder could be %s (%s)", sign->tool, sign->evidence);
    error_hint(err, "say which it is: %s", which_setting);
    return false;
}

static bool has_sql(const struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        if (slice_ends_with(tree->entries[i].path, ".sql"))
            return true;
    return false;
}

static bool refuse_foreign(const struct tree *tree, const struct foreign_sign *sign,
                           struct error *err)
{
    char besides[256] = "", plain[160] = "";

    for (size_t i = 0; i < format_count; i++)
        if (strcmp(sign->tool, formats[i]->name) == 0)
            return refuse_unsure(sign, err);
    if (!sign->command)
        return refuse_shared(sign, err);
    if (sign->besides)
        snprintf(besides, sizeof besides, " (and %s, so that it runs only when needed)",
                 sign->besides);
    if (has_sql(tree))
        snprintf(plain, sizeof plain,
                 "; or, when the files are plain SQL and never were that tool's, set format = "
                 "plain (%s)",
                 which_setting);
    error_set(err, ERR_CONFIG, "looks like a folder of %s (%s), for which there is no format here",
              sign->tool, sign->evidence);
    error_hint(err, "run the tool itself as a step: [migrate] command = %s%s%s", sign->command,
               besides, plain);
    return false;
}

static bool refuse_undecidable(const struct tree *tree, struct arena *arena, struct error *err)
{
    struct foreign_sign sign;

    if (foreign_find(tree, arena, &sign)) {
        refuse_foreign(tree, &sign, err);
    } else {
        error_set(err, ERR_CONFIG, "no migrations found: no *.sql file at the top of the folder");
        error_hint(err,
                   "check the folder ([migrate] dir, MIGRINIT_MIGRATE_DIR); if it is meant to "
                   "be empty for now, name the format (%s)",
                   which_setting);
    }
    return error_wrap(err, "%s", tree->root);
}

struct claim {
    const struct format *format;
    enum detection sureness;
    const char *why;
};

/* All marks of a file in one pass: looking for each by itself is the most of what reading costs. */
static void find_marks(const struct tree_entry *entry, struct arena *arena,
                       const char *found[COUNT_OF(formats)])
{
    const char *end = entry->bytes.ptr + entry->bytes.len, *mark;
    struct slice rest = entry->bytes, line;

    while (directive_next_line(&rest, &line)) {
        struct slice text = {line.ptr, (size_t)(end - line.ptr)};

        for (size_t i = 0; i < format_count; i++)
            if (formats[i]->mark && !found[i] && (mark = formats[i]->mark(line, text, arena)))
                found[i] = arena_printf(arena, "a line %s in %s", mark, entry->path.ptr);
    }
}

static void collect_marks(const struct tree *tree, struct arena *arena,
                          const char *found[COUNT_OF(formats)])
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree_entry_is_top_sql(&tree->entries[i]) && tree->entries[i].kind == TREE_FILE)
            find_marks(&tree->entries[i], arena, found);
}

static struct claim claim_of(const struct format *format, const char *mark, const struct tree *tree,
                             struct arena *arena)
{
    struct claim claim = {.format = format};

    if (format->detect)
        claim.sureness = format->detect(tree, arena, &claim.why);
    if (claim.sureness == DETECT_CERTAIN || !mark)
        return claim;
    return (struct claim){format, DETECT_CERTAIN, mark};
}

static size_t collect_claims(const struct tree *tree, struct arena *arena,
                             struct claim claims[COUNT_OF(formats)])
{
    const char *marks[COUNT_OF(formats)] = {0};
    enum detection best = DETECT_NO;
    size_t count = 0;

    collect_marks(tree, arena, marks);
    for (size_t i = 0; i < format_count; i++) {
        if ((formats[i]->features & FORMAT_IS_LAST_RESORT) && best > DETECT_POSSIBLE)
            continue;
        claims[count] = claim_of(formats[i], marks[i], tree, arena);
        best = claims[count].sureness > best ? claims[count].sureness : best;
        count += claims[count].sureness != DETECT_NO;
    }
    return count;
}

/* Keep those that are as sure as the surest; all of them where one's mark is not its own alone. */
static size_t keep_rivals(struct claim *claims, size_t count)
{
    enum detection needed = DETECT_NO;
    bool is_shared = false;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        needed = claims[i].sureness > needed ? claims[i].sureness : needed;
        is_shared |= (claims[i].format->features & FORMAT_SHARES_MARK) != 0;
    }
    for (size_t i = 0; i < count; i++)
        if (is_shared || claims[i].sureness == needed)
            claims[kept++] = claims[i];
    return kept;
}

static bool refuse_tie(const struct tree *tree, const struct claim *claims, size_t count,
                       struct arena *arena, struct error *err)
{
    struct buf names = buf_in(arena);

    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_text(&names, i + 1 < count ? ", " : " as well as ");
        buf_printf(&names, "%s's", claims[i].format->name);
    }
    error_set(err, ERR_CONFIG, "the folder could be %s", buf_text(&names));
    error_hint(err, "say which it is: %s", which_setting);
    return error_wrap(err, "%s", tree->root);
}

bool format_detect(const struct tree *tree, struct arena *arena, const struct format **out,
                   const char **why, struct error *err)
{
    struct claim claims[COUNT_OF(formats)] = {0};
    size_t count = keep_rivals(claims, collect_claims(tree, arena, claims));

    if (!count)
        return refuse_undecidable(tree, arena, err);
    if (count > 1)
        return refuse_tie(tree, claims, count, arena, err);
    *out = claims[0].format;
    *why = claims[0].why;
    return true;
}

bool format_looks_into(struct slice path)
{
    return !slice_ends_with(path, "snapshot.json");
}

const struct format *format_layout(const struct format *format, const struct tree *tree)
{
    return format->layout ? format->layout(tree) : format;
}
