#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"

static json_t *native(const struct json *json)
{
    return (json_t *)(uintptr_t)json;
}

/* jansson answers NULL only when memory is gone, or for text that is no UTF-8, which is sorted out
 * before. */
static struct json *checked(json_t *json)
{
    if (!json)
        memory_exhausted();
    return (struct json *)json;
}

static json_t *text_value(const char *text)
{
    char printable[1024];
    json_t *value = json_string(text);

    if (value)
        return value;
    text_sanitize(slice_from(text), printable, sizeof printable);
    return json_string(printable);
}

struct json *json_new_object(void)
{
    return checked(json_object());
}

struct json *json_new_array(void)
{
    return checked(json_array());
}

void json_set(struct json *object, const char *key, struct json *child)
{
    if (json_object_set_new(native(object), key, native(child)) != 0)
        memory_exhausted();
}

void json_set_text(struct json *object, const char *key, const char *text)
{
    if (text)
        json_set(object, key, checked(text_value(text)));
    else
        json_set_null(object, key);
}

void json_set_int(struct json *object, const char *key, int64_t number)
{
    json_set(object, key, checked(json_integer(number)));
}

void json_set_null(struct json *object, const char *key)
{
    json_set(object, key, checked(json_null()));
}

void json_append(struct json *array, struct json *child)
{
    if (json_array_append_new(native(array), native(child)) != 0)
        memory_exhausted();
}

void json_append_text(struct json *array, const char *text)
{
    json_append(array, checked(text_value(text)));
}

struct slice json_write(const struct json *root, struct arena *arena)
{
    char *text = json_dumps(native(root), JSON_COMPACT);
    struct slice copy;

    if (!text)
        memory_exhausted();
    copy = arena_slice(arena, slice_from(text));
    free(text);
    return copy;
}

static bool refuse_text(const json_error_t *failure, struct error *err)
{
    char printable[JSON_ERROR_TEXT_LENGTH];

    text_sanitize(slice_from(failure->text), printable, sizeof printable);
    error_set(err, ERR_CONFIG, "not valid JSON: %s", printable);
    return error_wrap(err, "%d:%d", failure->line, failure->column > 0 ? failure->column : 1);
}

bool json_read(struct slice text, struct json **root, struct error *err)
{
    json_error_t failure;
    json_t *value;

    if (text.len > JSON_READ_BYTES_MAX) {
        error_set(err, ERR_CONFIG, "has %zu bytes; the limit for JSON is %d", text.len,
                  JSON_READ_BYTES_MAX);
        return error_wrap(err, "1:1");
    }
    value = json_loadb(text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &failure);
    if (!value && json_error_code(&failure) == json_error_out_of_memory)
        memory_exhausted();
    if (!value)
        return refuse_text(&failure, err);
    *root = (struct json *)value;
    return true;
}

const struct json *json_member(const struct json *object, const char *key)
{
    return (const struct json *)json_object_get(native(object), key);
}

const struct json *json_item(const struct json *array, size_t index)
{
    return (const struct json *)json_array_get(native(array), index);
}

bool json_is_list(const struct json *json, size_t *count)
{
    if (!json_is_array(native(json)))
        return false;
    *count = json_array_size(native(json));
    return true;
}

bool json_get_text(const struct json *json, struct slice *out)
{
    if (!json_is_string(native(json)))
        return false;
    *out = (struct slice){json_string_value(native(json)), json_string_length(native(json))};
    return true;
}

bool json_get_int(const struct json *json, int64_t *out)
{
    if (!json_is_integer(native(json)))
        return false;
    *out = json_integer_value(native(json));
    return true;
}

void json_free(struct json *root)
{
    json_decref(native(root));
}
