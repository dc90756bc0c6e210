/*
 * base/secret - text that must never be seen, and the mask for texts that may contain it
 *
 * Why here   A password travels from the environment to libpq and nowhere else. Its type says so:
 *            printing a struct secret by accident does not compile, and secret_reveal() is the only
 *            way in. `make check` allows that call in lib/pg/conn.c alone.
 * Owns       nothing; the bytes belong to the arena of the settings
 */
#ifndef MIGRINIT_BASE_SECRET_H
#define MIGRINIT_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct secret {
    struct slice hidden;
};

struct secret secret_from(struct slice bytes);
struct slice secret_reveal(struct secret secret);
bool secret_is_set(struct secret secret);

/*
 * Masks known secrets in foreign text: messages of libpq, of the server, of a command's output.
 * A secret of fewer than three bytes is not looked for: masking every "a" hides nothing and ruins
 * the message.
 */
struct redactor {
    struct slice *needles; /* in the arena; every secret, however many databases there are */
    size_t count;
    size_t capacity;
};

/* Remember a secret; it is found as it is and with any of its bytes percent-encoded. */
void redactor_add(struct redactor *redactor, struct arena *arena, struct secret secret);

/* Copy `text` to `out` with every known secret as "****", cut to out_size. Gives the length. */
size_t redactor_apply(const struct redactor *redactor, struct slice text, char *out,
                      size_t out_size);

#endif
