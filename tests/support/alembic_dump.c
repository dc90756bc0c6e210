/*
 * support/alembic_dump - revision files from stdin, each ended by a NUL byte, and what they say
 *
 * For tests/differential/revisions.py. For each: "+", then revision, down_revision, depends_on and
 * branch_labels with 0x1F after each item and 0x1E after each list ("?" for labels that are not
 * understood); or "-" and why; a NUL byte at the end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "formats/alembic_script.h"

static void dump_names(const struct alembic_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        printf("%s\x1F", names->items[i]);
    putchar(0x1E);
}

static void dump(struct slice source)
{
    struct arena *arena = arena_new();
    struct alembic_script script;
    const char *why = "";

    if (alembic_script_read(source, "versions/0.py", arena, &script, &why)) {
        printf("+%s\x1F\x1E", script.revision);
        dump_names(&script.down);
        dump_names(&script.depends);
        if (script.has_unknown_labels)
            putchar('?');
        dump_names(&script.labels);
    } else {
        printf("-%s", why);
    }
    putchar('\0');
    arena_free(arena);
}

int main(void)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t len;

    while ((len = getdelim(&text, &size, '\0', stdin)) > 0)
        dump((struct slice){text, (size_t)len - 1});
    free(text);
    return 0;
}
