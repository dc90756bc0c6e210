/*
 * Database URLs and keyword strings: whatever is around it, a password shows nowhere.
 *
 * A first byte of 'p' puts the rest around a password of ours; otherwise the input is the text.
 */
#include "fuzz.h"

#include "conf/dsn.h"

static const char password[] = "S3cr3tOfOurs";

static void check_parsed(const struct dsn *dsn, struct arena *arena)
{
    const char *display = dsn_display(dsn, arena);
    struct slice hidden = secret_reveal(dsn->password);

    REQUIRE(dsn->param_count <= DSN_PARAMS_MAX && dsn->ignored_count <= DSN_IGNORED_MAX);
    REQUIRE(!strchr(display, '\n'));
    for (size_t i = 0; i < dsn->param_count; i++) {
        REQUIRE(dsn->params[i].keyword && dsn->params[i].value);
        REQUIRE(strcmp(dsn->params[i].keyword, "password") != 0);
    }
    /* Ours stands in the text but once: where it is the password, it is nothing else. */
    if (hidden.len && memmem(hidden.ptr, hidden.len, password, strlen(password)))
        REQUIRE(!strstr(display, password));
    (void)dsn_is_unix_socket(dsn);
}

static void check_silent(const struct error *err)
{
    REQUIRE(!strstr(err->what, password) && !strstr(err->hint, password));
    REQUIRE(!strstr(err->where, password) && !strstr(err->excerpt.line, password));
}

/* has_password: ours stands where nothing but a password can be meant. */
static void parse(struct slice text, bool has_password, struct arena *arena)
{
    struct dsn dsn = {0};
    struct error err = {0};

    if (dsn_parse(text, arena, &dsn, &err)) {
        check_parsed(&dsn, arena);
        return;
    }
    fuzz_require_error(&err);
    if (has_password)
        check_silent(&err);
}

static bool has_any(struct slice text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr(characters, text.ptr[i]))
            return true;
    return false;
}

static bool has_password(struct slice text)
{
    return text.len && memmem(text.ptr, text.len, password, strlen(password));
}

/* Between "user:" and what follows, be it the "@host" or the mistake of somebody who typed it. */
static void parse_around(struct slice text, struct arena *arena)
{
    size_t cut = slice_find(text, '\n');
    struct slice before = slice_sub(text, 2, cut), behind = slice_sub(text, cut + 1, text.len);

    if (has_password(text) || has_any(before, "@/?#[],\""))
        return;
    text = slice_from(arena_printf(arena, "postgresql://u:%.*s%s%.*s", SLICE_ARG(before), password,
                                   SLICE_ARG(behind)));
    parse(text, true, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct slice text = fuzz_copy(arena, data, size);

    if (slice_starts_with(text, "p:"))
        parse_around(text, arena);
    else if (!has_password(text))
        parse(text, false, arena);
    arena_free(arena);
    return 0;
}
