#include "formats/alembic_env.h"

#include <string.h>

#include "base/compiler.h"
#include "formats/python.h"

static const struct {
    const char *name, *why;
} signs[] = {
    {"execute", "runs statements of its own (execute)"},
    {"exec_driver_sql", "runs statements of its own (exec_driver_sql)"},
    {"get_x_argument", "reads arguments of the command line (get_x_argument)"},
    {"schema_translate_map", "migrates several schemas (schema_translate_map)"},
    {"engine_name", "migrates several databases (engine_name)"},
    {"search_path", "sets a search_path"},
};

static const char *sign_in(const struct python_token *token)
{
    if (token->is_first && (python_is_name(token, "for") || python_is_name(token, "while")))
        return "has a loop: it may migrate several databases or schemas";
    if (token->kind == PYTHON_STRING &&
        memmem(token->text.ptr, token->text.len, "search_path", strlen("search_path")))
        return "sets a search_path";
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (python_is_name(token, signs[i].name))
            return signs[i].why;
    return NULL;
}

/* NULL for any other name, or text. */
static struct slice *setting_of(struct alembic_env *env, const struct python_token *token)
{
    bool is_text = token->kind == PYTHON_STRING || token->kind == PYTHON_NAME;

    if (is_text && slice_equal_text(token->text, "version_table"))
        return &env->table;
    if (is_text && slice_equal_text(token->text, "version_table_schema"))
        return &env->schema;
    return NULL;
}

/* `version_table="audit_version",` and nothing more dynamic; twice the same is the same. */
static bool take_setting(struct python_reader *reader, struct slice *setting)
{
    struct python_token equals, value, end;

    if (!reader->depth)
        return false;
    equals = python_next(reader);
    value = python_next(reader);
    end = python_next(reader);
    if (!python_is_mark(&equals, '=') || value.kind != PYTHON_STRING || !value.is_literal ||
        !value.text.len || (!python_is_mark(&end, ',') && !python_is_mark(&end, ')')))
        return false;
    if (setting->len && !slice_equal(*setting, value.text))
        return false;
    *setting = value.text;
    return true;
}

bool alembic_env_read(struct slice source, bool wants_table, struct arena *arena,
                      struct alembic_env *out, const char **why)
{
    struct python_reader reader = python_reader_of(source);
    struct python_token token;
    struct slice *setting;

    *out = (struct alembic_env){0};
    for (token = python_next(&reader); token.kind != PYTHON_END; token = python_next(&reader)) {
        *why = token.kind == PYTHON_BROKEN ? "is not understood as Python" : sign_in(&token);
        if (*why)
            return false;
        setting = wants_table ? setting_of(out, &token) : NULL;
        if (!setting || take_setting(&reader, setting))
            continue;
        *why =
            arena_printf(arena, "sets %.*s in a way that is not understood", SLICE_ARG(token.text));
        return false;
    }
    return true;
}
