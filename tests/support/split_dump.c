/*
 * support/split_dump - texts from stdin, each ended by a NUL byte; their statements to stdout
 *
 * For tests/differential/splitter.py. For each text: "+", then the statements with 0x1E after each,
 * or "-", and the error as "line:column what"; a NUL byte at the end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "sql/split.h"

static void dump(struct slice text)
{
    struct arena *arena = arena_new();
    struct sql_statements statements = {0};
    struct error err = {0};

    if (sql_split(text, arena, &statements, &err)) {
        putchar('+');
        for (size_t i = 0; i < statements.count; i++) {
            fwrite(statements.items[i].text.ptr, 1, statements.items[i].text.len, stdout);
            putchar(0x1E);
        }
    } else {
        printf("-%s %s", err.where, err.what);
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
